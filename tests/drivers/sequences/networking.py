"""``AGENT`` (sea or sriov): networking-powervm's agent, from its start to the end of a partition with one port.

The agent and nova's driver are two programs, which cannot even be loaded into one. What the driver does to a port is done here as
it does it: it makes the adapter, and tells the agent by an event of the server. The message bus is replaced: what neutron would
answer is here, and what it is told is kept.
"""

from __future__ import annotations

# Before anything else: on import it lets all that waits give way, as the agent's own program does.
from networking_powervm.plugins.ibm.agent.powervm import agent_base, sea_agent, sriov_agent, utils  # isort: skip

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neutron.conf import common
from oslo_config import cfg
from pypowervm.tasks import sriov
from pypowervm.utils import lpar_builder
from pypowervm.wrappers import event, iocard, managed_system, network

from tests.drivers.sequences.told import tell

VLAN, MAC = 100, "fa:16:3e:00:00:01"
NETWORK = "lab"
AGENTS = {"sea": sea_agent.SharedEthernetNeutronAgent, "sriov": sriov_agent.SRIOVNeutronAgent}


class Neutron:
    """Neutron as the agent sees it. ports: those that there are, by MAC; told: what the agent said, in order."""

    def __init__(self) -> None:
        self.ports: dict[str, dict[str, Any]] = {}
        self.told: list[list[str]] = []
        self.state: dict[str, Any] = {}

    def get_device_details(self, context: Any, device: str, agent_id: str, host: str = "") -> dict[str, Any]:
        return self.ports.get(device, {"device": device})

    def get_devices_details_list(self, context: Any, devices: list[str], agent_id: str) -> list[dict[str, Any]]:
        return [self.get_device_details(context, device, agent_id) for device in devices]

    def update_device_up(self, context: Any, device: str, agent_id: str, host: str) -> None:
        self.told.append(["up", device])

    def update_device_down(self, context: Any, device: str, agent_id: str, host: str) -> None:
        self.told.append(["down", device])

    def report_state(self, context: Any, state: dict[str, Any]) -> None:
        self.state = state


def _started(which: str, neutron: Neutron) -> Any:
    cfg.CONF.register_opts(common.core_opts)  # the agent's own program does, among others
    cfg.CONF([], project="neutron", default_config_files=[])
    cfg.CONF.set_override("host", "node1")
    agent_base.PVMPluginApi = lambda topic: neutron
    agent_base.agent_rpc.PluginReportStateAPI = lambda topic: neutron
    agent_base.agent_rpc.create_consumers = lambda *_: None
    return AGENTS[which]()


def _label_ports(agent: Any) -> None:
    """With the name of the physical network, as an administrator does it."""

    def label(system: Any) -> bool:
        for card in system.asio_config.sriov_adapters:
            for port in card.phys_ports:
                port.label = NETWORK
        return True

    sriov.safe_update_pports(managed_system.System.get(agent.adapter)[0], label)


def _made(agent: Any, which: str, lpar: Any) -> Any:
    """A port as the driver makes it, before anything carries its VLAN."""
    if which == "sea":
        switch = network.VSwitch.search(
            agent.adapter, parent_type="ManagedSystem", parent_uuid=agent.host_uuid, one_result=True, name="ETHERNET0"
        )
        return network.CNA.bld(agent.adapter, VLAN, switch.related_href, mac_addr=MAC).create(parent=lpar)
    wish = iocard.VNIC.bld(agent.adapter, pvid=VLAN, mac_addr=MAC)
    sriov.set_vnic_back_devs(wish, agent.br_map[NETWORK], redundancy=2, capacity=0.02)
    return wish.create(parent=lpar)


def _announce(agent: Any, action: str, port: Any) -> None:
    """As ``nova_powervm.virt.powervm.vif`` does."""
    detail = {"provider": "NOVA_PVM_VIF", "action": action, "mac": port.mac, "type": agent.vif_type}
    event.Event.bld(agent.adapter, port.href, json.dumps(detail)).create()


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def life(which: str, scratch: Path) -> dict[str, Any]:
    """A port's VLAN comes to the bridge when the port is announced, and goes when nobody needs it any more."""
    neutron = Neutron()
    agent = _started(which, neutron)
    if which == "sriov":
        _label_ports(agent)
    agent.heal_and_optimize()
    agent._report_state()
    if which == "sriov":
        agent.br_map = agent.parse_bridge_mappings()
    said: dict[str, Any] = {"type": neutron.state["agent_type"], "binary": neutron.state["binary"]}
    said["mapped"] = sorted(agent.br_map)

    def vlans() -> list[int]:
        return sorted(
            vlan for bridge in utils.list_bridges(agent.adapter, agent.host_uuid) for vlan in bridge.list_vlans()
        )

    said["vlans"] = [vlans()]
    neutron.ports[MAC] = {
        "device": MAC, "mac_address": MAC, "port_id": "p1", "network_id": "n1", "network_type": "vlan", "segmentation_id": VLAN,
        "physical_network": NETWORK if which == "sriov" else "default", "device_owner": "compute:nova",
    }  # fmt: skip
    standard = lpar_builder.DefaultStandardize(agent.msys)
    builder = lpar_builder.LPARBuilder(agent.adapter, {"name": "web", "vcpu": 1, "memory": 1024}, standard)
    lpar = builder.build().create(parent=agent.msys)
    port = _made(agent, which, lpar)
    _announce(agent, "plug", port)
    _until(lambda: ["up", MAC] in neutron.told)
    said["vlans"].append(vlans())
    neutron.told.clear()
    agent.heal_and_optimize()
    said["healed"] = list(neutron.told)
    said["vlans"].append(vlans())
    port.delete()
    lpar.delete()
    neutron.ports.clear()
    agent.heal_and_optimize()
    said["vlans"].append(vlans())
    return said


tell(lambda scratch: life(sys.argv[1], scratch))
