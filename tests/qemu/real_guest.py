"""A real guest on a real QEMU with a console to type at, and a block server: for tests marked ``qemu``."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu.qmp import QmpLink, QmpLost
from openlpar.messages.core import ChangeFirst
from openlpar.qemu_host import processes
from openlpar.qemu_host.kit import GuestKit, guest_kit
from openlpar.qemu_host.locate import NEW_ENOUGH
from tests.qemu.conftest import PATIENCE_S

BOOT_S = 120.0


def kit() -> GuestKit:
    """Skips the test where there is none, or one that cannot do what is tested."""
    try:
        found = guest_kit()
    except ChangeFirst as missing:
        pytest.skip(str(missing))
    if found.qemu.version < NEW_ENOUGH:
        pytest.skip(f"QEMU {found.qemu.version_text} does not survive the removal of a core")
    return found


def environment(kit: GuestKit) -> dict[str, str]:
    return {**os.environ, **kit.qemu.environment}


async def connect(path: Path, process: Process) -> QmpLink:
    link = QmpLink(path, 20.0)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await link.connect()
                return link
            except QmpLost:
                assert process.returncode is None, "it ended at once"
                await asyncio.sleep(0.02)


@dataclass
class BlockServer:
    """Serves raw files of a folder by name."""

    kit: GuestKit
    run: Path
    files: Mapping[str, Path]
    process: Process = field(init=False)
    qmp: QmpLink = field(init=False)

    @property
    def socket(self) -> Path:
        return self.run / "nbd.sock"

    async def start(self) -> None:
        for path in (self.socket, self.run / "block.sock"):
            path.unlink(missing_ok=True)
        words = ["--nbd-server", f"addr.type=unix,addr.path={self.socket}"]
        words += ["--chardev", f"socket,id=m,path={self.run}/block.sock,server=on,wait=off", "--monitor", "chardev=m"]
        for name, file in self.files.items():
            words += ["--blockdev", f"driver=file,node-name={name},filename={file}"]
            words += ["--export", f"nbd,id=e-{name},node-name={name},name={name},writable=on"]
        self.process = await asyncio.create_subprocess_exec(*self.kit.qemu.storage, *words, env=environment(self.kit))
        self.qmp = await connect(self.run / "block.sock", self.process)

    def lender(self) -> dict[str, Any]:
        """As ``Devices.shorten`` is told of it."""
        found = processes.Process.of(self.process.pid)
        return {"pid": found.pid, "started": found.started}

    async def grow(self, name: str, size: int) -> None:
        """An export that is open does not let its node grow."""
        await self.qmp.execute("block-export-del", {"id": f"e-{name}", "mode": "hard"})
        while any(there["id"] == f"e-{name}" for there in await self.qmp.execute("query-block-exports")):
            await asyncio.sleep(0.01)  # its clients are told first
        await self.qmp.execute("block_resize", {"node-name": name, "size": size})
        export = {"type": "nbd", "id": f"e-{name}", "node-name": name, "name": name, "writable": True}
        await self.qmp.execute("block-export-add", export)

    async def kill(self) -> None:
        await self.qmp.close()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


class Guest:
    """Boots without firmware, which takes a third of the time."""

    def __init__(self, kit: GuestKit, run: Path) -> None:
        self.kit, self.run = kit, run
        self._shown = ""
        self._numbers = itertools.count(1)

    async def start(self, *arguments: str, cores: int = 1, memory: str = "512M,slots=32,maxmem=4G") -> None:
        quiet = "cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
        words = ["-nodefaults", "-no-user-config", "-nographic", "-vga", "none", "-M", f"pseries,x-vof=on,{quiet}"]
        words += ["-cpu", "POWER9", "-smp", f"{cores},maxcpus=8,sockets=1,cores=8,threads=1", "-m", memory]
        words += ["-chardev", f"socket,id=con0,path={self.run}/con.sock,server=on,wait=off"]
        words += ["-device", "spapr-vty,chardev=con0,reg=0x30000000", "-S"]
        words += ["-qmp", f"unix:{self.run}/qmp.sock,server=on,wait=off", "-append", "console=hvc0 quiet"]
        words += ["-kernel", str(self.kit.kernel), "-initrd", str(self.kit.initrd)]
        self.process = await asyncio.create_subprocess_exec(
            *self.kit.qemu.system, *words, *arguments, env=environment(self.kit), stdin=DEVNULL
        )
        self.qmp = await connect(self.run / "qmp.sock", self.process)
        self._reader, self._writer = await asyncio.open_unix_connection(self.run / "con.sock")
        await self.qmp.execute("cont")
        await self._until("READY [0-9.]+(?s:.*)# ", BOOT_S)
        await self.sh("stty -echo; dmesg -n 1")

    async def _until(self, pattern: str, within_s: float) -> re.Match[str]:
        async with asyncio.timeout(within_s):
            while not (found := re.search(pattern, self._shown)):
                self._shown += (await self._reader.read(65536)).decode(errors="replace")
        self._shown = self._shown[found.end() :]
        return found

    async def sh(self, command: str) -> str:
        """What a command prints. Its ends are marked in a way that the echo of the command is not."""
        number = next(self._numbers)
        self._writer.write(f"echo start''of {number}:; {command}; echo end''of {number}:\n".encode())
        found = await self._until(rf"(?s)startof {number}:(.*)endof {number}:", BOOT_S)
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", found[1]).replace("\r", "").strip()

    async def until_sh(self, command: str, wish: str) -> None:
        """Waits until the guest has noticed."""
        async with asyncio.timeout(PATIENCE_S):
            while (shown := await self.sh(command)) != wish:
                await asyncio.sleep(0.01)
        assert shown == wish

    def open_files(self) -> set[str]:
        """What QEMU has open."""
        found = set()
        for link in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.add(os.readlink(link))
        return found

    async def kill(self) -> None:
        if hasattr(self, "process"):
            if hasattr(self, "qmp"):
                await self.qmp.close()
                self._writer.close()
            if self.process.returncode is None:
                self.process.kill()
            await self.process.wait()
