"""Elements written as the XML that a NovaLink sends.

The style is that of byte-exact recordings: no XML declaration, four blanks per level, attributes ``kb``, ``kxe``, ``ksv``,
``group``, ``schemaVersion``, complex children with ``Metadata`` first. References are written with ``BASE`` in the place of
``scheme://host:port``, so that one rendering serves every address the client may have used.

What depends only on the declaration is computed once per (type, depth).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from openlpar.uom.core import Child, Children, Collection, Element, Enum, Field, Href, Links, Many, Text

NAMESPACE = "http://www.ibm.com/xmlns/systems/power/firmware/{}/mc/2012_10/"
K2 = "http://www.w3.org/XML/1998/namespace/k2"
BASE = "\x02"
"""Stands for ``scheme://host:port`` in a rendering. U+0002 cannot occur in XML."""

ALL_GROUPS = frozenset({"All"})
NO_GROUPS = frozenset({"None"})


@dataclass(frozen=True, slots=True)
class Rendering:
    """body: UTF-8 with ``BASE`` in references. etag: signed 32-bit number of everything in it that is not volatile."""

    body: bytes
    etag: int


def render(element: Element, groups: frozenset[str] = ALL_GROUPS) -> Rendering:
    """The element as the content of an entry."""
    kind = type(element)
    namespace = NAMESPACE.format(kind.ns)
    out = [
        f'<{kind.tag}:{kind.tag} xmlns:{kind.tag}="{namespace}" xmlns="{namespace}" xmlns:ns2="{K2}"'
        f' schemaVersion="{kind.schema}">\n'
    ]
    volatile: list[int] = []
    _metadata(element, 1, out)
    _fields(element, 1, groups, out, volatile)
    out.append(f"</{kind.tag}:{kind.tag}>\n")
    body = "".join(out).encode()
    for index in volatile:
        out[index] = ""
    stable = "".join(out).encode() if volatile else body
    crc = zlib.crc32(stable)
    return Rendering(body, crc - (1 << 32) if crc & (1 << 31) else crc)


def fragment(element: Element, depth: int = 0) -> str:
    """The element's children without an element around them: for documents that nest it in their own way."""
    out: list[str] = []
    _fields(element, depth, ALL_GROUPS, out, [])
    return "".join(out)


def _metadata(element: Element, depth: int, out: list[str]) -> None:
    indent = "    " * depth
    if type(element).metadata == "id" and element.uuid:
        out.append(
            f"{indent}<Metadata>\n{indent}    <Atom>\n{indent}        <AtomID>{element.uuid}</AtomID>\n"
            f"{indent}        <AtomCreated>0</AtomCreated>\n{indent}    </Atom>\n{indent}</Metadata>\n"
        )
    elif type(element).metadata != "none":
        out.append(_empty_metadata(depth))


@cache
def _empty_metadata(depth: int) -> str:
    indent = "    " * depth
    return f"{indent}<Metadata>\n{indent}    <Atom/>\n{indent}</Metadata>\n"


def attributes(field: Field[Any]) -> str:
    """The attributes that the declaration gives the field's element."""
    text = f' kb="{field.access}" kxe="{"true" if field.volatile else "false"}"' if field.access else ""
    if field.since:
        text = f' ksv="{field.since}"' + text
    if field.group:
        text += f' group="{field.group}"'
    return text


_Write = Callable[[Any, frozenset[str], list[str], list[int]], None]


_compiled: dict[tuple[type[Element], int], list[tuple[int, bool, str, _Write]]] = {}


def _writers(kind: type[Element], depth: int) -> list[tuple[int, bool, str, _Write]]:
    writers = _compiled.get((kind, depth))
    if writers is None:
        writers = [(field.position, field.volatile, field.group, _writer(field, depth)) for field in kind.fields]
        _compiled[(kind, depth)] = writers
    return writers


def _fields(element: Element, depth: int, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
    values = element._values
    everything = "All" in groups
    for position, is_volatile, group, write in _writers(type(element), depth):
        value = values[position]
        if value is None:
            continue
        if group and not everything and group not in groups:
            if isinstance(value, (tuple, Element)):
                write((), groups, out, volatile)
            continue
        start = len(out)
        write(value, groups, out, volatile)
        if is_volatile:
            volatile.extend(range(start, len(out)))
    for extra in element.extras:
        out.append("    " * depth + extra + "\n")


def _writer(field: Field[Any], depth: int) -> _Write:
    """How a value of this field is appended to the output at this depth."""
    indent = "    " * depth
    inner = indent + "    "
    tag, attrs = field.tag, attributes(field)

    if isinstance(field, Collection):
        schema = f' schemaVersion="{field.target.schema}"' if field.schema else ""
        before = f"{indent}<{tag}{attrs}{schema}>\n" + (_empty_metadata(depth + 1) if field.schema else "")
        empty = f"{before}{indent}</{tag}>\n" if field.schema else f"{indent}<{tag}{attrs}/>\n"
        item = _nested(field.item, field.target, "", depth + 1)
        if field.group:
            item = _remembering(item)

        def write_collection(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
            if not value:
                out.append(empty)
                return
            out.append(before)
            for element in value:
                item(element, groups, out, volatile)
            out.append(f"{indent}</{tag}>\n")

        return write_collection

    if isinstance(field, Children):
        item = _nested(tag, field.target, attrs, depth)

        def write_children(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
            for element in value:
                item(element, groups, out, volatile)

        return write_children

    if isinstance(field, Child):
        nested = _nested(tag, field.target, attrs, depth)
        nothing = field.target.empty()

        def write_child(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
            nested(nothing if value == () else value, groups, out, volatile)

        return write_child

    if isinstance(field, Links):

        def write_links(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
            if not value:
                out.append(f"{indent}<{tag}{attrs}/>\n")
                return
            links = "".join([f'{inner}<link href={quoted(absolute(path))} rel="related"/>\n' for path in value])
            out.append(f"{indent}<{tag}{attrs}>\n{links}{indent}</{tag}>\n")

        return write_links

    if isinstance(field, Many):

        def write_many(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
            for item in value:
                out.append(f"{indent}<{tag}{attrs}>{escaped(str(item))}</{tag}>\n")

        return write_many

    if isinstance(field, Href):
        rel = "via" if tag == "RequestURL" else "related"

        def write_href(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
            out.append(f'{indent}<{tag}{attrs} href={quoted(absolute(value))} rel="{rel}"/>\n')

        return write_href

    before, after, blank = f"{indent}<{tag}{attrs}>", f"</{tag}>\n", f"{indent}<{tag}{attrs}/>\n"
    is_text = isinstance(field, (Text, Enum))
    to_text = field.format

    def write_simple(value: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
        if value == "":
            out.append(blank)
        elif value != ():
            out.append(before + (escaped(value) if is_text else to_text(value)) + after)

    return write_simple


def _nested(tag: str, kind: type[Element], attrs: str, depth: int) -> _Write:
    indent = "    " * depth
    schema = f' schemaVersion="{kind.schema}"' if kind.metadata != "none" else ""
    before, after = f"{indent}<{tag}{attrs}{schema}>\n", f"{indent}</{tag}>\n"

    def write(element: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
        out.append(before)
        _metadata(element, depth + 1, out)
        _fields(element, depth + 1, groups, out, volatile)
        out.append(after)

    return write


_REMEMBERED = 4096
_written: dict[tuple[int, int, frozenset[str]], tuple[Element, tuple[str, ...], tuple[int, ...]]] = {}


def _remembering(write: _Write) -> _Write:
    """The same for what is likely to be written again as it is: one of very many things in a container changes at a time. Known by
    identity, as elements cannot be altered: while one is remembered, no other can have its number."""

    def again(element: Any, groups: frozenset[str], out: list[str], volatile: list[int]) -> None:
        key = id(element), id(write), groups
        known = _written.pop(key, None)
        if known is None:
            known = (element, *_chunks(write, element, groups))
            if len(_written) >= _REMEMBERED:
                del _written[next(iter(_written))]
        _written[key] = known
        start = len(out)
        out.extend(known[1])
        volatile.extend(start + place for place in known[2])

    return again


def _chunks(write: _Write, element: Element, groups: frozenset[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """What is written, in as few pieces as can be, and the places of those that are volatile."""
    own: list[str] = []
    changing: list[int] = []
    write(element, groups, own, changing)
    chunks: list[str] = []
    places: list[int] = []
    moves = set(changing)
    for is_volatile, run in groupby(range(len(own)), key=moves.__contains__):
        if is_volatile:
            places.append(len(chunks))
        chunks.append("".join(own[place] for place in run))
    return tuple(chunks), tuple(places)


_SPECIAL = re.compile(r"[&<>\r]")
_SPECIAL_IN_ATTRIBUTE = re.compile(r'[&<>"\n\r\t]')


def escaped(text: str) -> str:
    """Text as XML content. A bare carriage return would be read back as a line feed."""
    return escape(text).replace("\r", "&#13;") if _SPECIAL.search(text) else text


def quoted(text: str) -> str:
    """Text as the value of an attribute, with its quotes."""
    return quoteattr(text) if _SPECIAL_IN_ATTRIBUTE.search(text) else f'"{text}"'


def absolute(path: str) -> str:
    """The address of a path below the uom service; what is no such path stays as it is."""
    if "://" in path or path.startswith("/"):
        return path
    return f"{BASE}/rest/api/uom/{path}"
