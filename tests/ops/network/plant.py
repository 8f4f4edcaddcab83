"""A system with partitions, switches, slots and pools, for tests of what connects them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure, Message
from openlpar.ops.core import Operation
from openlpar.ops.network.virtual_network import realise_networks
from openlpar.ports.records import Fault
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.io_slot import AssociatedIOSlot, IOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition, PartitionCapabilities, PartitionIOConfiguration
from openlpar.uom.partition_io import ProfileIOSlot, VirtualIOServerIOConfiguration
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import (
    CurrentSharedProcessorConfiguration,
    PartitionProcessorConfiguration,
    SharedProcessorConfiguration,
)
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.system_configuration import AssociatedSystemIOConfiguration
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.ops.small_system import SYSTEM, digest, open_system

PARENT = SYSTEM.uuid
NOVALINK, VIOS1, VM1, VM2 = (f"0000000{n}-0000-4000-8000-00000000000{n}" for n in (1, 2, 4, 5))
ETHERNET0 = VirtualSwitch(uuid="e0", parent=PARENT, switch_id=0, mode="Veb", name="ETHERNET0")
MGMTSWITCH = VirtualSwitch(uuid="e1", parent=PARENT, switch_id=1, mode="Vepa", name="MGMTSWITCH")
SAS, FIBRE, USB = 0x21030015, 0x21010013, 0x2101001B


def partition(
    kind: type[BasePartition], lpar_id: int, uuid: str, name: str, *, running: bool, rmc: str, **fields: Any
) -> BasePartition:
    able = rmc == "active"
    shared = SharedProcessorConfiguration(desired_units=Decimal("0.5"), desired_virtual=1, pool_id=0)
    io = VirtualIOServerIOConfiguration if kind is VirtualIOServer else PartitionIOConfiguration
    return kind(
        uuid=uuid,
        parent=PARENT,
        partition_uuid=uuid,
        id=lpar_id,
        name=name,
        env="Virtual IO Server" if kind is VirtualIOServer else "AIX/Linux",
        state="running" if running else "not activated",
        rmc_state=rmc,
        capabilities=PartitionCapabilities(io_dlpar=able, mem_dlpar=able, proc_dlpar=able),
        mem_config=PartitionMemoryConfiguration(desired=1024, min=1024, max=2048, current=1024, current_max=2048),
        proc_config=PartitionProcessorConfiguration(
            has_dedicated=False,
            shared_proc_cfg=shared,
            current_shared_proc_cfg=CurrentSharedProcessorConfiguration(current_units=Decimal("0.5")),
        ),
        **{"io_config": io(max_virtual_slots=20), **fields},
    )


def slot(index: int, place: str, description: str, pci_class: int) -> IOSlot:
    name = f"U78CB.001.WZS06S2-P1-{place}"
    return IOSlot(drc_index=index, drc_name=name, description=description, pci_class=pci_class, pci_dev_id=7)


def entry(index: int, required: bool | None = None) -> ProfileIOSlot:
    return ProfileIOSlot(slot=AssociatedIOSlot(drc_index=index), required=required)


SLOTS = (
    slot(SAS, "C14", "SAS RAID Controller", 260),
    slot(FIBRE, "C11", "8 Gigabit PCI Express Dual Port Fibre Channel Adapter", 0x0C04),
    slot(USB, "T2", "Universal Serial Bus UHC Spec", 3075),
)


def _objects() -> list[Element]:
    return [
        SYSTEM.evolve(asio_config=AssociatedSystemIOConfiguration(io_slots=SLOTS)),
        ETHERNET0,
        MGMTSWITCH,
        partition(LogicalPartition, 1, NOVALINK, "novalink", running=True, rmc="inactive", is_mgmt_partition=True),
        partition(VirtualIOServer, 2, VIOS1, "vios1", running=True, rmc="active"),
        partition(LogicalPartition, 4, VM1, "vm1", running=False, rmc="inactive"),
        partition(LogicalPartition, 5, VM2, "vm2", running=True, rmc="inactive"),
        SharedProcessorPool(uuid="f0", parent=PARENT, id=0, name="DefaultPool"),
        SharedProcessorPool(
            uuid="f1",
            parent=PARENT,
            id=1,
            name="SharedPool01",
            max_proc_units=Decimal("4.00"),
            curr_rsrv_proc_units=Decimal("0.00"),
            pend_rsrv_proc_units=Decimal("0.00"),
        ),
    ]


class Plant:
    """The system, not started: operations are performed at once."""

    def __init__(self, directory: Path) -> None:
        self.engine, self.jobs = open_system(directory, "stepped", *_objects())
        self.state = self.engine.state

    def add(self, *objects: Element) -> None:
        with self.engine.alter() as change:
            for obj in objects:
                change.put(obj)
            realise_networks(change)

    def do(self, operation: Operation) -> Any:
        """The object that the operation made or changed."""
        self.engine.perform(operation)
        return self.state.find(*operation.subject) if operation.subject else None

    def refuses(self, operation: Operation, message: Message, *words: str) -> Failure:
        """The operation is refused with that message, which says these words, and nothing changes."""
        before = digest(self.engine)
        with pytest.raises(Failure) as caught:
            self.engine.perform(operation)
        assert caught.value.message is message, caught.value
        for word in words:
            assert word in caught.value.text
        assert digest(self.engine) == before
        return caught.value

    def unwinds(self, make: Callable[[], Operation]) -> None:
        """A failure at any step leaves the world as it was; then the operation goes through, and it has steps."""
        engine, before = self.engine, digest(self.engine)
        probe = make()
        probe.edges = engine.edges
        probe.check(self.state)
        names = [step.name for step in probe.steps()]
        assert names
        for name in names:
            rule = Fault(uuid="rule", effect="fail", operation=probe.name, step=name)
            engine.put_record(rule)
            with pytest.raises(Failure):
                engine.perform(make())
            assert digest(engine) == before, f"step {name!r} of {probe.name} leaves something behind"
            engine.remove_record(rule)
        engine.perform(make())
        assert digest(engine) != before

    def same_after(self, operation: Operation) -> None:
        """The operation is accepted and changes nothing."""
        before = digest(self.engine)
        self.engine.perform(operation)
        assert digest(self.engine) == before


def adapter(parent: str, lpar_id: int, number: int, pvid: int = 1, **fields: Any) -> ClientNetworkAdapter:
    """A stored adapter."""
    place = f"U8247.21L.212E3CA-V{lpar_id}-C{number}"
    values: dict[str, Any] = {
        "loc_code": place,
        "drc_name": place,
        "lpar_id": lpar_id,
        "slot": number,
        "enabled": True,
        "mac": f"0200000{lpar_id:02X}0{number:02X}",
        "pvid": pvid,
        "tagged_vlans": "",
        "is_tagged_vlan_supported": True,
        "vswitch_uri": (f"ManagedSystem/{PARENT}/VirtualSwitch/e0",),
        "vswitch_id": 0,
    }
    return ClientNetworkAdapter(uuid=f"a{lpar_id}{number}", parent=parent, **{**values, **fields})
