"""The error log of a Virtual I/O Server: what happened to it, as its ``errlog`` command tells.

Nothing is written into it by hand: entries follow from what a change altered. The system as it was before that is asked the same
questions as the one after it, and where the answers differ something has happened. A server that is off writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.network.trunks import bridge_of, bridge_of_channel
from openlpar.ops.overlay import Overlay
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ops.shared_storage.thresholds import is_low
from openlpar.ops.storage.group_layout import behind
from openlpar.ops.vfc.ports import ports_of
from openlpar.ops.views import shown
from openlpar.ops.vnic.backing import active, port_of, server_of
from openlpar.ports.links import Links, ports_below
from openlpar.ports.records import LINK_LOST, ErrorEntry, Fault, ServerHistory, ViosSettings
from openlpar.ports.state import Change, World
from openlpar.uom import error_log as say
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.cluster import Cluster, Node
from openlpar.uom.error_log import ErrorTemplate
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import HighAvailabilityMode, NetworkBridge, vios_uuid
from openlpar.uom.partition import PartitionState
from openlpar.uom.sea_failover import BACKUP_STATES, PRIMARY_STATES, SEAState, duties, is_backed
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.vnic import VirtualNICDedicated, served_by
from openlpar.uom.volume_group import PhysicalVolume, PhysicalVolumeState, VolumeGroup

Roles = dict[tuple[str, str], SEAState]
"""(uuid of the server, device) of a shared Ethernet adapter that another one backs, to what it does."""


@follows_from(
    VirtualIOServer,
    NetworkBridge,
    ClientNetworkAdapter,
    PhysicalVolume,
    LogicalPartition,
    Cluster,
    SharedStoragePool,
    VirtualNICDedicated,
    Fault,
)
def write_error_logs(change: Change, altered: Sequence[Alteration]) -> None:
    """Lets the servers that run note what happened to them."""
    if any(one.kind is VirtualIOServer and one.old is None for one in altered):
        return  # a system that is described, or a server that is off still: nothing has happened
    switched = [one for one in altered if one.kind is VirtualIOServer and _has_switched(one)]
    for one in switched:
        _note_power(change, one)
    then = Overlay(change, [one.old for one in altered if one.old is not None])
    cables = [one for one in altered if one.kind is Fault and LINK_LOST in _effects(one)]
    _note_failovers(change, then, altered, switched, _links_before(change, cables))
    if cables:
        _note_links(change, _links_before(change, cables))
    _note_takeovers(change, then, switched)
    for one in altered:
        if one.kind is PhysicalVolume:
            _note_path(change, one)
        elif one.kind is LogicalPartition:
            _note_client(change, one)
        elif one.kind is Cluster:
            _note_nodes(change, then, one)
        elif one.kind is SharedStoragePool:
            _note_space(change, one)
    _note_neighbours(change, switched)


def _effects(one: Alteration) -> list[str]:
    return [rule.effect for rule in (one.old, one.new) if rule is not None]


def _links_before(change: Change, cables: Sequence[Alteration]) -> Links:
    """cables: the fault rules that were added or taken back."""
    rules = {rule.uuid: rule for rule in change.all(Fault)}
    for one in cables:
        rules.pop(one.uuid, None)
        if one.old is not None:
            rules[one.uuid] = one.old
    return Links(change, rules.values())


def _note_links(change: Change, before: Links) -> None:
    """The servers that run note whose cable was pulled, of the ports under their shared Ethernet adapters."""
    now = Links(change)
    for bridge in change.all(NetworkBridge):
        for sea in bridge.seas:
            vios = change.find(VirtualIOServer, vios_uuid(sea))
            for port in ports_below(change, sea) if vios is not None and _runs(vios) else ():
                if now.cause(port.location) and not before.cause(port.location):
                    _write(change, vios_uuid(sea), say.LINK_DOWN, port.name, "LOCATION", port.location)


def _has_switched(one: Alteration) -> bool:
    return one.old is not None and one.new is not None and one.old.state != one.new.state


def _write(
    change: Change, vios: str, template: ErrorTemplate, resource: str, *detail: str, at: int | None = None
) -> None:
    """at: when it happened by the server's own clock, ms since 1970; None for now."""
    history = _history(change, vios)
    number = history.logged + 1
    moment = own_time(change, vios) if at is None else at
    uuid = f"{vios}/{number}"
    change.put(
        ErrorEntry(
            uuid=uuid, vios=vios, number=number, at=moment, label=template.label, resource=resource, detail=detail
        )
    )
    oldest = change.find(ErrorEntry, f"{vios}/{number - ErrorEntry.KEPT}")
    if oldest is not None:
        change.remove(oldest)
    change.put(replace(history, logged=number))


def _history(world: World, vios: str) -> ServerHistory:
    return world.find(ServerHistory, vios) or ServerHistory(uuid=vios)


def own_time(change: Change, vios: str) -> int:
    """What the clock of a server shows, ms since 1970. vios: its uuid."""
    settings = change.find(ViosSettings, vios)
    return change.clock.now() + 1000 * (settings.clock_offset_s if settings is not None else 0)


def _runs(vios: VirtualIOServer | None) -> bool:
    return vios is not None and vios.state == PartitionState.RUNNING


# the server itself


def _note_power(change: Change, one: Alteration) -> None:
    """The end of a shutdown is noted when the server is up again, with the time at which it was: as AIX does. One that was switched
    off has noted nothing."""
    if one.old.state == PartitionState.SHUTTING_DOWN:
        _write(change, one.uuid, say.LOG_OFF, "errdemon")
        change.put(replace(_history(change, one.uuid), shut_down=own_time(change, one.uuid)))
    if _runs(one.new):
        ended = _history(change, one.uuid).shut_down
        _write(change, one.uuid, say.LOG_ON, "errdemon")
        if ended:
            _write(change, one.uuid, say.SHUT_DOWN, "SYSPROC", "USER ID", "0", at=ended)
        _write(change, one.uuid, say.RMC_STARTED, "RMCdaemon")
        history = _history(change, one.uuid)
        change.put(replace(history, shut_down=0, started=change.clock.now(), failovers={}, traps=0))


# networks


def _note_failovers(
    change: Change, then: World, altered: Sequence[Alteration], switched: Sequence[Alteration], linked: Links
) -> None:
    """then: the world before the change; linked: the links in it."""
    bridges = {one.uuid for one in altered if one.kind is NetworkBridge and _may_fail_over(one)}
    adapters = [one for one in altered if one.kind is ClientNetworkAdapter and _may_decide(one)]
    bridges |= {bridge.uuid for one in adapters for bridge in _told_over(change, one.new or one.old)}
    pulled = any(one.kind is Fault and LINK_LOST in _effects(one) for one in altered)
    if pulled or any(_runs(one.old) or _runs(one.new) for one in switched):
        bridges = {bridge.uuid for bridge in change.all(NetworkBridge)}
    if not bridges:
        return
    made = {one.uuid for one in altered if one.old is None}
    before, after = _roles(then, bridges - made, linked, made), _roles(change, bridges, Links(change))
    for (vios, device), role in after.items():
        was = before.get((vios, device))
        if role in PRIMARY_STATES and was not in PRIMARY_STATES:
            _note_role(change, vios, device, say.BECAME_PRIMARY, was, role)
        elif role in BACKUP_STATES and was not in BACKUP_STATES:
            _note_role(change, vios, device, say.BECAME_BACKUP, was, role)


def _note_takeovers(change: Change, then: World, switched: Sequence[Alteration]) -> None:
    """The server that carries a virtual NIC from now on notes that its backing device became the active one."""
    if not any(_runs(one.old) or _runs(one.new) for one in switched):
        return
    for vnic in change.all(VirtualNICDedicated):
        was, now = active(then, then.get(VirtualNICDedicated, vnic.uuid)), active(change, vnic)
        if was is None or now is None or port_of(was) == port_of(now):
            continue
        vios = server_of(now)
        name = next(name for name, _, device in served_by(vios, change.all(VirtualNICDedicated)) if device == now)
        detail = ("CLIENT PARTITION", str(vnic.lpar_id), "CLIENT SLOT", str(vnic.slot))
        _write(change, vios, say.VNIC_ACTIVE, name, *detail)


def _may_fail_over(one: Alteration) -> bool:
    """Not when it has got or lost VLANs only."""
    if one.old is None or one.new is None:
        return True
    told = [[(sea.vio_uri, sea.ha_mode, sea.control_channel) for sea in bridge.seas] for bridge in (one.old, one.new)]
    sharing = any(sea.ha_mode == HighAvailabilityMode.LOAD_SHARING for sea in one.new.seas)
    return sharing or told[0] != told[1]


def _may_decide(one: Alteration) -> bool:
    if one.old is None or one.new is None:
        return True
    return any(one.old.get(name) != one.new.get(name) for name in ("enabled", "pvid", "vswitch_id", "trunk_pri"))


def _told_over(world: World, adapter: ClientNetworkAdapter) -> Iterator[NetworkBridge]:
    """The bridges that the adapter is a trunk or the control channel of."""
    for found in (bridge_of_channel(world, adapter), bridge_of(world, adapter.parent or "", adapter.slot)):
        if found is not None:
            yield found[0]


def _roles(world: World, bridges: Collection[str], links: Links, hidden: Collection[str] = ()) -> Roles:
    """hidden: uuids of what is not there."""

    def adapters(vios: str) -> Iterator[ClientNetworkAdapter]:
        return (one for one in world.all(ClientNetworkAdapter, vios) if one.uuid not in hidden)

    running = {vios.uuid for vios in world.all(VirtualIOServer) if _runs(vios)}
    return {
        (duty.vios, duty.sea.dev_name): duty.state
        for bridge in world.all(NetworkBridge)
        if bridge.uuid in bridges
        for duty in duties(shown(world, bridge), running, adapters, links.has)
        if is_backed(duty.sea)
    }


def _note_role(
    change: Change, vios: str, device: str, template: ErrorTemplate, was: SEAState | None, role: SEAState
) -> None:
    """was: None for an adapter that is new. What it did when nobody counted yet counts as once."""
    _write(change, vios, template, device, "SEA STATE", role.value)
    history = _history(change, vios)
    once = (int(was in BACKUP_STATES), int(was in PRIMARY_STATES))
    backup, primary = once if was is None else history.failovers.get(device, once)
    times = (backup + (role in BACKUP_STATES), primary + (role in PRIMARY_STATES))
    change.put(replace(history, failovers={**history.failovers, device: times}))


# storage


def _note_path(change: Change, one: Alteration) -> None:
    """A disk has one path here. Its loss is noted, and where the disk is in use the error of what it was used for."""
    if one.old is None or one.new is None or one.old.state == one.new.state:
        return
    vios = change.find(VirtualIOServer, one.new.parent)
    if vios is None or not _runs(vios):
        return
    detail = ("PATH ID", "0", "PARENT DEVICE", _parent(vios, one.new))
    if one.new.state == PhysicalVolumeState.MISSING:
        _write(change, vios.uuid, say.PATH_FAILED, one.new.name, *detail)
        if _is_used(change, vios, one.new):
            _write(change, vios.uuid, say.DISK_FAILED, one.new.name, "LOCATION", one.new.loc_code)
        for group in change.all(VolumeGroup, vios.uuid):
            if any(volume.name == one.new.name for volume in group.phys_vols):
                _write(change, vios.uuid, say.VOLUME_MISSING, "LVDD", "PHYSICAL VOLUME", one.new.name)
                for name in behind(change, group, one.new):
                    _write(change, vios.uuid, say.COPY_STALE, "LVDD", "LOGICAL VOLUME", name or group.name)
    elif one.old.state == PhysicalVolumeState.MISSING:
        _write(change, vios.uuid, say.PATH_RECOVERED, one.new.name, *detail)


def _parent(vios: VirtualIOServer, disk: PhysicalVolume) -> str:
    ports = (port for port in ports_of(vios) if port.loc_code and disk.loc_code.startswith(f"{port.loc_code}-"))
    port = next(ports, None)
    return port.name.replace("fcs", "fscsi") if port is not None else "iscsi0"


def _is_used(world: World, vios: VirtualIOServer, disk: PhysicalVolume) -> bool:
    lent = any(
        mapping.backing_storage.physical_volume.name == disk.name
        for mapping in world.all(VirtualSCSIMapping, vios.uuid)
    )
    grouped = any(one.name == disk.name for group in world.all(VolumeGroup, vios.uuid) for one in group.phys_vols)
    pooled = any(one.udid == disk.udid for pool in world.all(SharedStoragePool) for one in pool.physical_volumes)
    return lent or grouped or pooled


# clients


def _note_client(change: Change, one: Alteration) -> None:
    """A partition that was switched off, or died, while it ran: its servers lose it without a word. After a shutdown it has taken
    its leave."""
    if one.old is None or one.new is None or one.old.state != PartitionState.RUNNING:
        return
    if one.new.state not in (PartitionState.NOT_ACTIVATED, PartitionState.ERROR):
        return
    kinds: tuple[type[VirtualSCSIMapping | VirtualFibreChannelMapping], ...] = (
        VirtualSCSIMapping,
        VirtualFibreChannelMapping,
    )
    for kind in kinds:
        lost = {(m.parent or "", m.server_adapter.get("name")) for m in client_mappings(change, kind, one.new)}
        for vios, adapter in sorted(lost):
            if adapter and _runs(change.find(VirtualIOServer, vios)):
                _write(change, vios, say.CLIENT_LOST, adapter, "CLIENT PARTITION", f"{one.new.id} {one.new.name}")


# shared storage


def _note_nodes(change: Change, then: World, one: Alteration) -> None:
    before = {_server(node): node for node in one.old.nodes} if one.old is not None else {}
    after = {_server(node): node for node in one.new.nodes} if one.new is not None else {}
    cluster = one.new if one.new is not None else one.old
    for uuid in before.keys() | after.keys():
        if (uuid in before) != (uuid in after):
            what, called = ("joined", _called(change, uuid)) if uuid in after else ("left", _called(then, uuid))
            for vios in sorted(before.keys() | after.keys()):
                _alert(change, vios, cluster.name, f"Node {called} has {what} cluster {cluster.name}.")


def _note_neighbours(change: Change, switched: Sequence[Alteration]) -> None:
    """The nodes of a cluster notice when one of them goes or comes back."""
    for one in switched:
        if _runs(one.old) == _runs(one.new):
            continue
        for cluster in change.all(Cluster):
            nodes = [_server(node) for node in cluster.nodes]
            state = "UP" if _runs(one.new) else "DOWN"
            for vios in nodes if one.uuid in nodes else ():
                if vios != one.uuid:
                    _alert(change, vios, cluster.name, f"Node {one.new.name} of cluster {cluster.name} is {state}.")


def _note_space(change: Change, one: Alteration) -> None:
    if one.new is None or is_low(one.new) == (one.old is not None and is_low(one.old)):
        return
    is_less = "less than" if is_low(one.new) else "not less than"
    threshold = f"{one.new.alert_threshold.normalize():f}"
    text = f"Free space of storage pool {one.new.name} is {is_less} its threshold of {threshold} percent."
    for cluster in change.all(Cluster):
        for node in cluster.nodes if cluster.ssp_uri.rpartition("/")[2] == one.uuid else ():
            _alert(change, _server(node), one.new.name, text)


def _alert(change: Change, vios: str, resource: str, text: str) -> None:
    if _runs(change.find(VirtualIOServer, vios)):
        _write(change, vios, say.ALERT, resource, "Alert Event Message", text)


def _server(node: Node) -> str:
    return node.vios_uri.rpartition("/")[2]


def _called(world: World, vios: str) -> str:
    found = world.find(VirtualIOServer, vios)
    return found.name if found is not None else vios
