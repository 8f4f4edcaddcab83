"""Changing an IP interface of a Virtual I/O Server that the UOM shows: the one on a shared or a free Ethernet adapter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.usage import serving
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.state import Change, World
from openlpar.uom.io_adapter import InterfaceState, IPInterface
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer


@dataclass
class ConfigureInterface(ServerJob, name="vios.configure_interface"):
    """Gives an interface (``en6``) an address and mask, or takes them away ("")."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: mktcpip, rmtcpip, chtcpip")

    target: str
    interface: str
    address: str
    mask: str
    active: bool

    parameters: ClassVar[dict[str, str]] = {
        "interface": "name of the interface",
        "address": "IP address; empty for none",
        "mask": "subnet mask",
        "active": "true: it is up",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        active = parameters.get("active") == "true"
        return cls(target, parameters["interface"], parameters.get("address", ""), parameters.get("mask", ""), active)

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        state = InterfaceState.ACTIVE if self.active else InterfaceState.INACTIVE
        self._wanted = IPInterface(
            name=self.interface,
            ip_address=self.address or None,
            subnet_mask=self.mask or None,
            state=state.value,
        )
        bridged = (sea for bridge in world.all(NetworkBridge) for sea in bridge.seas if self._is_own(sea))
        if not any(map(self._on, (*vios.seas, *bridged))) and not any(
            choice.ethernet_device.ip_interface.name == self.interface for choice in vios.free_eth_devs_for_sea
        ):
            raise general.NOT_FOUND.error(kind=f"IP interface of Virtual I/O Server {vios.name}", name=self.interface)

    def _is_own(self, sea: SharedEthernetAdapter) -> bool:
        return sea.vio_uri.rpartition("/")[2] == self.target

    def _on(self, sea: SharedEthernetAdapter) -> bool:
        return sea.ip_interface.name == self.interface or sea.dev_name == self.interface.replace("en", "ent", 1)

    def steps(self) -> Iterable[Step]:
        yield Step("configure the interface", self._configure)

    def _configure(self, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        free = []
        for choice in vios.free_eth_devs_for_sea:
            device = choice.ethernet_device
            if device.ip_interface.name == self.interface:
                choice = choice.evolve(ethernet_device=device.evolve(ip_interface=self._wanted))
            free.append(choice)
        seas = tuple(map(self._with_interface, vios.seas))
        change.put(vios.evolve(seas=seas, free_eth_devs_for_sea=tuple(free)))
        for bridge in tuple(change.all(NetworkBridge)):
            own = tuple(self._with_interface(sea) if self._is_own(sea) else sea for sea in bridge.seas)
            if own != bridge.seas:
                change.put(bridge.evolve(seas=own))

    def _with_interface(self, sea: SharedEthernetAdapter) -> SharedEthernetAdapter:
        return sea.evolve(ip_interface=self._wanted) if self._on(sea) else sea
