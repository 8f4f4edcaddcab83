"""What ``viosbr`` saves: a tar.gz with one JSON document, the Virtual I/O Server's configuration as UOM elements.

The document has the elements under their wire names, so it can be read without this program; the listings of ``viosbr -view``
are made from it alone.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from openlpar.ports.file_pools import files_of
from openlpar.ports.records import FilePool, LinkAggregation, ViosSettings
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Child, Children, Element
from openlpar.uom.volume_group import VolumeGroup
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import MEDIA_DIRECTORY, Server, in_order
from openlpar.vios.padmin.volumes import placement

SUFFIX = ".tar.gz"
VERSION = 1
_DOCUMENT = "viosbr.json"
_LARGEST = 64 * 1024 * 1024
Saved = dict[str, Any]
E = TypeVar("E", bound=Element)
OF_DEVICES = ("attributes", "paths")
"""Fields of ViosSettings that are about devices."""
COPIES = "copies"
NOT_SAVED = ("uuid", "clock_offset_s", "resets")
"""What is the moment's, and not to come back: how far the clock is set, since when counters count."""


def node(server: Server) -> str:
    """How viosbr calls this VIOS: its host name with its domain, be the domain in the host name already."""
    host = server.host
    domain = host.partition(".")[2]
    return f"{host}.{domain}" if domain else host


def archive(server: Server) -> bytes:
    """The tar.gz. The same configuration at the same time gives the same bytes."""
    moment = server.change.clock.now() // 1000
    document = json.dumps(_document(server)).encode()
    entry = tarfile.TarInfo(_DOCUMENT)
    entry.size, entry.mtime, entry.mode = len(document), moment, 0o640
    plain, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(entry, io.BytesIO(document))
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=moment) as stream:
        stream.write(plain.getvalue())
    return packed.getvalue()


def opened(content: bytes, name: str) -> Saved:
    """The document of an archive. Raises Refusal when it is not one of ours."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            member = tar.getmember(_DOCUMENT)
            stream = tar.extractfile(member)
            if stream is None or member.size > _LARGEST:
                raise ValueError("it does not hold what viosbr writes")
            saved: Saved = json.load(stream)
        if saved.get("version") != VERSION:
            raise ValueError(f"its version is {saved.get('version')}, this program reads version {VERSION}")
    except (tarfile.TarError, KeyError, ValueError, AttributeError, EOFError, OSError, zlib.error) as error:
        raise Refusal(Status.INCOMPLETE, f'"{name}" is not a backup that viosbr can read: {error}.') from error
    return saved


def element(kind: type[E], saved: Saved) -> E:
    """The element that a backup has under its wire names; what this program does not know is left out. Raises BadValue."""
    values: dict[str, Any] = {}
    for tag, value in saved.items():
        field = kind.by_tag.get(tag)
        if field is None:
            continue
        if isinstance(field, Children):
            values[field.name] = tuple(element(field.target, member) for member in value)
        elif isinstance(field, Child):
            values[field.name] = element(field.target, value)
        elif field.many:
            values[field.name] = tuple(field.parse(member) for member in value)
        else:
            values[field.name] = field.parse(value)
    return kind(**values)


def saved_settings(settings: ViosSettings) -> Saved:
    """What a backup has of them."""
    return {
        one.name: value
        for one in fields(settings)
        if one.name not in NOT_SAVED and (value := getattr(settings, one.name))
    }


def _document(server: Server) -> Saved:
    vios = server.vios
    return {
        "version": VERSION,
        "host": server.host,
        "level": server.level,
        "time_ms": server.change.clock.now(),
        "uuid": vios.uuid,
        "VirtualIOServer": plain(vios),
        "VolumeGroup": [{"uuid": group.uuid, **saved_group(server, group)} for group in server.groups_in_use()],
        "FileStoragePool": [_file_pool(server, pool) for pool in server.file_pools()],
        "PhysicalVolume": [plain(disk) for disk in server.disks()],
        "VirtualSCSIMapping": [plain(mapping) for mapping in server.mappings()],
        "VirtualFibreChannelMapping": [plain(mapping) for mapping in server.channels()],
        "ClientNetworkAdapter": [plain(adapter) for adapter in server.change.all(ClientNetworkAdapter, server.uuid)],
        "LinkAggregation": [
            {"name": group.name, "mode": group.mode, "ports": [str(port["DeviceName"]) for port in group.ports]}
            for group in server.change.where(LinkAggregation, vios=vios.uuid)
        ],
        "settings": saved_settings(server.settings),
    }


def saved_group(server: Server, group: VolumeGroup) -> Saved:
    """A volume group, and where its logical volumes lie (``COPIES``), as ``copies_of`` reads it."""
    return {**plain(group), COPIES: placement(server, group)}


def copies_of(saved: Saved, volume: str) -> list[list[str]]:
    """The disks of each copy of a logical volume of a saved group; none where nothing special was saved."""
    found: list[list[str]] = saved.get(COPIES, {}).get(volume, [])
    return found


def _file_pool(server: Server, pool: FilePool) -> Saved:
    """The UOM has no such element: name, name of the volume group, MB, and the files."""
    files = [{"name": file.name, "size_mb": file.size_mb} for file in files_of(server.change, pool)]
    group = server.change.get(VolumeGroup, pool.group).name
    return {"name": pool.name, "group": group, "size_mb": pool.size_mb, "files": files}


def saved_file_pools(saved: Saved) -> list[Saved]:
    """Backups of earlier versions have none."""
    pools: list[Saved] = saved.get("FileStoragePool", [])
    return pools


def plain(obj: Element) -> Saved:
    """An element under its wire names, as ``element`` reads it."""
    found: Saved = {}
    for field, value in obj.present():
        if isinstance(field, Children):
            found[field.tag] = [plain(member) for member in value]
        elif isinstance(field, Child):
            found[field.tag] = plain(value)
        elif field.many:
            found[field.tag] = [field.format(member) for member in value]
        else:
            found[field.tag] = field.format(value)
    return found


# what -view prints

Rows = list[tuple[str, ...]]


def sections(saved: Saved, kinds: Sequence[str]) -> Iterator[str]:
    """Each kind of device under its heading; two blanks at least between columns."""
    for number, kind in enumerate(kinds):
        title, headings, rows = KINDS[kind][0], KINDS[kind][1], KINDS[kind][2](saved)
        if number:
            yield ""
        yield f"{title}:"
        widths = [max(22, *(len(row[column]) + 2 for row in [headings, *rows])) for column in range(len(headings))]
        for row in [headings, *rows]:
            yield "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def details(saved: Saved, kinds: Sequence[str]) -> Iterator[str]:
    """All that was saved of the devices of these kinds."""
    for number, kind in enumerate(kinds):
        title, headings, rows = KINDS[kind][0], KINDS[kind][1], KINDS[kind][2](saved)
        if number:
            yield ""
        yield f"{title}:"
        for row in rows:
            yield ""
            yield from (f"    {heading + ':':<22}{cell}".rstrip() for heading, cell in zip(headings, row, strict=True))


def _virtual_ethernet(saved: Saved) -> Rows:
    rows = [
        (one.get("DeviceName", ""), one.get("LocationCode") or one.get("DynamicReconfigurationConnectorName", ""))
        for one in saved.get("ClientNetworkAdapter", ())
    ]
    return sorted(rows, key=lambda row: in_order(row[0]))


def _aggregations(saved: Saved) -> Rows:
    return [(one["name"], one["mode"], " ".join(one["ports"])) for one in saved.get("LinkAggregation", ())]


def _attributes(saved: Saved) -> Rows:
    settings = saved.get("settings", {})
    rows: Rows = [
        (device, name, value)
        for device, values in settings.get("attributes", {}).items()
        for name, value in values.items()
    ]
    return rows + [(*key.split(), value) for key, value in settings.get("paths", {}).items()]


def _settings(saved: Saved) -> Rows:
    rows: Rows = []
    for field, value in saved.get("settings", {}).items():
        if field not in OF_DEVICES:
            members = value.items() if isinstance(value, dict) else [("", value)]
            rows += [(f"{field} {key}".strip(), _text(member)) for key, member in members]
    return rows


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={member}" for key, member in value.items())
    return " ".join(value) if isinstance(value, list) else str(value)


def _slots(saved: Saved) -> list[dict[str, Any]]:
    slots = saved["VirtualIOServer"].get("PartitionIOConfiguration", {}).get("ProfileIOSlots", [])
    return [slot.get("AssociatedIOSlot", {}) for slot in slots]


def _controllers(saved: Saved) -> Rows:
    rows: Rows = []
    for slot in _slots(saved):
        related = slot.get("RelatedIOAdapter", {})
        for port in related.get("PhysicalFibreChannelAdapter", {}).get("PhysicalFibreChannelPorts", []):
            rows.append((port.get("PortName", ""), port.get("LocationCode", "")))
    return sorted(rows, key=lambda row: in_order(row[0]))


def _disks(saved: Saved) -> Rows:
    return [(disk.get("VolumeName", ""), disk.get("LocationCode", "")) for disk in saved["PhysicalVolume"]]


def _adapters(saved: Saved) -> list[dict[str, Any]]:
    adapters: list[dict[str, Any]] = saved["VirtualIOServer"].get("SharedEthernetAdapters", [])
    return adapters


def _interfaces(saved: Saved) -> Rows:
    names = [adapter.get("IPInterface", {}).get("InterfaceName", "") for adapter in _adapters(saved)]
    return [(name,) for name in names if name]


def _shared_ethernet(saved: Saved) -> Rows:
    rows: Rows = []
    for adapter in _adapters(saved):
        physical = adapter.get("BackingDeviceChoice", {}).get("EthernetBackingDevice", {})
        trunks = " ".join(trunk.get("DeviceName", "") for trunk in adapter.get("TrunkAdapters", []))
        rows.append((adapter.get("DeviceName", ""), physical.get("DeviceName", ""), trunks))
    return rows


def _pools(saved: Saved) -> Rows:
    return [
        (group.get("GroupName", "") + ("*" if group.get("GroupName") == "rootvg" else ""), disk.get("VolumeName", ""))
        for group in saved["VolumeGroup"]
        for disk in group.get("PhysicalVolumes", [])
    ]


def _volumes(saved: Saved) -> Rows:
    return [
        (disk.get("DiskName", ""), group.get("GroupName", ""), f"{disk.get('DiskCapacity', '')} GB")
        for group in saved["VolumeGroup"]
        for disk in group.get("VirtualDisks", [])
    ]


def _file_pools(saved: Saved) -> Rows:
    return [(pool["name"], pool["group"]) for pool in saved_file_pools(saved)]


def _libraries(saved: Saved) -> Rows:
    return [
        (library.get("RepositoryName", ""), group.get("GroupName", ""))
        for group in saved["VolumeGroup"]
        for library in group.get("MediaRepositories", [])
    ]


def _virtual_scsi(saved: Saved) -> Rows:
    rows: Rows = []
    for mapping in saved["VirtualSCSIMapping"]:
        adapter = mapping["ServerAdapter"]
        device: Saved = next(iter(mapping.get("TargetDevice", {}).values()), {})
        lent: Saved = mapping.get("Storage", {})
        kind: str = next(iter(lent), "")
        storage: Saved = lent.get(kind, {})
        name = storage.get(_NAMES.get(kind, ""), "")
        backing = f"{MEDIA_DIRECTORY}/{name}" if kind == "VirtualOpticalMedia" else name
        location = adapter.get("LocationCode") or adapter.get("DynamicReconfigurationConnectorName", "")
        rows.append((adapter.get("AdapterName", ""), device.get("TargetName", ""), backing, location))
    return sorted(rows, key=lambda row: (in_order(row[0]), in_order(row[1])))


_NAMES = {
    "VirtualDisk": "DiskName",
    "PhysicalVolume": "VolumeName",
    "LogicalUnit": "UnitName",
    "VirtualOpticalMedia": "MediaName",
}


def _virtual_fibre_channel(saved: Saved) -> Rows:
    rows: Rows = []
    for mapping in saved["VirtualFibreChannelMapping"]:
        adapter = mapping["ServerAdapter"]
        location = adapter.get("LocationCode") or adapter.get("DynamicReconfigurationConnectorName", "")
        rows.append((adapter.get("AdapterName", ""), adapter.get("MapPort", ""), location))
    return sorted(rows, key=lambda row: in_order(row[0]))


KINDS = {
    "controller": ("Controllers", ("Name", "Phys Loc"), _controllers),
    "pv": ("Physical Volumes", ("Name", "Phys Loc"), _disks),
    "interface": ("Ethernet Interfaces", ("Name",), _interfaces),
    "ethchannel": ("EtherChannel", ("Name", "Mode", "Adapters"), _aggregations),
    "sea": ("Shared Ethernet Adapters", ("Name", "Target Adapter", "Virtual Adapter(s)"), _shared_ethernet),
    "sp": ("Storage Pools (*-default SP)", ("SP name", "PV Name"), _pools),
    "fbpool": ("File Backed Pools", ("Name", "Parent SP"), _file_pools),
    "lv": ("Logical Volumes", ("Name", "Parent SP", "Size"), _volumes),
    "repo": ("Optical Repository", ("Name", "Parent SP"), _libraries),
    "svea": ("Virtual Ethernet Adapters", ("Name", "Phys Loc"), _virtual_ethernet),
    "vscsi": ("Virtual SCSI Server Adapters", ("SVSA", "VTD", "Backing Device", "Phys Loc"), _virtual_scsi),
    "npiv": ("Virtual Fibre Channel Server Adapters", ("Name", "FC Adapter", "Phys Loc"), _virtual_fibre_channel),
    "attr": ("Device Attributes", ("Name", "Attribute", "Value"), _attributes),
    "settings": ("Settings", ("Name", "Value"), _settings),
}
"""Type of ``viosbr -view -type`` to heading, columns and rows."""
