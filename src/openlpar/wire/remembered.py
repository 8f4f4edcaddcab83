"""Long documents of which most was read before: clients send all of a container back to change one thing in it.

The members of such containers are cut out of the text and read on their own, once: what a text stands for is remembered, with the
namespaces that were bound around it. This is sound in documents without comments, CDATA sections and processing instructions,
where ``<`` is always the beginning of a tag. Where that or anything else does not hold, the document is read as a whole: with the
same result, only later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar
from xml.sax.saxutils import quoteattr

from lxml import etree

from openlpar.uom.core import BadValue, Collection, Element
from openlpar.wire.reader import BadDocument, content, decode, local, parse

E = TypeVar("E", bound=Element)

_Key = tuple[bytes, type[Element], frozenset[str] | None]
_Namespaces = frozenset[tuple[str | None, str]]

_KEPT = 4096
_kept: dict[_Key, tuple[Any, _Namespaces]] = {}
_STAND_IN = b"<?kept?>"
_DECLARATION = re.compile(rb"""\s*<\?xml\s+version=["']1.0["'](\s+encoding=["']utf-8["'])?[^<>]*\?>""", re.IGNORECASE)
_PREFIX = re.compile(rb"(?:[^\s<>/:]+:)?")
_AFTER_NAME = (b" ", b">", b"\n", b"\t", b"\r")


class _Unusual(Exception):
    """The document has to be read as a whole."""


@dataclass(slots=True)
class _Member:
    """A piece of the document, and what it stands for within which namespaces; None when that is not known yet."""

    start: int
    stop: int
    key: _Key
    known: tuple[Any, _Namespaces] | None


@dataclass(frozen=True, slots=True)
class _Container:
    """opening: beginning of the start tag of a member."""

    field: Collection[Any]
    opening: bytes
    members: list[_Member]


def read(body: bytes, kind: type[E], groups: frozenset[str] | None = None) -> E:
    """The element that a document holds: ``decode(parse(body), kind, groups)``. Raises BadDocument, BadValue."""
    containers = [found for field in _collections(kind, groups) if (found := _located(body, field, groups)) is not None]
    if containers:
        try:
            root = parse(_abridged(body, containers), keep_instructions=True)
            element = decode(root, kind, groups)
            completed = {one.field.name: _completed(body, root, one, element, groups) for one in containers}
            return element.evolve(**completed)
        except (BadDocument, BadValue, _Unusual):
            pass  # what is wrong with the whole of it, and where, is found below
    return decode(parse(body), kind, groups)


def _collections(kind: type[Element], groups: frozenset[str] | None) -> Iterator[Collection[Any]]:
    for field in kind.fields:
        is_asked = groups is None or "All" in groups or field.group in groups
        if isinstance(field, Collection) and field.group and is_asked:
            yield field


def _located(body: bytes, field: Collection[Any], groups: frozenset[str] | None) -> _Container | None:
    """The first container of that name with its members; None when there is none that has any."""
    tag = field.tag.encode()
    prefix, place = _start_tag(body, tag)
    end = body.find(b"</%b%b>" % (prefix, tag), place) if place >= 0 else -1
    if end < 0:
        return None
    opening = b"<%b%b" % (prefix, field.item.encode())
    closing = b"</%b%b>" % (prefix, field.item.encode())
    members: list[_Member] = []
    while (start := body.find(opening, place, end)) >= 0:
        place = start + len(opening)
        if body[place : place + 1] not in _AFTER_NAME:
            continue
        found = body.find(closing, place, end)
        if found < 0:
            break
        place = found + len(closing)
        key = sha256(body[start:place]).digest(), field.target, groups
        members.append(_Member(start, place, key, _recalled(key)))
    return _Container(field, opening, members) if members else None


def _start_tag(body: bytes, tag: bytes) -> tuple[bytes, int]:
    """(prefix with colon, where its name ends) of what looks like the first start tag of that name; -1 for none."""
    place = body.find(tag)
    while place >= 0:
        begin, end = body.rfind(b"<", max(0, place - 64), place), place + len(tag)
        if begin >= 0 and _PREFIX.fullmatch(body, begin + 1, place) and body[end : end + 1] in _AFTER_NAME:
            return body[begin + 1 : place], end
        place = body.find(tag, end)
    return b"", -1


def _recalled(key: _Key) -> tuple[Any, _Namespaces] | None:
    known = _kept.pop(key, None)
    if known is not None:
        _kept[key] = known
    return known


def _abridged(body: bytes, containers: list[_Container]) -> bytes:
    """The document with stand-ins for the members."""
    pieces: list[bytes] = []
    place = 0
    for member in sorted((one for container in containers for one in container.members), key=lambda one: one.start):
        if member.start < place:
            raise _Unusual
        pieces += body[place : member.start], _STAND_IN
        place = member.stop
    stand_ins = len(pieces) // 2
    abridged = b"".join((*pieces, body[place:]))
    declared = 1 if _DECLARATION.match(abridged) else 0
    if b"<!" in abridged or abridged.count(b"<?") != stand_ins + declared:
        raise _Unusual
    return abridged


def _completed(
    body: bytes, root: etree._Element, container: _Container, element: Element, groups: frozenset[str] | None
) -> tuple[Any, ...]:
    """All members in their order, also those that were not cut out. Raises _Unusual when one was cut out elsewhere."""
    nodes = [node for node in root if local(node) == container.field.tag]
    if len(nodes) != 1:
        raise _Unusual
    found = [(node, isinstance(node, etree._ProcessingInstruction)) for node in nodes[0]]
    if sum(is_stand_in for _, is_stand_in in found) != len(container.members):
        raise _Unusual
    around = frozenset(nodes[0].nsmap.items())
    _learn(body, container, around, groups)
    cut, other = iter(container.members), iter(element.get(container.field.name))
    return tuple(
        _meant(next(cut), around) if is_stand_in else next(other)
        for node, is_stand_in in found
        if is_stand_in or local(node) == container.field.item
    )


def _meant(member: _Member, around: _Namespaces) -> Any:
    if member.known is None or member.known[1] != around:
        raise _Unusual
    return member.known[0]


def _learn(body: bytes, container: _Container, around: _Namespaces, groups: frozenset[str] | None) -> None:
    """Reads the members that are not known, all at once. Each has one start tag of its name and ends with the end tag: where that
    is well-formed, it is one element."""
    new = [member for member in container.members if member.known is None]
    if not new:
        return
    if any(body.count(container.opening, member.start, member.stop) != 1 for member in new):
        raise _Unusual
    bound = "".join(f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}" for prefix, uri in around)
    text = b"".join((f"<kept{bound}>".encode(), *(body[member.start : member.stop] for member in new), b"</kept>"))
    if b"<!" in text or b"<?" in text:
        raise _Unusual
    nodes = parse(text)
    if len(nodes) != len(new) or any(local(node) != container.field.item for node in nodes):
        raise _Unusual
    for member, node in zip(new, nodes, strict=True):
        member.known = content(node, container.field.target, groups), around
        if len(_kept) >= _KEPT:
            del _kept[next(iter(_kept))]
        _kept[member.key] = member.known
