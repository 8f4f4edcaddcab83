"""The monitoring service over HTTP: feeds, files, time windows, and what it refuses."""

from __future__ import annotations

import itertools
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import metrics as say
from openlpar.wire.pcm import names
from tests.conftest import Server, start_server
from tests.faces.rest import Answer, Rest, logged_on

PCM = "http://www.ibm.com/xmlns/systems/power/firmware/pcm/mc/2012_10/"


@dataclass
class Metrics:
    """A client of the monitoring service."""

    rest: Rest
    system: str

    def get(self, path: str) -> Answer:
        return self.rest.request("GET", f"/rest/api/pcm/{path}")

    def feed(self, metrics: str, query: str = "") -> Answer:
        return self.get(f"ManagedSystem/{self.system}/{metrics}{'?' if query else ''}{query}")

    def links(self, metrics: str, query: str = "") -> list[str]:
        """Paths of the files a feed leads to, below the service."""
        answer = self.feed(metrics, query)
        assert answer.status in (200, 204), answer.text
        return re.findall(r'<link type="[^"]*json" href="[^"]*/rest/api/pcm/([^"]*)"', answer.text)

    def file(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer.text
        return json.loads(answer.body)

    def switch(self, **switches: bool) -> Answer:
        values = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in switches.items())
        body = f'<ManagedSystemPcmPreference xmlns="{PCM}">{values}</ManagedSystemPcmPreference>'
        return self.rest.request("POST", f"/rest/api/pcm/ManagedSystem/{self.system}/preferences", body)


def step(server: Server, seconds: float) -> None:
    body = json.dumps({"seconds": seconds}).encode()
    request = urllib.request.Request(f"{server.admin}/clock/step", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """Three hours have been measured, with both monitors."""
    running = start_server(tmp_path_factory.mktemp("metrics") / "data", clock="stepped")
    client = metrics_of(running)
    assert client.switch(LongTermMonitorEnabled=True, AggregationEnabled=True).status == 200
    step(running, 3 * 3600)
    client = metrics_of(running)  # sessions that nobody uses end after two hours
    assert client.switch(ShortTermMonitorEnabled=True).status == 200
    step(running, 60)
    yield client
    running.stop()


def metrics_of(server: Server) -> Metrics:
    rest = logged_on(server)
    return Metrics(rest, rest.system())


def test_preferences_have_one_etag_in_feed_and_answer(metrics: Metrics) -> None:
    path = f"/rest/api/pcm/ManagedSystem/{metrics.system}/preferences"
    feed = metrics.rest.request("GET", path)
    assert feed.value("LongTermMonitorEnabled") == "true"
    again = metrics.rest.request("GET", path, headers={"If-None-Match": feed.headers["etag"]})
    assert again.status == 304
    body = f'<ManagedSystemPcmPreference xmlns="{PCM}"/>'
    same = metrics.rest.request("POST", path, body, {"If-Match": feed.headers["etag"]})
    assert same.status == 200 and same.headers["etag"] == feed.headers["etag"]
    assert metrics.rest.request("POST", path, body, {"If-Match": "17"}).status == 412


def test_read_only_preferences_do_not_change(metrics: Metrics) -> None:
    path = f"/rest/api/pcm/ManagedSystem/{metrics.system}/preferences"
    etag = metrics.rest.request("GET", path).headers["etag"]
    body = f'<ManagedSystemPcmPreference xmlns="{PCM}"><SystemName>heron</SystemName></ManagedSystemPcmPreference>'
    refused = metrics.rest.request("POST", path, body, {"If-Match": etag})
    assert refused.status == 400 and "SystemName" in refused.message
    assert metrics.rest.request("POST", path, "<x").status == 400
    assert metrics.rest.request("DELETE", path).status == 405


def test_long_term_metrics_are_shown_for_half_an_hour(metrics: Metrics) -> None:
    phyp = [path for path in metrics.links("RawMetrics/LongTermMonitor") if "_phyp_" in path]
    assert len(phyp) == 60
    title = phyp[0].rpartition("/")[2]
    assert re.fullmatch(r"LTM_8247-21L\*212E3CA_phyp_\d{8}T\d{6}\+0000\.json", title)
    assert metrics.file(f"{phyp[0]}?group=None")["systemUtil"]["utilInfo"]["monitoringType"] == "LTM"


def test_counters_never_run_backwards(metrics: Metrics) -> None:
    paths = [path for path in metrics.links("RawMetrics/LongTermMonitor", "NoOfSamples=5") if "_phyp_" in path]
    samples = [metrics.file(path)["systemUtil"]["utilSample"] for path in paths]
    for earlier, later in itertools.pairwise(samples):
        assert later["timeBasedCycles"] - earlier["timeBasedCycles"] == 30 * 512_000_000
        for before, after in zip(earlier["lparsUtil"], later["lparsUtil"], strict=True):
            for name, value in before["processor"].items():
                if name.endswith(("Cycles", "Instructions", "Time")):
                    assert after["processor"][name] >= value


def test_short_term_metrics_are_kept_for_minutes(metrics: Metrics) -> None:
    paths = [path for path in metrics.links("RawMetrics/ShortTermMonitor") if "_phyp_" in path]
    assert 12 <= len(paths) <= 60
    assert metrics.file(paths[-1])["systemUtil"]["utilInfo"]["monitoringType"] == "STM"
    assert metrics.get(paths[-1].replace("ShortTermMonitor", "LongTermMonitor")).status == 404


def test_raw_samples_of_all_sources_agree(metrics: Metrics) -> None:
    *_, newest = [path for path in metrics.links("RawMetrics/LongTermMonitor") if "_phyp_" in path]
    system = metrics.file(newest)["systemUtil"]["utilSample"]
    servers = {
        n: metrics.file(newest.replace("phyp", f"vios_{n}"))["systemUtil"]["utilSample"]["viosUtil"][0] for n in (2, 3)
    }
    (novalink,) = system["lparsUtil"]
    trunk = system["viosUtil"][0]["network"]["virtualEthernetAdapters"][0]
    wire = novalink["network"]["virtualEthernetAdapters"][0]
    assert trunk["receivedBytes"] == wire["sentBytes"] > 0
    assert servers[2]["network"]["genericAdapters"][0]["receivedBytes"] == trunk["receivedBytes"]
    for disk in novalink["storage"]["genericVirtualAdapters"]:
        ends = servers[disk["viosId"]]["storage"]["genericVirtualAdapters"]
        (end,) = [one for one in ends if one["physicalLocation"].endswith(f"-C{disk['viosAdapterSlotId']}")]
        assert end["readBytes"] > 0
        behind = servers[disk["viosId"]]["storage"]["genericPhysicalAdapters"][0]
        assert behind["readBytes"] == sum(one["readBytes"] for one in ends)
    pool = system["sharedProcessorPool"][0]
    everyone = [*system["lparsUtil"], *system["viosUtil"]]
    passed = sum(
        one["processor"]["utilizedCappedProcCycles"] + one["processor"]["utilizedUnCappedProcCycles"]
        for one in everyone
    )
    assert pool["utilizedPoolCycles"] == passed


def test_processed_metrics_follow_from_raw_ones(metrics: Metrics) -> None:
    raw = [path for path in metrics.links("RawMetrics/LongTermMonitor", "NoOfSamples=2") if "_phyp_" in path]
    before, after = (metrics.file(path)["systemUtil"]["utilSample"]["lparsUtil"][0]["processor"] for path in raw)
    used = (after["utilizedCappedProcCycles"] - before["utilizedCappedProcCycles"]) / 30 / 512_000_000
    (system_file,) = metrics.links("ProcessedMetrics", "NoOfSamples=1")
    document = metrics.file(system_file)["systemUtil"]
    assert document["utilInfo"]["metricType"] == "Processed" and document["utilInfo"]["metricArrayOrder"] == ["AVG"]
    uuid = metrics.rest.first_id("/rest/api/uom/LogicalPartition?group=None")
    (lpar_file,) = metrics.links(f"LogicalPartition/{uuid}/ProcessedMetrics", "NoOfSamples=1")
    (sample,) = metrics.file(lpar_file)["systemUtil"]["utilSamples"]
    assert sample["lparsUtil"][0]["processor"]["utilizedProcUnits"] == [round(used, 3)]
    assert sample["sampleInfo"]["timeStamp"] == document["utilInfo"]["endTimeStamp"]


def test_a_file_of_processed_metrics_holds_the_whole_window(metrics: Metrics) -> None:
    (path,) = metrics.links("ProcessedMetrics")
    document = metrics.file(path)["systemUtil"]
    assert len(document["utilSamples"]) == 240 and document["utilInfo"]["frequency"] == 30
    start, end = re.findall(r"_(\d{8}T\d{6}\+0000)", path)
    assert document["utilInfo"]["startTimeStamp"] == names.stamp(names.parse_stamp(start) or 0)
    assert document["utilInfo"]["endTimeStamp"] == names.stamp(names.parse_stamp(end) or 0)


def test_aggregated_metrics_come_in_tiers(metrics: Metrics) -> None:
    paths = metrics.links("AggregatedMetrics")
    assert [int(path.rpartition("_")[2].removesuffix(".json")) for path in paths] in ([300, 7200], [300, 7200, 86400])
    document = metrics.file(paths[0])["systemUtil"]
    assert document["utilInfo"]["metricArrayOrder"] == ["AVG", "MIN", "MAX"]
    for sample in document["utilSamples"]:
        assert sample["sampleInfo"]["numOfSamplesAggregated"] == 10
        average, least, most = sample["viosUtil"][0]["processor"]["utilizedProcUnits"]
        assert least <= average <= most


def test_a_feed_leads_to_each_partition_s_own(metrics: Metrics) -> None:
    text = metrics.feed("ProcessedMetrics", "NoOfSamples=1").text
    (link,) = re.findall(r'<link type="application/atom\+xml" href="[^"]*(/rest/api/pcm/[^"]*)"', text)
    assert link.endswith("/ProcessedMetrics?NoOfSamples=1")
    own = metrics.rest.request("GET", link)
    assert own.status == 200 and '<category term="LogicalPartition" frequency="30"/>' in own.text


def test_a_window_of_time_is_kept(metrics: Metrics) -> None:
    found = [path for path in metrics.links("RawMetrics/LongTermMonitor") if "_phyp_" in path]
    stamps = [re.findall(r"_(\d{8}T\d{6}\+0000)", path)[0] for path in found]
    start, end = stamps[10].replace("+", "%2B"), stamps[20].replace("+", "%2B")
    inside = [p for p in metrics.links("RawMetrics/LongTermMonitor", f"StartTS={start}&EndTS={end}") if "_phyp_" in p]
    assert inside == found[11:21], "after the start, up to the end"
    late = names.stamp(names.parse_stamp(stamps[10]) or 0).replace("+0000", "Z")
    assert len([p for p in metrics.links("RawMetrics/LongTermMonitor", f"StartTS={late}") if "_phyp_" in p]) == 49
    assert metrics.feed("RawMetrics/LongTermMonitor", "StartTS=2999-01-01T00:00:00Z").status == 204
    etag = metrics.feed("RawMetrics/LongTermMonitor").headers["etag"]
    path = f"/rest/api/pcm/ManagedSystem/{metrics.system}/RawMetrics/LongTermMonitor"
    assert metrics.rest.request("GET", path, headers={"If-None-Match": etag}).status == 304


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("StartTS=yesterday", say.BAD_TIME),
        ("EndTS=2026-02-30T00:00:00Z", say.BAD_TIME),
        ("StartTS=0000-00-00T00:00:00Z", say.BAD_TIME),
        ("NoOfSamples=0", say.BAD_COUNT),
        ("NoOfSamples=-1", say.BAD_COUNT),
        ("NoOfSamples=many", say.BAD_COUNT),
        ("StartTS=2026-02-02T00:00:00Z&EndTS=2026-02-01T00:00:00Z", say.BAD_SPAN),
        ("Type=Heat", say.NO_SUCH_KIND),
        ("FileFormat=CSV", say.NO_SUCH_KIND),
    ],
)
@pytest.mark.parametrize("feed", ["RawMetrics/LongTermMonitor", "ProcessedMetrics", "AggregatedMetrics"])
def test_a_wrong_window_is_refused(metrics: Metrics, feed: str, query: str, message: Any) -> None:
    answer = metrics.feed(feed, query)
    assert answer.status == 400 and message.id in answer.message


def test_energy_is_of_the_whole_system(metrics: Metrics) -> None:
    """And told while its monitor is on: see test_energy.py."""
    assert say.NO_SUCH_KIND.id in metrics.feed("RawMetrics/LongTermMonitor", "Type=Energy").message
    for feed in ("RawMetrics/EnergyMonitor", "ProcessedMetrics?Type=Energy", "AggregatedMetrics?Type=Energy"):
        answer = metrics.feed(feed)
        assert (
            answer.status == 400 and say.NOT_ENABLED.id in answer.message and "EnergyMonitorEnabled" in answer.message
        )


@pytest.mark.parametrize(
    "path",
    [
        "ManagedSystem/{system}/RawMetrics/LongTermMonitor/nonsense.json",
        "ManagedSystem/{system}/RawMetrics/LongTermMonitor/LTM_8247-21L*212E3CA_phyp_20200101T000000+0000.json",
        "ManagedSystem/{system}/RawMetrics/LongTermMonitor/LTM_8247-21L*212E3CA_phyp_20209901T000000+0000.json",
        "ProcessedMetrics/nonsense.json",
        "ProcessedMetrics/ManagedSystem_{system}_20200101T000000+0000_20200101T000030+0000_30.json",
        "ProcessedMetrics/ManagedSystem_{system}_20200101T000000+0000_29990101T000030+0000_300.json",
        "AggregatedMetrics/LogicalPartition_{system}_20200101T000000+0000_29990101T000030+0000_300.json",
    ],
)
def test_a_file_that_is_not_there_is_not_found(metrics: Metrics, path: str) -> None:
    answer = metrics.get(path.format(system=metrics.system))
    assert answer.status == 404 and say.NO_FILE.id in answer.message


def test_another_source_of_a_sample_is_not_found(metrics: Metrics) -> None:
    *_, newest = [path for path in metrics.links("RawMetrics/LongTermMonitor") if "_phyp_" in path]
    for other in (newest.replace("phyp", "vios_9"), newest.replace("8247", "9009"), newest.replace("LTM_", "STM_")):
        assert say.NO_FILE.id in metrics.get(other).message
    assert metrics.get(f"ManagedSystem/{metrics.system}/RawMetrics/EnergyMonitor").status == 400
    nobody = "00000000-0000-4000-8000-000000000000"
    assert metrics.get(f"ManagedSystem/{nobody}/ProcessedMetrics").status == 404
    assert metrics.feed(f"LogicalPartition/{nobody}/ProcessedMetrics").status == 404


def test_metrics_of_a_monitor_that_is_off_are_refused(server: Server) -> None:
    client = metrics_of(server)
    for feed, preference in (
        ("RawMetrics/LongTermMonitor", "LongTermMonitorEnabled"),
        ("RawMetrics/ShortTermMonitor", "ShortTermMonitorEnabled"),
        ("ProcessedMetrics", "AggregationEnabled"),
        ("AggregatedMetrics", "AggregationEnabled"),
    ):
        answer = client.feed(feed)
        assert answer.status == 400 and say.NOT_ENABLED.id in answer.message and preference in answer.message


def test_an_immediate_clock_measures_too(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    try:
        client = metrics_of(server)
        assert client.switch(LongTermMonitorEnabled=True).status == 200
        assert len(client.links("RawMetrics/LongTermMonitor")) == 3, (
            "the meters' first reading, of phyp and both servers"
        )
        step(server, 60)
        assert len([path for path in client.links("RawMetrics/LongTermMonitor") if "_phyp_" in path]) == 3
        assert client.switch(LongTermMonitorEnabled=True, ComputeLTMEnabled=True).status == 200
        newest = [path for path in client.links("RawMetrics/LongTermMonitor") if "_phyp_" in path][-1]
        assert "network" not in client.file(newest)["systemUtil"]["utilSample"]["lparsUtil"][0]
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-02-28T13:00:00Z", 1772283600000),
        ("2026-02-28T14:00:00+0100", 1772283600000),
        ("2026-02-28T14:00:00 0100", 1772283600000),
        ("2026-02-28T08:00:00-05:00", 1772283600000),
        ("20260228T130000+0000", 1772283600000),
        ("2026-02-28T13:00:00.123Z", 1772283600000),
        ("2026-02-28T13:00:00", 1772283600000),
        ("2026-02-28", None),
        ("١٢٣٤-02-28T13:00:00Z", None),
        ("", None),
    ],
)
def test_times_are_understood(text: str, at: int | None) -> None:
    assert names.parse_stamp(text) == at
