"""Which shared Ethernet adapter of a network bridge carries which VLANs now.

Nothing of it is stored: it follows from the trunk priorities, the mode, from which Virtual I/O Servers run and whether they hear
each other on the control channel. When a server stops, or an adapter has no link to the outside, its peer carries everything; when
it is back, things are as before. When both run and the control channel is lost, both carry everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from openlpar.uom.control_channel import AdaptersOf, channel_fault
from openlpar.uom.network_bridge import (
    HighAvailabilityMode,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
    vios_uuid,
)


class SEAState(StrEnum):
    """As ``entstat`` calls it; an adapter whose server does not run has none. LIMBO: it has no link, and leaves everything to its
    peer."""

    PRIMARY = "PRIMARY"
    BACKUP = "BACKUP"
    PRIMARY_SHARING = "PRIMARY_SH"
    BACKUP_SHARING = "BACKUP_SH"
    LIMBO = "LIMBO"
    OFF = ""


PRIMARY_STATES = (SEAState.PRIMARY, SEAState.PRIMARY_SHARING)
BACKUP_STATES = (SEAState.BACKUP, SEAState.BACKUP_SHARING)


class BridgeMode(StrEnum):
    """How much of its VLANs an adapter bridges."""

    ALL = "All"
    PARTIAL = "Partial"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class SEADuty:
    """What one shared Ethernet adapter does now. vios: uuid of its server. carried: the trunks whose VLANs it bridges. fault: why
    it does not hear its peer though that runs, "" when it does."""

    vios: str
    sea: SharedEthernetAdapter
    state: SEAState
    carried: tuple[TrunkAdapter, ...]
    fault: str = ""

    @property
    def mode(self) -> BridgeMode:
        if not self.carried:
            return BridgeMode.NONE
        return BridgeMode.ALL if len(self.carried) == len(self.sea.trunk_adapters) else BridgeMode.PARTIAL

    @property
    def vlans(self) -> tuple[int, ...]:
        """In ascending order."""
        found = {trunk.pvid for trunk in self.carried}
        found.update(int(vlan) for trunk in self.carried for vlan in trunk.tagged_vlans.split())
        return tuple(sorted(found))


def has_link(sea: SharedEthernetAdapter) -> bool:
    """Where nobody can tell: the UOM does not say."""
    return True


def duties(
    bridge: NetworkBridge,
    running: Collection[str],
    adapters: AdaptersOf,
    linked: Callable[[SharedEthernetAdapter], bool] = has_link,
) -> tuple[SEADuty, ...]:
    """One for each shared Ethernet adapter, in the bridge's order.

    bridge: as clients see it, with its trunks. running: uuids of the Virtual I/O Servers that run. linked: whether an adapter has
    a link to the outside. Of those that run and have one, the one
    with the best (lowest) trunk priority that is not on standby is primary; a standby takes over when nobody else is there (that is
    assumed). When two share the load, the trunks are dealt out in their order: the
    first, third and so on to the primary, the others to its peer. (IBM documents that they are dealt out; that they
    alternate, and that the primary one's first stays with it, is assumed.)
    """
    up = [sea for sea in bridge.seas if vios_uuid(sea) in running and sea.trunk_adapters]
    alive = sorted(filter(linked, up), key=_rank)
    fault = channel_fault(bridge, adapters) if len(alive) == 2 and any(map(is_backed, alive)) else ""
    if fault:
        return tuple(SEADuty(vios_uuid(sea), sea, SEAState.PRIMARY, sea.trunk_adapters, fault) for sea in bridge.seas)
    sharing = len(alive) == 2 and all(sea.ha_mode == HighAvailabilityMode.LOAD_SHARING for sea in alive)
    return tuple(_duty(sea, alive, sharing, SEAState.LIMBO if sea in up else SEAState.OFF) for sea in bridge.seas)


def _duty(sea: SharedEthernetAdapter, alive: Sequence[SharedEthernetAdapter], sharing: bool, idle: SEAState) -> SEADuty:
    """idle: the state of one that is not among those alive."""
    rank = next((rank for rank, one in enumerate(alive) if one is sea), None)
    if rank is None:
        return SEADuty(vios_uuid(sea), sea, idle, ())
    if not sharing:
        state = SEAState.BACKUP if rank else SEAState.PRIMARY
        return SEADuty(vios_uuid(sea), sea, state, () if rank else sea.trunk_adapters)
    if rank:
        return SEADuty(vios_uuid(sea), sea, SEAState.BACKUP_SHARING, sea.trunk_adapters[1::2])
    peers = {trunk.pvid for trunk in alive[1].trunk_adapters[1::2]}
    kept = tuple(trunk for trunk in sea.trunk_adapters if trunk.pvid not in peers)
    return SEADuty(vios_uuid(sea), sea, SEAState.PRIMARY_SHARING, kept)


def priority(sea: SharedEthernetAdapter) -> int:
    """Its trunks' common priority; 1 is the best."""
    return min(trunk.trunk_pri for trunk in sea.trunk_adapters)


def is_backed(sea: SharedEthernetAdapter) -> bool:
    """Whether it tells a peer its state."""
    return sea.ha_mode not in ("", HighAvailabilityMode.DISABLED)


def _rank(sea: SharedEthernetAdapter) -> tuple[bool, int]:
    return sea.ha_mode == HighAvailabilityMode.STANDBY, priority(sea)
