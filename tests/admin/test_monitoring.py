"""Workloads, monitors, the table of what is used, and metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from openlpar.faces.admin import exposition
from openlpar.messages import metrics as say
from openlpar.messages import simulation
from tests.admin.conftest import Admin
from tests.conftest import start_server
from tests.faces.rest import logged_on

SWITCHES = ("ltm_enabled", "aggregation_enabled", "stm_enabled", "compute_ltm_enabled", "energy_enabled")


@pytest.fixture
def quiet(admin: Admin) -> Iterator[Admin]:
    """Afterwards no monitor is on, and no rule is left."""
    yield admin
    admin.ok("PUT", "/monitors", dict.fromkeys(SWITCHES, False))
    for rule in admin.ok("GET", "/workloads")["rules"]:
        admin.ok("DELETE", f"/workloads/{rule['partition'].replace('*', '%2A')}")


def values(admin: Admin) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Of every metric: its labels, and the value."""
    status, text = admin.call("GET", "/metrics")
    assert status == 200, text
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            assert labels not in found.setdefault(sample.name, {}), "the same series twice"
            found[sample.name][labels] = sample.value
    return found


def only(series: dict[tuple[tuple[str, str], ...], float], **labels: str) -> float:
    (value,) = [value for key, value in series.items() if labels.items() <= dict(key).items()]
    return value


def test_workloads_are_set_and_taken_back(quiet: Admin) -> None:
    made = quiet.ok("POST", "/workloads", {"partition": "nova*", "kind": "bursty", "peak": 2})
    assert made == {"partition": "nova*", "kind": "bursty", "peak": 2.0}
    now = {one["partition"]: one for one in quiet.ok("GET", "/workloads")["partitions"]}
    assert now["novalink_212E3CA"]["kind"] == "bursty" and now["novalink_212E3CA"]["peak"] == 2
    assert now["vios1"]["kind"] == "idle"
    quiet.ok("POST", "/workloads", {"partition": "nova*", "kind": "idle"})
    assert quiet.ok("GET", "/workloads")["rules"] == [{"partition": "nova*", "kind": "idle"}]
    assert quiet.call("DELETE", "/workloads/nova%2A")[0] == 204
    assert quiet.call("DELETE", "/workloads/nova%2A")[1]["id"] == say.NO_WORKLOAD.id


@pytest.mark.parametrize(
    "wish", [{"partition": "x", "kind": "lazy"}, {"kind": "idle"}, {"partition": "x", "kind": "idle", "y": 1}]
)
def test_a_workload_that_is_none_is_refused(quiet: Admin, wish: dict[str, Any]) -> None:
    status, answer = quiet.call("POST", "/workloads", wish)
    assert status == 400 and answer["id"] == say.BAD_WORKLOAD.id


def test_monitors_are_switched(quiet: Admin) -> None:
    assert quiet.ok("GET", "/monitors") == dict.fromkeys(SWITCHES, False)
    now = quiet.ok("PUT", "/monitors", {"aggregation_enabled": True})
    assert now["aggregation_enabled"] and now["ltm_enabled"] and not now["stm_enabled"]
    for wish in ({"ltm_enabled": "yes"}, {"all": True}):
        status, answer = quiet.call("PUT", "/monitors", wish)
        assert status == 400 and answer["id"] == simulation.BAD_BODY.id


def test_usage_is_that_of_the_last_interval(quiet: Admin) -> None:
    assert quiet.ok("GET", "/usage") == {"at": None, "partitions": [], "monitors": False}
    quiet.ok("PUT", "/monitors", {"ltm_enabled": True})
    assert quiet.ok("GET", "/usage")["monitors"]
    quiet.ok("POST", "/workloads", {"partition": "nova*", "kind": "steady", "level": 0.5})
    quiet.ok("POST", "/clock/step", {"seconds": 60})
    found = quiet.ok("GET", "/usage")
    assert found["at"] % 30_000 == 0
    rows = {one["partition"]: one for one in found["partitions"]}
    novalink = rows["novalink_212E3CA"]
    assert novalink["entitled"] == 0.5 and 0.2 < novalink["used"] < 0.3
    assert novalink["network"] > 0 and novalink["storage"] > 0


def test_the_service_s_own_metrics_are_there_without_a_monitor(quiet: Admin) -> None:
    logged_on(quiet.server).system()
    found = values(quiet)
    assert only(found["openlpar_partitions"]) == 3 and only(found["openlpar_monitors_enabled"]) == 0
    assert only(found["openlpar_requests_total"], status="200") >= 2
    assert only(found["openlpar_commits_total"]) > 0
    assert not any(name.startswith("pcm_") for name in found), "nothing is measured"


def test_metrics_tell_what_the_monitors_tell(quiet: Admin) -> None:
    quiet.ok("PUT", "/monitors", {"ltm_enabled": True, "aggregation_enabled": True})
    quiet.ok("POST", "/clock/step", {"seconds": 90})
    found = values(quiet)
    rows = {one["partition"]: one for one in quiet.ok("GET", "/usage")["partitions"]}
    for name, row in rows.items():
        section = "vios" if name.startswith("vios") else "lpar"
        used = only(found[f"pcm_{section}_processor_utilized_proc_units"], partition=name, system="gannet")
        assert used == row["used"]
        assert only(found["pcm_partition_active"], partition=name) == 1
    total = only(found["pcm_server_processor_utilized_proc_units"], system="gannet")
    assert total == pytest.approx(sum(row["used"] for row in rows.values()), abs=0.005)
    assert only(found["pcm_server_shared_processor_pool_utilized_proc_units"], device="0") > 0
    disks = found["pcm_vios_storage_generic_virtual_adapters_read_bytes"]
    assert only(disks, partition="vios1", device="vhost0") > 0
    wire = found["pcm_lpar_network_virtual_ethernet_adapters_sent_bytes"]
    assert only(wire, device="U8247.21L.212E3CA-V1-C3") > 0


def test_metrics_need_the_token_where_others_can_come_by(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", "--http", "0.0.0.0:0")
    try:
        open_to_all = Admin(server)
        assert open_to_all.call("GET", "/metrics")[0] == 403
        token = (server.data / "admin.token").read_text().strip()
        status, text = open_to_all.call("GET", "/metrics", headers={"X-OpenLPAR-Admin-Token": token})
        assert status == 200 and "openlpar_partitions" in text
        status, text = open_to_all.call("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        assert status == 200, "as Prometheus sends it"
        assert open_to_all.call("GET", "/metrics", headers={"Authorization": "Bearer guess"})[0] == 403
    finally:
        server.stop()


def test_lines_of_measured_values_are_those_the_library_writes() -> None:
    values = {'quoted "name"': 0, "back\\slash": 1.5, "two\nlines": 12345678.9, "plain": 1e21, "ümlaut": 0.001}
    family = GaugeMetricFamily("pcm_used", "Used of the processed metrics.", labels=["uuid", "partition"])
    found: exposition.Families = {}
    for name, value in values.items():
        family.add_metric(["U1", name], value)
        exposition._add(
            found, "pcm_used", family.documentation, exposition._shown({"uuid": "U1", "partition": name}), value
        )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(exposition._Given([family]))
    assert "".join(found["pcm_used"]) == generate_latest(registry).decode()
