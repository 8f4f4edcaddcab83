"""The simulated guest says what its partition is, and does what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.messages import Failure, console
from openlpar.ops.console.sessions import CloseConsole, OpenConsole, TypeOnConsole
from openlpar.ops.core import JobOperation, partition_of
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ports.records import Console, ConsoleSession
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_processors import PartitionProcessorConfiguration, SharedProcessorConfiguration
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    PhysicalVolumeVirtualTargetDevice,
    VirtualOpticalTargetDevice,
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import PhysicalVolume, VirtualOpticalMedia
from tests.ops.small_system import SYSTEM, open_system, wished

PROCESSORS = PartitionProcessorConfiguration(
    has_dedicated=False,
    sharing_mode="uncapped",
    shared_proc_cfg=SharedProcessorConfiguration(
        min_virtual=1,
        desired_virtual=3,
        max_virtual=4,
        min_units=Decimal("0.1"),
        desired_units=Decimal("0.3"),
        max_units=Decimal("1.0"),
        uncapped_weight=64,
    ),
)


class Seat:
    """A person at a partition's console."""

    def __init__(self, engine: Engine, uuid: str) -> None:
        self.engine = engine
        self.uuid = uuid
        self.session = ""
        self.position = 0

    @property
    def state(self) -> str:
        partition = partition_of(self.engine.state, self.uuid)
        assert partition is not None
        return partition.state

    async def open(self, user: str = "alice") -> None:
        operation = OpenConsole(self.uuid, user)
        await self.engine.run(operation)
        self.session, self.position = operation.session, operation.position

    def read(self) -> str:
        shown = self.engine.state.find(Console, self.uuid) or Console(uuid=self.uuid)
        text = shown.since(self.position)
        self.position = shown.written
        return text

    async def type(self, text: str) -> str:
        """What appears after typing."""
        self.read()
        await self.engine.run(TypeOnConsole(self.uuid, self.session, text))
        return self.read()

    async def run(self, command: str) -> str:
        """What a command prints, without echo and prompt."""
        shown = await self.type(command + "\r")
        return shown.partition("\r\n")[2].rpartition("\r\n")[0].replace("\r\n", "\n")

    async def power(self, name: str, /, **parameters: str) -> None:
        job = JobOperation.by_job[("LogicalPartition", name)].from_job(self.uuid, parameters)
        await self.engine.run(job)
        await self.engine.step(300_000)


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    engine, _ = open_system(tmp_path / "data", "stepped")
    await engine.start()
    operation = await engine.run(CreatePartition(wished("vm one", 2048, proc_config=PROCESSORS)))
    assert operation.subject is not None
    made = Seat(engine, operation.subject[1])
    yield made
    await engine.stop()


async def test_boot_text_by_stages_and_then_a_login(seat: Seat) -> None:
    await seat.open()
    assert seat.read() == ""
    await seat.power("PowerOn")
    shown = seat.read()
    assert shown.index("firmware") < shown.index("Linux version") < shown.index("vm-one login: ")
    assert shown.endswith("vm-one login: ")


async def test_what_was_shown_since_the_activation_is_there_for_who_comes_later(seat: Seat) -> None:
    await seat.power("PowerOn")
    await seat.power("PowerOff", operation="shutdown", immediate="true")
    await seat.power("PowerOn")
    await seat.open()
    assert seat.read().count("Partition firmware starting") == 1


async def test_one_session_at_a_time(seat: Seat) -> None:
    await seat.open("alice")
    other = Seat(seat.engine, seat.uuid)
    with pytest.raises(Failure) as busy:
        await other.open("bob")
    assert busy.value.message is console.BUSY
    assert "alice" in str(busy.value)
    await seat.engine.run(CloseConsole(seat.uuid))
    with pytest.raises(Failure) as closed:
        await seat.type("x")
    assert closed.value.message is console.NO_SESSION
    await other.open("bob")
    await seat.engine.run(CloseConsole(seat.uuid, seat.session))
    assert seat.engine.state.get(ConsoleSession, seat.uuid).user == "bob", "a session closed only itself"


async def test_a_session_survives_the_service(tmp_path: Path) -> None:
    engine, _ = open_system(tmp_path / "data", "stepped")
    await engine.start()
    operation = await engine.run(CreatePartition(wished("vm1")))
    assert operation.subject is not None
    seat = Seat(engine, operation.subject[1])
    await seat.open()
    await seat.power("PowerOn")
    await seat.type("root\r")
    engine._store.set_setting("clock", str(engine.clock.now()))
    await engine.stop()
    seat.engine, _ = open_system(tmp_path / "data", "stepped")
    await seat.engine.start()
    assert await seat.run("whoami") == "root"
    await seat.engine.stop()


async def test_the_shell_tells_what_the_partition_is(seat: Seat) -> None:
    with seat.engine.alter() as change:
        change.put(VirtualIOServer(uuid="V1", parent=SYSTEM.uuid, id=9, name="vios1", env="Virtual IO Server"))
        for number, (storage, target) in enumerate(_storage()):
            client = VirtualSCSIClientAdapter(lpar_id=1, lpar_slot_num=4, vios_id=9)
            change.put(
                VirtualSCSIMapping(
                    uuid=f"m{number}", parent="V1", client_adapter=client, backing_storage=storage, target_dev=target
                )
            )
        change.put(ClientNetworkAdapter(uuid="n1", parent=seat.uuid, lpar_id=1, slot=3, mac="B2BBCA66F6F1", pvid=1))
    await seat.open()
    await seat.power("PowerOn")
    assert "Login incorrect" in await seat.type("nobody\r")
    assert (await seat.type("root\r")).endswith("[root@vm-one ~]# ")
    assert await seat.run("hostname") == "vm-one"
    assert await seat.run("uname -a") == "Linux vm-one 6.1.0 #1 SMP ppc64le GNU/Linux"
    assert await seat.run("nproc") == "3"
    assert (await seat.run("free -m")).splitlines()[1].split()[:3] == ["Mem:", "2048", "1228"]
    assert await seat.run("lsblk") == (
        "NAME MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS\nsda  8:0      0   20G  0 disk\nsr0  11:1     1  1.5G  1 rom"
    )
    link = await seat.run("ip link")
    assert "2: env3: <BROADCAST" in link
    assert "link/ether b2:bb:ca:66:f6:f1" in link
    cpus = await seat.run("cat /proc/cpuinfo")
    assert cpus.count("POWER8 (architected)") == 3
    assert "model\t\t: IBM,8247-21L" in cpus
    lparstat = await seat.run("lparstat -i")
    assert "Partition Name                             : vm one" in lparstat
    assert "Entitled Capacity                          : 0.30" in lparstat
    assert "sd sda: Attached SCSI disk 20G" in await seat.run("dmesg | tail -2")
    assert await seat.run("dmesg | grep -i MEMORY | wc -l") == "1"
    assert "command not found" in await seat.run("vi")
    assert "pipes of this guest" in await seat.run("dmesg | awk")
    assert "syntax error" in await seat.run("| tail")
    assert "No closing quotation" in await seat.run("echo 'x")
    assert (await seat.type("exit\r")).endswith("vm-one login: ")


def _storage() -> list[tuple[VirtualSCSIStorage, VirtualSCSITargetDevice]]:
    return [
        (
            VirtualSCSIStorage(optical_media=VirtualOpticalMedia(name="cd", size=Decimal("1.5"))),
            VirtualSCSITargetDevice(optical_media=VirtualOpticalTargetDevice(lua="0x8200")),
        ),
        (
            VirtualSCSIStorage(physical_volume=PhysicalVolume(name="hdisk1", capacity=20480)),
            VirtualSCSITargetDevice(physical_volume=PhysicalVolumeVirtualTargetDevice(lua="0x8100")),
        ),
    ]


async def test_every_command_that_help_names_works(seat: Seat) -> None:
    await seat.open()
    await seat.power("PowerOn")
    await seat.type("root\r")
    for line in (await seat.run("help")).splitlines():
        name = line.split()[0]
        if name not in ("pipes:", "exit", "poweroff", "reboot"):
            assert "command not found" not in await seat.run(name), name


async def test_the_line_can_be_edited(seat: Seat) -> None:
    await seat.open()
    await seat.power("PowerOn")
    await seat.type("root\r")
    assert "\b \b" in await seat.type("hostnamx\x7f")
    assert "vm-one" in await seat.type("e\r")
    assert "^C" in await seat.type("hostname\x03")
    assert await seat.type("\x1b[A\x1b[D") == "", "cursor keys leave nothing behind"
    assert (await seat.type("half\x15")).endswith("# ")
    assert (await seat.type("\x04")).endswith("login: "), "end of input logs out"
    assert (await seat.type("x" * 5000)).count("x") == 1024


async def test_a_guest_that_is_shut_down_is_off(seat: Seat) -> None:
    await seat.open()
    await seat.power("PowerOn")
    await seat.type("root\r")
    assert "power off now" in await seat.type("shutdown -h now\rthis is lost\r")
    await seat.engine.step(60_000)
    assert seat.state == "not activated"
    assert await seat.type("anybody?\r") == ""
    await seat.power("PowerOn")
    assert seat.read().endswith("login: "), "the shell of before the shutdown is gone"


async def test_a_guest_that_reboots_comes_back(seat: Seat) -> None:
    await seat.open()
    await seat.power("PowerOn")
    await seat.type("root\r")
    assert "reboot now" in await seat.type("reboot\r")
    await seat.engine.step(9_000)
    assert seat.state == "shutting down"
    await seat.engine.step(300_000)
    assert seat.state == "running"
    assert "Partition firmware starting" in seat.read()


async def test_the_management_partition_stays_up(seat: Seat) -> None:
    await seat.power("PowerOn")
    with seat.engine.alter() as change:
        change.put(change.get(LogicalPartition, seat.uuid).evolve(is_mgmt_partition=True))
    await seat.open()
    await seat.type("root\r")
    assert "Refused" in await seat.run("poweroff")
    assert seat.state == "running"


async def test_a_deleted_partition_takes_its_console_along(seat: Seat) -> None:
    await seat.power("PowerOn")
    await seat.open()
    await seat.power("PowerOff", operation="shutdown", immediate="true")
    await seat.engine.run(DeletePartition(seat.uuid), NOBODY)
    assert seat.engine.state.find(Console, seat.uuid) is None
    assert seat.engine.state.find(ConsoleSession, seat.uuid) is None
    with pytest.raises(Failure, match="does not exist"):
        await seat.open()


def test_a_console_keeps_the_end_of_what_it_showed() -> None:
    shown = Console(uuid="x").showing("a" * Console.KEPT).showing("end")
    assert len(shown.text) == Console.KEPT
    assert shown.written == Console.KEPT + 3
    assert shown.since(shown.written - 3) == "end"
    assert shown.since(0) == shown.text, "who is too late gets what is left"
