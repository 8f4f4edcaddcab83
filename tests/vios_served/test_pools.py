"""Two managed systems on one host that keep their logical units in one folder."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from openlpar import app
from openlpar.messages import storage as say
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ports.options import Options
from openlpar.settings import CannotStart, Settings
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.vios.served import loans
from openlpar.vios.served.daemon import DaemonError
from openlpar.vios.served.pools import Pools, PoolsElsewhere, folder_of
from openlpar.vios.served.programs import Programs
from tests.ops.storage.conftest import VIOS1, VIOS2, request, system_in
from tests.vios_served.conftest import WatchedServed, processes, served_by
from tests.vios_served.house import House, until

pytestmark = pytest.mark.qemu


@pytest.fixture
async def pair(place: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[House, House]]:
    monkeypatch.chdir(place)
    houses = []
    async with system_in(place / "one") as one, system_in(place / "two") as two:
        servers = [WatchedServed(place / name, programs, place / "pools") for name in ("1", "2")]
        async with served_by(one, servers[0]), served_by(two, servers[1]):
            houses = [House(each, served, programs) for each, served in zip((one, two), servers, strict=True)]
            yield houses[0], houses[1]
    left = processes(place)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "storage daemons were left behind"


def taken_over(house: House, unit: LogicalUnit) -> LogicalUnit:
    """The unit becomes known to a system, as it does when a partition moves to it."""
    with house.stored.engine.alter() as change:
        change.put(unit)
    return unit


def daemon_of_pools(house: House) -> int:
    process = house.served._pools.daemon.process()
    assert process is not None and process.is_alive()
    return process.pid


@pytest.mark.parametrize("kind", ["unit", "clone"])
async def test_a_unit_moves_between_systems(pair: tuple[House, House], kind: str) -> None:
    """Both have it open while it moves; what one wrote the other reads."""
    here, there = pair
    unit = await getattr(here, kind)("lu")
    await here.start(VIOS1)
    source = await here.lend("logical_unit", unit)
    here.disk(source).io("write -P 1 0 1M")
    taken_over(there, unit)
    await there.start(VIOS1, VIOS2)
    target = await there.lend("logical_unit", unit, VIOS2)
    assert here.address(source).serial == there.address(target).serial
    there.disk(target).io("write -P 2 1M 1M", "flush")
    assert here.disk(source).holds(2, "1M", "1M") and there.disk(target).holds(1, "0", "1M")
    await here.take_back(source)
    assert there.disk(target).holds(1, "0", "1M"), "what the source lets go stays with the target"
    await here.served.stop(VIOS1)
    there.disk(target).io("write -P 3 0 1M")


async def test_the_daemon_ends_with_the_last_who_needs_it(pair: tuple[House, House], place: Path) -> None:
    here, there = pair
    unit = await here.clone("lu")
    taken_over(there, unit)
    await here.start(VIOS1)
    assert not here.served._pools.daemon.is_alive(), "nothing needs it yet"
    lent = await here.lend("logical_unit", unit)
    daemon = daemon_of_pools(here)
    await there.start(VIOS1)
    other = await there.lend("logical_unit", unit)
    assert daemon_of_pools(there) == daemon
    await here.served.stop(VIOS1)
    assert daemon_of_pools(there) == daemon
    there.disk(other).io("write -P 1 0 1M")
    await here.start(VIOS1)
    assert here.disk(lent).holds(1, "0", "1M") and daemon_of_pools(here) == daemon
    await there.take_back(other)
    await here.take_back(lent)
    assert not here.served._pools.daemon.is_alive(), "nothing needs it any more"
    assert not processes(place)


async def test_both_see_that_the_daemon_is_gone_and_one_is_started(pair: tuple[House, House]) -> None:
    here, there = pair
    paths = []
    for house in pair:
        unit = await house.clone("lu")
        await house.start(VIOS1)
        paths.append(await house.lend("logical_unit", unit))
        house.disk(paths[-1]).io(f"write -P {len(paths)} 0 1M", "flush")
    os.kill(daemon_of_pools(here), signal.SIGKILL)
    reads = [
        asyncio.to_thread(house.disk(path).holds, number, "0", "1M")
        for number, (house, path) in enumerate(zip(pair, paths, strict=True), 1)
    ]
    assert await asyncio.gather(*reads) == [True, True]
    assert daemon_of_pools(here) == daemon_of_pools(there)


async def test_who_was_killed_needs_nothing_any_more(pair: tuple[House, House], place: Path) -> None:
    """The storage daemons of a server that nobody ended in good order do not keep the shared one alive."""
    here, there = pair
    for house in pair:
        await house.start(VIOS1)
        await house.lend("logical_unit", await house.clone("lu"))
    lost: list[str] = []
    here.served.lost = lost.append
    os.kill(here.pid(VIOS1), signal.SIGKILL)
    await until(lambda: lost == [VIOS1])
    await there.served.stop(VIOS1)
    assert not processes(place)


async def test_the_same_luck_makes_different_units(pair: tuple[House, House]) -> None:
    """Two systems that were begun alike draw the same numbers."""
    here, there = pair
    assert (await here.unit("one")).udid != (await there.unit("one")).udid
    assert len(list(here.served._pools.contents._root.glob("ssp/*"))) == 2


async def test_what_another_system_uses_is_left_alone(pair: tuple[House, House]) -> None:
    """Even while the server there is off."""
    here, there = pair
    unit = await here.unit("image", lu_type="VirtualIO_Image")
    taken_over(there, unit)
    await there.start(VIOS1)
    lent = await there.lend("logical_unit", unit)
    for _ in range(2):
        refused = [
            (request("delete", unit), "deleted"),
            (request("update", unit.evolve(capacity=Decimal(1))), "resized"),
            (ImportDiskImage(VIOS1, "boot", 4096, "upload", unit.udid), "overwritten"),
        ]
        for operation, task in refused:
            assert task in await here.stored.refused(operation, say.IN_USE_ELSEWHERE)
        with pytest.raises(Exception, match="in use by another managed system and cannot be cloned"):
            await here.unit("clone", cloned_from_udid=unit.udid)
        await there.served.stop(VIOS1)
    await there.start(VIOS1)
    there.disk(lent).io("write -P 1 0 1M")
    await there.take_back(lent)
    await here.stored.run(request("delete", unit))
    assert not here.served._pools.contents.layers(loans.of_unit(unit).key)


async def test_a_system_that_is_gone_uses_nothing(pair: tuple[House, House], place: Path) -> None:
    here, there = pair
    unit = await here.unit("lu")
    taken_over(there, unit)
    await there.start(VIOS1)
    await there.lend("logical_unit", unit)
    await there.served.stop(VIOS1)
    (place / "2" / "v").rename(place / "2" / "gone")
    await here.stored.run(request("delete", unit))


async def test_a_larger_unit_is_not_lent_smaller(pair: tuple[House, House]) -> None:
    """It grew at one system, and the other still knows the size it had."""
    here, there = pair
    unit = await here.clone("lu", "0.25")
    taken_over(there, unit)
    await here.start(VIOS1)
    await here.stored.run(request("update", unit.evolve(capacity=Decimal(1))))
    source = await here.lend("logical_unit", here.stored.unit("lu"))
    await there.start(VIOS1)
    target = await there.lend("logical_unit", unit)
    for house, path in ((here, source), (there, target)):
        assert house.disk(path).io("length").strip() == "1 GiB"


async def test_marks_of_another_system_are_left_alone(pair: tuple[House, House]) -> None:
    """A start of one must not undo what the other is just doing."""
    here, there = pair
    wish = request("create", LogicalUnit(parent=(await here.unit("a")).parent, name="b", capacity=Decimal(1)))
    here.stored.engine.perform(wish)
    await there.start(VIOS1)
    await here.stored.engine.settled()
    assert len(list(here.served._pools.contents._root.glob("ssp/*/0/top.*"))) == 2


async def test_one_who_holds_on_is_told_of(place: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openlpar.vios.served.pools._BUSY_S", 0.05)
    one, other = (Pools(place / "pools", place / name, programs, lambda: None) for name in ("1", "2"))
    async with one.turn():
        with pytest.raises(DaemonError, match="does not let go"):
            async with other.turn():
                pytest.fail("both have it")
    async with other.turn():
        pass


def test_where_the_pools_are_is_remembered(tmp_path: Path) -> None:
    data = tmp_path / "qemu"
    assert folder_of(data, None) == data / "pools"
    assert folder_of(data, tmp_path / "shared") == tmp_path / "shared"
    assert folder_of(data, None) == tmp_path / "shared" == folder_of(data, tmp_path / "shared")
    with pytest.raises(PoolsElsewhere, match=f"are in {tmp_path}/shared"):
        folder_of(data, tmp_path / "another")
    own = tmp_path / "own"
    (own / "pools").mkdir(parents=True)
    with pytest.raises(PoolsElsewhere, match="move that folder"):
        folder_of(own, tmp_path / "shared")


async def test_uploads_come_from_other_file_systems(place: Path, programs: Programs) -> None:
    """They are copied then, and holes stay holes."""
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == place.stat().st_dev:
        pytest.skip("there is only one file system")
    async with system_in(place / "one") as one:
        served = WatchedServed(place / "1", programs)
        upload = elsewhere / f"openlpar-{os.getpid()}"
        try:
            with upload.open("wb") as file:
                file.seek(8 * 1024**2)
                file.write(b"\x07" * 65536)
                file.truncate(16 * 1024**2)
            async with served_by(one, served):
                house = House(one, served, programs)
                unit = await house.unit("lu")
                await one.run(ImportDiskImage(VIOS1, "boot", 16 * 1024**2, str(upload), unit.udid))
                (top,) = served._pools.contents.layers(loans.of_unit(unit).key)
                assert top.path.stat().st_blocks * 512 < 1024**2 and not upload.exists()
                await house.start(VIOS1)
                assert house.disk(await house.lend("logical_unit", unit)).holds(7, "8M", "64k")
        finally:
            upload.unlink(missing_ok=True)


def test_pools_that_cannot_be_shared_are_refused(tmp_path: Path, programs: Programs) -> None:
    settings = Settings(tmp_path, options=Options(pools=tmp_path / "shared"))
    with pytest.raises(CannotStart, match=r"sim has no use for --pools\. Leave it out"):
        app.build(settings)
    (tmp_path / "e" / "qemu" / "pools").mkdir(parents=True)
    with pytest.raises(CannotStart, match="or leave --pools out"):
        app.build(Settings(tmp_path / "e", hypervisor="qemu", options=Options(pools=tmp_path / "shared")))
