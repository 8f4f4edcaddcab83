"""XML read into elements by declaration: by namespace (never by prefix), children in any order, unknown ones kept.

The parser resolves no entities, loads no DTD, opens no network and keeps libxml2's limits on depth and size; a document
with a DOCTYPE is refused before anything in it is looked at.
"""

from __future__ import annotations

import re
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
    by_tag = kind.by_tag
    values: list[Any] = [None] * len(kind.fields)
    extras: list[str] = []
    uuid = ""
    for child in node:
        name = local(child)
        if name == "Metadata":
            uuid = _atom_id(child)
            continue
        field = by_tag.get(name)
        if field is None:
            if isinstance(child.tag, str):
                extras.append(etree.tostring(child, encoding="unicode", with_tail=False))
            continue
        if field.group and groups is not None and "All" not in groups and field.group not in groups:
            continue
        value = _value(child, field, groups)
        if field.many and not isinstance(field, (Collection, Links)):
            value = (*(values[field.position] or ()), *value)
        values[field.position] = value
    return kind.from_values(values, uuid, None, tuple(extras))


def _value(node: etree._Element, field: Field[Any], groups: frozenset[str] | None) -> Any:
    if isinstance(field, Collection):
        return tuple(content(item, field.target, groups) for item in node if local(item) == field.item)
    if isinstance(field, Children):
        return (content(node, field.target, groups),)
    if isinstance(field, Child):
        return content(node, field.target, groups)
    if isinstance(field, Links):
        return tuple(reference(link.get("href", "")) for link in node if etree.QName(link).localname == "link")
    if isinstance(field, Href):
        return reference(node.get("href") or node.text or "")
    text = node.text or ""
    if isinstance(field, Ints):
        try:
            return (int(text),)
        except ValueError:
            raise field.bad(text, "a whole number") from None
    if isinstance(field, Many):
        return (text,)
    return field.parse(text)


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
