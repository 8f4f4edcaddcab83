"""What a shared Ethernet adapter may be: its Ethernet device, its attributes, its trunks' switch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openlpar.messages import general
from openlpar.messages import network_bridge as say
from openlpar.ops.core import partition_of
from openlpar.ops.merge import merged
from openlpar.ops.network import bridge_plan as planning
from openlpar.ops.network.bridge_plan import BridgePlan, PlannedSea
from openlpar.ops.network.channels import check_channel
from openlpar.ops.network.ethernet_devices import DeviceNames, free_device
from openlpar.ops.network.trunks import Adapters
from openlpar.ops.network.virtual_network import switch_with_id
from openlpar.ops.scsi.slots import FreeSlots
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice, InterfaceState, IPInterface
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    HighAvailabilityMode,
    QualityOfServiceMode,
    SEAConfigurationState,
    SharedEthernetAdapter,
    TrunkAdapter,
    vios_uuid,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch

QUEUE_SIZE = 8192
"""Of a new adapter, as recorded."""
# Its place, its name and what is listed below it; treated by themselves or never changed.
_LEFT = frozenset({"vio_uri", "backing_device", "dev_name", "trunk_adapters", "is_primary", "pvid", "udid"})


def with_defaults(sea: SharedEthernetAdapter) -> SharedEthernetAdapter:
    """A new adapter with what its maker left out, as a VIOS chooses it."""
    number = sea.dev_name.removeprefix("ent")
    defaults: dict[str, Any] = {
        "ha_mode": HighAvailabilityMode.DISABLED.value,
        "jumbo_frames": False,
        "qos_mode": QualityOfServiceMode.DISABLED.value,
        "queue_size": QUEUE_SIZE,
        "thread_mode": True,
        "large_send": True,
        "ip_interface": IPInterface(name=f"en{number}", state=InterfaceState.INACTIVE.value),
        "configuration_state": SEAConfigurationState.CONFIGURED.value,
    }
    return sea.evolve(**{name: value for name, value in defaults.items() if not sea.has(name)})


def server_named(world: World, sea: SharedEthernetAdapter) -> VirtualIOServer:
    """The server that a client's new adapter is to be on."""
    vios = partition_of(world, vios_uuid(sea))
    if not isinstance(vios, VirtualIOServer):
        raise general.BAD_VALUE.error(
            field="AssignedVirtualIOServer",
            object="a shared Ethernet adapter",
            value=repr(sea.vio_uri),
            cause="there is no such Virtual I/O Server",
            wanted="the reference of a Virtual I/O Server of this system",
        )
    return vios


def device_for(plan: BridgePlan, vios: VirtualIOServer, name: str) -> EthernetBackingDevice:
    """A free Ethernet device of the server, taken by the plan. Raises Failure."""
    device = free_device(vios, name)
    plan.taken.append((vios.uuid, device))
    plan.servers.add(vios.uuid)
    return device


def new_sea(
    world: World, plan: BridgePlan, wish: SharedEthernetAdapter, mode: str, slots: FreeSlots, names: DeviceNames
) -> PlannedSea:
    """A client's new adapter with the trunks that it lists."""
    vios = server_named(world, wish)
    device = device_for(plan, vios, wish.backing_device.ethernet_device.dev_name)
    about = "a trunk adapter of the shared Ethernet adapter to be made"
    if not wish.trunk_adapters:
        raise general.MISSING_VALUE.error(object="The shared Ethernet adapter", field="TrunkAdapters")
    switch = planning.wanted_switch(world, wish.trunk_adapters[0], about)
    server = PlannedSea(vios, wish, [])
    server.trunks = planning.planned_trunks(world, server, wish.trunk_adapters, slots, switch, names)
    check_switches(world, server, wish.trunk_adapters, switch)
    check_channel(world, vios, "to be made", wish.control_channel)
    server.sea = with_defaults(
        wish.evolve(
            vio_uri=f"ManagedSystem/{vios.parent}/VirtualIOServer/{vios.uuid}",
            backing_device=BackingDeviceChoice(ethernet_device=device),
            dev_name=names.next(vios),
            ha_mode=mode,
            is_primary=None,
            pvid=None,
            udid=None,
            trunk_adapters=None,
        )
    )
    return server


def changed_sea(
    world: World, server: PlannedSea, shown: SharedEthernetAdapter, wish: SharedEthernetAdapter, *, strict: bool
) -> SharedEthernetAdapter:
    """The stored adapter with the attributes that a client changed."""
    about = f"shared Ethernet adapter {server.sea.dev_name} of Virtual I/O Server {server.vios.name}"
    device = wish.backing_device.ethernet_device
    if wish.has("backing_device") and device.dev_name != server.sea.backing_device.ethernet_device.dev_name:
        old = server.sea.backing_device.ethernet_device.dev_name
        raise general.READ_ONLY.error(field="BackingDeviceChoice", object=about, old=old, new=device.dev_name)
    after = merged(server.sea, shown, wish, leave=_LEFT, about=about, strict=strict)
    if after.control_channel != server.sea.control_channel:
        check_channel(world, server.vios, server.sea.dev_name, after.control_channel)
    if after.has("queue_size") and not 1 <= after.queue_size <= 65536:
        raise general.BAD_VALUE.error(
            field="QueueSize", object=about, value=after.queue_size, cause="it is out of bounds", wanted="1 to 65536"
        )
    return after


def give_up(plan: BridgePlan, server: PlannedSea, *, with_trunks: bool = True) -> None:
    """Lets the plan remove an adapter and give its device back. with_trunks: its trunks go too, else they stay as orphans."""
    check_without_address(server)
    plan.given.append((server.vios.uuid, server.sea.backing_device.ethernet_device))
    plan.servers.add(server.vios.uuid)
    if with_trunks:
        plan.removed += server.trunks


def check_without_address(server: PlannedSea) -> None:
    """An adapter whose interface carries the server's own traffic cannot go."""
    interface = server.sea.ip_interface
    if interface.ip_address and interface.state == InterfaceState.ACTIVE:
        raise say.SEA_HAS_ADDRESS.error(
            sea=server.sea.dev_name, vios=server.vios.name, interface=interface.name, address=interface.ip_address
        )


def all_trunks(world: World, adapters: Adapters, sea: SharedEthernetAdapter) -> list[ClientNetworkAdapter]:
    """The trunks of a stored adapter. Raises Failure when one is not described, in a recording of a part of a system."""
    found = adapters.of(sea)
    if len(found) != len(sea.trunk_adapters):
        vios = world.get(VirtualIOServer, vios_uuid(sea))
        known = {trunk.slot for trunk in found}
        missing = next(trunk for trunk in sea.trunk_adapters if trunk.virtual_slot_number not in known)
        name = missing.dev_name or f"in slot {missing.virtual_slot_number}"
        raise say.NO_TRUNK.error(vios=vios.name, trunk=name, cause="it is not described on this system")
    return found


def switch_of(world: World, server: PlannedSea) -> VirtualSwitch:
    """The virtual switch of an adapter that has trunks."""
    found = switch_with_id(world, server.trunks[0].vswitch_id)
    if found is None:
        raise general.NOT_FOUND.error(kind="Virtual switch with id", name=server.trunks[0].vswitch_id)
    return found


def check_switches(world: World, server: PlannedSea, wishes: Iterable[TrunkAdapter], switch: VirtualSwitch) -> None:
    """A trunk that names a switch names that of the others."""
    naming: dict[tuple[tuple[str, ...], int | None], TrunkAdapter] = {}
    for wish in wishes:
        naming.setdefault((wish.associated_vswitch_uri, wish.get("vswitch_id")), wish)
    for (paths, number), wish in naming.items():
        if paths or number is not None:
            named = planning.wanted_switch(world, wish, "a trunk adapter")
            if named.uuid != switch.uuid:
                raise planning.misfit(server, wish.pvid, f"it is on {named.name}, not {switch.name}")
