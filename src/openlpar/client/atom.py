"""Atom documents on the client's side: reading entries, decoding and encoding objects by their declarations.

What was received is kept as an element tree beside the decoded value, so that an update can send back exactly what was
read, unknown elements included, with only the wanted change in it (see ``edit``).

Decoding is lenient, as a client of systems of other releases has to be: elements are found by local name in any order,
unknown ones are skipped, and a text that is not a value of its field reads as absent.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar

from openlpar.client.errors import BadAnswer, RestError, rest_error
from openlpar.client.http11 import Answer
from openlpar.uom.core import BadValue, Child, Children, Collection, Element, Field

E = TypeVar("E", bound=Element)

ATOM = "http://www.w3.org/2005/Atom"
_MC = "http://www.ibm.com/xmlns/systems/power/firmware/{}/mc/2012_10/"
UOM = _MC.format("uom")
WEB = _MC.format("web")
SERVICES = {service: _MC.format(service) for service in ("uom", "web", "pcm")}
for _service, _namespace in SERVICES.items():
    ET.register_namespace(_service, _namespace)

_ENTRY = f"{{{ATOM}}}entry"
_CONTENT = f"{{{ATOM}}}content"
_ID = f"{{{ATOM}}}id"
_LINK = f"{{{ATOM}}}link"
_ETAG = f"{{{UOM}}}etag"

# What the reference client writes on elements that it makes: any level is accepted.
_SCHEMA = "V1_0"


class Entry(Generic[E]):
    """One object as it was received.

    tree: its element. href: its SELF link, query included, which is where an update has to go. etag: as sent, or empty.
    element: the decoded value, made when first asked for.
    """

    def __init__(self, kind: type[E], tree: ET.Element, href: str, etag: str, entry_id: str = "") -> None:
        self.kind = kind
        self.tree = tree
        self.href = href
        self.etag = etag
        self._entry_id = entry_id

    @cached_property
    def element(self) -> E:
        return decode(self.tree, self.kind)

    @property
    def uuid(self) -> str:
        return self.element.uuid or self._entry_id

    @property
    def path(self) -> str:
        """The SELF link without its query: how other objects refer to this one."""
        return self.href.partition("?")[0]


def local(tag: str) -> str:
    """``{namespace}Name`` -> ``Name``."""
    return tag.rpartition("}")[2]


def parse(body: bytes) -> ET.Element:
    """The document's root. Raises BadAnswer."""
    try:
        return ET.fromstring(body)
    except ET.ParseError as cause:
        raise BadAnswer(f"The answer of the service is not XML: {cause}.") from cause


def entries(body: bytes, kind: type[E], etag: str = "") -> list[Entry[E]]:
    """The objects of a feed, or the one of an entry. etag: of the header, which only a single entry has for itself."""
    if not body.strip():
        return []
    root = parse(body)
    if root.tag == _ENTRY:
        return [_entry(root, kind, etag)]
    if local(root.tag) != "feed":
        raise BadAnswer(f"The service answered with a document <{local(root.tag)}>, not with an Atom feed or entry.")
    return [_entry(node, kind, "") for node in root.iter(_ENTRY)]


def _entry(node: ET.Element, kind: type[E], etag: str) -> Entry[E]:
    href = entry_id = ""
    content: ET.Element | None = None
    for child in node:
        if child.tag == _CONTENT:
            content = child
        elif child.tag == _LINK and not href and child.get("rel", "").upper() == "SELF":
            href = child.get("href", "")
        elif child.tag == _ETAG and not etag:
            etag = (child.text or "").strip()
        elif child.tag == _ID:
            entry_id = (child.text or "").strip()
    if content is None or len(content) == 0:
        raise BadAnswer("An entry of the service's answer has no content.")
    tree = content[0]
    if local(tree.tag) != kind.tag:
        raise BadAnswer(f"The service answered with a {local(tree.tag)} where a {kind.tag} was asked for.")
    return Entry(kind, tree, href, etag, entry_id)


def atom_id(tree: ET.Element) -> str:
    """The object's uuid, or empty for details."""
    for child in tree:
        if local(child.tag) == "Metadata":
            for node in child.iter():
                if local(node.tag) == "AtomID":
                    return (node.text or "").strip()
            break
    return ""


def decode(tree: ET.Element, kind: type[E]) -> E:
    """The element of the declared kind that a tree stands for."""
    values: list[Any] = [None] * len(kind.fields)
    by_tag = kind.by_tag
    uuid = ""
    for child in tree:
        tag = local(child.tag)
        field = by_tag.get(tag)
        if field is not None:
            _decode_into(values, field, child)
        elif tag == "Metadata" and not uuid:
            uuid = atom_id(tree)
    return kind.from_values(values, uuid)


def _decode_into(values: list[Any], field: Field[Any], node: ET.Element) -> None:
    position = field.position
    if isinstance(field, Child):
        values[position] = decode(node, field.target)
    elif isinstance(field, Collection):
        item, target = field.item, field.target
        values[position] = tuple(decode(member, target) for member in node if local(member.tag) == item)
    elif isinstance(field, Children):
        values[position] = (*(values[position] or ()), decode(node, field.target))
    elif field.kind == "links":
        values[position] = tuple(path_of(link.get("href", "")) for link in node if local(link.tag) == "link")
    elif field.kind == "href":
        values[position] = path_of(node.get("href", ""))
    else:
        text = node.text or ""
        if not text and field.kind not in ("text", "texts"):
            return
        value = _value(field, text)
        if field.many and value is not None:
            value = (*(values[position] or ()), value)
        values[position] = value


def _value(field: Field[Any], text: str) -> Any:
    if field.kind == "texts":
        return text
    try:
        return int(text) if field.kind == "ints" else field.parse(text)
    except (BadValue, ValueError):
        return None


def path_of(href: str) -> str:
    """``http://h:p/rest/api/uom/VirtualIOServer/X?group=None`` -> ``VirtualIOServer/X``; anything else unchanged."""
    before, marker, rest = href.partition("/rest/api/")
    if not marker or (before and "://" not in before):
        return href
    return rest.partition("/")[2].partition("?")[0].rstrip("/")


def uuid_of(href: str) -> str:
    """The last path segment of a reference, in the letter case it has."""
    return href.partition("?")[0].rstrip("/").rpartition("/")[2]


# ---- writing ------------------------------------------------------------------------------------------------------


def encode(element: Element, origin: str, tag: str = "") -> ET.Element:
    """The tree of an element, in the declared order. origin: scheme://host:port, which references need (contract 0.5)."""
    namespace = SERVICES[element.ns]
    tree = make(namespace, tag or element.tag, type(element), element.uuid)
    for field, value in element.present():
        for node in _nodes(namespace, field, value, origin):
            tree.append(node)
    return tree


def make(namespace: str, tag: str, kind: type[Element], uuid: str = "") -> ET.Element:
    """An element with nothing in it but what its kind has to begin with."""
    if kind.metadata == "none":
        return ET.Element(f"{{{namespace}}}{tag}")
    tree = ET.Element(f"{{{namespace}}}{tag}", {"schemaVersion": _SCHEMA})
    atom = ET.SubElement(ET.SubElement(tree, f"{{{namespace}}}Metadata"), f"{{{namespace}}}Atom")
    if uuid:
        ET.SubElement(atom, f"{{{namespace}}}AtomID").text = uuid
    return tree


def _nodes(namespace: str, field: Field[Any], value: Any, origin: str) -> Iterator[ET.Element]:
    name = f"{{{namespace}}}{field.tag}"
    if isinstance(field, Collection):
        container = ET.Element(name, {"schemaVersion": _SCHEMA} if field.schema else {})
        if field.schema:
            ET.SubElement(ET.SubElement(container, f"{{{namespace}}}Metadata"), f"{{{namespace}}}Atom")
        container.extend(encode(item, origin, field.item) for item in value)
        yield container
    elif isinstance(field, Children):
        yield from (encode(item, origin, field.tag) for item in value)
    elif isinstance(field, Child):
        yield encode(value, origin, field.tag)
    elif field.kind == "links":
        container = ET.Element(name)
        for path in value:
            ET.SubElement(container, _LINK, {"href": absolute(origin, path), "rel": "related"})
        yield container
    elif field.kind == "href":
        yield ET.Element(name, {"href": absolute(origin, value), "rel": "related"})
    elif field.many:
        yield from (_leaf(name, str(item)) for item in value)
    else:
        yield _leaf(name, field.format(value))


def _leaf(name: str, text: str) -> ET.Element:
    node = ET.Element(name)
    node.text = text
    return node


def absolute(origin: str, path: str) -> str:
    """A reference as it has to be on the wire."""
    return path if "://" in path else f"{origin}/rest/api/uom/{path.lstrip('/')}"


# ---- errors -------------------------------------------------------------------------------------------------------


def error_of(answer: Answer, method: str, path: str) -> RestError:
    """The exception of an answer that is not a success; its text is the document's Message where there is one."""
    text = reason = ""
    try:
        root = ET.fromstring(answer.body)
    except ET.ParseError:
        root = ET.Element("none")
    for node in root.iter():
        name = local(node.tag)
        if name == "Message" and not text:
            text = (node.text or "").strip()
        elif name == "ReasonCode" and not reason:
            reason = (node.text or "").strip()
    if not text:
        text = f"{method} {path} failed with HTTP {answer.status} {answer.reason}."
    return rest_error(answer.status, text, reason, method, path)
