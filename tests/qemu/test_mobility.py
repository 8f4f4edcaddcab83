"""Which running partitions QEMU here can go on with, and the command line that does."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu.anatomy import Anatomy, Dimm
from openlpar.hypervisor.qemu.arguments import arguments
from openlpar.hypervisor.qemu.hardware import Hardware, NetworkAdapter, ScsiAdapter, Target, twin
from openlpar.hypervisor.qemu.host import Host, emulated
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.mobility import Mobile
from openlpar.messages import Failure, Message
from openlpar.messages import qemu as say
from openlpar.ports.io_server import BlockAddress
from openlpar.qemu_host.probe import Answer
from tests.ops.small_system import wished

HOST = Host("pseries-11.1", version="11.1.3", sandbox=True)
ANATOMY = Anatomy(
    machine="pseries-11.1",
    processor="power9_v2.2",
    compat="power8",
    cores=(0, 1, 3),
    cores_room=16,
    memory_mib=512,
    memory_room_mib=2304,
    memory_slots=32,
    dimms=(Dimm("dimm2", 256, 0x40000000, 0), Dimm("dimm1", 512, 0x50000000, 4)),
    disks={"vscsi3-1": "A1", "vscsi3-2": "", "vscsi5-1": "B1"},
    nvram=True,
)
NO = Answer(False, "QEMU 7.2 corrupts a partition that is busy while it moves", "Run 'openlpar setup-qemu'.")


def there(host: Host = HOST) -> Mobile:
    """The other system's back end, as far as it is asked here."""
    made = Mobile()
    made._host, made._guests = host, {}
    return made


def luggage(**changes: Any) -> dict[str, Any]:
    machine = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {"anatomy": replace(ANATOMY, cores=(0, 1)).to_plain(), "kvm": False, "machine": machine, **changes}


def anatomy(**changes: Any) -> dict[str, Any]:
    return replace(ANATOMY, **{"cores": (0, 1), **changes}).to_plain()


def problems(packed: dict[str, Any], host: Host = HOST) -> list[Message]:
    return [failure.message for failure in there(host).unfit(wished("vm1"), packed)]


def test_a_fitting_one() -> None:
    assert problems(luggage()) == []


@pytest.mark.parametrize(
    ("changes", "host", "message"),
    [
        ({}, replace(HOST, live_migration=NO), say.NO_LIVE_MIGRATION),
        ({}, replace(HOST, multi_processor_migration=NO), say.NO_LIVE_MIGRATION),
        ({"machine": "another boot"}, HOST, say.OTHER_MACHINE),
        ({"anatomy": anatomy(machine="pseries-11.2")}, HOST, say.OLDER_QEMU),
        ({"anatomy": anatomy(machine="pseries-12.0")}, HOST, say.OLDER_QEMU),
        ({"kvm": True}, HOST, say.OTHER_PROCESSOR),
        ({"anatomy": anatomy(compat="")}, replace(HOST, cpu="POWER10"), say.OTHER_PROCESSOR),
        ({"anatomy": anatomy(processor="power10_v2.0", compat="power10")}, HOST, say.OTHER_PROCESSOR),
        ({"anatomy": anatomy(cores=(0, 2))}, replace(HOST, cpu="POWER10"), say.OTHER_PROCESSOR),
    ],
)
def test_one_that_does_not_fit(changes: dict[str, Any], host: Host, message: Message) -> None:
    assert problems(luggage(**changes), host) == [message]


def test_everything_is_said_at_once() -> None:
    packed = luggage(machine="x", kvm=True, anatomy=anatomy(machine="pseries-12.0"))
    assert problems(packed, replace(HOST, live_migration=NO)) == [
        say.NO_LIVE_MIGRATION,
        say.OTHER_MACHINE,
        say.OLDER_QEMU,
        say.OTHER_PROCESSOR,
    ]


def test_a_mode_that_both_have_makes_up_for_other_processors() -> None:
    assert problems(luggage(), replace(HOST, cpu="POWER10")) == []
    assert problems(luggage(anatomy=anatomy(processor="power10_v2.0"))) == []


@pytest.mark.parametrize(
    ("modes", "processor"),
    [
        ((), "POWER9"),
        (("default", "POWER7", "POWER8"), "POWER9"),
        (("default", "POWER9_Base", "POWER10"), "POWER10"),
        (("POWER10", "POWER11"), "POWER11"),
        (("POWER12",), "POWER11"),
    ],
)
def test_the_processors_of_a_system(modes: tuple[str, ...], processor: str) -> None:
    assert emulated(modes) == processor


def test_an_old_qemu_here_keeps_it() -> None:
    one = wished("vm1")
    assert not list(there().hindrances(one))
    (failure,) = there(replace(HOST, live_migration=NO)).hindrances(one)
    assert failure.message is say.NO_LIVE_MIGRATION
    assert "busy while it moves" in str(failure)
    assert "setup-qemu" in str(failure)


@pytest.mark.parametrize(
    "changes",
    [
        {"machine": "pseries-11.1,x=y"},
        {"machine": "q35"},
        {"processor": "host,pmu=on"},
        {"disks": {"vscsi3-1,drive=x": ""}},
        {"disks": {"vscsi3-1": "A,b=c"}},
        {"dimms": (Dimm("dimm1,x", 256, 0, 0),)},
        {"cores": (-1,)},
    ],
)
def test_what_is_no_anatomy_reaches_no_command_line(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"matching|>= 0"):
        problems(luggage(anatomy=anatomy(**changes)))


async def test_one_that_does_not_run_cannot_be_packed() -> None:
    with pytest.raises(Failure) as caught:
        await there().pack(wished("vm1"))
    assert caught.value.message is say.SUPERVISOR_LOST


async def test_one_that_nobody_can_go_on_with(tmp_path: Path) -> None:
    """What QEMU said is in the message."""
    made: Any = there()

    async def lost(uuid: str) -> None:
        raise Lost("cannot set up guest memory")

    made._away_with, made._run = lost, lambda uuid: tmp_path / "x"
    with pytest.raises(Failure) as caught:
        await made.expect(wished("vm1"), luggage())
    assert caught.value.message is say.NOT_RECEIVED
    assert "cannot set up guest memory" in str(caught.value)
    assert not await made.has_arrived(wished("vm1"))


def test_the_twin_has_the_anatomy_and_its_own_disks(tmp_path: Path) -> None:
    disk = BlockAddress(tmp_path / "nbd.sock", "a1", 7, 1, "OTHER")
    own = Hardware(
        uuid="00000000-0000-4000-8000-000000000001",
        name="vm1",
        lpar_id=7,
        memory_mib=1024,
        memory_min_mib=1024,
        memory_max_mib=4096,
        processors=2,
        processors_max=2,
        scsi=(ScsiAdapter(3, (Target(1, disk), Target(2))),),
        network=(NetworkAdapter(2, "02:00:00:00:00:01"),),
        firmware="menu",
    )
    words = list(arguments(twin(own, ANATOMY), HOST, tmp_path / "p", tmp_path / "n"))
    pairs = list(itertools.pairwise(words))
    for pair in (
        ("-smp", "2,maxcpus=16,sockets=1,cores=16,threads=1"),
        ("-device", "power9_v2.2-spapr-cpu-core,id=core3,core-id=3"),
        ("-m", "512M,slots=32,maxmem=2304M"),
        ("-device", "pc-dimm,id=dimm2,memdev=mem2,addr=0x40000000,slot=0"),
        ("-object", "memory-backend-ram,id=mem1,size=512M"),
        ("-device", "pc-dimm,id=dimm1,memdev=mem1,addr=0x50000000,slot=4"),
        ("-cpu", "power9_v2.2"),
        ("-drive", "if=pflash,format=raw,file=nvram.bin"),
        ("-drive", "if=none,id=empty-5-1"),
    ):
        assert pair in pairs, pair
    assert any(word.startswith("pseries-11.1,") and "max-cpu-compat=power8" in word for word in words)
    assert any(word.startswith("scsi-hd,removable=on,id=vscsi3-1,") and word.endswith("serial=A1") for word in words)
    assert any("7-2.g" in word for word in words), "its place in the networks is its own"
    assert "-boot" not in words
    ten = list(arguments(twin(own, ANATOMY), replace(HOST, cpu="POWER10"), tmp_path / "p", tmp_path / "n"))
    assert "POWER10" in ten


def test_the_anatomy_travels_as_it_is() -> None:
    assert Anatomy.from_plain(ANATOMY.to_plain()) == ANATOMY
