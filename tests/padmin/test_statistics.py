"""Counters are those of the metrics."""

from __future__ import annotations

from array import array

import pytest

from openlpar.ops.metrics.survey import survey_of
from openlpar.ports.records import Reading, Surveyed
from openlpar.ports.records.metering import packed
from openlpar.uom.metering import TRAFFIC, AdapterKind
from tests.padmin.conftest import Padmin, join_network


def read(padmin: Padmin, times: int) -> dict[str, tuple[int, ...]]:
    """Takes a reading in which every adapter has other numbers, so many times as large. Name of each of vios1 to its numbers."""
    survey = survey_of(padmin.engine.state)
    numbers = array("q", [times * number for number in range(survey.width)])
    at = padmin.engine.clock.now()
    with padmin.engine.alter() as change:
        change.put(Surveyed(uuid="survey", survey=survey))
        change.put(
            Reading(uuid=str(times), at=at + times, elapsed=90_061_000, survey="survey", numbers=packed(numbers))
        )
    places = {key: tuple(numbers[at : at + count]) for key, at, count in survey.places() if count == len(TRAFFIC)}
    own = next(one for one in survey.partitions if one.name == "vios1")
    return {adapter.name: places[adapter.key] for adapter in own.adapters}


@pytest.fixture
def busy(padmin: Padmin) -> Padmin:
    """A client of the bridge, so that its adapters are measured."""
    join_network(padmin, 1)
    return padmin


def counters(padmin: Padmin, device: str) -> list[int]:
    lines = padmin.out(f"entstat {device} | grep -E '^Packets:|^Bytes:'").splitlines()
    (packets_out, packets_in), (bytes_out, bytes_in) = (
        [int(word) for word in line.split() if word.isdigit()] for line in lines
    )
    return [packets_in, packets_out, bytes_in, bytes_out]


def test_zero_while_nobody_counts(busy: Padmin) -> None:
    assert counters(busy, "ent4") == [0, 0, 0, 0]


def test_adapters_show_the_last_reading(busy: Padmin) -> None:
    read(busy, 1)
    numbers = read(busy, 3)
    names = [name for name in numbers if name.startswith("ent")]
    assert names
    for name in names:
        assert counters(busy, name) == list(numbers[name])
    assert "Elapsed Time: 1 days 1 hours 1 minutes 1 seconds" in busy.out("entstat ent4")


def test_ports_and_their_clients(busy: Padmin) -> None:
    numbers = read(busy, 1)
    found = {
        words[1]: [int(word) for word in words[3:5]]
        for words in map(str.split, busy.out("fcstat -client").splitlines()[1:])
    }
    assert found["fcs0"] == list(numbers["fcs0"][:2])
    assert found["vfchost0"] == list(numbers["vfchost0"][:2])
    assert f"  Input Requests:   {numbers['fcs0'][0]}" in busy.out("fcstat fcs0")


def test_clearing_begins_anew(busy: Padmin) -> None:
    numbers = read(busy, 1)
    first = numbers["ent4"]
    busy.out("entstat -reset ent4")
    assert counters(busy, "ent4") == [0, 0, 0, 0]
    assert f"  Input Requests:   {numbers['fcs0'][0]}" in busy.out("fcstat fcs0"), "those of others go on"
    second = read(busy, 5)["ent4"]
    assert counters(busy, "ent4") == [b - a for a, b in zip(first, second, strict=True)]
    assert "Elapsed Time: 0 days" in busy.out("entstat ent4")


def test_meters_that_begin_anew_do_not_run_backwards(busy: Padmin) -> None:
    read(busy, 9)
    busy.out("entstat -reset ent4")
    with busy.engine.alter() as change:
        for reading in tuple(change.all(Reading)):
            change.remove(reading)
    numbers = read(busy, 1)["ent4"]
    assert counters(busy, "ent4") == list(numbers)


def test_clients_of_a_shared_adapter(busy: Padmin) -> None:
    read(busy, 1)
    survey = busy.engine.state.get(Surveyed, "survey").survey
    client = next(one for one in survey.partitions if one.name == "vm1")
    key = next(adapter.key for adapter in client.adapters if adapter.kind == AdapterKind.VETH)
    start = next(at for found, at, _ in survey.places() if found == key)
    busy.out("chdev -dev ent6 -attr accounting=enabled")
    lines = busy.out("seastat -d ent6").splitlines()
    assert f"{f'Packets: {start}':<30}Packets: {start + 1}" in lines


def test_processors_and_adapters_over_time(busy: Padmin) -> None:
    """``viostat`` divides what was counted by the time in which it was."""
    numbers = read(busy, 1_000_000)
    lines = busy.out("viostat -adapter").splitlines()
    reads, writes, read_bytes, written_bytes = numbers["fcs0"]
    row = next(line.split() for line in lines if line.startswith("fcs0"))
    seconds = 90_061
    assert row[1:] == [
        f"{(read_bytes + written_bytes) / 1024 / seconds:.1f}",
        f"{(reads + writes) / seconds:.1f}",
        str(read_bytes // 1024),
        str(written_bytes // 1024),
    ]
    processors = lines[lines.index(next(line for line in lines if line.startswith("tty:"))) + 1].split()
    busy_share, idle = float(processors[3]), float(processors[4])
    assert busy_share + idle == pytest.approx(100)
    assert float(processors[7]) > 0


def test_memory_over_time(busy: Padmin) -> None:
    """``svmon`` divides the megabytes times milliseconds by the time."""
    read(busy, 10_000_000)
    size, used, free, _ = map(int, busy.out("svmon -G").splitlines()[1].split()[1:])
    assert size == 4096 * 256
    assert 0 < used < size
    assert used + free == size
