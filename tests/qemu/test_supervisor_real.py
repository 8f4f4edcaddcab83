"""A supervisor with a real guest: firmware, kernel, guest agent, and the power-off signal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.launch import LOCK, PID, Launch, Limits
from openlpar.hypervisor.qemu.link import start
from tests.qemu.conftest import Core, alive, now, pid_in, until
from tests.qemu.real_guest import BOOT_S, kit

pytestmark = [pytest.mark.qemu, pytest.mark.xdist_group("guest"), pytest.mark.timeout(300)]

MACHINE = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
ARGUMENTS = (
    "-nodefaults -no-user-config -nographic -vga none -cpu POWER9 -m 512M,slots=16,maxmem=4G -S"
    " -smp 1,maxcpus=8,sockets=1,cores=8,threads=1 -qmp unix:qmp.sock,server=on,wait=off"
    " -chardev socket,id=con0,path=con.sock,server=on,wait=off -device spapr-vty,chardev=con0,reg=0x30000000"
    " -chardev socket,id=agent0,path=agent.sock,server=on,wait=off -device virtio-serial-pci,id=vserial0"
    " -device virtserialport,id=agentport0,chardev=agent0,name=org.qemu.guest_agent.0"
)


async def launch(core: Core, *arguments: str, vof: bool = False) -> None:
    found = kit()
    machine = f"{MACHINE},x-vof=on" if vof else MACHINE
    argv = [*found.qemu.system, "-M", machine, *ARGUMENTS.split(), *arguments]
    told = Launch(argv, name="lpar1", environment=dict(found.qemu.environment), limits=Limits(ping=1.0))
    core.link = await start(core.run, told, core.heard, core.shown, now)


def from_memory(command_line: str = "console=hvc0 quiet") -> list[str]:
    return ["-kernel", str(kit().kernel), "-initrd", str(kit().initrd), "-append", command_line]


async def heard(core: Core, kind: str, after: int = 0, **data: object) -> Notice:
    def found() -> Notice | None:
        return next(
            (n for n in core.notices if n.number > after and n.kind == kind and data.items() <= n.data.items()), None
        )

    try:
        notice: Notice = await until(found, within_s=BOOT_S)
    except AssertionError:
        raise AssertionError(f"no {kind} {data} after {after} among {core.notices}") from None
    return notice


async def test_from_firmware_to_the_power_off_signal(core: Core) -> None:
    await launch(core, *from_memory())
    running = await heard(core, "running")
    agent = await heard(core, "agent", active=True)
    assert agent.data["kernel"].endswith("powerpc64le")
    assert agent.data["vcpus"] == 1
    codes = [notice.data["code"] for notice in core.notices if notice.kind == "ref_code"]
    assert codes[-2:] == ["C08FF", "Linux ppc64le"]
    assert len(codes) > 10
    assert (await core.link.request("sizes"))["memory_mib"] == 512
    usage = await core.link.request("usage")
    assert usage["cpu_s"] > 1
    resident = int(Path(f"/proc/{pid_in(core.run / LOCK)}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert resident < 25 << 20
    await core.link.request("agent_shutdown", mode="reboot")
    reset = await heard(core, "reset", guest=True)
    await heard(core, "agent", reset.number, active=False)
    # The console and the monitor are two sockets: what firmware shows may be read before the reset is told.
    firmware = await heard(core, "firmware", running.number)
    again = await heard(core, "running", firmware.number)
    await heard(core, "agent", again.number, active=True)
    await core.link.request("power_down")
    ended = await heard(core, "ended")
    assert (ended.data["status"], ended.data["reason"]) == (0, "guest-shutdown")
    await core.dismiss()


async def test_without_a_disk_firmware_says_so_and_waits(core: Core) -> None:
    await launch(core)
    await heard(core, "prompt", where="firmware")
    assert [n.data["code"] for n in core.notices if n.kind == "ref_code"][-1] == "E3407"
    await core.link.request("type", text="reset-all\r")
    await heard(core, "reset")
    await core.link.request("quit")
    assert (await heard(core, "ended")).data["reason"] == "it was told to end"


async def test_panic_is_told_with_its_text(core: Core) -> None:
    await launch(core, *from_memory(), vof=True)
    await heard(core, "running")
    await core.link.request("type", text="echo c > /proc/sysrq-trigger\r")
    await heard(core, "panicked", text="OS panic: sysrq triggered crash")
    assert (await heard(core, "ended")).data["reason"] == "guest-panic"


async def test_killed_supervisor_leaves_no_qemu(core: Core) -> None:
    await launch(core)
    await heard(core, "firmware")
    qemu = pid_in(core.run / PID)
    os.kill(pid_in(core.run / LOCK), 9)
    await core.until("ended", status=None)
    assert not alive(qemu)
