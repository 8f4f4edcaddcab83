"""By which Virtual I/O Servers a partition reaches its disks, and which of these paths work now.

Nothing of it is stored: it follows from the mappings, from which servers run and from which disks they have lost. Disks are the
same when they have the same UDID: a volume of the SAN or a logical unit that two servers lend is one disk with two paths. What is
behind virtual Fibre Channel adapters only the SAN knows; there the adapters themselves are what may work or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from openlpar.uom.partition_state import PartitionState
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIStorage, VirtualTargetDevice


@dataclass(frozen=True, slots=True)
class DiskPath:
    """vios: uuid of the server; server: its name. fault: why it does not work, "" while it does; is_lost: because the server cannot
    read the disk, though it runs."""

    mapping: VirtualSCSIMapping
    vios: str
    server: str
    fault: str = ""
    is_lost: bool = False

    @property
    def target(self) -> VirtualTargetDevice:
        """The server's device (``vtscsi0``); an empty one when there is none."""
        return next((found for _, found in self.mapping.target_dev.present()), VirtualTargetDevice.empty())

    @property
    def slot(self) -> int:
        """Of the client's adapter."""
        return self.mapping.client_adapter.lpar_slot_num


@dataclass(frozen=True, slots=True)
class ClientDisk:
    """A disk, or a virtual optical drive, with its paths in the order in which the partition finds them."""

    paths: tuple[DiskPath, ...]

    @property
    def storage(self) -> VirtualSCSIStorage:
        return self.paths[0].mapping.backing_storage

    @property
    def name(self) -> str:
        """What the servers call the storage; the first path's device when a drive is empty."""
        lent = next((element for _, element in self.storage.present()), None)
        return (lent.get("name") if lent is not None else "") or self.paths[0].target.name

    @property
    def udid(self) -> str:
        return self.paths[0].mapping.storage_udid

    @property
    def is_optical(self) -> bool:
        return self.paths[0].mapping.target_dev.has("optical_media") or self.storage.has("optical_media")

    @property
    def working(self) -> tuple[DiskPath, ...]:
        return tuple(path for path in self.paths if not path.fault)


@dataclass(frozen=True, slots=True)
class FibreChannelPath:
    """A virtual Fibre Channel adapter and the port that carries it. As in ``DiskPath``."""

    mapping: VirtualFibreChannelMapping
    vios: str
    server: str
    fault: str = ""

    @property
    def port(self) -> str:
        return self.mapping.backing_port.name or self.mapping.server_adapter.map_port

    @property
    def card(self) -> str:
        """Location code of the adapter that the port is on; "" when nobody knows it."""
        location: str = self.mapping.backing_port.loc_code
        return location.rpartition("-T")[0]

    @property
    def slot(self) -> int:
        return self.mapping.client_adapter.lpar_slot_num


class Paths:
    """Of all partitions, at one moment. Partitions are asked for by id, as adapters know them."""

    def __init__(
        self,
        servers: Iterable[VirtualIOServer],
        disks: Iterable[VirtualSCSIMapping],
        ports: Iterable[VirtualFibreChannelMapping],
        lost: Mapping[tuple[str, str], str],
    ) -> None:
        """lost: (uuid of the server, UDID) of storage that it cannot read, to the reason."""
        known = {server.uuid: (server.name, outage(server)) for server in servers}
        self._off = {uuid for uuid, (_, fault) in known.items() if fault}
        self._disks: dict[int, list[DiskPath]] = {}
        self._ports: dict[int, list[FibreChannelPath]] = {}
        for mapping in disks:
            vios = mapping.parent or ""
            lends = mapping.has("backing_storage") or mapping.has("target_dev")
            if vios in known and mapping.has("client_adapter") and lends:
                server, fault = known[vios]
                reason = lost.get((vios, mapping.storage_udid), "")
                path = DiskPath(mapping, vios, server, fault or reason, is_lost=bool(reason and not fault))
                self._disks.setdefault(mapping.client_adapter.lpar_id, []).append(path)
        for port in ports:
            vios = port.parent or ""
            if vios in known and port.has("client_adapter"):
                found = FibreChannelPath(port, vios, known[vios][0], known[vios][1] or _unplugged(port))
                self._ports.setdefault(port.client_adapter.lpar_id, []).append(found)

    def clients(self) -> list[int]:
        """Ids of the partitions that have any."""
        return sorted(self._disks.keys() | self._ports.keys())

    def interrupted(self) -> Iterator[int]:
        """Ids of the partitions that have ``failed`` or ``lost`` paths; one may come twice."""
        for lpar_id, disks in self._disks.items():
            if any(path.vios in self._off or path.is_lost for path in disks):
                yield lpar_id
        for lpar_id, ports in self._ports.items():
            if any(port.vios in self._off for port in ports):
                yield lpar_id

    def disks(self, lpar_id: int) -> list[ClientDisk]:
        """In the order in which the partition finds them: by adapter slot, then logical unit address."""
        found: dict[tuple[str, str], list[DiskPath]] = {}
        for path in self.in_order(lpar_id):
            mapping = path.mapping
            # A medium's UDID is only its name, which another server's repository may have too.
            udid = "" if mapping.target_dev.has("optical_media") else mapping.storage_udid
            found.setdefault((udid, "" if udid else mapping.uuid), []).append(path)
        return [ClientDisk(tuple(paths)) for paths in found.values()]

    def in_order(self, lpar_id: int) -> list[DiskPath]:
        return sorted(self._disks.get(lpar_id, ()), key=lambda path: (path.slot, path.target.lua))

    def ports(self, lpar_id: int) -> list[FibreChannelPath]:
        return sorted(self._ports.get(lpar_id, ()), key=lambda port: port.slot)

    def failed(self, lpar_id: int) -> Iterator[DiskPath | FibreChannelPath]:
        """Those whose server is off."""
        yield from (path for path in self.in_order(lpar_id) if path.vios in self._off)
        yield from (port for port in self.ports(lpar_id) if port.vios in self._off)

    def lost(self, lpar_id: int) -> Iterator[DiskPath]:
        """Those whose server runs and cannot read the disk."""
        return (path for path in self.in_order(lpar_id) if path.is_lost)


def outage(server: VirtualIOServer) -> str:
    """Why a server lends nothing now, "" while it does. It needs no RMC for that: RMC is for changes."""
    if server.state == PartitionState.RUNNING:
        return ""
    return f"Virtual I/O Server {server.name} is {server.state}"


def _unplugged(mapping: VirtualFibreChannelMapping) -> str:
    if mapping.backing_port.name or mapping.server_adapter.map_port:
        return ""
    return f"{mapping.server_adapter.name or mapping.server_adapter.loc_code} is not mapped to a port"
