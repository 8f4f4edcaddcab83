"""As root: each partition's QEMU is a user of its own, and reaches nothing of another partition."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from openlpar.qemu_host import cache, locate, probe
from openlpar.qemu_host.kit import GuestKit
from openlpar.qemu_host.users import Users
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from tests.qemu.conftest import until
from tests.qemu_partitions.house import House
from tests.qemu_scenarios.site import BOOT_S

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]


@pytest.fixture
async def house(kit: GuestKit, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """With a QEMU that every user can reach: the cache of root's own is closed."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a process as another user")
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    folder.chmod(0o711)
    for place in cache.folder().glob("qemu-*"):
        shutil.copytree(place, folder / "cache" / place.name, symlinks=True, copy_function=os.link)
    monkeypatch.setenv("OPENLPAR_CACHE", str(folder / "cache"))
    answer = probe.capabilities(locate.find()).run_as
    if not answer:
        shutil.rmtree(folder)
        pytest.skip(answer.reason)
    made = House(kit, folder, None)
    await made.open()
    yield made
    await made.end()


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def reads(path: Path) -> None:
    path.open("rb").close()


def connects(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))


def sends(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(b"x", str(path))


def makes(path: Path) -> None:
    path.touch()


def as_partition(pid: int, run: Path, tries: Mapping[str, Callable[[], None]]) -> dict[str, bool]:
    """What of it a process can do that is in the place of a partition's QEMU: its user, its groups, its folder."""
    ours, theirs = os.pipe()
    groups = [int(word) for word in status(pid)["Groups"].split()]
    user = int(status(pid)["Uid"].split()[0])
    child = os.fork()
    if not child:
        try:
            os.chdir(run)
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            done = {name: _does(attempt) for name, attempt in tries.items()}
            os.write(theirs, json.dumps(done).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as file:
        answer: dict[str, bool] = json.loads(file.read())
    os.waitpid(child, 0)
    return answer


def _does(attempt: Callable[[], None]) -> bool:
    """Whether it may; that there is nothing does not keep anybody away."""
    try:
        attempt()
    except PermissionError:
        return False
    except OSError:
        return True
    return True


async def test_a_partition_reaches_what_is_its_own_and_nothing_else(house: House) -> None:
    first, second = await house.bootable("vm1"), await house.bootable("vm2")
    for vios in ("vios1", "vios2"):
        await house.map(second, await house.unit(f"data_of_{vios}"), vios)
    for uuid in (first, second):
        await house.plug_in(uuid)
    await house.up(first, second)

    data = house.data / "qemu"
    runs = {uuid: data / "p" / uuid[:8].lower() for uuid in (first, second)}
    pids = {uuid: int((run / "qemu.pid").read_text()) for uuid, run in runs.items()}
    users = Users.of(data)
    for uuid, pid in pids.items():
        found = status(pid)
        assert set(found["Uid"].split()) == {str(users.number(house.partition(uuid).id))}
        assert (found["CapEff"], found["CapPrm"], found["NoNewPrivs"], found["Seccomp"]) == (
            "0" * 16,
            "0" * 16,
            "1",
            "2",
        )

    mine, theirs = Path(), Path("..") / runs[second].name
    vios1, vios2 = (Path("../../v") / house.vios(name).uuid[:8] for name in ("vios1", "vios2"))
    own, other = (str(house.partition(uuid).id) for uuid in (first, second))
    (card,) = house.engine.state.all(ClientNetworkAdapter, second)
    end = Path("../../n") / f"{house.partition(second).id}-{card.slot}"
    tries: dict[str, Callable[[], None]] = {
        "its nvram": lambda: reads(mine / "nvram.bin"),
        "its disks": lambda: connects(vios1 / own / "nbd.sock"),
        "another's nvram": lambda: reads(theirs / "nvram.bin"),
        "another's disks on its server": lambda: connects(vios1 / other / "nbd.sock"),
        "another's server": lambda: connects(vios2 / other / "nbd.sock"),
        "the monitor of its disks": lambda: connects(vios1 / own / "qmp.sock"),
        "the note of its server": lambda: reads(vios1 / "serves"),
        "the switch": lambda: connects(Path("../../n/control.sock")),
        "a file in its folder": lambda: makes(mine / "made"),
        "another's end of its adapter": lambda: sends(end.with_suffix(".g")),
        "the switch's end of another's adapter": lambda: sends(end.with_suffix(".s")),
        "the files of disks": lambda: reads(Path("../../disks")),
        "the shared disks": lambda: connects(Path("../../pools/d/nbd.sock")),
        "the state": lambda: reads(house.data / "state.db"),
        **{
            f"{whose} {name}": lambda place=place, name=name: connects(place / name)  # type: ignore[misc]
            for whose, place in (("its", mine), ("another's", theirs))
            for name in ("con.sock", "qmp.sock", "agent.sock", "control.sock")
        },
    }
    can = as_partition(pids[first], runs[first], tries)
    assert {name for name, possible in can.items() if possible} == {"its nvram", "its disks"}
    assert (data / "v" / vios1.name / other / "nbd.sock").exists() and (
        data / "v" / vios2.name / other / "nbd.sock"
    ).exists()
    for number, uuid in enumerate((first, second), 1):
        house.type(uuid, f"ip addr add 192.0.2.{number}/24 dev eth0; ip link set eth0 up; echo r''eady")
        await until(lambda uuid=uuid: "ready" in house.shown(uuid), "the guest's address")  # type: ignore[misc]
    house.type(first, "ping -c 3 -W 5 192.0.2.2")
    await until(lambda: "packets received" in house.shown(first), "an answer", BOOT_S)
    assert ", 3 packets received" in house.shown(first)
