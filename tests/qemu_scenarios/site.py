"""A managed system on QEMU as its administrator sees it: the installed commands, and the consoles of its partitions."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect

from openlpar.qemu_host.kit import GuestKit
from tests.conftest import BIN, Server, start_server

BOOT_S = 90.0
PATIENCE_S = 30.0
PROMPT = r"lpar# "


def until(condition: Callable[[], Any], what: str, within_s: float = PATIENCE_S, every_s: float = 0.05) -> Any:
    """What the condition returns as soon as that is true."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {within_s} s for {what} in vain"
        time.sleep(every_s)
    return found


class Console:
    """``mkvterm`` with somebody at the keyboard."""

    def __init__(self, site: Site, name: str) -> None:
        self._numbers = itertools.count(1)
        self.terminal = pexpect.spawn(
            str(BIN / "mkvterm"), ["-m", "gannet", "-p", name], env=site.environment, timeout=BOOT_S, encoding="utf-8"
        )
        self.terminal.delaybeforesend = None
        self.terminal.expect("Press Control")

    def expect(self, pattern: str, within_s: float = BOOT_S) -> str:
        """Waits for it, and returns what was shown before."""
        try:
            self.terminal.expect(pattern, timeout=within_s)
        except (pexpect.TIMEOUT, pexpect.EOF):
            shown = (self.terminal.before or "")[-3000:]
            raise AssertionError(f"waited {within_s} s for {pattern!r} in vain; the console shows\n{shown}") from None
        return str(self.terminal.before)

    def type(self, text: str) -> None:
        self.terminal.send(text)

    def at_prompt(self, within_s: float = BOOT_S) -> Console:
        """Waits for the shell of the minimal system."""
        self.expect(PROMPT, within_s)
        self.sh("stty -echo; dmesg -n 1")
        return self

    def sh(self, command: str, within_s: float = PATIENCE_S) -> str:
        """What a command prints. Its ends are marked in a way that the echo of the command is not."""
        number = next(self._numbers)
        self.type(f"echo start''of {number}:; {command}; echo end''of {number}:\n")
        self.expect(f"startof {number}:", within_s)
        shown = self.expect(f"endof {number}:", within_s)
        self.expect(PROMPT, within_s)
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", shown).replace("\r", "").strip()

    def script(self, path: str, text: str) -> None:
        """Writes it into a file of the guest."""
        self.sh("; ".join(f"echo {shlex.quote(line)} >>{path}" for line in text.splitlines()))

    def until_sh(self, command: str, wish: str, within_s: float = PATIENCE_S) -> None:
        """Waits until the guest sees it so."""
        what = f"{command!r} to print {wish!r}"
        until(
            lambda: self.sh(command) == wish, what, within_s, every_s=0.5
        )  # a disk that is always open cannot be changed

    def close(self) -> None:
        """By the key that mkvterm asks for."""
        self.type("\x1d")
        self.expect("has ended")
        self.terminal.wait()
        self.terminal.close()


@dataclass
class Site:
    """A server on the default system, with QEMU below it, and all that it starts."""

    folder: Path
    kit: GuestKit
    server: Server = field(init=False)
    environment: dict[str, str] = field(init=False)
    _consoles: list[Console] = field(default_factory=list)

    def start(self) -> None:
        self.server = start_server(self.data, "--hypervisor", "qemu", clock="real")
        self.environment = {
            **os.environ,
            "OPENLPAR_URL": self.server.http,
            "OPENLPAR_LOG_DIR": str(self.folder),
            "COLUMNS": "200",
            "TERM": "xterm",
        }

        self._hurry()

    def _hurry(self) -> None:
        """Virtual I/O Servers, which are no guests, go through their stages in a moment."""
        with urllib.request.urlopen(f"{self.server.admin}/behaviour") as answer:
            behaviour = json.load(answer)
        for stages in behaviour["stages"].values():
            for stage in stages:
                stage["after"] = min(stage["after"], 0.05)
        request = urllib.request.Request(f"{self.server.admin}/behaviour", json.dumps(behaviour).encode(), method="PUT")
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request).close()

    @property
    def data(self) -> Path:
        return self.folder / "d"

    # commands

    def run(self, line: str, *more: str, status: int = 0, typed: str = "") -> str:
        """What a command prints; errors too when it is to fail. more: arguments that hold blanks."""
        done = subprocess.run(
            [str(BIN / line.split(maxsplit=1)[0]), *line.split()[1:], *more],
            input=typed,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == status, f"{line}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if status == 0 else done.stdout + done.stderr

    def pvmctl(self, line: str, *more: str, status: int = 0) -> str:
        return self.run(f"pvmctl {line}", *more, status=status)

    def vios(self, number: int, command: str, status: int = 0) -> str:
        return self.run(f"viosvrcmd --id {number} -c", command, status=status)

    def console(self, name: str) -> Console:
        self._consoles.append(Console(self, name))
        return self._consoles[-1]

    def state(self, name: str) -> str:
        return self.field(name, "state")

    def field(self, name: str, field: str) -> str:
        """``""`` when there is no such partition."""
        return self.pvmctl(f"lpar list -d {field} --hide-label --where LogicalPartition.name={name}").strip()

    def until_state(self, name: str, wish: str, within_s: float = BOOT_S) -> None:
        until(lambda: self.state(name) == wish, f"{name} to be {wish} (it is {self.state(name)})", within_s)

    # what tests work on

    def lpar(self, name: str, memory: int = 512, processors: int = 1, network: str = "") -> None:
        """A partition without disks. network: options of ``pvmctl vea create``, may be several, with ; between."""
        self.pvmctl(
            f"lpar create --name {name} --type AIX/Linux --mem {memory} --proc-type shared --proc {processors} --proc-unit 0.1"
        )
        for options in filter(None, network.split(";")):
            self.pvmctl(f"vea create {options} -p name={name}")

    def disk(self, lpar: str, name: str, image: Path | None = None, vioses: tuple[str, ...] = ("vios1",)) -> None:
        """A logical unit of 1 GB, mapped to a partition; with an image it boots."""
        self.pvmctl(f"lu create --name {name} --size 1")
        if image:
            self.pvmctl(f"lu upload -i name={name} --data {image}")
        for vios in vioses:
            self.pvmctl(f"scsi create --type lu --lpar name={lpar} --stor-id name={name} -p name={vios}")

    def bootable(self, name: str, network: str = "", vioses: tuple[str, ...] = ("vios1",), **size: int) -> None:
        """A partition with the minimal system on its disk."""
        self.lpar(name, network=network, **size)
        self.disk(name, f"{name}_root", self.kit.minimal_disk, vioses)

    def up(self, *names: str) -> list[Console]:
        """Starts partitions, and waits for their shells."""
        for name in names:
            self.pvmctl(f"lpar power-on -i name={name}")
        return [self.console(name).at_prompt() for name in names]

    def remove(self, *names: str) -> None:
        """Partitions with what was made for them."""
        for name in names:
            if self.state(name) not in ("not activated", ""):
                self.pvmctl(f"lpar power-off -i name={name} --hard")
            rows = self.pvmctl(
                f"scsi list -d LogicalUnit.name VirtualDisk.name VirtualOpticalMedia.name VirtualIOServer.name --hide-label"
                f" --where LogicalPartition.name={name}"
            )
            for row in rows.split():
                unit, disk, medium, vios = row.split(",")
                kind, found = next(
                    (kind, name) for kind, name in (("lu", unit), ("lv", disk), ("vopt", medium)) if name
                )
                self.pvmctl(f"scsi delete --type {kind} --stor-id {found} --lpar name={name} -p name={vios}")
            self.pvmctl(f"lpar delete -i name={name}")

    # the end

    def close(self) -> None:
        """Nothing of it stays: not the service, nor what outlives it."""
        for console in self._consoles:
            with contextlib.suppress(OSError, pexpect.ExceptionPexpect):
                console.terminal.close(force=True)
        print((self.folder / "d.log").read_text()[-4000:])  # shown when a test failed
        if hasattr(self, "server"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.stop()
            self.server.kill()
        left = self.processes()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not self.processes(), "the end of all processes")
        shutil.rmtree(self.folder)

    def processes(self, program: str = "") -> list[int]:
        """Those that live in our folder, or were told of it; program: in whose command line this stands."""
        return [pid for pid, words in _commands(self.folder) if program in words]


def _commands(folder: Path) -> Iterator[tuple[int, str]]:
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (place / "cmdline").read_bytes().decode(errors="replace")
            if words and (str(folder) in words or (place / "cwd").readlink().is_relative_to(folder)):
                yield int(place.name), words


def new_site(kit: GuestKit) -> Site:
    """Started. Its folder has a short path: there will be sockets in it."""
    site = Site(Path(tempfile.mkdtemp(prefix="ol")), kit)
    try:
        site.start()
    except BaseException:
        site.close()
        raise
    return site
