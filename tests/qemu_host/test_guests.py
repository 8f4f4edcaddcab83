"""The kit boots: each of its images, on a real QEMU, to the prompt; the agent answers; both ways of shutting down work."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure
from openlpar.qemu_host import kit, newc
from openlpar.qemu_host.kit import GuestKit

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(400), pytest.mark.xdist_group("guests")]

PATIENCE_S = 180.0
MACHINE = ("-M", "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off", "-cpu", "POWER9")
SCSI = ("-device", "spapr-vscsi,id=vscsi2,reg=0x2000", "-device", "scsi-hd,bus=vscsi2.0,scsi-id=1,drive=d,bootindex=1")


@pytest.fixture(scope="module")
def ours() -> GuestKit:
    try:
        return kit.guest_kit()
    except Failure as missing:
        pytest.skip(str(missing))


class Guest:
    """A running QEMU with sockets to its console, its monitor and the guest's agent."""

    def __init__(self, ours: GuestKit, run: Path, *extra: str) -> None:
        line = [*ours.qemu.system, *MACHINE, "-m", "1G", "-nodefaults", "-display", "none", "-vga", "none"]
        for name in ("console", "agent", "monitor"):
            line += [
                "-chardev",
                f"socket,id={name},path={run}/{name},server=on,wait={'off' if name == 'agent' else 'on'}",
            ]
        line += ["-device", "spapr-vty,chardev=console,reg=0x30000000", "-mon", "chardev=monitor,mode=control"]
        line += ["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"]
        self._run = run
        self._errors = (run / "errors").open("w")
        environment = {**os.environ, **ours.qemu.environment}
        self.process = subprocess.Popen([*line, *extra], env=environment, stderr=self._errors)
        self._console = self._connect("console")
        self._monitor = self._connect("monitor").makefile("rw")
        self._monitor.readline()
        self.command("qmp_capabilities")
        self._text = ""

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._errors.close()

    def _connect(self, name: str) -> socket.socket:
        """Each socket is there a moment after the one before it was taken."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE_S)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                connection.connect(str(self._run / name))
                return connection
            except OSError:
                assert self.process.poll() is None, (self._run / "errors").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def waits(self, text: str) -> str:
        """Reads the console on to ``text``; returns what stood before it. A console that nobody reads stops the guest."""
        while text not in self._text:
            read = self._console.recv(65536)
            assert read, f"the guest ended before {text!r}:\n{self._text[-2000:]}"
            self._text += read.decode(errors="replace")
        before, _, self._text = self._text.partition(text)
        return before

    def run(self, line: str) -> str:
        """What a command prints. The shell echoes the line, so the marker is no part of it."""
        self._console.sendall(f"{line}; echo do''ne\n".encode())
        printed = self.waits("done")
        self.waits("# ")
        return printed

    def command(self, name: str) -> None:
        self._monitor.write(json.dumps({"execute": name}) + "\n")
        self._monitor.flush()
        while "return" not in json.loads(self._monitor.readline()):
            pass

    def event(self, name: str) -> dict[str, Any]:
        while line := self._monitor.readline():
            told: dict[str, Any] = json.loads(line)
            if told.get("event") == name:
                return told["data"]  # type: ignore[no-any-return]
        raise AssertionError(f"QEMU ended without {name}")

    def agent(self, name: str, answered: bool = True, **arguments: str) -> Any:
        """What the agent in the guest returns. It is greeted until it answers: what comes before it runs is lost."""
        with self._connect("agent") as connection:
            deadline = time.monotonic() + PATIENCE_S
            for greeting in range(1, 1000):
                told = self._ask(connection, 1.0, "guest-sync", id=greeting)
                if told == greeting:
                    break
                assert time.monotonic() < deadline, "the agent does not answer"
            return self._ask(connection, PATIENCE_S if answered else 0.0, name, **arguments)

    def _ask(self, connection: socket.socket, patience: float, name: str, **arguments: object) -> Any:
        connection.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        answer = b""
        deadline = time.monotonic() + patience
        while not answer.endswith(b"\n") and (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            with contextlib.suppress(TimeoutError):
                answer += connection.recv(65536)
        return json.loads(answer.splitlines()[-1])["return"] if answer else None


@contextlib.contextmanager
def guest(ours: GuestKit, *extra: str) -> Iterator[Guest]:
    run = Path(tempfile.mkdtemp(prefix="ol"))
    started = Guest(ours, run, *extra)
    try:
        yield started
    finally:
        started.close()
        shutil.rmtree(run)


def disk(original: Path, copy: Path) -> tuple[str, ...]:
    subprocess.run(["cp", "--sparse=always", original, copy], check=True)
    return (*SCSI, "-blockdev", f"driver=raw,node-name=d,file.driver=file,file.filename={copy}")


def test_ram_disk_holds_the_agent_with_its_libraries(ours: GuestKit) -> None:
    names = {entry.name for entry in newc.unpacked(ours.initrd.read_bytes())}
    assert {"init", "usr/sbin/qemu-ga", "lib64/ld64.so.2", "lib/modules/ibmvscsi.ko", "etc/os-release"} <= names
    assert any(name.endswith("/libglib-2.0.so.0") for name in names)


def test_ram_disk_boots_and_its_agent_answers(ours: GuestKit) -> None:
    boot = ("-kernel", str(ours.kernel), "-initrd", str(ours.initrd), "-append", "console=hvc0 quiet", "-name", "lpar7")
    with guest(ours, *boot) as started:
        started.waits("lpar# ")
        assert "lpar7" in started.run("hostname")
        system = started.agent("guest-get-osinfo")
        assert (system["id"], system["machine"]) == ("debian", "ppc64le")
        started.agent("guest-shutdown", answered=False)
        assert started.event("SHUTDOWN") == {"guest": True, "reason": "guest-shutdown"}
        assert started.process.wait(PATIENCE_S) == 0


def test_minimal_disk_boots_through_the_firmware_and_obeys_the_power_button(ours: GuestKit, tmp_path: Path) -> None:
    with guest(ours, *disk(ours.minimal_disk, tmp_path / "disk.raw")) as started:
        started.waits("lpar# ")
        assert "BOOT_IMAGE=/boot/vmlinux" in started.run("cat /proc/cmdline")
        started.command("system_powerdown")
        assert started.event("SHUTDOWN") == {"guest": True, "reason": "guest-shutdown"}


@pytest.mark.slow
def test_debian_disk_boots_to_a_login_with_the_tools_of_a_partition(ours: GuestKit, tmp_path: Path) -> None:
    with guest(ours, *disk(ours.debian_disk, tmp_path / "disk.raw"), "-name", "lpar8") as started:
        started.waits("lpar8 login: ")
        started._console.sendall(b"root\n")
        started.waits("# ")
        running = started.run("ps -e -o comm=")
        assert all(name in running for name in ("rtas_errd", "multipathd", "qemu-ga", "systemd-udevd"))
        assert "openlpar-debian" in started.run("lsblk -n -o LABEL; multipath -t | head -3")
        assert started.agent("guest-get-host-name") == {"host-name": "lpar8"}
        started.command("system_powerdown")
        assert started.event("SHUTDOWN") == {"guest": True, "reason": "guest-shutdown"}
