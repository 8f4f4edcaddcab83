"""``part`` and ``sysstat``: what the metrics of the last minutes say of a server."""

from __future__ import annotations

import io
import tarfile
from array import array

import pytest
from lxml import etree

from openlpar.ops.metrics.survey import survey_of
from openlpar.ports.records import Console, ConsoleSession, Reading, ServerHistory, Surveyed
from openlpar.ports.records.metering import packed
from openlpar.uom.metering import COUNTERS, CYCLES_PER_SECOND, TRAFFIC, AdapterKind
from openlpar.vios.padmin.recording import Recording, read, written
from tests.padmin.conftest import Padmin, join_network

MINUTE = 60_000


def measure(padmin: Padmin, minutes: int, busy: float = 0.5, waiting: float = 0.0, **rates: int) -> None:
    """A reading for each minute up to now, of a server that is busy with a share of its half processor. rates: device to bytes
    per second, each way."""
    survey = survey_of(padmin.engine.state)
    places = {key: at for key, at, _ in survey.places()}
    own = next(one for one in survey.partitions if one.name == "vios1")
    now = padmin.engine.clock.now()
    with padmin.engine.alter() as change:
        change.put(Surveyed(uuid="survey", survey=survey))
        for passed in range(minutes + 1):
            numbers = array("q", [0] * survey.width)
            entitled = CYCLES_PER_SECOND * 60 * passed // 2
            counted = {"entitled": entitled, "capped": int(busy * entitled), "waiting": int(waiting * entitled)}
            counted["memory"] = 3072 * MINUTE * passed
            for name, value in counted.items():
                numbers[places[own.uuid] + COUNTERS.index(name)] = value
            for adapter in own.adapters:
                for number, name in enumerate(TRAFFIC):
                    rate = rates.get(adapter.name, 0) if name.endswith("bytes") else 0
                    numbers[places[adapter.key] + number] = rate * 60 * passed
            at = now - (minutes - passed) * MINUTE
            change.put(Reading(uuid=str(at), at=at, elapsed=passed * MINUTE, survey="survey", numbers=packed(numbers)))


@pytest.fixture
def busy(padmin: Padmin) -> Padmin:
    join_network(padmin, 1)
    return padmin


def reports(padmin: Padmin, command: str) -> tuple[Recording, dict[str, tuple[str, str, str]]]:
    """The recording, and of each advice its name with status, what was measured and what is suggested."""
    said = padmin.out(command)
    assert said == "part: Reports are successfully generated in gannet2_160602_21_05_57.tar\n"
    content = padmin.engine.edges.io_server.read_file(padmin.vios("vios1"), said.split()[-1])
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        files = {name.rpartition("/")[2]: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    root = etree.fromstring(files["vios_advisor_report.xml"])
    advice = {
        one.get("name", ""): (one.get("status", ""), one.findtext("measured", ""), one.findtext("suggested", ""))
        for one in root
    }
    return read("it", files["gannet2_160602_21_05_57.nmon"].decode()), advice


def test_an_idle_server_needs_nothing(busy: Padmin) -> None:
    measure(busy, 12, busy=0.1)
    recording, advice = reports(busy, "part -i 10")
    assert len(recording.intervals) == 10
    assert advice["entitled capacity"] == ("ok", "0.50 units, 10.0 % busy, 10.0 % peak", "")
    assert advice["memory in use"][:2] == ("ok", "3072 of 4096 MB, 75.0 %")
    assert {status for name, (status, _, _) in advice.items() if " buf" not in name and "ent" not in name} <= {
        "ok",
        "information",
    }
    assert advice["ent4 max_buf_small"][2] == "chdev -dev ent4 -attr max_buf_small=4096 -perm"
    busy.out("chdev -dev ent4 -attr max_buf_small=4096 -perm")
    assert "ent4 max_buf_small" not in reports(busy, "part -i 10")[1]


@pytest.mark.parametrize(("share", "status"), [(0.79, "ok"), (0.8, "warning"), (0.95, "critical")])
def test_a_server_that_is_busy(busy: Padmin, share: float, status: str) -> None:
    measure(busy, 10, busy=share, waiting=share / 5)
    advice = reports(busy, "part -i 10")[1]
    assert advice["entitled capacity"][0] == status
    assert advice["wait for processors"][0] == "warning"


def test_ports_that_are_busy(busy: Padmin) -> None:
    measure(busy, 10, fcs0=700 * 1024**2, fcs1=1024, ent0=1024)
    advice = reports(busy, "part -i 10")[1]
    assert advice["fcs0"][0] == "warning"
    assert advice["fcs0"][1] == "1433600.0 KB/s, 1433600.0 KB/s peak"
    assert advice["fcs1"][0] == "ok"
    assert advice["balance of the ports"][0] == "information"


def test_a_recording_is_judged_again(busy: Padmin) -> None:
    measure(busy, 10, busy=0.9, fcs0=5000)
    recording, advice = reports(busy, "part -i 10")
    assert "gannet2_160602_21_05_57.tar" in busy.out("ls")
    assert "warning" in busy.out("cat gannet2_160602_21_05_57.tar | grep 'entitled capacity'")
    assert reports(busy, "part -f gannet2_160602_21_05_57.tar") == (recording, advice)
    server = busy.engine.edges.io_server
    server.write_file(busy.vios("vios1"), "own.nmon", written(recording).encode())
    assert reports(busy, "part -f own.nmon") == (recording, advice)


@pytest.mark.parametrize("text", ["", "AAA,host,x\n", "ZZZZ,T0001,12:00:00,01-JAN-2020\n", "x\n", '"'])
def test_what_is_no_recording(busy: Padmin, text: str) -> None:
    busy.engine.edges.io_server.write_file(busy.vios("vios1"), "bad.nmon", text.encode())
    result = busy.run("part -f bad.nmon")
    assert (result.status, "no recording" in result.stderr) == (4, True)


def test_minutes_that_nobody_measured(busy: Padmin) -> None:
    measure(busy, 10)
    result = busy.run("part -i 11")
    assert (result.status, "have 10 of the last 11 minutes" in result.stderr) == (4, True)


def test_kinds_of_adapters_are_in_the_recording(busy: Padmin) -> None:
    measure(busy, 10)
    recording = reports(busy, "part -i 10")[0]
    survey = survey_of(busy.engine.state)
    own = next(one for one in survey.partitions if one.name == "vios1")
    named = {
        adapter.name
        for adapter in own.adapters
        if adapter.kind in (AdapterKind.FC, AdapterKind.ETHERNET) and adapter.name
    }
    assert named and named <= {*recording.rates("network"), *recording.rates("storage")}


def test_activity(busy: Padmin) -> None:
    """For how long it runs, what its processors do, and who is at its console."""
    measure(busy, 15, busy=0.5)
    now, uuid = busy.engine.clock.now(), busy.vios("vios1").uuid
    with busy.engine.alter() as change:
        change.put(ServerHistory(uuid=uuid, started=now - (2 * 24 * 60 + 3 * 60 + 4) * MINUTE))
        change.put(Console(uuid=uuid, user="padmin"))
        change.put(ConsoleSession(uuid=uuid, session="s", user="admin", opened=now - 65 * MINUTE))
    first, heads, user = busy.out("sysstat").splitlines()
    assert first == "  09:05PM   up 2 days,  03:04,  1 user,  load average: 0.25, 0.25, 0.25"
    assert (heads.split(), user.split()) == (["User", "tty", "login@", "what"], ["padmin", "vty0", "08:00PM", "rksh"])
    assert len(busy.out("sysstat -short").splitlines()) == 1
