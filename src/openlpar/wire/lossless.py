"""Content and markup of a document taken apart, and put together again: the proof that decoding loses nothing.

``decode`` gives the objects of a document and its markup: the text around the values, with a hole where each declared value
was. ``encode`` fills the holes from the objects alone, formatted by the declarations. A value that decoding lost, changed or
formats differently therefore shows as a difference of bytes, while what is no content (order of attributes, indentation, the
host in a reference) is taken from the markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Child, Children, Collection, Element, Field, Href, Links, Many
from openlpar.wire.reader import ATOM, BadDocument, local, reference
from openlpar.wire.reader import decode as decode_element

_HOLE = re.compile("\ue000(\\d+)\ue001")
_FRAME = re.compile(rb"(\s*(?:<\?xml[^>]*\?>\s*)?)(\S.*?)(\s*)", re.DOTALL)
_QUOTED = {'"': "&quot;"}
Step = str | int


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a value belongs. path: index of the object, then field names and positions down to it; ``uuid`` of an element
    ends a path too. how: "text", "cdata" or "attribute", which are escaped differently."""

    path: tuple[Step, ...]
    how: str


@dataclass(frozen=True, slots=True)
class Markup:
    """A document without its values: ``pieces[0]``, value of ``holes[0]``, ``pieces[1]`` …"""

    pieces: tuple[str, ...]
    holes: tuple[Hole, ...]


def decode(document: bytes) -> tuple[list[Element], Markup]:
    """Takes a document apart. Raises BadDocument, BadValue."""
    found = _FRAME.fullmatch(document)
    if found is None:
        raise BadDocument("The body is empty.")
    before, body, after = found.groups()
    try:
        root = etree.fromstring(body, etree.XMLParser(strip_cdata=False, resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as exc:
        raise BadDocument(f"The body is not well-formed XML: {exc.msg}") from None
    elements: list[Element] = []
    holes: list[Hole] = []
    for node, kind in _contents(root):
        elements.append(decode_element(node, kind))
        _dig(node, kind, (len(elements) - 1,), holes)
    text = before.decode() + etree.tostring(root, encoding="unicode") + after.decode()
    # The tree is in document order and so were the holes, but for attributes: sort by where they came out.
    parts = _HOLE.split(text)
    order = [holes[int(number)] for number in parts[1::2]]
    return elements, Markup(tuple(parts[::2]), tuple(order))


def encode(elements: Sequence[Element], markup: Markup) -> bytes:
    """Puts a document together from objects and markup."""
    out = [markup.pieces[0]]
    for hole, piece in zip(markup.holes, markup.pieces[1:], strict=True):
        out += (_filled(elements, hole), piece)
    return "".join(out).encode()


def _contents(root: etree._Element) -> Iterator[tuple[etree._Element, type[Element]]]:
    """The nodes that stand for objects: the content of each entry, or the root itself."""
    candidates = [child for content in root.iter(f"{{{ATOM}}}content") for child in content] or [root]
    for node in candidates:
        kind = element_types.get(local(node))
        if kind is not None and kind.tag == local(node):
            yield node, kind


def _dig(node: etree._Element, kind: type[Element], path: tuple[Step, ...], holes: list[Hole]) -> None:
    """Replaces every value below a node by a hole; mirrors ``wire.reader``."""
    counts: dict[str, int] = {}
    for child in node:
        name = local(child)
        if name == "Metadata":
            for atom_id in child.iter("{*}AtomID"):
                if atom_id.text:
                    _dig_text(atom_id, (*path, "uuid"), holes)
            continue
        field = kind.by_tag.get(name)
        if field is None:
            continue
        here: tuple[Step, ...] = (*path, field.name)
        if field.many and not isinstance(field, (Collection, Links)):
            position = counts.get(field.name, 0)
            counts[field.name] = position + 1
            here = (*here, position)
        _dig_field(child, field, here, holes)


def _dig_field(node: etree._Element, field: Field[Any], path: tuple[Step, ...], holes: list[Hole]) -> None:
    if isinstance(field, Collection):
        items = [item for item in node if local(item) == field.item]
        for position, item in enumerate(items):
            _dig(item, field.target, (*path, position), holes)
    elif isinstance(field, (Child, Children)):
        _dig(node, field.target, path, holes)
    elif isinstance(field, Links):
        for position, link in enumerate(node.iterchildren("{*}link")):
            _dig_href(link, (*path, position), holes)
    elif isinstance(field, Href) and node.get("href"):
        _dig_href(node, path, holes)
    elif node.text:
        _dig_text(node, path, holes)


def _mark(path: tuple[Step, ...], how: str, holes: list[Hole]) -> str:
    holes.append(Hole(path, how))
    return f"\ue000{len(holes) - 1}\ue001"


def _dig_text(node: etree._Element, path: tuple[Step, ...], holes: list[Hole]) -> None:
    if b"<![CDATA[" in etree.tostring(node, with_tail=False):
        node.text = etree.CDATA(_mark(path, "cdata", holes))
    else:
        node.text = _mark(path, "text", holes)


def _dig_href(node: etree._Element, path: tuple[Step, ...], holes: list[Hole]) -> None:
    """Of an address, only the part that the object keeps."""
    href = node.get("href", "")
    kept = reference(href)
    before, _, after = href.partition(kept)
    node.set("href", before + _mark(path, "attribute", holes) + after)


def _filled(elements: Sequence[Element], hole: Hole) -> str:
    value: Any = elements
    field: Field[Any] | None = None
    for step in hole.path:
        if isinstance(step, int):
            value = value[step]
        elif step == "uuid":
            value, field = value.uuid, None
        else:
            field = value.by_name[step]
            value = value.get(step)
    text = str(value) if field is None or isinstance(field, Many) else field.format(value)
    if hole.how == "cdata":
        return text
    return escape(text, _QUOTED) if hole.how == "attribute" else escape(text)
