"""Guests that write and say what is on disk; commands that go on meanwhile; and whether afterwards all agree."""

from __future__ import annotations

import hashlib
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from openlpar.client.console import Terminal
from tests.conftest import BIN
from tests.qemu_partitions.site import VIOS, Site
from tests.qemu_scenarios import site as scenarios
from tests.qemu_scenarios.site import BOOT_S, until

BLOCK = 512
# Disks are probed side by side: which letter the empty one has is chance.
_FIND = "for data in /dev/sd?; do [ $(cat /sys/block/${data#/dev/}/size) -gt 0 ] && ! [ -e ${data}1 ] && break; done"
# Each block holds its number and the checksum of that; a number is said when the guest has been told that the block is on disk.
_WRITER = (
    "writes() { n=$1; while :; do"
    f' printf "%-{BLOCK}s" "$n $(echo $n | md5sum)" | dd of=$data bs={BLOCK} seek=$n conv=notrunc,fsync 2>/dev/null'
    ' && echo "ACK $n." && n=$((n+1)) || sleep 0.1; done; }'
)
_ACK = re.compile(r"ACK (\d+)\.")


def numbers_in(shown: str) -> set[int]:
    """What a guest has said is on disk."""
    return set(map(int, _ACK.findall(shown)))


def _block(number: int) -> bytes:
    checksum = hashlib.md5(b"%d\n" % number).hexdigest()
    return f"{number} {checksum}  -".ljust(BLOCK).encode()


@dataclass
class Writer:
    """A partition that writes block after block to its second disk."""

    site: Site
    name: str
    acknowledged: set[int] = field(default_factory=set)

    def begin(self) -> None:
        """After a power on: goes on behind what is acknowledged."""
        with self.site.typist(self.name) as typist:
            typist.sh(_FIND)
            typist.sh(_WRITER)
            typist.type(f"writes {self.last + 1} &\n")
            typist.expect(r"ACK \d+\.")

    @property
    def last(self) -> int:
        return max(self.said(), default=0)

    def said(self) -> set[int]:
        """The numbers that the guest has said so far: they stand in the supervisor's log of the console."""
        run = self.site.run_folder(self.name)
        for log in run.glob("console.log*"):
            self.acknowledged |= numbers_in(log.read_text(errors="replace"))
        return self.acknowledged

    def goes_on(self) -> None:
        """Waits until it has written more."""
        before = self.last
        until(lambda: self.last > before, f"another write of {self.name} than {before}", BOOT_S)

    def check(self) -> None:
        """All that was acknowledged is on disk."""
        last = self.last
        assert self.acknowledged == set(range(1, last + 1)), "it says each number once, in order"
        wanted = hashlib.md5(b"".join(map(_block, range(1, last + 1)))).hexdigest()
        with self.site.typist(self.name) as typist:
            read = f"dd if=$data bs={BLOCK} skip=1 count={last} 2>/dev/null"
            found = typist.sh(f"echo 3 >/proc/sys/vm/drop_caches; {read} | md5sum", BOOT_S)
        assert wanted in found, f"{self.name}: of {last} acknowledged writes not all are on disk"

    def check_console(self) -> None:
        """What the service keeps of the console has every line once."""
        with Terminal(self.site.connection, self.site.partition(self.name).uuid) as terminal:
            shown = [int(number) for number in _ACK.findall(terminal.read(1.0))]
        assert shown == list(range(shown[0], shown[-1] + 1)), f"{self.name}: the console shows {shown}"


class Commands:
    """Somebody who works on the system all the time, and does not mind when it refuses."""

    def __init__(self, site: Site, *lines: str) -> None:
        self._site, self._lines = site, lines
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="commands")

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    def _work(self) -> None:
        while not self._over.is_set():
            for line in self._lines:
                command = [str(BIN / "pvmctl"), *line.split()]
                subprocess.run(command, env=self._site.environment, capture_output=True, timeout=120, check=False)


def disagreements(site: Site, names: tuple[str, ...]) -> list[str]:
    """Where the state and the processes do not say the same."""
    running = dict(scenarios._commands(site.folder))
    wrong, known = [], {site.server.process.pid}
    for name in names:
        state, run = site.partition(name).state, site.run_folder(name)
        there = {pid for pid, words in running.items() if str(run) in words or _cwd(pid) == run}
        known |= there
        if (state == "not activated") != (not there) or state not in ("not activated", "running", "open firmware"):
            wrong.append(f"{name} is {state}, and of it run {[running[pid][:80] for pid in there]}")
    for vios in VIOS:
        state = site.server_of(vios).state
        serving = [pid in running for pid in site.daemons(vios)]
        if not (all(serving) if state == "running" else not any(serving)):
            wrong.append(f"{vios} is {state}, and of its daemons serve: {serving}")
    known |= {site.switch(), *site.uplinks(), *(pid for name in (*VIOS, "pools") for pid in site.daemons(name))}
    wrong += [f"nobody knows process {pid}: {words[:160]}" for pid, words in running.items() if pid not in known]
    return wrong


def _cwd(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def until_agreed(site: Site, names: tuple[str, ...], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while wrong := disagreements(site, names):
        assert time.monotonic() < deadline, f"after {within_s} s: {wrong}"
        time.sleep(0.1)
