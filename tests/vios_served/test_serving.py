"""Storage daemons: what is mapped is there, goes with its server, comes back with its data."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ops.storage.media_rename import RenameMedia
from openlpar.qemu_host.processes import Process, boot
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.served.daemon import Daemon, DaemonError
from openlpar.vios.served.nodes import Wanted, client_node
from openlpar.vios.served.programs import Programs
from tests.ops.storage.conftest import DATAVG, VIOS1, VIOS2, request
from tests.vios_served.conftest import Disk, WatchedServed, processes
from tests.vios_served.house import House, until

pytestmark = pytest.mark.qemu


async def test_a_life_of_a_disk(house: House) -> None:
    """Mapped, written, taken away, mapped again, grown while it is mapped, deleted."""
    stored = house.stored
    await house.start()
    lent = await house.lend("virtual_disk", stored.disk("old"))
    disk = house.disk(lent)
    disk.io("write -P 7 1M 1M", "flush")
    assert disk.io("length").strip() == "10 GiB"
    await house.take_back(lent)
    with pytest.raises(subprocess.CalledProcessError):
        disk.io("length")
    lent = await house.lend("virtual_disk", stored.disk("old"))
    assert house.disk(lent).holds(7, "1M", "1M")
    larger = stored.group().evolve(virtual_disks=[stored.disk("old").evolve(capacity=Decimal(12))])
    await stored.run(request("update", larger))
    await house.converge()
    assert house.disk(lent).io("length").strip() == "12 GiB"
    assert house.disk(lent).holds(7, "1M", "1M") and house.disk(lent).holds(0, "11G", "1M")
    await house.take_back(lent)
    await stored.run(request("update", stored.group().evolve(virtual_disks=())))
    assert not house.served.devices


@pytest.mark.parametrize("kind", ["unit", "clone"])
async def test_two_paths_lead_to_the_same_unit(house: House, kind: str) -> None:
    unit = await getattr(house, kind)("lu")
    await house.start(VIOS1, VIOS2)
    paths = [await house.lend("logical_unit", unit, vios) for vios in (VIOS1, VIOS2)]
    one, other = (house.disk(path) for path in paths)
    assert house.address(paths[0]).serial == house.address(paths[1]).serial
    assert house.address(paths[0]).socket != house.address(paths[1]).socket
    one.io("write -P 1 0 1M")
    assert other.holds(1, "0", "1M")
    other.io("write -P 2 512k 512k", "write -P 3 128M 64k")
    assert one.holds(1, "0", "512k") and one.holds(2, "512k", "512k") and one.holds(3, "128M", "64k")
    await house.served.stop(VIOS1)
    with pytest.raises(subprocess.CalledProcessError):
        one.io("length")
    assert other.holds(2, "512k", "512k"), "the other path stays"


async def test_a_file_is_lent_by_the_process_that_serves_it(house: House) -> None:
    """While it serves; and nobody is lent what only one program may write, or what a guest only reads."""
    stored = house.stored
    mapped = await house.lend("virtual_disk", stored.disk("old"))
    unit, clone = (
        await house.lend("logical_unit", await house.unit("lu")),
        await house.lend("logical_unit", await house.clone("c")),
    )
    assert house.served.lent_file(stored.state, mapped) is None, "the server is off"
    await house.start()
    await house.converge()
    for mapping, size in ((mapped, 10 << 30), (unit, 256 << 20)):
        file = house.served.lent_file(stored.state, mapping)
        assert file is not None and (file.pid, file.node["driver"], file.node["size"]) == (
            house.pid(VIOS1),
            "raw",
            size,
        )
        house.disk(mapping).io("write -P 5 1M 1M", "flush")
        with open(file.path, "rb") as data:
            data.seek(1 << 20)
            assert data.read(4) == b"\5\5\5\5"
        assert Process(file.pid, file.started, boot()).is_alive()
    assert house.served.lent_file(stored.state, clone) is None
    os.kill(house.pid(VIOS1), signal.SIGKILL)
    await until(lambda: house.served.lent_file(stored.state, unit) is None)


async def test_a_san_disk_is_the_same_on_both_servers(house: House) -> None:
    volumes = [v for v in house.stored.state.all(PhysicalVolume) if v.name in ("hdisk5", "hdisk15")]
    await house.start(VIOS1, VIOS2)
    paths = [
        await house.lend("physical_volume", volume.evolve(uuid="", parent=None), volume.parent) for volume in volumes
    ]
    house.disk(paths[0]).io("write -P 9 49G 1M")
    assert house.disk(paths[1]).holds(9, "49G", "1M")
    assert house.disk(paths[1]).io("length").strip() == "50 GiB"


@pytest.mark.parametrize("kind", ["unit", "clone"])
async def test_a_unit_grows_under_both_paths(house: House, kind: str) -> None:
    unit = await getattr(house, kind)("lu")
    await house.start(VIOS1, VIOS2)
    paths = [await house.lend("logical_unit", unit, vios) for vios in (VIOS1, VIOS2)]
    house.disk(paths[0]).io("write -P 4 0 1M")
    await house.stored.run(request("update", house.stored.unit("lu").evolve(capacity=Decimal(1))))
    await house.converge(VIOS1, VIOS2)
    for path in paths:
        assert house.disk(path).io("length").strip() == "1 GiB"
        assert house.disk(path).holds(4, "0", "1M")
    house.disk(paths[1]).io("write -P 5 1023M 1M")
    assert house.disk(paths[0]).holds(5, "1023M", "1M")


async def test_clones_are_written_apart(house: House) -> None:
    image = await house.unit("image", lu_type="VirtualIO_Image")
    Path("upload").write_bytes(b"\x55" * 1024 * 1024)
    await house.stored.run(ImportDiskImage(VIOS1, "boot", 1024 * 1024, "upload", image.udid))
    clones = [await house.unit(f"vm{n}", cloned_from_udid=image.udid) for n in range(2)]
    await house.start()
    lent = [await house.lend("logical_unit", each) for each in (*clones, image)]
    first, second, original = (house.disk(each) for each in lent)
    first.io("write -P 1 0 64k")
    original.io("write -P 2 0 64k")
    assert first.holds(1, "0", "64k") and first.holds(0x55, "64k", "960k")
    assert second.holds(0x55, "0", "1M")
    assert original.holds(2, "0", "64k") and original.holds(0x55, "64k", "960k")


async def test_media_cannot_be_written(house: House) -> None:
    await house.stored.run(ImportMedia(VIOS1, "boot.iso", 4096, "upload"))
    media = next(m for m in house.stored.group().vmedia_repos[0].optical_media if m.name == "boot.iso")
    await house.start()
    lent = await house.lend("optical_media", media)
    address = house.address(lent)
    assert (address.optical, address.read_only, address.target) == (True, True, 9)
    assert house.disk(lent, "-r").holds(0x55, "0", "4k")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        house.disk(lent).io("write -P 1 0 512")
    assert "Permission denied" in caught.value.stdout


async def test_a_medium_that_is_renamed_is_still_read(house: House) -> None:
    """By those who have it open, and after the server came back; and its old name is free for another one."""
    await house.stored.run(ImportMedia(VIOS1, "boot.iso", 4096, "upload"))
    media = next(m for m in house.stored.group().vmedia_repos[0].optical_media if m.name == "boot.iso")
    await house.start()
    lent = await house.lend("optical_media", media)
    pid, address = house.pid(VIOS1), house.address(lent)
    with house.disk(lent, "-r").opened() as reader:
        reader.read(0x55)
        await house.stored.run(RenameMedia(DATAVG, "boot.iso", "other.iso"))
        Path("second").write_bytes(b"\x66" * 4096)
        await house.stored.run(ImportMedia(VIOS1, "boot.iso", 4096, "second"))
        await house.converge()
        reader.read(0x55)
    assert (house.pid(VIOS1), house.address(lent).export) == (pid, address.export)
    assert house.disk(lent, "-r").holds(0x55, "0", "4k")
    await house.served.stop(VIOS1)
    await house.start()
    assert house.disk(lent, "-r").holds(0x55, "0", "4k")
    await house.take_back(house.stored.state.get(VirtualSCSIMapping, lent.uuid))
    again = next(m for m in house.stored.group().vmedia_repos[0].optical_media if m.name == "boot.iso")
    assert house.disk(await house.lend("optical_media", again), "-r").holds(0x66, "0", "4k")


async def test_an_empty_drive_has_no_address(house: House) -> None:
    assert house.served.address(house.stored.state, VirtualSCSIMapping(parent=VIOS1)) is None


@pytest.mark.parametrize("kind", ["disk", "unit", "clone"])
async def test_what_was_flushed_survives_a_killed_daemon(house: House, kind: str) -> None:
    storage = house.stored.disk("old") if kind == "disk" else await getattr(house, kind)("lu")
    lost: list[str] = []
    house.served.lost = lost.append
    await house.start()
    lent = await house.lend("virtual_disk" if kind == "disk" else "logical_unit", storage)
    house.disk(lent).io("write -P 8 0 8M", "flush")
    os.kill(house.pid(VIOS1), signal.SIGKILL)
    await until(lambda: lost == [VIOS1])
    assert not house.served.serves(VIOS1) and house.served.has_served(VIOS1)
    await house.start()
    assert house.disk(lent).holds(8, "0", "8M")


@pytest.mark.parametrize("known", [True, False])
async def test_halt_leaves_nothing_of_a_daemon(house: House, place: Path, known: bool) -> None:
    """Of one that was killed: its sockets; of one that the service started without having the time to note it: itself."""
    await house.lend("logical_unit", await house.unit("lu"))
    await house.start()
    (note,) = place.rglob("process")
    if known:
        (pid,) = processes(place)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not house.served.serves(VIOS1))
    else:
        note.unlink()
    await house.served.close()
    assert await house.served.end_all() == []
    await until(lambda: not processes(place))
    assert not [path for path in place.rglob("*") if path.is_socket()]


async def test_the_daemon_of_shared_disks_comes_back_under_its_clients(house: House) -> None:
    unit = await house.clone("lu")
    await house.start(VIOS1, VIOS2)
    paths = [await house.lend("logical_unit", unit, vios) for vios in (VIOS1, VIOS2)]
    house.disk(paths[0]).io("write -P 8 0 1M", "flush")
    process = house.served._pools.daemon.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    reads = [asyncio.to_thread(house.disk(path).holds, 8, "0", "1M") for path in paths]
    assert await asyncio.gather(*reads) == [True, True], "they wait for it"
    assert house.served._pools.daemon.process() != process


async def test_a_new_service_takes_up_what_runs(house: House, place: Path) -> None:
    lent = await house.lend("virtual_disk", house.stored.disk("old"))
    await house.start(VIOS1)
    disk = house.disk(lent)
    disk.io("write -P 6 0 1M")
    before = set(processes(place))
    await house.served.close()
    again = WatchedServed(place, house.programs)
    assert again.serves(VIOS1) and not again.serves(VIOS2) and not again.has_served(VIOS2)
    await again.start(house.stored.state, VIOS1)
    assert set(processes(place)) == before and len(before) == 1
    assert disk.holds(6, "0", "1M")
    with house.stored.engine.alter() as change:
        change.remove(house.stored.state.get(VirtualSCSIMapping, lent.uuid))
    await again.converge(house.stored.state, VIOS1)
    with pytest.raises(subprocess.CalledProcessError):
        disk.io("length")
    await again.stop(VIOS1)
    assert not processes(place) and not again.serves(VIOS1)


async def test_a_new_service_that_stops_one_leaves_the_other(house: House, place: Path) -> None:
    """It has not looked at the other one yet, whose shared disks must stay."""
    unit = await house.clone("lu")
    await house.start(VIOS1, VIOS2)
    lent = await house.lend("logical_unit", unit, VIOS2)
    await house.served.close()
    again = WatchedServed(place, house.programs)
    await again.stop(VIOS1)
    await again.close()
    house.disk(lent).io("write -P 6 0 1M")


async def test_a_process_of_the_same_number_is_not_ours(house: House) -> None:
    """Our own process stands in for one that got the number of a daemon that ended while nobody looked."""
    await house.start()
    await house.lend("virtual_disk", house.stored.disk("old"))
    await house.served.close()
    file = house.daemon(VIOS1).folder / "process"
    pid = house.pid(VIOS1)
    file.write_text(file.read_text().replace(str(pid), str(os.getpid()), 1))
    assert not house.served.serves(VIOS1)
    await house.start()
    assert house.served.serves(VIOS1)
    await until(lambda: not Path(f"/proc/{pid}/stat").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text())


def test_a_process_that_ended_at_once_is_not_alive(place: Path, programs: Programs) -> None:
    """It was gone before anyone could look when it began."""
    daemon = Daemon(place / "d", programs, lambda: None)
    daemon.folder.mkdir()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with subprocess.Popen(["true"]) as child:
        child.wait()
    (daemon.folder / "process").write_text(json.dumps({"pid": child.pid, "started": 0, "boot": boot}))
    assert not daemon.is_alive() and daemon.process() is not None


async def test_a_server_that_does_not_run_lends_nothing(house: House, place: Path) -> None:
    lent = await house.lend("virtual_disk", house.stored.disk("old"))
    assert not house.address(lent).socket.exists()
    assert not processes(place)


async def test_what_is_missing_keeps_nothing_else_away(house: House) -> None:
    """Another program holds the file of one of two disks."""
    unit = await house.unit("lu")
    await house.start()
    good = await house.lend("logical_unit", unit)
    file = house.served.disks / "vg" / VIOS1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("in the way")
    with pytest.raises(DaemonError, match="Virtual disk old"):
        await house.lend("virtual_disk", house.stored.disk("old"))
    house.disk(good).io("write -P 1 0 1M")
    file.unlink()
    await house.converge()
    bad = next(m for m in house.stored.state.all(VirtualSCSIMapping, VIOS1) if m.backing_storage.has("virtual_disk"))
    house.disk(bad).io("write -P 1 0 1M")


async def test_a_host_without_room_for_growth_says_so(house: House) -> None:
    """The daemon cannot make the file as large as the state wants it: the disk is not lent smaller."""
    unit = await house.unit("lu")
    await house.start()
    with house.stored.engine.alter() as change:
        change.put(unit.evolve(capacity=Decimal(10**10)))
    with pytest.raises(DaemonError, match="block_resize"):
        await house.lend("logical_unit", house.stored.unit("lu"))


async def test_a_name_too_long_for_a_socket_is_told(place: Path, programs: Programs) -> None:
    with pytest.raises(DaemonError, match="use a data directory with a shorter name"):
        await Daemon(place / ("x" * 100), programs, lambda: None).start()


async def test_a_daemon_that_cannot_start_is_quoted(place: Path, programs: Programs) -> None:
    broken = Programs(programs.image, [*programs.daemon, "--nonsense"], programs.environment)
    daemon = Daemon(place / "d", broken, lambda: None)
    with pytest.raises(DaemonError, match="nonsense"):
        await daemon.start()
    assert not daemon.is_alive()
    missing = Programs(programs.image, ["/nowhere/daemon"])
    with pytest.raises(OSError, match="nowhere"):
        await Daemon(place / "e", missing, lambda: None).start()


async def test_nothing_of_ours_is_open_in_a_daemon(house: House) -> None:
    """It outlives us: it must not hold our sockets and files."""
    with Path("upload").open("rb") as ours:
        os.set_inheritable(ours.fileno(), True)
        await house.start()
        await house.lend("virtual_disk", house.stored.disk("old"))
        names = [os.readlink(path) for path in Path(f"/proc/{house.pid(VIOS1)}/fd").iterdir()]
    assert not [name for name in names if name.endswith("upload")]
    assert os.getsid(house.pid(VIOS1)) == house.pid(VIOS1)
    modes = {path.stat().st_mode & 0o077 for path in house.daemon(VIOS1).folder.iterdir()}
    assert modes == {0}


async def test_a_guest_rides_over_what_happens_to_its_server(house: House, place: Path) -> None:
    """Another daemon stands in for the QEMU of a guest, whose disk is a client with a reconnect delay."""
    unit = await house.clone("lu")
    await house.start()
    lent = await house.lend("logical_unit", unit)
    node = client_node(house.address(lent).socket, house.address(lent).export)
    guest = Daemon(place / "guest", house.programs, lambda: None)
    await guest.start()
    seen = Wanted()
    seen.add([node], "disk", True)
    assert not await guest.add(seen)
    disk = Disk(house.programs, guest.socket, "disk")
    try:
        disk.io("write -P 1 0 1M", "flush")
        os.kill(house.pid(VIOS1), signal.SIGKILL)
        reading = asyncio.create_task(asyncio.to_thread(disk.holds, 1, "0", "1M"))
        await until(lambda: not house.served.serves(VIOS1))
        await house.start()
        assert await reading
        await house.stored.run(request("update", house.stored.unit("lu").evolve(capacity=Decimal(1))))
        await house.converge()
        assert await asyncio.to_thread(disk.holds, 1, "0", "1M"), "it has connected to the larger one"
        await guest._unexport(())
        await guest._execute("block_resize", {"node-name": node.name, "size": 1024**3})
        assert not await guest.add(seen)
        disk.io("write -P 2 1023M 1M")
        assert house.disk(lent).holds(2, "1023M", "1M")
    finally:
        await guest.stop()


@pytest.mark.parametrize("lets", [True, False])
async def test_the_ring_is_used_where_the_host_lets_us(
    house: House, monkeypatch: pytest.MonkeyPatch, lets: bool
) -> None:
    """Containers often do not."""
    asked: list[str] = []
    execute = Daemon._execute

    async def heard(self: Daemon, command: str, arguments: Any = None) -> Any:
        if command == "blockdev-add":
            asked.append((arguments.get("file") or arguments).get("aio", "threads"))
            if not lets and asked[-1] != "threads":
                raise DaemonError("Unable to use linux io_uring")
            arguments = json.loads(json.dumps(arguments).replace('"io_uring"', '"threads"'))
        return await execute(self, command, arguments)

    monkeypatch.setattr(Daemon, "_execute", heard)
    await house.start()
    for name in ("one", "two"):
        house.disk(await house.lend("logical_unit", await house.unit(name))).io("write -P 1 0 1M")
    assert asked == (["io_uring"] * 3 if lets else ["io_uring", "threads", "threads"])
