"""Who can exchange frames with whom: by which VLAN, directly or over which trunk and shared Ethernet adapter, and if not, why not.

A model of what is configured and of what runs; no frame is sent. Its rules:

- On a virtual switch in mode Veb, adapters on one VLAN reach each other. In mode Vepa they reach trunk adapters only; the switch
  outside sends back what is for a neighbour.
- A VLAN leads out of a virtual switch by the trunk adapter of the best priority that works. A trunk in a shared Ethernet adapter
  leads to its Ethernet device; the bridge's port VLAN is untagged there, all others keep their number. Any other trunk leads to the
  partition that has it. Two shared Ethernet adapters that do not hear each other both lead out: that is a loop.
- Logical ports of one physical port in mode Veb reach each other; in mode Vepa, and on different ports, by way of the outside.
- A Virtual I/O Server with an address on a shared Ethernet adapter is on the untagged network of its Ethernet device, whether the
  adapter carries the frames of others or stands by.
- A shared Ethernet adapter whose port has no link, or all ports of whose link aggregation have none, carries nothing.
- Outside, all ports are on one network: whoever has the same VLAN there, or is untagged, can be reached. That is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from openlpar.ops.capacity import is_active
from openlpar.ops.core import partition_name, partition_of
from openlpar.ops.network.bridge_view import shown_bridge
from openlpar.ops.network.trunks import adapters_of
from openlpar.ops.network.usage import all_vlans, networks_of, vlans_of
from openlpar.ops.sriov.ports import find_port
from openlpar.ops.vnic import backing
from openlpar.ports.links import Links
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import InterfaceState
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter, TrunkAdapter, vios_uuid
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.sea_failover import SEADuty, SEAState, duties
from openlpar.uom.sriov import SRIOVEthernetLogicalPort, VNICPortUsage
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch
from openlpar.uom.vnic import VirtualNICDedicated

UNTAGGED = 0
"""The network outside whose frames have no tag."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Where frames pass without leaving: a virtual switch, a physical port that is divided, or a shared Ethernet adapter."""

    key: tuple[str, int, int]
    name: str
    mode: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An adapter of a partition. vlans: those it is on, with whether its frames are tagged; a physical port has 0 for none.

    takes_all: it may use every other VLAN too, tagged. is_trunk: what a partition bridges by itself. down: why it carries nothing.
    """

    name: str
    partition: str
    segment: Segment
    vlans: dict[int, bool] = field(hash=False, default_factory=dict)
    takes_all: bool = False
    is_trunk: bool = False
    down: str = ""

    def has(self, vlan: int) -> bool:
        return vlan in self.vlans or (self.takes_all and vlan != UNTAGGED)

    def on(self, vlan: int) -> str:
        """How it sends into a VLAN, for people."""
        tagged = self.vlans.get(vlan, True)
        return "untagged" if vlan == UNTAGGED or not tagged else f"tagged {vlan}"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a VLAN leaves a virtual switch. outer: its number outside, 0 for untagged. path: for people."""

    outer: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """source, target: names of the adapters. vlan: the VLAN they share, or the number outside. sends, gets: with which tag they
    send and get. via: what is between them, in order; nothing when they are neighbours."""

    source: str
    target: str
    vlan: int
    sends: str
    gets: str
    via: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """ways: the best first. obstacles: what stands in the way of each adapter, when there is no way. warnings: what disturbs the
    networks that the partitions are on."""

    ways: tuple[Way, ...]
    obstacles: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Reachability:
    """Of the whole system, at one moment."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._switches = {switch.switch_id: switch for switch in world.all(VirtualSwitch)}
        self._exits: dict[tuple[int, int], tuple[int, Exit | None]] = {}
        self._causes: dict[tuple[int, int], list[str]] = {}
        self._loops: dict[tuple[int, int], str] = {}
        self._bridged: set[tuple[str, int]] = set()
        self._devices: dict[tuple[str, int, int], str] = {}
        self._links = Links(world)
        self._find_bridges()
        self._find_other_trunks()

    # what is asked

    def between(self, one: BasePartition, other: BasePartition) -> Answer:
        if one.uuid == other.uuid:
            return Answer((), ("it is the same partition: what it sends to itself takes no network",))
        ways: list[Way] = []
        obstacles: list[str] = []
        sources, targets = self.endpoints(one), self.endpoints(other)
        for source in sources:
            for target in targets:
                way = self.way(source, target)
                if way is not None:
                    ways.append(way)
        for partition, ends in ((one, sources), (other, targets)):
            if not ends:
                obstacles.append(f"partition {partition.name} has no network adapter")
        if not ways:
            obstacles += [text for end in (*sources, *targets) for text in self._obstacles(end)]
            if sources and targets and not obstacles:
                obstacles.append("they are on different VLANs")
        ways.sort(key=lambda way: len(way.via))
        return self._answer(ways, obstacles, [*sources, *targets])

    def outside(self, partition: BasePartition) -> Answer:
        """Whether a partition reaches the network outside."""
        ways: list[Way] = []
        obstacles: list[str] = []
        ends = self.endpoints(partition)
        for end in ends:
            for vlan, tagged in end.vlans.items():
                found = self._exit(end, vlan)
                if found is not None and not end.down:
                    sends = end.on(vlan) if tagged or end.segment.key[0] == "port" else "untagged"
                    gets = "untagged" if found.outer == UNTAGGED else f"tagged {found.outer}"
                    ways.append(Way(end.name, "outside", found.outer, sends, gets, (end.segment.name, *found.path)))
            obstacles += self._obstacles(end, outside=True)
        if not ends:
            obstacles.append(f"partition {partition.name} has no network adapter")
        return self._answer(ways, obstacles, ends)

    def _answer(self, ways: list[Way], obstacles: list[str], ends: list[Endpoint]) -> Answer:
        places = ((end.segment.key[1], vlan) for end in ends if end.segment.key[0] == "switch" for vlan in end.vlans)
        loops = [self._loops[place] for place in places if place in self._loops]
        return Answer(tuple(ways), () if ways else tuple(dict.fromkeys(obstacles)), tuple(dict.fromkeys(loops)))

    def way(self, source: Endpoint, target: Endpoint) -> Way | None:
        """The shortest way between two adapters of different partitions; None when there is none."""
        if source.down or target.down or source.partition == target.partition:
            return None
        return self._direct(source, target) or self._by_outside(source, target)

    # adapters

    def endpoints(self, partition: BasePartition) -> list[Endpoint]:
        """The adapters of a partition, but for the trunks of shared Ethernet adapters: those carry the frames of others."""
        return [
            *self._virtual_adapters(partition),
            *self._logical_ports(partition),
            *self._virtual_nics(partition),
            *self._own_addresses(partition),
        ]

    def _virtual_adapters(self, partition: BasePartition) -> Iterator[Endpoint]:
        for adapter in self._world.all(ClientNetworkAdapter, partition.uuid):
            switch = self._switches.get(adapter.vswitch_id)
            if switch is None or (partition.uuid, adapter.slot) in self._bridged:
                continue
            mode = switch.mode or SwitchMode.VEB.value
            yield Endpoint(
                adapter.loc_code,
                partition.uuid,
                Segment(("switch", switch.switch_id, 0), switch.name, mode),
                self._vlans(adapter),
                is_trunk=adapter.has("trunk_pri"),
                down=_down(partition, adapter),
            )

    def _vlans(self, adapter: ClientNetworkAdapter) -> dict[int, bool]:
        """A trunk is deaf and dumb on a VLAN that one of a better priority has."""
        return {
            vlan: tagged
            for vlan, tagged in networks_of(adapter)
            if not adapter.has("trunk_pri")
            or self._exits.get((adapter.vswitch_id, vlan), (adapter.trunk_pri, None))[0] == adapter.trunk_pri
        }

    def _logical_ports(self, partition: BasePartition) -> Iterator[Endpoint]:
        for port in self._world.all(SRIOVEthernetLogicalPort, partition.uuid):
            if port.vnic_port_usage in (VNICPortUsage.NOT_VNIC, ""):
                cause = _down(partition) or (
                    "" if port.is_functional else f"logical port {port.loc_code} does not work"
                )
                place = (port.sriov_adap_id, port.pport_id)
                yield self._on_port(partition, port.loc_code, place, port.pvid, port.allowed_vlans, cause)

    def _virtual_nics(self, partition: BasePartition) -> Iterator[Endpoint]:
        for vnic in self._world.all(VirtualNICDedicated, partition.uuid):
            device = backing.active(self._world, vnic)
            details = vnic.details
            cause = _down(partition)
            if device is None:
                cause = cause or f"no backing device of virtual NIC {vnic.drc_name} works"
            place = (device.sriov_adap_id, device.pport_id) if device is not None else (0, 0)
            yield self._on_port(partition, vnic.drc_name, place, details.pvid, details.allowed_vlans, cause)

    def _on_port(
        self, partition: BasePartition, name: str, place: tuple[int, int], pvid: int, allowed: str, cause: str
    ) -> Endpoint:
        found = find_port(self._world, *place)
        mode, port = SwitchMode.VEB.value, f"port {place[1]} of SR-IOV adapter {place[0]}"
        if found is not None:
            mode, port = found[1].switch_mode or mode, f"SR-IOV port {found[1].loc_code}"
            if not found[1].link_status:
                cause = cause or f"{port} has no link"
        elif not cause:
            cause = f"{port} is not shared"
        words = allowed.upper().split()
        vlans = {pvid or UNTAGGED: False, **{int(word): True for word in words if word.isdigit() and int(word) != pvid}}
        segment = Segment(("port", *place), port, mode)
        return Endpoint(name, partition.uuid, segment, vlans, words == ["ALL"], down=cause)

    def _own_addresses(self, partition: BasePartition) -> Iterator[Endpoint]:
        """Of a Virtual I/O Server, on its shared Ethernet adapters."""
        seas = (
            sea for bridge in self._world.all(NetworkBridge) for sea in bridge.seas if vios_uuid(sea) == partition.uuid
        )
        for number, sea in enumerate(seas):
            interface = sea.ip_interface
            if interface.ip_address and interface.state == InterfaceState.ACTIVE:
                device = sea.backing_device.ethernet_device
                segment = Segment(("sea", partition.id, number), _called(sea, partition.name), SwitchMode.VEB.value)
                self._devices[segment.key] = device.phys_loc_code or device.dev_name
                name = f"{interface.name} ({interface.ip_address})"
                yield Endpoint(
                    name, partition.uuid, segment, {UNTAGGED: False}, down=_down(partition) or self._links.lost(sea)
                )

    # ways

    def _direct(self, source: Endpoint, target: Endpoint) -> Way | None:
        segment = source.segment
        passes = segment.mode == SwitchMode.VEB or source.is_trunk != target.is_trunk
        if segment.key != target.segment.key or not passes:
            return None
        for vlan in sorted({*source.vlans, *target.vlans}):
            if source.has(vlan) and target.has(vlan):
                return Way(source.name, target.name, vlan, source.on(vlan), target.on(vlan), (segment.name,))
        return None

    def _by_outside(self, source: Endpoint, target: Endpoint) -> Way | None:
        leaving = {found.outer: (vlan, found) for vlan, found in self._exits_of(source, target)}
        entering = {found.outer: (vlan, found) for vlan, found in self._exits_of(target, source)}
        for outer in sorted(leaving.keys() & entering.keys()):
            (vlan, out), (there, back) = leaving[outer], entering[outer]
            path = (source.segment.name, *out.path, "outside", *reversed(back.path), target.segment.name)
            if target.segment.name in out.path:  # its own server bridges the other one: nothing leaves it
                path = (source.segment.name, *out.path[: out.path.index(target.segment.name) + 1])
            elif source.segment.name in back.path:
                inside = back.path[: back.path.index(source.segment.name) + 1]
                path = (*reversed(inside), target.segment.name)
            return Way(source.name, target.name, outer, source.on(vlan), target.on(there), path)
        return None

    def _exits_of(self, end: Endpoint, other: Endpoint) -> Iterator[tuple[int, Exit]]:
        """(VLAN, exit) by which an adapter reaches the outside. One that takes all VLANs is asked about those of the other too."""
        vlans: Iterable[int] = end.vlans
        if end.takes_all:
            vlans = {*vlans, *(found.outer for vlan in other.vlans if (found := self._exit(other, vlan)))} - {UNTAGGED}
            vlans = {*vlans, *end.vlans}
        for vlan in sorted(vlans):
            found = self._exit(end, vlan)
            if found is not None:
                yield vlan, found

    def _exit(self, end: Endpoint, vlan: int) -> Exit | None:
        kind, number, _ = end.segment.key
        if kind == "port":
            return Exit(vlan, ())
        if kind == "sea":
            return Exit(vlan, (self._devices[end.segment.key],))
        return self._exits.get((number, vlan), (0, None))[1]

    def _obstacles(self, end: Endpoint, outside: bool = False) -> Iterator[str]:
        if end.down:
            yield end.down
            return
        kind, number, _ = end.segment.key
        if kind != "switch":
            return
        if end.segment.mode == SwitchMode.VEPA and not outside:
            yield f"virtual switch {end.segment.name} is in mode Vepa: partitions on it reach each other by the outside only"
        for vlan in end.vlans:
            if self._exit(end, vlan) is None:
                yield from self._causes.get(
                    (number, vlan),
                    [f"VLAN {vlan} of virtual switch {end.segment.name} has no trunk adapter that leads out"],
                )

    # trunks

    def _find_bridges(self) -> None:
        running = {vios.uuid for vios in self._world.all(VirtualIOServer) if vios.state == PartitionState.RUNNING}
        for stored in self._world.all(NetworkBridge):
            bridge = shown_bridge(self._world, stored)
            for duty in duties(bridge, running, adapters_of(self._world), self._links.has):
                for trunk in duty.sea.trunk_adapters:
                    self._bridged.add((duty.vios, trunk.virtual_slot_number))
                    for vlan in (trunk.pvid, *vlans_of(trunk.tagged_vlans)):
                        self._bridge(bridge, duty, trunk, vlan, is_on=duty.vios in running)

    def _bridge(self, bridge: NetworkBridge, duty: SEADuty, trunk: TrunkAdapter, vlan: int, *, is_on: bool) -> None:
        """What a trunk of a shared Ethernet adapter means for one of its VLANs. is_on: whether its server runs."""
        key = (trunk.vswitch_id, vlan)
        if not is_on:
            self._causes.setdefault(key, []).append(self._stopped(duty.vios, trunk.loc_code))
        elif duty.state == SEAState.LIMBO:
            text = f"trunk {trunk.loc_code} carries nothing: {self._links.lost(duty.sea)}"
            self._causes.setdefault(key, []).append(text)
        elif trunk.has("enabled") and not trunk.enabled:
            self._causes.setdefault(key, []).append(f"trunk {trunk.loc_code} carries nothing: it is disabled")
        elif trunk in duty.carried:
            outer = UNTAGGED if vlan == bridge.pvid else vlan
            if duty.fault and key in self._exits:
                self._loops[key] = self._loop(key, bridge, duty.fault)
            self._offer(key, trunk.trunk_pri, Exit(outer, self._path(duty.sea, trunk.loc_code)))

    def _loop(self, key: tuple[int, int], bridge: NetworkBridge, fault: str) -> str:
        switch = self._switches.get(key[0])
        both = " and ".join(_called(sea, partition_name(self._world, vios_uuid(sea))) for sea in bridge.seas)
        return (
            f"VLAN {key[1]} of virtual switch {switch.name if switch is not None else key[0]} leaves by {both} at once, and frames "
            f"go round in a loop: the control channel of network bridge {bridge.pvid} is lost, as {fault}"
        )

    def _offer(self, key: tuple[int, int], priority: int, found: Exit | None) -> None:
        """The trunk of the best priority has a VLAN."""
        if key not in self._exits or priority < self._exits[key][0]:
            self._exits[key] = (priority, found)

    def _path(self, sea: SharedEthernetAdapter, trunk: str) -> tuple[str, ...]:
        vios = partition_of(self._world, vios_uuid(sea))
        server = vios.name if vios is not None else vios_uuid(sea)
        device = sea.backing_device.ethernet_device
        return (f"trunk {trunk}", _called(sea, server), device.phys_loc_code or device.dev_name)

    def _stopped(self, vios: str, trunk: str) -> str:
        server = partition_of(self._world, vios)
        name, state = (server.name, server.state) if server is not None else (vios, "unknown")
        return f"trunk {trunk} carries nothing: Virtual I/O Server {name} is {state}"

    def _find_other_trunks(self) -> None:
        """Those that no bridge has: they lead to their partition, and keep a VLAN from trunks of a worse priority."""
        for adapter in self._world.all(ClientNetworkAdapter):
            if not adapter.has("trunk_pri") or (adapter.parent, adapter.slot) in self._bridged:
                continue
            partition = partition_of(self._world, adapter.parent or "")
            if partition is None or _down(partition, adapter):
                continue
            for vlan in all_vlans(adapter):
                key = (adapter.vswitch_id, vlan)
                self._offer(key, adapter.trunk_pri, None)
                text = f"trunk {adapter.loc_code} of VLAN {vlan} belongs to no shared Ethernet adapter"
                self._causes.setdefault(key, []).append(text)


def _called(sea: SharedEthernetAdapter, server: str) -> str:
    return f"{sea.dev_name} of {server}"


def _down(partition: BasePartition, adapter: ClientNetworkAdapter | None = None) -> str:
    """Why an adapter carries nothing; "" when it does."""
    if not is_active(partition):
        return f"partition {partition.name} is {partition.state}"
    if adapter is not None and adapter.has("enabled") and not adapter.enabled:
        return f"adapter {adapter.loc_code} is disabled"
    return ""
