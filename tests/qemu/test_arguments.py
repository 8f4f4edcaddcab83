"""A partition's hardware, read from its UOM objects, and the command line made of it.

The command lines are golden files, one argument a line; after a wanted change run with ``UPDATE_GOLDEN=1`` and review the
difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.engine.engine import Engine
from openlpar.hypervisor.qemu.arguments import arguments, block_node
from openlpar.hypervisor.qemu.hardware import Hardware, NetworkAdapter, ScsiAdapter, Target, hardware
from openlpar.hypervisor.qemu.host import Host
from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ports.hypervisor import Boot
from openlpar.ports.io_server import BlockAddress
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelClientAdapter, VirtualFibreChannelMapping
from tests.ops.small_system import SYSTEM, open_system, wished

GOLDEN = Path(__file__).parent / "golden"
RUN, NETWORK = Path("/data/qemu/p/68d8f1a0"), Path("/data/qemu/n")
DISK = BlockAddress(Path("/data/qemu/v/0a1b2c3d/5/nbd.sock"), "00ff", 5, 1, "27000001")
MEDIUM = BlockAddress(Path("/data/qemu/v/0a1b2c3d/5/nbd.sock"), "00fe", 5, 9, "", read_only=True, optical=True)
PLAIN = Hardware(
    uuid="68d8f1a0-5b2c-4b9f-8a43-2c86d1b7e1f0",
    name="vm1",
    lpar_id=5,
    memory_mib=1024,
    memory_min_mib=512,
    memory_max_mib=2048,
    processors=2,
    processors_max=4,
)


def _targets(*addresses: BlockAddress) -> tuple[Target, ...]:
    by_number = {address.target: address for address in addresses}
    return tuple(Target(number, by_number.get(number)) for number in range(1, 11))


CASES = {
    "smallest": (
        replace(PLAIN, memory_mib=256, memory_min_mib=256, memory_max_mib=256, processors=1, processors_max=1),
        Host("pseries-11.1"),
    ),
    "disks": (
        replace(
            PLAIN,
            scsi=(ScsiAdapter(2, _targets(DISK, MEDIUM)), ScsiAdapter(5, _targets())),
            network=(NetworkAdapter(3, "fa:16:3e:00:00:01"), NetworkAdapter(4, "fa:16:3e:00:00:02")),
        ),
        Host("pseries-11.1", sandbox=True),
    ),
    "menu": (replace(PLAIN, firmware="menu", compat="power8"), Host("pseries-11.1", cpu="POWER10")),
    "prompt": (replace(PLAIN, firmware="prompt", boot_string="/vdevice/v-scsi@2000"), Host("pseries-10.0", kvm=True)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_command_line_is_the_golden_one(name: str) -> None:
    now = "\n".join(arguments(*CASES[name], RUN, NETWORK)) + "\n"
    file = GOLDEN / f"{name}.arguments"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(now)
    assert now == file.read_text()


def test_a_name_cannot_bring_in_options_of_its_own() -> None:
    words = arguments(replace(PLAIN, name="vm1,debug-threads=on"), Host("pseries-11.1"), RUN, NETWORK)
    assert words[1] == "guest=vm1,,debug-threads=on"


def test_neither_can_the_name_of_an_export() -> None:
    node = block_node("disk-2-1", replace(DISK, export="a,read-only=off"), RUN)
    assert "export=a,,read-only=off" in node


@given(
    least=st.integers(1, 40).map(lambda blocks: blocks * 256),
    more=st.integers(0, 400).map(lambda blocks: blocks * 256),
    room=st.integers(0, 400).map(lambda blocks: blocks * 256),
)
def test_memory_at_the_start_is_what_was_granted_in_pieces_that_fit_the_slots(least: int, more: int, room: int) -> None:
    wish = replace(PLAIN, memory_min_mib=least, memory_mib=least + more, memory_max_mib=least + more + room)
    words = arguments(wish, Host("pseries-11.1"), RUN, NETWORK)
    pieces = [word for word in words if word.startswith("memory-backend-ram")]
    sizes = [int(piece.partition("size=")[2].removesuffix("M")) for piece in pieces]
    assert least + sum(sizes) == wish.memory_mib
    assert len(sizes) <= 32
    assert all(size % 256 == 0 for size in sizes)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine, _ = open_system(tmp_path / "data", "stepped")
    yield engine
    engine._store.close()


def _partition(engine: Engine, **fields: object) -> LogicalPartition:
    from openlpar.ops.lpar.create import CreatePartition

    operation = CreatePartition(wished("vm1", 1024, **fields))
    engine.perform(operation)
    return next(engine.state.all(LogicalPartition))


def test_hardware_is_read_from_the_partition(engine: Engine) -> None:
    partition = _partition(engine)
    with engine.alter() as change:
        for slot, mac in ((4, "FA163E000002"), (3, "FA163E000001")):
            card = ClientNetworkAdapter(uuid=f"card{slot}", parent=partition.uuid, slot=slot, mac=mac, pvid=1)
            change.put(card)
    made = hardware(engine.state, partition, Boot(mode="of"), None)
    assert (made.name, made.lpar_id, made.memory_mib, made.processors) == ("vm1", 1, 1024, 1)
    assert made.firmware == "prompt"
    assert made.network == (NetworkAdapter(3, "fa:16:3e:00:00:01"), NetworkAdapter(4, "fa:16:3e:00:00:02"))


def test_what_qemu_does_not_have_is_refused_by_name(engine: Engine) -> None:
    partition = _partition(engine)
    with engine.alter() as change:
        adapter = VirtualFibreChannelClientAdapter(lpar_id=partition.id, lpar_slot_num=7)
        change.put(VirtualFibreChannelMapping(uuid="map", parent=SYSTEM.uuid, client_adapter=adapter))
    with pytest.raises(Failure) as caught:
        hardware(engine.state, partition, Boot(), None)
    assert caught.value.message is say.NOT_ON_QEMU
    assert "QEMU has no virtual Fibre Channel adapter" in str(caught.value)


def test_memory_has_to_fit_the_regions_of_a_guest(engine: Engine) -> None:
    partition = _partition(engine)
    odd = partition.evolve(mem_config=partition.mem_config.evolve(max=1100))
    with pytest.raises(Failure) as caught:
        hardware(engine.state, odd, Boot(), None)
    assert caught.value.message is say.MEMORY_REGION
    assert "MaximumMemory is 1100 MB" in str(caught.value)


def test_a_slot_beyond_the_last_of_qemu_is_refused(engine: Engine) -> None:
    partition = _partition(engine)
    with engine.alter() as change:
        change.put(ClientNetworkAdapter(uuid="card", parent=partition.uuid, slot=240, mac="FA163E000001", pvid=1))
    with pytest.raises(Failure) as caught:
        hardware(engine.state, partition, Boot(), None)
    assert caught.value.message is say.HIGH_SLOT


def test_ibm_i_is_refused(engine: Engine) -> None:
    partition = _partition(engine).evolve(env="OS400")
    with pytest.raises(Failure) as caught:
        hardware(engine.state, partition, Boot(), None)
    assert caught.value.message is say.OPERATING_SYSTEM
