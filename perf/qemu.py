"""Real partitions, beside bare QEMU started by hand in the same run with the same command line, and without io_uring as theirs.

The guest is the kit's minimal system. Its boot is all processor time of the host and the same for both, so what is compared is how
long it takes until QEMU has started, and how fast a disk is read from inside.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openlpar.client.connection import Connection
from openlpar.client.console import Terminal
from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.confinement import confined
from openlpar.qemu_host import cache
from openlpar.qemu_host.kit import GuestKit, KitMissing, guest_kit
from openlpar.qemu_host.locate import QemuMissing
from openlpar.uom.logical_partition import LogicalPartition
from perf.cases import Result
from perf.target import BIN

IDLE_PARTITIONS, MANY_PARTITIONS = 10, 20
_BOOT_S = 180.0
_DATA_MIB = 512
_UNIT_GB = 2
_READINGS = 8
_TICKS = os.sysconf("SC_CLK_TCK")

Noted = tuple[list[Result], dict[str, str]]
"""Results, and what stands beside some of them."""


def kit() -> GuestKit | None:
    """None, and why on stderr, where there is none."""
    try:
        return guest_kit()
    except (KitMissing, QemuMissing) as missing:
        print(missing, file=sys.stderr)
        return None


def partitions(found: GuestKit) -> Noted:
    with _site(found) as site:
        results, beside = _measured(site)
    moves, more = _moves(found)
    return results + moves, beside | more


@dataclass
class _Site:
    """A service whose partitions run in QEMU and start from saved states."""

    kit: GuestKit
    folder: Path
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] = field(init=False)
    environment: dict[str, str] = field(init=False)
    connection: Connection = field(init=False)

    @property
    def data(self) -> Path:
        return self.folder / "d"

    def start(self) -> None:
        states = cache.folder() / f"states-{self.kit.minimal_disk.parent.name}-{self.kit.qemu.version_text}"
        command = [str(BIN / "openlpar"), "serve", "--data", str(self.data), "--hypervisor", "qemu"]
        command += ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--saved-states", str(states)]
        command += self.options
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        url = json.loads(self.process.stdout.readline())["http"]
        self.environment = {**os.environ, "OPENLPAR_URL": url, "OPENLPAR_LOG_DIR": str(self.folder)}
        self.connection = Connection(url)

    def pvmctl(self, line: str) -> float:
        """Seconds that the whole command took."""
        begin = time.perf_counter()
        done = subprocess.run(
            [BIN / "pvmctl", *line.split()], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"pvmctl {line}: {done.stdout}{done.stderr}")
        return time.perf_counter() - begin

    def partition(self, name: str) -> LogicalPartition:
        (found,) = self.connection.search(LogicalPartition, "PartitionName", name)
        return found.element

    def run_folder(self, name: str) -> Path:
        return self.data / "qemu" / "p" / self.partition(name).uuid[:8].lower()

    def make(self, name: str) -> None:
        self.pvmctl(f"lpar create --name {name} --type AIX/Linux --proc-type shared --proc 1 --proc-unit 0.1 --mem 512")
        room = ["max_virtual=4", "max_units=2", "desired_units=0.4"]
        wishes = " ".join(f"SharedProcessorConfiguration.{wish}" for wish in room)
        self.pvmctl(f"lpar update -i name={name} -s {wishes}")
        self.pvmctl(f"lu create --name {name}_root --clone name=minimal")
        self.pvmctl(f"scsi create --type lu --lpar name={name} --stor-id {name}_root -p name=vios1")

    def power_on(self, name: str) -> float:
        """Seconds until pvmctl said that it runs."""
        taken = self.pvmctl(f"lpar power-on -i name={name}")
        deadline = time.monotonic() + _BOOT_S
        while time.monotonic() < deadline:
            notices = journal.read(self.run_folder(name) / journal.FILE)
            start = max(notice.number for notice in notices if notice.kind == "started")
            if any(n.kind in ("saved", "running") and n.number > start for n in notices) and self._is_settled(notices):
                return taken
            time.sleep(0.05)
        raise RuntimeError(f"{name} did not come up")

    @staticmethod
    def _is_settled(notices: list[journal.Notice]) -> bool:
        """A partition that had to be booted first is saved for the next time."""
        started = next(notice for notice in reversed(notices) if notice.kind == "started")
        return (
            bool(started.data["incoming"])
            or notices[-1].kind == "saved"
            or any(n.kind == "saved" and n.number > started.number for n in notices)
        )

    def managers(self) -> list[int]:
        """Pids of all that manages: the service, supervisors, the switch; not QEMU, not who serves disks."""
        found = [self.process.pid]
        for path in [*self.data.glob("qemu/p/*/supervisor.pid"), *self.data.glob("qemu/n/pid")]:
            with contextlib.suppress(ValueError):
                found.append(int(path.read_text()))
        return found

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        subprocess.run([BIN / "openlpar", "halt", "--data", str(self.data)], check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def _site(found: GuestKit, *options: str, image: bool = True) -> Iterator[_Site]:
    site = _Site(found, Path(tempfile.mkdtemp(prefix="ol")), options)
    site.start()
    try:
        if image:
            site.pvmctl("lu create --name minimal --size 1 --type image")
            site.pvmctl(f"lu upload -i name=minimal --data {found.minimal_disk}")
        yield site
    finally:
        site.end()
        shutil.rmtree(site.folder)


def _moves(found: GuestKit) -> Noted:
    """An idle partition of 512 MiB moves between two systems that share their pools."""
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    subprocess.run(
        [BIN / "openlpar", "generate", "--systems", "2", "--partitions", "0", "-o", folder / "s.yaml"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    one, two = (("--system", str(folder / f"s-{n}.yaml"), "--pools", str(folder / "pools")) for n in (1, 2))
    with _site(found, *one) as here, _site(found, *two, image=False) as there:
        subprocess.run(
            [BIN / "openlpar", "trust", there.environment["OPENLPAR_URL"]],
            env=here.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        here.make("p1")
        here.power_on("p1")
        moves = []
        for source, target, name in ((here, there, "system2"), (there, here, "system1")) * 2:
            moves.append(_move(source, target, name))
    shutil.rmtree(folder)
    total, still = min(total for total, _ in moves), min(still for _, still in moves)
    told = "live migration of an idle 512 MiB partition: guest stands still"
    beside = {
        told: ", ".join(f"{1000 * still:.0f} ms" for _, still in moves) + " in four moves; the services' part included"
    }
    return [("live migration of an idle 512 MiB partition", total, "s", 2), (told, still, "s", 0.2)], beside


def _move(source: _Site, target: _Site, name: str) -> tuple[float, float]:
    """Seconds from the beginning until it runs there, and of these it stood still."""
    _until_connected(source)
    leaving = (source.run_folder("p1") / journal.FILE).open()  # removed with the partition, but not closed
    leaving.seek(0, os.SEEK_END)
    source.pvmctl(f"lpar migrate -i name=p1 --target-system {name}")
    left = {notice["kind"]: notice for notice in map(json.loads, leaving)}
    leaving.close()
    come = {notice.kind: notice for notice in journal.read(target.run_folder("p1") / journal.FILE)}
    return (come["taken"].at - come["launched"].at) / 1000, (come["taken"].at - left["sent"]["stopped"]) / 1000


def _until_connected(site: _Site) -> None:
    deadline = time.monotonic() + _BOOT_S
    while site.partition("p1").rmc_state != "active":
        if time.monotonic() > deadline:
            raise RuntimeError("no RMC to p1")
        time.sleep(0.1)


def _measured(site: _Site) -> Noted:
    beside: dict[str, str] = {}
    site.make("p1")
    site.power_on("p1")  # boots, and is saved, unless there is a state from another run
    launch = json.loads((site.run_folder("p1") / "launch.json").read_text())
    site.pvmctl("lpar power-off -i name=p1 --hard")
    results = [*_disks(site, launch, beside), *_starts(site, launch, beside), *_dynamic(site), *_many(site)]
    return results, beside


def _disks(site: _Site, launch: dict[str, Any], beside: dict[str, str]) -> list[Result]:
    """A logical unit, which its server reads from the file, and a clone, for which it asks the daemon of the pools."""
    data = site.folder / "data"
    with data.open("wb") as file:
        for _ in range(_DATA_MIB):
            file.write(os.urandom(1 << 20))
    for name, kind in (("data", "image"), ("unit", "disk")):
        site.pvmctl(f"lu create --name {name} --size {_UNIT_GB} --type {kind}")
        site.pvmctl(f"lu upload -i name={name} --data {data}")
    site.pvmctl("lu create --name clone --clone name=data")
    results = []
    with _bare_reader(site.kit, launch, data) as bare:
        for what, unit in (("a logical unit", "unit"), ("a linked clone", "clone")):
            name = f"virtual SCSI read of {what}, times slower than a directly attached image"
            site.make(f"reads-{unit}")
            site.pvmctl(f"scsi create --type lu --lpar name=reads-{unit} --stor-id {unit} -p name=vios1")
            site.power_on(f"reads-{unit}")
            with _inside_reader(site, f"reads-{unit}") as inside:
                (rate, spent), (direct, cost) = _in_turn(inside, bare)
            site.pvmctl(f"lpar power-off -i name=reads-{unit} --hard")
            beside[name] = (
                f"{rate:.0f} MB/s inside the guest, bare QEMU on the file {direct:.0f} MB/s; processor time for 100 MB: "
                f"{spent:.2f} s, bare {cost:.2f} s"
            )
            results.append((name, direct / rate, "x", 1.25))
    return results


def _starts(site: _Site, launch: dict[str, Any], beside: dict[str, str]) -> list[Result]:
    """Begins and ends with the partition off."""
    name = "power-on until QEMU runs, over bare QEMU"
    ours, bare = min(_started(site) for _ in range(3)), min(_bare_start(launch) for _ in range(3))
    beside[name] = f"OpenLPAR {ours:.2f} s, bare QEMU {bare:.2f} s"
    restored = min(_restored(site) for _ in range(3))
    return [(name, ours - bare, "s", 0.3), ("restored start, power-on command to prompt", restored, "s", 1.5)]


def _dynamic(site: _Site) -> list[Result]:
    """Leaves the partition running."""
    site.power_on("p1")
    _until_connected(site)
    memory = site.pvmctl("lpar update -i name=p1 -s PartitionMemoryConfiguration.desired=768")
    processor = site.pvmctl("lpar update -i name=p1 -s SharedProcessorConfiguration.desired_virtual=2")
    return [
        ("DLPAR of 256 MiB, whole pvmctl command", memory, "s", 1),
        ("DLPAR of a processor, whole pvmctl command", processor, "s", 0.5),
    ]


def _many(site: _Site) -> list[Result]:
    """The first partition runs already."""
    first, most = IDLE_PARTITIONS, MANY_PARTITIONS
    _add(site, 2, first)
    busy = _busy(site)
    begin = time.perf_counter()
    _add(site, first + 1, most)
    taken = time.perf_counter() - begin
    return [
        (f"management with {first} idle partitions, cores", busy, "", 0.01),
        (f"partitions {first + 1} to {most}, made and started", taken, "s", 0),
        (f"memory of {most} idle partitions", _resident_mib(site), "MiB", 0),
    ]


def _add(site: _Site, first: int, last: int) -> None:
    for number in range(first, last + 1):
        site.make(f"p{number}")
        site.power_on(f"p{number}")


def _restored(site: _Site) -> float:
    taken = site.power_on("p1")
    site.pvmctl("lpar power-off -i name=p1 --hard")
    return taken


def _started(site: _Site) -> float:
    """From the command to the moment the supervisor saw QEMU run."""
    begin = time.time()
    site.power_on("p1")
    notices = journal.read(site.run_folder("p1") / journal.FILE)
    started = next(notice for notice in reversed(notices) if notice.kind == "started")
    site.pvmctl("lpar power-off -i name=p1 --hard")
    return started.at / 1000 - begin


@contextlib.contextmanager
def _bare(launch: dict[str, Any], *swaps: tuple[str, str]) -> Iterator[tuple[socket.socket, float, int]]:
    """QEMU with a partition's own command line, started by hand: its console, the seconds until it ran, and its pid."""
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    (folder / "nvram.bin").write_bytes(bytes(65536))
    argv = _without_disks(launch["argv"])
    for word, other in swaps:
        argv += [word, other]
    begin = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env={**os.environ, **launch["environment"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=confined(os.getpid(), own_user=False),  # noqa: PLW1509 - this process has one thread
    )
    try:
        monitor = _connected(folder / "qmp.sock")
        console = _connected(folder / "con.sock")
        lines = monitor.makefile("rw")
        lines.readline()
        for command in ("qmp_capabilities", "cont"):
            lines.write(json.dumps({"execute": command}) + "\n")
            lines.flush()
            while "return" not in json.loads(lines.readline()):
                pass
        yield console, time.perf_counter() - begin, process.pid
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _without_disks(argv: list[str]) -> list[str]:
    """A command line without what others serve: network and disks of the partition, and a saved state."""
    kept: list[str] = []
    words = iter(argv)
    for word in words:
        if word in ("-blockdev", "-netdev", "-incoming"):
            next(words)
        elif word in ("-device", "-drive"):
            value = next(words)
            if not re.match(r"scsi-|spapr-vscsi|spapr-vlan|if=none", value):
                kept += [word, value]
        else:
            kept.append(word)
    return kept


def _connected(path: Path) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(str(path))
            return made
        except OSError:
            made.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)


def _bare_start(launch: dict[str, Any]) -> float:
    with _bare(launch) as (_, taken, _):
        return taken


_READ = (
    "for d in /dev/sd?; do (: <$d) 2>/dev/null; done; d=$(cd /sys/block; grep -lx {sectors} sd?/size | head -1); "
    f"echo 3 >/proc/sys/vm/drop_caches; time dd if=/dev/${{d%/size}} of=/dev/null bs=1M count={_DATA_MIB}"
)
_TOOK = re.compile(r"real\s+(\d+)m ([\d.]+)s")


@dataclass
class _Reader:
    """Reads a disk of a size from inside a guest. processes: those that have a part in it."""

    sectors: int
    write: Callable[[str], Any]
    read: Callable[[], str]
    processes: list[int]

    def once(self) -> tuple[float, float]:
        """MB/s, and the processor seconds for 100 MB."""
        before = sum(map(_cpu_s, self.processes))
        rate = _rate(_asked(_READ.replace("{sectors}", str(self.sectors)), self.write, self.read))
        return rate, (sum(map(_cpu_s, self.processes)) - before) / (_DATA_MIB * 1.048576) * 100


def _in_turn(*readers: _Reader) -> list[tuple[float, float]]:
    """The best of each, one after the other again and again: a machine may be slower in one minute than in the next."""
    found = [[reader.once() for reader in readers] for _ in range(_READINGS)]
    return [(max(rate for rate, _ in each), min(cost for _, cost in each)) for each in zip(*found, strict=True)]


def _rate(text: str) -> float:
    """MB/s, from what the guest's shell says of the time it took."""
    found = _TOOK.search(text)
    assert found, text
    return _DATA_MIB * 1.048576 / (int(found[1]) * 60 + float(found[2]))


@contextlib.contextmanager
def _inside_reader(site: _Site, name: str) -> Iterator[_Reader]:
    run = site.run_folder(name)
    processes = [int((run / "qemu.pid").read_text())]
    for path in [*site.data.glob("qemu/v/*/*/process"), *site.data.glob("qemu/pools/d/process")]:
        processes.append(json.loads(path.read_text())["pid"])
    with Terminal(site.connection, site.partition(name).uuid) as terminal:
        yield _Reader(_UNIT_GB << 21, terminal.write, lambda: terminal.read(5.0), processes)


@contextlib.contextmanager
def _bare_reader(found: GuestKit, launch: dict[str, Any], data: Path) -> Iterator[_Reader]:
    image = Path(tempfile.mkdtemp(prefix="ol")) / "disk.raw"
    shutil.copy(found.minimal_disk, image)
    disk = [
        ("-device", "spapr-vscsi,id=vscsi9,reg=0x9000"),
        ("-drive", f"if=none,id=d0,format=raw,file={image}"),
        ("-device", "scsi-hd,bus=vscsi9.0,drive=d0,bootindex=1"),
        ("-drive", f"if=none,id=d1,format=raw,file={data}"),
        ("-device", "scsi-hd,bus=vscsi9.0,drive=d1"),
    ]
    try:
        with _bare(launch, *disk) as (console, _, process):
            console.settimeout(_BOOT_S)
            shown = ""
            while "lpar# " not in shown:
                try:
                    heard = console.recv(65536)
                except TimeoutError:
                    heard = b""
                if not heard:
                    raise RuntimeError(f"bare QEMU did not come up: {shown[-2000:]}")
                shown += heard.decode(errors="replace")
            yield _Reader(
                _DATA_MIB << 11,
                lambda text: console.sendall(text.encode()),
                lambda: console.recv(65536).decode(errors="replace"),
                [process],
            )
    finally:
        shutil.rmtree(image.parent)


def _asked(command: str, write: Any, read: Any) -> str:
    """What a reading command prints in a guest."""
    write(f"{command}\n")
    shown, deadline = "", time.monotonic() + 120
    while not _TOOK.search(shown):
        assert time.monotonic() < deadline, shown
        shown += read()
    return shown


def _busy(site: _Site, seconds: float = 20.0) -> float:
    """Share of a core that management takes while nobody wants anything."""
    time.sleep(3)
    before, begin = sum(map(_cpu_s, site.managers())), time.perf_counter()
    time.sleep(seconds)
    return (sum(map(_cpu_s, site.managers())) - before) / (time.perf_counter() - begin)


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def _resident_mib(site: _Site) -> float:
    total = 0
    for path in site.data.glob("qemu/p/*/qemu.pid"):
        text = Path(f"/proc/{int(path.read_text())}/smaps_rollup").read_text()
        total += int(re.search(r"Pss:\s+(\d+)", text)[1])  # type: ignore[index]
    return total / 1024
