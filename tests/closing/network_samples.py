"""Samples of the operations on network bridges, SR-IOV adapters and virtual NICs; see ``samples``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.ops.network.bridge_view import servers_seas
from openlpar.ops.network.link_aggregation import ChangeLinkAggregation, CreateLinkAggregation, DeleteLinkAggregation
from openlpar.ops.views import shown
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
)
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceChoice,
    VirtualNICDedicated,
    VirtualNICDetails,
    VirtualNICSRIOVBackingDevice,
)
from tests.closing.gannet import Gannet, request
from tests.closing.samples import Maker, adapter, deleting, sample


def _bridge(house: Gannet, pvid: int = 50) -> NetworkBridge:
    """As a client builds one: on the second port of each server."""
    switch = house.only(VirtualSwitch, switch_id=0)
    seas = [
        SharedEthernetAdapter(
            vio_uri=f"VirtualIOServer/{house.partition(name).uuid}",
            backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name="ent1")),
            trunk_adapters=(TrunkAdapter(pvid=pvid, trunk_pri=priority, vswitch_id=switch.switch_id),),
        )
        for name, priority in (("vios1", 1), ("vios2", 2))
    ]
    return NetworkBridge(parent=switch.parent, pvid=pvid, failover=True, seas=seas, control_channel_id=51)


@sample("network_bridge.create")
async def _create_bridge(house: Gannet) -> Maker:
    wish = _bridge(house)
    return lambda: request("create", wish)


@sample("network_bridge.update")
async def _update_bridge(house: Gannet) -> Maker:
    """It loses a trunk on each server, and gets another; one changes."""
    made = shown(house.state, house.create(_bridge(house)))
    first, second = (TrunkAdapter(pvid=4000 + n, tagged_vlans=f"{60 + n}") for n in (0, 1))
    seas = [sea.evolve(trunk_adapters=(*sea.trunk_adapters, first, second)) for sea in made.seas]
    made = shown(house.state, house.update(made.evolve(seas=seas)))
    third = TrunkAdapter(pvid=4002, tagged_vlans="62")
    wished = []
    for sea in made.seas:
        kept, changed, _ = sea.trunk_adapters
        wished.append(sea.evolve(trunk_adapters=(kept, changed.evolve(tagged_vlans="60 70"), third)))
    return lambda: request("update", made.evolve(seas=wished, control_channel_id=52))


@sample("network_bridge.delete")
async def _delete_bridge(house: Gannet) -> Maker:
    return deleting(house.create(_bridge(house)))


def _sea(house: Gannet) -> SharedEthernetAdapter:
    """On a trunk of vios1 that is there already."""
    vios = house.partition("vios1").uuid
    trunk = house.create(adapter(vios, pvid=50, trunk_pri=1))
    return SharedEthernetAdapter(
        parent=vios,
        backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name="ent1")),
        trunk_adapters=(TrunkAdapter(dev_name=trunk.dev_name),),
    )


@sample("sea.create")
async def _create_sea(house: Gannet) -> Maker:
    wish = _sea(house)
    return lambda: request("create", wish)


def _made_sea(house: Gannet) -> SharedEthernetAdapter:
    wish = _sea(house)
    making = request("create", wish)
    house.engine.perform(making)
    assert making.subject is not None
    seas: list[SharedEthernetAdapter] = list(servers_seas(house.state, wish.parent))
    return next(found for found in seas if found.uuid == making.subject[1])


@sample("sea.update")
async def _update_sea(house: Gannet) -> Maker:
    made = _made_sea(house)
    return lambda: request("update", made.evolve(jumbo_frames=True))


@sample("sea.delete")
async def _delete_sea(house: Gannet) -> Maker:
    return deleting(_made_sea(house))


# link aggregations


@sample("link_aggregation.create")
async def _aggregate(house: Gannet) -> Maker:
    vios = house.partition("vios1").uuid
    return lambda: CreateLinkAggregation(vios, ("ent1", "ent2"))


@sample("link_aggregation.change")
async def _join_port(house: Gannet) -> Maker:
    vios = house.partition("vios1").uuid
    making = CreateLinkAggregation(vios, ("ent1",))
    house.engine.perform(making)
    return lambda: ChangeLinkAggregation(vios, making.device, "ent2", True)


@sample("link_aggregation.delete")
async def _separate(house: Gannet) -> Maker:
    vios = house.partition("vios1").uuid
    making = CreateLinkAggregation(vios, ("ent1", "ent2"))
    house.engine.perform(making)
    return lambda: DeleteLinkAggregation(vios, making.device)


# SR-IOV


def _logical_port(house: Gannet, **fields: Any) -> SRIOVEthernetLogicalPort:
    parent = house.lpar("vm1").uuid
    return SRIOVEthernetLogicalPort(parent=parent, sriov_adap_id=1, pport_id=0, **fields)


@sample("sriov_port.create")
async def _create_port(house: Gannet) -> Maker:
    wish = _logical_port(house)
    return lambda: request("create", wish)


@sample("sriov_port.update")
async def _update_port(house: Gannet) -> Maker:
    made = house.create(_logical_port(house))
    return lambda: request("update", made.evolve(pvid=9, cfg_capacity=Decimal(10)))


@sample("sriov_port.delete")
async def _delete_port(house: Gannet) -> Maker:
    return deleting(house.create(_logical_port(house)))


def backing(house: Gannet, server: str, adapter_id: int, **fields: Any) -> VirtualNICSRIOVBackingDevice:
    href = f"VirtualIOServer/{house.partition(server).uuid}"
    return VirtualNICSRIOVBackingDevice(vios_href=href, sriov_adap_id=adapter_id, pport_id=0, **fields)


def _vnic(house: Gannet) -> VirtualNICDedicated:
    devices = backing(house, "vios1", 1), backing(house, "vios2", 2)
    return VirtualNICDedicated(
        parent=house.lpar("vm1").uuid,
        slot=9,
        details=VirtualNICDetails(pvid=7),
        back_devs=(VirtualNICBackingDeviceChoice(sriov=devices),),
    )


@sample("vnic.create")
async def _create_vnic(house: Gannet) -> Maker:
    wish = _vnic(house)
    return lambda: request("create", wish)


@sample("vnic.update")
async def _update_vnic(house: Gannet) -> Maker:
    """It gets another VLAN, loses a backing device and gets another."""
    made = shown(house.state, house.create(_vnic(house)))
    first = made.back_devs[0].sriov[0]
    devices = VirtualNICBackingDeviceChoice(sriov=(first, backing(house, "vios1", 2).evolve(pport_id=1)))
    wish = made.evolve(details=made.details.evolve(pvid=8), back_devs=(devices,))
    return lambda: request("update", wish)


@sample("vnic.delete")
async def _delete_vnic(house: Gannet) -> Maker:
    return deleting(house.create(_vnic(house)))
