"""Recorded feeds and entries of real systems made into objects of an inventory.

Read are Atom documents as a server sent them, and the framed files of the pypowervm test suite: sections ``INFO{``, ``HEADERS{``
and ``BODY{``, each closed by ``END OF SECTION}``.

Objects keep their uuids, values and unknown elements. Besides each Virtual I/O Server that carries its mappings, disks and
trunk adapters, these become objects of their own, as the state keeps them; likewise the logical units in a pool. All that was
recorded is named in ``Inventory.recorded``: such an object is shown as it was recorded until something changes it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from openlpar.messages import inventory as say
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.cluster import Cluster
from openlpar.uom.core import BadValue, Element
from openlpar.uom.network_bridge import TrunkAdapter
from openlpar.uom.partition import BasePartition
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIBus, VirtualSCSIMapping
from openlpar.wire.inventory import KINDS, Inventory
from openlpar.wire.reader import ATOM, BadDocument, decode, parse

_SECTION = re.compile(rb"^BODY\{\n(.*?)\n?^END OF SECTION\}", re.DOTALL | re.MULTILINE)
_SELF = re.compile(r"/rest/api/(?:uom|pcm|web)/([^?#]*)")
_BY_TAG: Mapping[str, type[Element]] = {kind.tag: kind for kind in KINDS.values() if kind.metadata == "id"}
_NAMESPACE = uuid.UUID("5d6a2c3e-6d2b-5d7e-9a35-2f0a5a1f6c11")
_ROOTS = (Cluster, SharedStoragePool)
_PARTS = (
    ("phys_vols", "PhysicalVolume"),
    ("scsi_mappings", "VirtualSCSIMapping"),
    ("vfc_mappings", "VirtualFibreChannelMapping"),
)
# What a trunk adapter's fields are called where the same adapter is a network adapter.
_TRUNK_NAMES = {
    "local_partition_id": "lpar_id",
    "virtual_slot_number": "slot",
    "has_tag_support": "is_tagged_vlan_supported",
    "associated_vswitch_uri": "vswitch_uri",
}


def read_feeds(paths: Iterable[Path]) -> Inventory:
    """The objects of recordings, with ``parent`` as ``Type/uuid``. Raises Failure naming the file, OSError."""
    inventory = Inventory(file="recording", exact=True)
    found: dict[tuple[type[Element], str], Element] = {}
    for path in paths:
        for element in _objects(path):
            key = (type(element), element.uuid)
            other = found.get(key)
            found[key] = element if other is None else _both(other, element, path.name)
    recorded = list(found.values())
    inventory.elements = [*recorded, *_parts(recorded)]
    inventory.recorded = frozenset(element.uuid for element in recorded)
    return inventory


def bodies(content: bytes) -> list[bytes]:
    """The response bodies in a file: all of a framed one's, or the file itself."""
    framed: list[bytes] = _SECTION.findall(content)
    return framed or [content]


def _objects(path: Path) -> Iterator[Element]:
    for body in bodies(path.read_bytes()):
        if not body.strip():
            continue
        try:
            root = parse(body)
            entries = root.findall(f"{{{ATOM}}}entry") if root.tag == f"{{{ATOM}}}feed" else [root]
            for number, entry in enumerate(entries):
                yield _object(entry, number, path.name)
        except (BadDocument, BadValue) as exc:
            raise say.NOT_A_RECORDING.error(file=path.name, cause=str(exc).removesuffix(".")) from None


def _object(entry: etree._Element, number: int, file: str) -> Element:
    content = entry.find(f"{{{ATOM}}}content")
    inner = next(iter(content), None) if content is not None else None
    if entry.tag != f"{{{ATOM}}}entry" or inner is None:
        raise BadDocument(
            f"It holds {etree.QName(entry).localname}, where a feed or an entry with content was expected"
        )
    name = etree.QName(inner).localname
    kind = _BY_TAG.get(name)
    if kind is None:
        raise say.NOT_AN_OBJECT.error(file=file, entry=number + 1, kind=name)
    element = decode(inner, kind)
    own, parent = _address(entry, element)
    return element.evolve(uuid=element.uuid or own, parent=parent)


def _address(entry: etree._Element, element: Element) -> tuple[str, str | None]:
    """(uuid, parent as Type/uuid): from the links to itself, else from what the content says it belongs to."""
    own = (entry.findtext(f"{{{ATOM}}}id") or "").strip()
    parent = None
    for link in entry.findall(f"{{{ATOM}}}link"):
        found = _SELF.search(link.get("href", "")) if link.get("rel", "").upper() == "SELF" else None
        if found:
            steps = found[1].strip("/").split("/")
            own = steps[-1] if len(steps) in (2, 4) else own
            parent = "/".join(steps[:2]) if len(steps) == 4 else parent
    if parent is None and isinstance(element, BasePartition):
        parent = _last_two(element.managed_system)
    if parent is None and isinstance(element, Tier):
        parent = _last_two(element.ssp_uri)
    return own, parent


def _last_two(path: str) -> str | None:
    steps = path.split("/")
    return "/".join(steps[-2:]) if len(steps) >= 2 else None


def _both(first: Element, second: Element, file: str) -> Element:
    """One object from two recordings of it: containers of groups that were not asked for came empty, and count as absent."""
    changes: dict[str, Any] = {}
    for field, value in second.present():
        before = first.get(field.name)
        if before is None or not before:
            changes[field.name] = value
        elif value and value != before and not field.volatile:
            raise say.RECORDED_DIFFERENTLY.error(file=file, kind=type(first).__name__, uuid=first.uuid)
    return first.evolve(parent=first.parent or second.parent, **changes)


# parts that the state keeps as objects of their own


def _parts(recorded: list[Element]) -> list[Element]:
    made: list[Element] = []
    for element in recorded:
        if isinstance(element, VirtualIOServer):
            made += _vios_parts(element, recorded)
        elif isinstance(element, SharedStoragePool):
            made += _units(element, recorded)
    made += _bus_mappings(recorded, made)
    return made


def _name_based(*parts: object) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def _vios_parts(vios: VirtualIOServer, recorded: list[Element]) -> Iterator[Element]:
    parent = f"VirtualIOServer/{vios.uuid}"
    for field, kind in _PARTS:
        for number, part in enumerate(getattr(vios, field)):
            yield part.evolve(uuid=_name_based(vios.uuid, kind, number), parent=parent)
    known = {
        adapter.slot for adapter in recorded if isinstance(adapter, ClientNetworkAdapter) and adapter.parent == parent
    }
    for trunk in vios.trunk_adapters:
        if trunk.virtual_slot_number not in known:
            yield _network_adapter(trunk, vios)


def _network_adapter(trunk: TrunkAdapter, vios: VirtualIOServer) -> ClientNetworkAdapter:
    values = {_TRUNK_NAMES.get(field.name, field.name): value for field, value in trunk.present()}
    return ClientNetworkAdapter(
        uuid=_name_based(vios.uuid, "ClientNetworkAdapter", trunk.virtual_slot_number),
        parent=f"VirtualIOServer/{vios.uuid}",
        extras=trunk.extras,
        **values,
    )


def _units(pool: SharedStoragePool, recorded: list[Element]) -> Iterator[LogicalUnit]:
    """The pool's units, below its default tier (one that is made, when no tier was recorded)."""
    known = {unit.udid for unit in recorded if isinstance(unit, LogicalUnit)}
    units = [unit for unit in pool.logical_units if unit.udid not in known]
    tiers = [tier for tier in recorded if isinstance(tier, Tier) and (tier.parent or "").endswith(pool.uuid)]
    tier = next((tier for tier in tiers if tier.is_default), tiers[0] if tiers else None)
    parent = f"Tier/{tier.uuid if tier else _name_based(pool.uuid, 'Tier')}"
    for unit in units:
        yield unit.evolve(uuid=_name_based(pool.uuid, unit.udid), parent=parent)


def _bus_mappings(recorded: list[Element], made: list[Element]) -> Iterator[VirtualSCSIMapping]:
    """Mappings of recorded buses whose Virtual I/O Server was not recorded with them."""
    known = {
        (mapping.parent, mapping.server_adapter.vios_slot_num)
        for mapping in made
        if isinstance(mapping, VirtualSCSIMapping)
    }
    for bus in recorded:
        if not isinstance(bus, VirtualSCSIBus) or (bus.parent, bus.server_adapter.vios_slot_num) in known:
            continue
        pairs: Iterable[Any] = bus.mappings or (None,)
        for number, pair in enumerate(pairs):
            yield VirtualSCSIMapping(
                uuid=_name_based(bus.uuid, number),
                parent=bus.parent,
                client_lpar_href=bus.get("client_lpar_href"),
                client_adapter=bus.get("client_adapter"),
                server_adapter=bus.get("server_adapter"),
                backing_storage=pair and pair.get("backing_storage"),
                target_dev=pair and pair.get("target_dev"),
            )
