"""XML read into elements by declaration: by namespace (never by prefix), children in any order, unknown ones kept.

The parser resolves no entities, loads no DTD, opens no network and keeps libxml2's limits on depth and size; a document
with a DOCTYPE is refused before anything in it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from lxml import etree

from openlpar.uom.core import BadValue, Child, Children, Collection, Element, Field, Href, Ints, Links, Many
from openlpar.wire.writer import NAMESPACE

E = TypeVar("E", bound=Element)

ATOM = "http://www.w3.org/2005/Atom"
_OURS = frozenset(NAMESPACE.format(service) for service in ("uom", "web", "pcm"))
_REFERENCE = re.compile(r"^(?:https?://[^/]+)?/rest/api/uom/([^?#]*)")


class BadDocument(ValueError):
    """The body is not the XML that was expected. The text says what is wrong and where."""


def parse(body: bytes, *, keep_instructions: bool = False) -> etree._Element:
    """The root element of a document. Raises BadDocument.

    keep_instructions: with its processing instructions, which mean nothing to ``decode``.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=not keep_instructions,
    )
    try:
        root = etree.fromstring(body.strip(), parser)
    except etree.XMLSyntaxError as exc:  # its text also names a file, and there is none
        raise BadDocument(f"The body is not well-formed XML: {exc.msg}") from None
    except ValueError as exc:
        raise BadDocument(f"The body is not well-formed XML: {exc}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadDocument("The body has a DOCTYPE, which is not accepted. Send the document without it.")
    return root


def local(node: etree._Element) -> str:
    """The node's name without namespace; "" for what is no element of ours."""
    tag = node.tag
    if not isinstance(tag, str):
        return ""
    if tag[0] != "{":
        return tag
    namespace, _, name = tag[1:].rpartition("}")
    return name if namespace in _OURS else ""


def decode(node: etree._Element, kind: type[E], groups: frozenset[str] | None = None) -> E:
    """The element that a node stands for. groups: the extended attribute groups the sender was given; containers of the
    others are ignored (they came empty and mean nothing). None: take everything. Raises BadDocument, BadValue."""
    if local(node) != kind.tag:
        found = etree.QName(node)
        where = f" of namespace {found.namespace}" if found.localname == kind.tag else ""
        raise BadDocument(f"The body holds {found.localname}{where}, where {kind.tag} was expected.")
    return content(node, kind, groups)


def content(node: etree._Element, kind: type[E], groups: frozenset[str] | None) -> E:
    """The same, whatever the node is called: members of containers have names of their own."""
    readers = _compiled.get(kind) or _compile(kind)
    values: list[Any] = [None] * len(kind.fields)
    extras: list[str] = []
    uuid = ""
    for child in node:
        known = readers.get(child.tag)
        if known is None:
            if local(child) == "Metadata":
                uuid = _atom_id(child)
            elif isinstance(child.tag, str):
                extras.append(etree.tostring(child, encoding="unicode", with_tail=False))
            continue
        position, group, is_repeated, read = known
        if group and groups is not None and "All" not in groups and group not in groups:
            continue
        value = read(child, groups)
        values[position] = (*(values[position] or ()), *value) if is_repeated else value
    return kind.from_values(values, uuid, None, tuple(extras))


_Read = Callable[[etree._Element, frozenset[str] | None], Any]
_compiled: dict[type[Element], dict[Any, tuple[int, str, bool, _Read]]] = {}
"""Type of element -> what a child is called -> its field's position and group, whether occurrences add up, how it is read."""


def _compile(kind: type[Element]) -> dict[Any, tuple[int, str, bool, _Read]]:
    _compiled[kind] = {
        name: (field.position, field.group, field.many and not isinstance(field, (Collection, Links)), _reader(field))
        for field in kind.fields
        if field.tag != "Metadata"
        for name in _names(field.tag)
    }
    return _compiled[kind]


def _names(tag: str) -> tuple[str, ...]:
    """How lxml may call an element of ours."""
    return tag, *(f"{{{namespace}}}{tag}" for namespace in _OURS)


def _reader(field: Field[Any]) -> _Read:
    """How a value of this field is read."""
    if isinstance(field, Collection):
        target, items = field.target, frozenset(_names(field.item))
        return lambda node, groups: tuple(content(item, target, groups) for item in node if item.tag in items)
    if isinstance(field, Children):
        repeated = field.target
        return lambda node, groups: (content(node, repeated, groups),)
    if isinstance(field, Child):
        nested = field.target
        return lambda node, groups: content(node, nested, groups)
    if isinstance(field, Links):
        return lambda node, _: tuple(reference(link.get("href", "")) for link in node.iterchildren("{*}link"))
    if isinstance(field, Href):
        return lambda node, _: reference(node.get("href") or node.text or "")
    if isinstance(field, Ints):
        return lambda node, _: (_whole(field, node.text or ""),)
    if isinstance(field, Many):
        return lambda node, _: (node.text or "",)
    parse_text = field.parse
    return lambda node, _: parse_text(node.text or "")


def _whole(field: Ints, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise field.bad(text, "a whole number") from None


def reference(href: str) -> str:
    """An address as a path below the uom service, without query; what is none of ours stays as it is."""
    found = _REFERENCE.match(href)
    return found[1] if found else href


def _atom_id(metadata: etree._Element) -> str:
    for atom in metadata:
        for part in atom:
            if local(part) == "AtomID":
                return (part.text or "").strip()
    return ""


__all__ = ["BadDocument", "BadValue", "content", "decode", "local", "parse", "reference"]
