"""Link aggregations: several Ethernet ports of a Virtual I/O Server as one device, for a shared Ethernet adapter to be made on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from openlpar.messages import general
from openlpar.messages import network_bridge as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_name
from openlpar.ops.network.ethernet_devices import (
    AGGREGATION,
    DeviceNames,
    aggregations,
    free_device,
    ports_of,
    with_device,
    without_device,
)
from openlpar.ports.records import LinkAggregation
from openlpar.ports.state import Change, World
from openlpar.uom.io_adapter import EthernetBackingDevice, InterfaceState, IPInterface
from openlpar.uom.plain import to_plain
from openlpar.uom.virtual_io_server import VirtualIOServer

MOST_PORTS = 8
_EVIDENCE = Evidence(Level.DOCUMENTED, "IBM documentation of mkvdev and rmvdev")


class _OnServer(JobOperation):
    """What only the server's own command line does: no job of the REST API. target: uuid of the server."""

    evidence = _EVIDENCE

    def locks(self) -> Iterable[str]:
        return (self.target, "networks")

    def about(self, world: World) -> str:
        return partition_name(world, self.target)


@dataclass
class CreateLinkAggregation(_OnServer, name="link_aggregation.create"):
    """ports: names of free devices. device: the name that is wished for the new one; what it is, once it is there."""

    evidence = _EVIDENCE

    target: str
    ports: tuple[str, ...]
    mode: str = "8023ad"
    device: str = ""

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        """ports: with blanks between them."""
        mode = parameters.get("mode") or "8023ad"
        return cls(target, tuple(parameters["ports"].split()), mode, parameters.get("name", ""))

    @property
    def results(self) -> dict[str, str]:
        return {"name": self.device}

    def check(self, world: World) -> None:
        vios = world.get(VirtualIOServer, self.target)
        cause = ""
        if not 1 <= len(self.ports) <= MOST_PORTS:
            cause = f"these are {len(self.ports)}"
        elif len(set(self.ports)) != len(self.ports):
            cause = "one of them is named twice"
        devices = [] if cause else [free_device(vios, port) for port in self.ports]
        several = next((device.dev_name for device in devices if device.description.startswith(AGGREGATION)), "")
        if several:
            cause = f"{several} is a link aggregation itself"
        if cause:
            raise say.BAD_PORTS.error(vios=vios.name, ports=" ".join(self.ports) or "nothing", cause=cause)
        self._devices = devices
        self.device = DeviceNames(world).next(vios, self.device)

    def steps(self) -> Iterable[Step]:
        yield Step("join the ports", self._join)
        yield Step("remember the ports", self._remember)

    def _join(self, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        for port in self.ports:
            vios = without_device(vios, port)
        number = self.device.removeprefix("ent")
        made = EthernetBackingDevice(
            adapter_id="1",
            description=AGGREGATION,
            dev_name=self.device,
            ip_interface=IPInterface(name=f"en{number}", state=InterfaceState.INACTIVE.value),
        )
        change.put(with_device(vios, made))

    def _remember(self, change: Change) -> None:
        ports = tuple(to_plain(device) for device in self._devices)
        uuid = f"{self.target}/{self.device}"
        change.put(LinkAggregation(uuid=uuid, vios=self.target, name=self.device, mode=self.mode, ports=ports))


@dataclass
class DeleteLinkAggregation(_OnServer, name="link_aggregation.delete"):
    """Gives the ports back. device: its name; nothing uses it."""

    evidence = _EVIDENCE

    target: str
    device: str

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"])

    def check(self, world: World) -> None:
        vios = world.get(VirtualIOServer, self.target)
        found = next((group for group in aggregations(world, self.target) if group.name == self.device), None)
        free = {choice.ethernet_device.dev_name for choice in vios.free_eth_devs_for_sea}
        if found is None or self.device not in free:
            raise say.NO_AGGREGATION.error(vios=vios.name, device=self.device)
        self._group = found

    def steps(self) -> Iterable[Step]:
        yield Step("separate the ports", self._separate)
        yield Step("forget the ports", self._forget)

    def _separate(self, change: Change) -> None:
        vios = without_device(change.get(VirtualIOServer, self.target), self.device)
        for port in ports_of(self._group):
            vios = with_device(vios, port)
        change.put(vios)

    def _forget(self, change: Change) -> None:
        change.remove(self._group)


@dataclass
class ChangeLinkAggregation(_OnServer, name="link_aggregation.change"):
    """Takes a free port in, or gives one back, also while a shared Ethernet adapter is on the device. device: its name; port: the
    port's; joins: whether it comes or goes."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of cfglnagg")

    target: str
    device: str
    port: str
    joins: bool

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"], parameters["port"], parameters["joins"] == "true")

    def check(self, world: World) -> None:
        vios = world.get(VirtualIOServer, self.target)
        found = next((group for group in aggregations(world, self.target) if group.name == self.device), None)
        if found is None:
            raise general.NOT_FOUND.error(kind=f"Link aggregation of Virtual I/O Server {vios.name}", name=self.device)
        self._group, cause = found, ""
        own = [port.dev_name for port in ports_of(found)]
        if self.joins:
            device = free_device(vios, self.port)
            if device.description.startswith(AGGREGATION):
                cause = f"{self.port} is a link aggregation itself"
            elif len(own) == MOST_PORTS:
                cause = f"{self.device} has {MOST_PORTS} ports already"
            self._ports = [*ports_of(found), device]
        else:
            if self.port not in own:
                cause = f"{self.port} is not one of its ports, {' '.join(own)}"
            elif len(own) == 1:
                cause = f"{self.port} is the last port of {self.device}"
            self._ports = [port for port in ports_of(found) if port.dev_name != self.port]
        if cause:
            raise say.BAD_PORT_CHANGE.error(vios=vios.name, device=self.device, cause=cause)

    def steps(self) -> Iterable[Step]:
        yield Step("change the ports", self._change)

    def _change(self, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        if self.joins:
            vios = without_device(vios, self.port)
        else:
            vios = with_device(vios, next(port for port in ports_of(self._group) if port.dev_name == self.port))
        change.put(vios)
        change.put(replace(self._group, ports=tuple(to_plain(port) for port in self._ports)))
