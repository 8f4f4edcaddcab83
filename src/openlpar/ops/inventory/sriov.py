"""SR-IOV adapters of an inventory, and the logical ports that are described."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, laid_over
from openlpar.ops.sriov.ports import PORT_LISTS
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.sriov import (
    SRIOVAdapter,
    SRIOVAdapterMode,
    SRIOVAdapterPersonality,
    SRIOVAdapterState,
    SRIOVConvergedNetworkAdapterPhysicalPort,
    SRIOVEthernetPhysicalPort,
    SRIOVPortMTU,
    SRIOVPortSpeed,
    SRIOVPortType,
    SRIOVRoCEPhysicalPort,
)
from openlpar.uom.virtual_switch import SwitchMode

_PORTS = re.compile(r"(\d+)[ -]port", re.IGNORECASE)
_LOGICAL_PORTS = 20
_KINDS: tuple[tuple[str, type[SRIOVEthernetPhysicalPort], str], ...] = (
    ("fcoe", SRIOVConvergedNetworkAdapterPhysicalPort, "converged_ports"),
    ("roce", SRIOVRoCEPhysicalPort, "roce_ports"),
    ("", SRIOVEthernetPhysicalPort, "ethernet_ports"),
)
"""A word of the description, the type of the ports it means, and where an adapter lists them."""
_FIRST_ID = 553713680
"""AdapterID of the first one, as recorded."""


def complete_sriov(draft: Draft) -> None:
    """The ports of the adapters, and that the system can do what they can."""
    item = draft.items(ManagedSystem)[0]
    choices = item.now.asio_config.sriov_adapters
    if not choices:
        return
    made = tuple(_completed(draft, number, choice) for number, choice in enumerate(choices))
    item.set(asio_config=item.now.asio_config.evolve(sriov_adapters=made))
    able = ("sriov_capable", "vnic_capable", "vnic_failover_capable")
    given = {name: True for name in able if not item.given("associated_capabilities", name)}
    item.set(associated_capabilities=item.now.associated_capabilities.evolve(**given))


def _completed(draft: Draft, number: int, choice: IOAdapterChoice) -> IOAdapterChoice:
    described = choice.sriov_adapter
    if not described.phys_loc_code:
        path = ("asio_config", "sriov_adapters", number, "sriov_adapter")
        item = draft.items(ManagedSystem)[0]
        raise draft.error(say.MISSING, item, *path, field="phys_loc_code", wanted="where the adapter is")
    mode = described.mode or SRIOVAdapterMode.DEDICATED.value
    shares = mode == SRIOVAdapterMode.SRIOV
    base = SRIOVAdapter(
        id=str(_FIRST_ID + number),
        description="PCIe2 4-port (10Gb FCoE & 1GbE) SR&RJ45 Adapter",
        phys_loc_code=described.phys_loc_code,
        sriov_adap_id=number + 1,
        state=(SRIOVAdapterState.RUNNING if shares else SRIOVAdapterState.NOT_CONFIGURED).value,
        mode=mode,
        personality=SRIOVAdapterPersonality.MAX_MIN_CAPACITY.value,
    )
    made = laid_over(base, described)
    if not any(made.has(name) for name in PORT_LISTS):
        found = _PORTS.search(made.description)
        text = made.description.lower()
        kind, ports = next((kind, ports) for word, kind, ports in _KINDS if word in text)
        count = int(found[1]) if found else 2
        made = made.evolve(**{ports: tuple(_port(made.phys_loc_code, number, kind) for number in range(count))})
    total = sum(port.supp_max_lps for name in PORT_LISTS for port in getattr(made, name))
    return choice.evolve(sriov_adapter=made.evolve(supp_max_lps=made.get("supp_max_lps") or total))


def _port(place: str, number: int, kind: type[SRIOVEthernetPhysicalPort]) -> SRIOVEthernetPhysicalPort:
    """As recorded of a port that nobody has set up; no recording has a RoCE port, which is assumed to be as its type declares."""
    speed = SRIOVPortSpeed.E100G if kind is SRIOVRoCEPhysicalPort else SRIOVPortSpeed.E10G
    converged = kind is SRIOVConvergedNetworkAdapterPhysicalPort
    values: dict[str, Any] = {
        "configured_connection_speed": SRIOVPortSpeed.AUTO.value,
        "flow_ctl": False,
        "mtu": SRIOVPortMTU.E_1500.value,
        "configured_options": ("autoDuplex", "Veb"),
        "switch_mode": SwitchMode.VEB.value,
        "curr_speed": speed.value,
        "current_options": ("fullDuplex", "linkUp", "Veb"),
        "label": "",
        "loc_code": f"{place}-T{number + 1}",
        "max_diagnostics_logical_ports": 1,
        "max_promiscuous_logical_ports": 1,
        "port_id": number,
        "port_capabilities": ("IEEE8021Q_Priority", "Mac Vlan ACL Restriction", "Pvid"),
        "port_type": (SRIOVPortType.CONVERGED if converged else SRIOVPortType.ETHERNET).value,
        "port_logical_port_limit": _LOGICAL_PORTS,
        "sublabel": "",
        "supported_connection_speeds": (SRIOVPortSpeed.AUTO.value, speed.value),
        "supported_mtus": (SRIOVPortMTU.E_1500.value, SRIOVPortMTU.E_9000.value),
        "supported_options": ("autoDuplex", "fullDuplex", "promiscousMode", "Veb", "Vepa"),
        "supported_priority_access_control_list": 0,
        "link_status": True,
        "allocated_capacity": Decimal("0.0"),
        "cfg_max_lps": _LOGICAL_PORTS,
        "cfg_lps": 0,
        "max_port_vlan_id": 4094,
        "max_vlan_id": 4094,
        "min_granularity": Decimal("2.0"),
        "min_port_vlan_id": 2,
        "min_vlan_id": 2,
        "supp_max_lps": _LOGICAL_PORTS,
    }
    if not converged:
        return kind(**values)
    return SRIOVConvergedNetworkAdapterPhysicalPort(
        **values,
        configured_max_fcoe_logical_ports=0,
        default_fibre_channel_targets_for_backing_device=256,
        default_fibre_channel_targets_for_non_backing_device=128,
        configured_fcoe_logical_ports=0,
        min_fcoe_capacity_granularity=Decimal("10.0"),
        fibre_channel_targets_rounding_value=64,
        max_supported_fcoe_logical_ports=0,
        max_fibre_channel_targets=0,
    )
