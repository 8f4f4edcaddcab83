"""Job ``LUARecovery`` of a Virtual I/O Server: finding a disk by its paths, or asking for its page 83 descriptor.

The parameter ``inputXML`` is a document of the server's own, of which a few words matter. They are picked out by patterns: there is
no parser that something hostile could be done to. The answers are those that clients know (rest-contract 2.11).
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
from openlpar.ops.storage.usage import TakenVolumes, serving
from openlpar.ops.vios.configure_devices import find_again, removed_volume
from openlpar.ports.records import RemovedDisk
from openlpar.ports.state import Change, World
from openlpar.uom.volume_group import PhysicalVolume

_IN_USE, _NOT_RELIABLE, _AVAILABLE, _SOME_PATHS = "1", "2", "3", "8"
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
    """Answers from the physical volumes that the server has. One that it was told to forget is found again; any other is not found
    on any path."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.hdisk")

    target: str
    request: str

    parameters: ClassVar[dict[str, str]] = {"inputXML": "device list with ITLs, or inventory request with a UDID"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        if not parameters.get("inputXML"):
            raise general.MISSING_VALUE.error(object="Job LUARecovery", field="inputXML")
        return cls(target, parameters["inputXML"])

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        self._forgotten: RemovedDisk | None = None
        wanted = _UDID_FILTER.search(self.request)
        if wanted is not None:
            self._answer = _inventory(world, self.target, wanted[1])
            return
        paths = [_path(match[1]) for match in _ITL.finditer(self.request)]
        if not paths:
            raise say.BAD_QUERY.error(vios=vios.name)
        identity, tag = _DEVICE_ID.search(self.request), _DEVICE_TAG.search(self.request)
        forgotten = {removed.uuid: removed for removed in world.where(RemovedDisk, vios=self.target)}
        volumes = [*world.all(PhysicalVolume, self.target), *map(removed_volume, forgotten.values())]
        found, seen = _found(volumes, paths, identity[1] if identity else "")
        self._forgotten = forgotten.get(found.uuid) if found is not None else None
        in_use = found is not None and (
            TakenVolumes(world, self.target).is_taken(found) or (found.has("avail_for_use") and not found.avail_for_use)
        )
        self._answer = _discovery(found, in_use, seen == len(paths), tag[1] if tag else "1")

    def steps(self) -> Iterable[Step]:
        if self._forgotten is not None:
            yield Step("find the disk", self._find)

    def _find(self, change: Change) -> None:
        assert self._forgotten is not None
        find_again(change, self._forgotten)

    @property
    def results(self) -> dict[str, str]:
        return {"OutputXML": self._answer}


def _path(itl: str) -> tuple[str, str]:
    """Target port and logical unit of an initiator-target-LUN nexus, as location codes write them."""
    words = {name: value.upper() for name, value in _WORD.findall(itl)}
    return words.get("Twwpn", ""), words.get("lua", "").removeprefix("0X").lstrip("0")


def _found(
    volumes: Iterable[PhysicalVolume], paths: list[tuple[str, str]], identity: str
) -> tuple[PhysicalVolume | None, int]:
    """The disk at the end of one of the paths (or with this identity), and how many of the paths lead to it."""
    for volume in volumes:
        end = _PATH.search(volume.loc_code)
        seen = paths.count((end[1].upper(), end[2].upper().lstrip("0"))) if end else 0
        if identity and descriptor(volume) == identity:
            return volume, max(seen, 1)
        if seen and not identity:
            return volume, seen
    return None, 0


def _discovery(found: PhysicalVolume | None, in_use: bool, on_all_paths: bool, tag: str) -> str:
    if found is None:
        status, text = _NOT_RELIABLE, "No device was found on any of the given paths."
    elif not on_all_paths:
        status, text = _SOME_PATHS, "The device was found on some of the given paths only."
    else:
        status, text = (_IN_USE if in_use else _AVAILABLE), ""
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
