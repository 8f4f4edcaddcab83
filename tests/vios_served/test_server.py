"""What serves for one Virtual I/O Server: a daemon for each partition, which no other one reaches."""

from __future__ import annotations

import os
import signal
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from openlpar.vios.served.server import Server
from tests.ops.storage.conftest import VIOS1, VIOS2, request
from tests.vios_served.conftest import Disk, WatchedServed, processes, ran
from tests.vios_served.house import VM1_ID, VM2_ID, House, until

pytestmark = pytest.mark.qemu


def exports(house: House, socket: Path) -> set[str]:
    """What anyone who may connect finds there."""
    shown = ran(house.programs, "qemu-nbd", "--list", f"--socket={socket}")
    return {line.partition("'")[2].rstrip("'") for line in shown.splitlines() if line.startswith(" export:")}


async def test_a_partition_finds_its_own_disks_and_no_others(house: House) -> None:
    """A logical volume, a logical unit and a clone each; not even the name of another's is to be had."""
    await house.start()
    mine = [
        await house.lend("virtual_disk", house.stored.disk("old")),
        await house.lend("logical_unit", await house.unit("a")),
    ]
    theirs = [
        await house.lend("logical_unit", await house.unit("b"), client=VM2_ID),
        await house.lend("logical_unit", await house.clone("c"), client=VM2_ID),
    ]
    doors = [{house.address(lent).socket for lent in each} for each in (mine, theirs)]
    (my_door,), (their_door,) = doors
    assert exports(house, my_door) == {house.address(lent).export for lent in mine}
    assert exports(house, their_door) == {house.address(lent).export for lent in theirs}
    for lent in theirs:
        with pytest.raises(subprocess.CalledProcessError) as caught:
            Disk(house.programs, my_door, house.address(lent).export).io("length")
        assert "not present" in caught.value.stdout or "not available" in caught.value.stdout
        house.disk(lent).io("write -P 1 0 1M")


async def test_a_unit_that_two_partitions_share_is_one_disk(house: House) -> None:
    await house.start()
    for unit in (await house.unit("raw"), await house.clone("clone")):
        one, other = [await house.lend("logical_unit", unit, client=client) for client in (VM1_ID, VM2_ID)]
        assert house.address(one).socket != house.address(other).socket
        house.disk(one).io("write -P 5 0 1M", "flush")
        assert house.disk(other).holds(5, "0", "1M")
        house.disk(other).io("write -P 6 512k 512k")
        assert house.disk(one).holds(5, "0", "512k") and house.disk(one).holds(6, "512k", "512k")


async def test_a_disk_goes_from_one_partition_to_another(house: House) -> None:
    """In one step: its file is locked until the first daemon has let go of it."""
    await house.start()
    lent = await house.lend("virtual_disk", house.stored.disk("old"))
    house.disk(lent).io("write -P 3 0 1M")
    with house.stored.engine.alter() as change:
        change.put(lent.evolve(server_adapter=lent.server_adapter.evolve(lpar_id=VM2_ID)))
    await house.converge()
    assert f"/{VM2_ID}/" in str(house.address(lent).socket)
    assert house.disk(lent).holds(3, "0", "1M")


async def test_a_partition_without_disks_costs_nothing(house: House, place: Path) -> None:
    await house.start()
    assert house.served.serves(VIOS1) and not processes(place)
    lent = await house.lend("virtual_disk", house.stored.disk("old"))
    other = await house.lend("logical_unit", await house.unit("lu"), client=VM2_ID)
    assert sorted(house.served.processes(VIOS1)) == sorted(processes(place)) and len(processes(place)) == 2
    await house.take_back(lent)
    assert processes(place) == [house.pid(VIOS1, VM2_ID)] and house.served.serves(VIOS1)
    assert not house.daemon(VIOS1).folder.exists()
    house.disk(other).io("write -P 1 0 1M")


async def test_when_one_daemon_ends_the_server_has_crashed(house: House, place: Path) -> None:
    """It is said once, and what is left of it goes before it is started again."""
    lost: list[str] = []
    house.served.lost = lost.append
    await house.start(VIOS1, VIOS2)
    paths = [await house.lend("virtual_disk", house.stored.disk("old"))]
    paths += [await house.lend("logical_unit", await house.unit(f"lu{n}"), client=n) for n in (VM2_ID, 6)]
    elsewhere = await house.lend("logical_unit", await house.unit("there"), VIOS2)
    house.disk(paths[0]).io("write -P 8 0 8M", "flush")
    left = house.pid(VIOS1, 6)
    for client in (VM1_ID, VM2_ID):
        os.kill(house.pid(VIOS1, client), signal.SIGKILL)
    await until(lambda: len(house.served.processes(VIOS1)) == 1 and lost)
    assert lost == [VIOS1] and not house.served.serves(VIOS1) and house.served.serves(VIOS2)
    house.disk(elsewhere).io("write -P 1 0 1M")
    await house.start()
    assert house.served.serves(VIOS1) and left not in processes(place)
    assert house.disk(paths[0]).holds(8, "0", "8M")
    for path in paths:
        house.disk(path).io("write -P 9 0 1M")
    os.kill(house.pid(VIOS1), signal.SIGKILL)
    await until(lambda: lost == [VIOS1, VIOS1])


async def test_a_crash_that_nobody_saw_is_found_later(house: House, place: Path) -> None:
    await house.start()
    await house.lend("virtual_disk", house.stored.disk("old"))
    await house.lend("logical_unit", await house.unit("lu"), client=VM2_ID)
    await house.served.close()
    os.kill(house.pid(VIOS1), signal.SIGKILL)
    again = WatchedServed(place, house.programs)
    await until(lambda: not again.serves(VIOS1))
    assert again.has_served(VIOS1) and again.processes(VIOS1) == [house.pid(VIOS1, VM2_ID)]
    await again.stop(VIOS1)
    assert not processes(place) and not again.processes(VIOS1)


async def test_a_daemon_that_nobody_took_note_of_is_ended(house: House, place: Path) -> None:
    """The service was killed between two steps: its note says less than there is, or the daemon has not been noted at all."""
    await house.start()
    lent = await house.lend("virtual_disk", house.stored.disk("old"))
    server = house.served._server(VIOS1)
    stray = house.pid(VIOS1)
    server._note([])
    (house.daemon(VIOS1).folder / "process").unlink()
    await house.served.close()
    again = WatchedServed(place, house.programs)
    assert again.serves(VIOS1)
    await again.start(house.stored.state, VIOS1)
    assert processes(place) == [house.pid(VIOS1)] != [stray]
    house.disk(lent).io("write -P 1 0 1M")
    await again.close()


async def test_what_is_as_it_should_be_is_not_asked_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change at one partition asks the daemon of that one alone, whatever there are."""
    await house.start()
    for client in range(10, 14):
        await house.lend("logical_unit", await house.unit(f"lu{client}"), client=client)
    asked: list[str] = []
    execute = Server._add

    async def heard(self: Server, client: int, disks: object) -> object:
        asked.append(str(client))
        return await execute(self, client, disks)  # type: ignore[arg-type]

    monkeypatch.setattr(Server, "_add", heard)
    await house.converge()
    assert not asked
    await house.lend("logical_unit", await house.unit("another"), client=12)
    assert asked == ["12"]


async def test_a_unit_grows_for_all_who_have_it(house: House) -> None:
    unit = await house.unit("lu")
    await house.start()
    paths = [await house.lend("logical_unit", unit, client=client) for client in (VM1_ID, VM2_ID)]
    await house.stored.run(request("update", house.stored.unit("lu").evolve(capacity=Decimal(1))))
    await house.converge()
    for path in paths:
        assert house.disk(path).io("length").strip() == "1 GiB"
