"""Energy metrics: power and temperatures follow from the processors at work, in every document alike."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest

from openlpar.messages import metrics as say
from openlpar.ops.metrics.preferences import knows_energy
from openlpar.uom.energy import BUSY_W, CHASSIS_W, IDLE_W, MEMORY_W, Load
from tests.conftest import Server, start_server
from tests.metrics.test_rest import Metrics, metrics_of, step


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An hour was measured. Aggregation alone switches the long term and the energy monitors on too."""
    server = start_server(tmp_path_factory.mktemp("energy") / "data", clock="stepped")
    assert metrics_of(server).switch(AggregationEnabled=True).status == 200
    step(server, 3600)
    yield server
    server.stop()


@pytest.fixture
def metrics(running: Server) -> Metrics:
    return metrics_of(running)


def _watts(busy: float) -> float:
    """Of the default system: 20 processors, 256 GiB."""
    return CHASSIS_W + 20 * IDLE_W + busy * BUSY_W + 256 * MEMORY_W


def test_the_model() -> None:
    idle, half, full = (Load(20, 262144, busy) for busy in (0, 10, 20))
    assert [round(load.watts, 1) for load in (idle, half, full)] == [round(_watts(n), 1) for n in (0, 10, 20)]
    assert idle.processor_c < half.processor_c < full.processor_c
    assert idle.inlet_c == full.inlet_c < full.board_c < full.processor_c
    assert Load(20, 262144, 25).watts == full.watts, "no more than all of them work"
    assert (Load(0, 0, 0).watts, Load(0, 0, 0).sockets, full.sockets) == (CHASSIS_W, 1, 2)


def test_the_preferences_say_so(metrics: Metrics) -> None:
    text = metrics.get(f"ManagedSystem/{metrics.system}/preferences").text
    for switch, value in (("EnergyMonitoringCapable", "true"), ("EnergyMonitorEnabled", "true")):
        assert re.search(rf"<{switch}[^>]*>{value}<", text), switch
    assert re.search(r"<LongTermMonitorEnabled[^>]*>true<", text)


@pytest.mark.parametrize("kind", ["ProcessedMetrics", "AggregatedMetrics"])
def test_power_follows_the_processors(metrics: Metrics, kind: str) -> None:
    """In each sample, and in its least and most too."""
    energy, usual = metrics.links(kind, "Type=Energy"), metrics.links(kind)
    assert all("/EnergyMetrics_ManagedSystem_" in path for path in energy)
    for path in energy:
        document = metrics.file(path)["systemUtil"]
        same = path.replace("EnergyMetrics_", "")
        assert same in usual
        system = metrics.file(same)["systemUtil"]
        assert document["utilInfo"] == system["utilInfo"] | {"version": "1.0.0"}
        assert len(document["utilSamples"]) == len(system["utilSamples"]) > 0
        for one, other in zip(document["utilSamples"], system["utilSamples"], strict=True):
            assert one["sampleInfo"] == other["sampleInfo"]
            used = other["serverUtil"]["processor"]["utilizedProcUnits"]
            power = one["energyUtil"]["powerUtil"]["powerReading"]
            assert power == pytest.approx([_watts(busy) for busy in used], abs=0.06)
            thermal = one["energyUtil"]["thermalUtil"]
            assert {name: len(found) for name, found in thermal.items()} == {
                "inletTemperatures": 1,
                "cpuTemperatures": 2,
                "baseboardTemperatures": 1,
            }
            for sensor in (sensor for found in thermal.values() for sensor in found):
                assert len(sensor["temperatureReading"]) == len(power)


def test_what_the_service_processor_reads(metrics: Metrics) -> None:
    links = metrics.links("RawMetrics/EnergyMonitor")
    assert len(links) == 60, "half an hour"
    assert '<category term="fsp"/>' in metrics.feed("RawMetrics/EnergyMonitor").text
    (processed,) = metrics.links("ProcessedMetrics", "Type=Energy&NoOfSamples=1")
    power = metrics.file(processed)["systemUtil"]["utilSamples"][0]["energyUtil"]["powerUtil"]["powerReading"]
    newest = metrics.file(links[-1])
    reading = newest["powerEnergyReading"]
    assert [reading["currentPowerReading"]] == power
    assert reading["minimumPowerReading"] <= reading["averagePowerReading"] <= reading["maximumPowerReading"]
    assert reading["reportingPeriod"] == 60 * 30
    oldest = metrics.file(links[0])["powerEnergyReading"]
    assert oldest["reportingPeriod"] == 30
    assert _watts(0) < oldest["minimumPowerReading"] == oldest["currentPowerReading"] == oldest["maximumPowerReading"]
    assert metrics.get(links[-1].replace("8247", "9009")).status == 404
    assert metrics.get(links[-1].replace("_fsp_", "_phyp_")).status == 404


def test_a_partition_has_no_power_of_its_own(metrics: Metrics) -> None:
    text = metrics.feed("ProcessedMetrics").text
    feeds = re.findall(r"/rest/api/pcm/(ManagedSystem/[^\"?]*/LogicalPartition/[^\"?]*)", text)
    assert say.NO_SUCH_KIND.id in metrics.get(f"{feeds[0]}?Type=Energy").message
    (whole,) = metrics.links("ProcessedMetrics", "Type=Energy&NoOfSamples=1")
    assert metrics.get(whole.replace("_ManagedSystem_", "_LogicalPartition_")).status == 404


def test_prometheus_has_the_same(running: Server, metrics: Metrics) -> None:
    with urllib.request.urlopen(f"{running.admin}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    (shown,) = re.findall(r"^pcm_energy_power_util_power_reading\{[^}]*\} (\S+)$", text, re.MULTILINE)
    (path,) = metrics.links("ProcessedMetrics", "Type=Energy&NoOfSamples=1")
    sample = metrics.file(path)["systemUtil"]["utilSamples"][0]["energyUtil"]
    assert [float(shown)] == sample["powerUtil"]["powerReading"]
    assert len(re.findall(r"^pcm_energy_thermal_util_cpu_temperatures_temperature_reading\{", text, re.MULTILINE)) == 2


def test_what_is_no_model_knows_no_energy() -> None:
    assert not knows_energy(object())
