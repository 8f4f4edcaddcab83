"""Job ``LUARecovery`` of a Virtual I/O Server: finding a disk by its paths, or asking for its page 83 descriptor.

The parameter ``inputXML`` is a document of the server's own, of which a few words matter. They are picked out by patterns: there is
no parser that something hostile could be done to. The answers are those that clients know (rest-contract 2.11).

Paths to an array of the storage network (``ports.san``) lead to the volumes that are masked to the initiator. For all others the
location codes of the disks that the server has are looked through.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.rescan import ViosQuery
from openlpar.ops.storage.san_disks import (
    Found,
    Nexus,
    at_nexus,
    fibre_disk,
    grown_disks,
    has_port,
    is_modelled,
    short_address,
)
from openlpar.ops.storage.usage import TakenVolumes, serving
from openlpar.ops.vios.configure_devices import find_again, removed_volume
from openlpar.ports.records import RemovedDisk
from openlpar.ports.san import port_name
from openlpar.ports.state import Change, World
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume

_IN_USE, _NOT_RELIABLE, _AVAILABLE, _INCORRECT, _UNKNOWN_UDID, _SOME_PATHS = "1", "2", "3", "6", "7", "8"
_NOTHING = "No device was found on any of the given paths."
_ON_SOME = "The device was found on some of the given paths only."
_ITL = re.compile(r"<itl>(.*?)</itl>", re.DOTALL)
_WORD = re.compile(r"<(Iwwpn|Twwpn|lua)>\s*([0-9A-Fa-fx:]*)\s*</")
_DEVICE_ID = re.compile(r"<deviceID>\s*([^<\s]*)\s*</deviceID>")
_DEVICE_TAG = re.compile(r"<deviceTag>\s*(\w*)\s*</deviceTag>")
_UDID_FILTER = re.compile(r"<(?:\w+:)?VioUdidFilter\s[^>]*?udid\s*=\s*[\"']([^\"'<>]*)[\"']")
# The location code of a SAN disk ends with the path it was found by: target port and logical unit.
_PATH = re.compile(r"-W([0-9A-Fa-f]{16})-L([0-9A-Fa-f]+)$")
# Designator type 3 (NAA) is the first character of what a UDID encodes, the identifier is its end: 32 digits from 6, or 16.
_NAA = re.compile(r"3.*?(6[0-9A-Fa-f]{31}|[235][0-9A-Fa-f]{15})", re.DOTALL)


@dataclass
class RecoverDisk(ViosQuery, name="vios.lua_recovery", job="LUARecovery", groups=("VirtualIOServer",)):
    """Finds the disk at the end of paths: a volume that the server sees by now, one it has, which may have grown, or one it was
    told to forget."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.hdisk")

    target: str
    request: str

    parameters: ClassVar[dict[str, str]] = {"inputXML": "device list with ITLs, or inventory request with a UDID"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        if not parameters.get("inputXML"):
            raise general.MISSING_VALUE.error(object="Job LUARecovery", field="inputXML")
        return cls(target, parameters["inputXML"])

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        self._found: Found | None = None
        self._grown: PhysicalVolume | None = None
        wanted = _UDID_FILTER.search(self.request)
        if wanted is not None:
            self._answer = _inventory(world, self.target, wanted[1])
            return
        paths = [_path(match[1]) for match in _ITL.finditer(self.request)]
        if not paths:
            raise say.BAD_QUERY.error(vios=vios.name)
        identity, tag = _DEVICE_ID.search(self.request), _DEVICE_TAG.search(self.request)
        name = identity[1] if identity else ""
        if any(is_modelled(world, path.target) for path in paths):
            self._found, status, text = _on_the_network(world, vios, paths, name)
        else:
            self._found, status, text = _by_location(world, self.target, paths, name)
        if self._found is not None:
            known = self._found.disk.uuid
            self._grown = next((disk for disk in grown_disks(world, vios) if disk.uuid == known), None)
        if status == _AVAILABLE and self._found is not None and _is_in_use(world, self.target, self._found.disk):
            status = _IN_USE
        self._answer = _discovery(self._found.disk if self._found else None, status, text, tag[1] if tag else "1")

    def steps(self) -> Iterable[Step]:
        if self._found is not None and (self._found.forgotten or self._found.is_new):
            yield Step("find the disk", self._find)
        if self._grown is not None:
            yield Step("notice the size of the disk", self._notice)

    def _find(self, change: Change) -> None:
        assert self._found is not None
        if self._found.forgotten is not None:
            find_again(change, self._found.forgotten)
        else:
            change.put(self._found.disk.evolve(uuid=change.entropy.uuid()))

    def _notice(self, change: Change) -> None:
        assert self._grown is not None
        change.put(self._grown)

    @property
    def results(self) -> dict[str, str]:
        return {"OutputXML": self._answer}


def _path(itl: str) -> Nexus:
    """An initiator-target-LUN nexus, its logical unit as location codes write it."""
    words = {name: value.upper() for name, value in _WORD.findall(itl)}
    unit = words.get("lua", "").removeprefix("0X")
    return Nexus(port_name(words.get("Iwwpn", "")), port_name(words.get("Twwpn", "")), short_address(unit))


def _is_in_use(world: World, vios_uuid: str, disk: PhysicalVolume) -> bool:
    unavailable = disk.has("avail_for_use") and not disk.avail_for_use
    return TakenVolumes(world, vios_uuid).is_taken(disk) or unavailable


def _on_the_network(
    world: World, vios: VirtualIOServer, paths: list[Nexus], identity: str
) -> tuple[Found | None, str, str]:
    """The disk, status and text of the answer. identity: base 64 of a page 83 identifier, "" when any will do."""
    ends = [at_nexus(world, vios, path) for path in paths]
    seen = {volume.uuid: volume for volume in ends if volume is not None}
    if len(seen) > 1:
        return None, _INCORRECT, f"The paths lead to different devices: {', '.join(seen)}."
    if not seen:
        if not any(has_port(vios, path.initiator) for path in paths):
            return None, _INCORRECT, "No initiator of the paths is a port of this server."
        return None, _NOT_RELIABLE, _NOTHING
    found = fibre_disk(world, vios, next(iter(seen.values())))
    if identity and descriptor(found.disk) != identity:
        return None, _NOT_RELIABLE, "The device on the given paths has another identity."
    if not found.disk.udid:
        return found, _UNKNOWN_UDID, "The device does not tell its identifier."
    if None in ends:
        return found, _SOME_PATHS, _ON_SOME
    return found, _AVAILABLE, ""


def _by_location(world: World, vios_uuid: str, paths: list[Nexus], identity: str) -> tuple[Found | None, str, str]:
    """The same among the disks that the server has or was told to forget."""
    forgotten = {removed.uuid: removed for removed in world.where(RemovedDisk, vios=vios_uuid)}
    ways = [(path.target, path.unit) for path in paths]
    for volume in (*world.all(PhysicalVolume, vios_uuid), *map(removed_volume, forgotten.values())):
        end = _PATH.search(volume.loc_code)
        seen = ways.count((end[1].upper(), short_address(end[2]))) if end else 0
        if identity and descriptor(volume) == identity:
            seen = max(seen, 1)
        elif not seen or identity:
            continue
        found = Found(volume, forgotten.get(volume.uuid))
        return (found, _AVAILABLE, "") if seen == len(paths) else (found, _SOME_PATHS, _ON_SOME)
    return None, _NOT_RELIABLE, _NOTHING


def _discovery(found: PhysicalVolume | None, status: str, text: str, tag: str) -> str:
    message = f"<msg><msgLen>{len(text)}</msgLen><msgText>{text}</msgText></msg>" if text else ""
    device = ""
    if found is not None:
        device = (
            f"<pvName>{escape(found.name)}</pvName><uniqueID>{escape(found.volume_unique_id)}</uniqueID>"
            f"<udid>{escape(found.udid)}</udid>"
        )
    return (
        '<luaResult version="2.0"><deviceList><device>'
        f"<deviceTag>{tag}</deviceTag><status>{status}</status>{message}{device}"
        "</device></deviceList></luaResult>"
    )


def _inventory(world: World, vios_uuid: str, udid: str) -> str:
    found = next((volume for volume in world.all(PhysicalVolume, vios_uuid) if volume.udid == udid), None)
    answer = ""
    if found is not None:
        described = descriptor(found)
        shown = f' desType="NAA" descriptor="{escape(described)}"' if described else ""
        answer = (
            '<InventoryResponse inventoryType="base"><PhysicalVolume><PhysicalVolume_base'
            f' name="{escape(found.name)}" udid="{escape(found.udid)}" capacity="{found.capacity}"{shown}/>'
            "</PhysicalVolume></InventoryResponse>"
        )
    return f'<?xml version="1.0"?><VIO version="1.21"><Response>{answer}</Response></VIO>'


def descriptor(volume: PhysicalVolume) -> str:
    """Base 64 of the disk's page 83 identifier. Where the server does not show it, it stands in the UDID of a SAN disk: type, then
    base 64 of vendor, product and identifier."""
    if volume.pg83:
        return volume.pg83
    try:
        plain = base64.b64decode(volume.udid[2:], validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    found = _NAA.fullmatch(plain)
    return base64.b64encode(found[1].encode()).decode() if found else ""
