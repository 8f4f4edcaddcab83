"""SR-IOV adapters as a client may change them by way of the managed system: their mode, and what can be set of their ports."""

from __future__ import annotations

from typing import Any

from openlpar.messages import Failure, general
from openlpar.messages import sriov as say
from openlpar.ops.sriov.ports import PORT_LISTS, logical_ports_on, ports_of
from openlpar.ports.state import World
from openlpar.uom.core import Enum
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.sriov import SRIOVAdapter, SRIOVAdapterMode, SRIOVAdapterState, SRIOVEthernetPhysicalPort

# chhwres: phys_port_label has 16 characters, phys_port_sub_label 8.
_LONGEST = {"label": 16, "sublabel": 8}
# How many logical ports of a kind there may be at most, with the field that says what the port supports.
_MOST = {
    "cfg_max_lps": "supp_max_lps",
    "configured_max_fcoe_logical_ports": "max_supported_fcoe_logical_ports",
}
_SETTABLE = (*_LONGEST, "configured_connection_speed", "flow_ctl", "mtu", "switch_mode", *_MOST)
# Counted or measured: a client's copy of these is old news.
_DERIVED = ("allocated_capacity", "cfg_lps", "curr_speed", "current_options", "link_status")


def _unsupported() -> Failure:
    return general.UNSUPPORTED.error(
        operation="Changing more of an SR-IOV adapter than its mode and what its ports can be set to"
    )


def changed_adapters(
    world: World,
    system: ManagedSystem,
    shown: tuple[IOAdapterChoice, ...],
    wished: tuple[IOAdapterChoice, ...],
) -> tuple[IOAdapterChoice, ...]:
    """The stored adapters with a client's changes. shown: as the client read them. Refuses any other difference."""
    stored = system.asio_config.sriov_adapters
    if len(shown) != len(wished):
        raise _unsupported()
    return tuple(
        old.evolve(sriov_adapter=_changed(world, system, old.sriov_adapter, now.sriov_adapter, new.sriov_adapter))
        if old.has("sriov_adapter")
        else old
        for old, now, new in zip(stored, shown, wished, strict=True)
    )


def _changed(
    world: World, system: ManagedSystem, stored: SRIOVAdapter, shown: SRIOVAdapter, wish: SRIOVAdapter
) -> SRIOVAdapter:
    for field, value in wish.present():
        if field.name not in (*PORT_LISTS, "mode", "state") and value != shown.get(field.name):
            raise _unsupported()
    changes: dict[str, Any] = {}
    for name in PORT_LISTS:
        before, after = getattr(shown, name), getattr(wish, name)
        if len(before) != len(after):
            raise _unsupported()
        if before:
            kept = getattr(stored, name)
            changes[name] = tuple(_port(world, stored, *ports) for ports in zip(kept, before, after, strict=True))
    made = stored.evolve(**changes)
    _check_total(made)
    if wish.has("mode") and wish.mode != shown.mode:
        _check_mode(world, system, stored, wish.mode)
        shares = wish.mode == SRIOVAdapterMode.SRIOV
        state = SRIOVAdapterState.RUNNING if shares else SRIOVAdapterState.NOT_CONFIGURED
        mode = SRIOVAdapterMode.SRIOV if shares else SRIOVAdapterMode.DEDICATED
        made = made.evolve(mode=mode.value, state=state.value)
    return made


def _port(
    world: World,
    adapter: SRIOVAdapter,
    stored: SRIOVEthernetPhysicalPort,
    shown: SRIOVEthernetPhysicalPort,
    wish: SRIOVEthernetPhysicalPort,
) -> SRIOVEthernetPhysicalPort:
    changes: dict[str, Any] = {}
    for field, value in wish.present():
        if value == shown.get(field.name) or field.name in _DERIVED:
            continue
        if field.name not in _SETTABLE:
            raise _unsupported()
        changes[field.name] = value
    if not changes:
        return stored
    _check_port(world, adapter, stored, changes)
    return stored.evolve(**changes)


def _check_port(world: World, adapter: SRIOVAdapter, port: SRIOVEthernetPhysicalPort, changes: dict[str, Any]) -> None:
    def bad(name: str, cause: str, wanted: str) -> Failure:
        tag = type(port).by_name[name].tag
        value = repr(changes[name])
        return general.BAD_VALUE.error(
            field=tag, object=f"SR-IOV port {port.loc_code}", value=value, cause=cause, wanted=wanted
        )

    for name, value in changes.items():
        field = type(port).by_name[name]
        if name in _LONGEST and len(value) > _LONGEST[name]:
            raise bad(name, f"it has {len(value)} characters", f"at most {_LONGEST[name]} characters")
        if isinstance(field, Enum) and not field.allows(value):
            words = ", ".join(sorted(member.value for member in field.values))
            raise bad(name, "there is no such value", f"one of {words}")
    supported = {"mtu": port.supported_mtus, "configured_connection_speed": port.supported_connection_speeds}
    for name, values in supported.items():
        if name in changes and values and changes[name] not in values:
            raise bad(name, "the port does not support it", f"one of {', '.join(values)}")
    for name, supported_name in _MOST.items():
        if name in changes:
            is_ethernet = name == "cfg_max_lps"
            low = logical_ports_on(world, adapter, port) if is_ethernet else port.get("configured_fcoe_logical_ports")
            high = port.get(supported_name) or 0
            if not (low or 0) <= changes[name] <= high:
                cause = f"the port has {low} logical ports of this kind and supports {high}"
                raise bad(name, cause, f"a number from {low} to {high}")


def _check_total(adapter: SRIOVAdapter) -> None:
    total = sum(port.cfg_max_lps for port in ports_of(adapter))
    if adapter.supp_max_lps and total > adapter.supp_max_lps:
        raise general.BAD_VALUE.error(
            field="ConfiguredMaxEthernetLogicalPorts",
            object=f"the ports of SR-IOV adapter {adapter.phys_loc_code}",
            value=total,
            cause="that is their sum",
            wanted=f"numbers whose sum is at most {adapter.supp_max_lps}",
        )


def _check_mode(world: World, system: ManagedSystem, adapter: SRIOVAdapter, mode: str) -> None:
    if mode not in set(SRIOVAdapterMode) or mode == SRIOVAdapterMode.UNKNOWN:
        words = ", ".join(one.value for one in SRIOVAdapterMode if one != SRIOVAdapterMode.UNKNOWN)
        raise general.BAD_VALUE.error(
            field="AdapterMode",
            object=f"SR-IOV adapter {adapter.phys_loc_code}",
            value=repr(mode),
            cause="there is no such mode",
            wanted=f"one of {words}",
        )
    cause = ""
    count = sum(logical_ports_on(world, adapter, port) for port in ports_of(adapter))
    owner = next((slot.part_name for slot in system.asio_config.io_slots if slot.drc_name == adapter.phys_loc_code), "")
    if mode == SRIOVAdapterMode.SRIOV and owner:
        cause = f"its slot belongs to partition {owner}"
    elif mode != SRIOVAdapterMode.SRIOV and count:
        cause = f"it has {count} logical ports"
    if cause:
        raise say.ADAPTER_IN_USE.error(adapter=adapter.phys_loc_code, mode=mode, cause=cause)
