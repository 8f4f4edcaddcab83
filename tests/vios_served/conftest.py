"""Virtual I/O Servers with real disks. What needs QEMU is skipped where there is none."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.ops.core import Edges
from openlpar.ports.state import Change
from openlpar.qemu_host import locate
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia
from openlpar.vios.served.backend import ServedVios
from openlpar.vios.served.programs import Programs
from tests.ops.storage.conftest import VIOS1, VIOS2, Stored
from tests.ops.storage.conftest import stored as simulated
from tests.vios_served import thin_pools
from tests.vios_served.thin_pools import Real, StandIn, ThinPool

__all__ = ["VIOS1", "VIOS2", "simulated"]


@pytest.fixture(scope="session")
def programs() -> Programs:
    try:
        found = locate.find()
    except locate.QemuMissing as missing:
        pytest.skip(str(missing))
    return Programs(found.image, found.storage, found.environment)


def _tool(programs: Programs, name: str) -> list[str]:
    """Command line of one of QEMU's tools."""
    return [*programs.image[:-1], programs.image[-1].replace("qemu-img", name)]


def ran(programs: Programs, tool: str, *words: str) -> str:
    """What one of QEMU's tools prints. Raises CalledProcessError when it fails."""
    try:
        return subprocess.run(
            [*_tool(programs, tool), *words],
            env={**os.environ, **programs.environment},
            check=True, text=True, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ).stdout  # fmt: skip
    except subprocess.CalledProcessError as failed:
        failed.add_note(failed.stdout)
        raise


class Disk:
    """A disk as a client of NBD sees it."""

    def __init__(self, programs: Programs, socket: Path, export: str, *options: str) -> None:
        self._programs, self._options = programs, options
        self._uri = f"nbd+unix:///{export}?socket={socket}"

    def io(self, *commands: str) -> str:
        """What qemu-io prints. Raises CalledProcessError when a command fails."""
        words = [word for command in commands for word in ("-c", command)]
        return ran(self._programs, "qemu-io", "-f", "raw", *self._options, *words, self._uri)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Reader]:
        with subprocess.Popen(
            [*_tool(self._programs, "qemu-io"), "-f", "raw", *self._options, self._uri],
            env={**os.environ, **self._programs.environment},
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            yield Reader(process)

    def holds(self, pattern: int, at: str, length: str) -> bool:
        """Whether all bytes of a stretch are this one."""
        return "Pattern verification failed" not in self.io(f"read -P {pattern} {at} {length}")


class Reader:
    """A client that has a disk open: qemu-io, which is told what to do line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self, pattern: int) -> None:
        """The first 4 KiB, which must be such bytes."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"read -P {pattern} 0 4k\n")
        self._process.stdin.flush()
        answer = next(line for line in self._process.stdout if " bytes" in line or "fail" in line)
        assert "read 4096/4096 bytes" in answer, answer


class WatchedServed(ServedVios):
    """``devices``: what is on the host; refusing: name of a method that fails."""

    refusing = ""

    def __init__(self, folder: Path, programs: Programs, pools: Path | None = None) -> None:
        super().__init__(folder / "vios", folder, programs, pools)
        self.disks, self.pools = folder / "disks", folder / "pools"

    @property
    def devices(self) -> set[str]:
        return {str(path.parent.relative_to(root)) for root in (self.disks, self.pools) for path in root.rglob("top.*")}

    def _refuse(self, method: str) -> None:
        if method == self.refusing:
            raise RuntimeError(f"{method} fails")

    def create_disk(self, *arguments: Any) -> VirtualDisk:
        self._refuse("create_disk")
        return super().create_disk(*arguments)

    def create_media(self, *arguments: Any) -> VirtualOpticalMedia:
        self._refuse("create_media")
        return super().create_media(*arguments)

    def link_media(self, *arguments: Any) -> VirtualOpticalMedia:
        self._refuse("link_media")
        return super().link_media(*arguments)

    def create_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> LogicalUnit:
        self._refuse("create_unit")
        return super().create_unit(change, pool, unit)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name, as sockets need."""
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def stored(
    simulated: Stored, place: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stored]:
    """The system of the storage tests, on servers with real disks. ``upload`` is a file of 4 KiB."""
    monkeypatch.chdir(place)
    Path("upload").write_bytes(b"\x55" * 4096)
    async with served_by(simulated, WatchedServed(place, programs)) as made:
        yield made
    left = processes(place)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "storage daemons were left behind"


@contextlib.asynccontextmanager
async def served_by(stored: Stored, served: WatchedServed) -> AsyncIterator[Stored]:
    """The system on these servers, which end afterwards."""
    stored.engine.edges = Edges(stored.engine.edges.hypervisor, served)
    stored.devices = served  # type: ignore[assignment]
    yield stored
    for vios in (VIOS1, VIOS2):
        await served.stop(vios)
    await served.close()


@pytest.fixture
def served(stored: Stored) -> WatchedServed:
    assert isinstance(stored.devices, WatchedServed)
    return stored.devices


@pytest.fixture
def house(stored: Stored, served: WatchedServed, programs: Programs) -> Any:
    from tests.vios_served.house import House

    return House(stored, served, programs)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in, which is the first ``lvm`` in PATH. A thin pool is there."""
    made = StandIn.made(tmp_path / "lvm")
    monkeypatch.setenv("PATH", f"{made.folder}{os.pathsep}{os.environ['PATH']}")
    return made


@pytest.fixture(params=thin_pools.KINDS)
def pool(request: pytest.FixtureRequest) -> Iterator[ThinPool]:
    yield from lent(request, request.param)


def lent(request: pytest.FixtureRequest, kind: str) -> Iterator[ThinPool]:
    """A thin pool of this kind, which goes afterwards."""
    if kind == "stand-in":
        yield request.getfixturevalue("fake")
        return
    with Real.lent() as made:
        yield made


def processes(place: Path) -> list[int]:
    """Those whose command line names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if str(place).encode() in words and b"storage-daemon" in words:
            found.append(int(path.parent.name))
    return found
