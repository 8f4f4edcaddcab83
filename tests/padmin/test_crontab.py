"""What a server runs by itself, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openlpar.engine.crontabs import Crontabs
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.crontab import CRONTAB, next_run, parsed
from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Due, ViosSettings
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.closing.gannet import Gannet

HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("line", "begin", "then"),
    [
        ("* * * * * x", "2026-03-04T10:20:30", "2026-03-04T10:21"),
        ("20 10 * * * x", "2026-03-04T10:20", "2026-03-05T10:20"),
        ("0,30 8-9 * * * x", "2026-03-04T08:31", "2026-03-04T09:00"),
        ("0 0 29 2 * x", "2026-03-01T00:00", "2028-02-29T00:00"),
        ("0 0 * * 0 x", "2026-03-04T00:00", "2026-03-08T00:00"),
        ("0 0 13 * 5 x", "2026-03-07T00:00", "2026-03-13T00:00"),
        ("0 0 10 * 5 x", "2026-03-07T00:00", "2026-03-10T00:00"),
        ("0 0 31 2 * x", "2026-03-01T00:00", ""),
        ("# 0 0 * * * x", "2026-03-01T00:00", ""),
    ],
)
def test_next_run(line: str, begin: str, then: str) -> None:
    settings = ViosSettings(uuid="v", texts={CRONTAB: line})
    assert next_run(settings, ms(begin)) == (ms(then) if then else None)


def test_times_are_those_of_the_servers_own_clock() -> None:
    zone = ViosSettings(uuid="v", texts={CRONTAB: "0 3 * * * x", "timezone": "Europe/Berlin"})
    assert next_run(zone, ms("2026-01-01T00:00")) == ms("2026-01-01T02:00")
    assert next_run(zone, ms("2026-07-01T00:00")) == ms("2026-07-01T01:00")
    ahead = ViosSettings(uuid="v", texts={CRONTAB: "0 3 * * * x"}, clock_offset_s=60)
    assert next_run(ahead, ms("2026-01-01T00:00")) == ms("2026-01-01T02:59")


@pytest.mark.parametrize(
    "line", ["* * * * x", "60 * * * * x", "* * 0 * * x", "* * * * 7 x", "5-1 * * * * x", "a * * * * x"]
)
def test_lines_that_are_none(line: str) -> None:
    with pytest.raises(ValueError, match=r"fields|is no"):
        parsed(line)


class House(Gannet):
    """With a service that runs crontabs."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        Crontabs(self.engine)

    @property
    def first(self) -> VirtualIOServer:
        return next(self.state.where(VirtualIOServer, name="vios1"))

    async def send(self, command: str) -> CommandResult:
        operation = RunCommand(self.first.uuid, command)
        await self.engine.run(operation)
        return operation.result

    async def set(self, line: str) -> None:
        await self.send(f"hostname | awk '{{print \"{line}\"}}' | tee cron")
        result = await self.send("crontab cron")
        assert (result.status, result.stderr) == (0, "")

    def planned(self) -> list[int]:
        return [due.at for due in self.state.where(Due, what=CRONTAB)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


async def test_a_line_is_run_at_its_moments(house: House) -> None:
    await house.set("0 * * * * viosbr -backup -file hourly")
    assert (await house.send("crontab -l")).stdout == "0 * * * * viosbr -backup -file hourly\n"
    before = (await house.send("lsgcl")).stdout
    await house.engine.step(3 * HOUR_MS)
    runs = (await house.send("lsgcl")).stdout.removeprefix(before)
    assert runs.count(":00:00 padmin     viosbr -backup -file hourly\n") == 3
    assert "hourly.tar.gz" in (await house.send("viosbr -view -list")).stdout
    assert len(house.planned()) == 1
    assert (await house.send("crontab -r")).status == 0
    assert not house.planned()
    await house.engine.step(HOUR_MS)
    assert "hourly" not in (await house.send("lsgcl | tail -1")).stdout


async def test_a_line_that_cannot_be_run_is_told_to_the_operator(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.set("0 * * * * rmlv nosuch")
    await house.engine.step(HOUR_MS)
    assert "a line of a crontab ended with status 2: rmlv nosuch" in caplog.text
    with house.engine.alter() as change:
        change.put(house.first.evolve(state="not activated"))
    await house.engine.step(HOUR_MS)
    assert "a line of a crontab was left out" in caplog.text
    assert len(house.planned()) == 1, "it goes on when the server is back"


async def test_a_clock_that_is_set_moves_the_next_run(house: House) -> None:
    await house.set("0 3 * * * ioslevel")
    (before,) = house.planned()
    await house.send("chdate -timezone Asia/Tokyo")
    (after,) = house.planned()
    assert before != after
    assert after % (24 * HOUR_MS) == 18 * HOUR_MS
