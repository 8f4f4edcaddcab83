"""Trees as bodies of requests: what a reader finds in them is what was in the tree."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.client.atom import ATOM, UOM
from openlpar.client.document import to_bytes

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r&<>\"'"), max_size=6)
_NAME = st.builds(
    str.__add__, st.sampled_from(["", f"{{{UOM}}}", f"{{{ATOM}}}", "{urn:other}"]), st.sampled_from(["A", "Name"])
)


@st.composite
def _trees(draw: st.DrawFn, depth: int = 2) -> ET.Element:
    node = ET.Element(draw(_NAME), draw(st.dictionaries(_NAME, _TEXT, max_size=2)))
    node.text = draw(_TEXT)
    for child in draw(st.lists(_trees(depth=depth - 1), max_size=3)) if depth else ():
        child.tail = draw(_TEXT)
        node.append(child)
    return node


def _content(node: ET.Element) -> list[object]:
    """What a tree says, without the white space between its elements."""
    inside = node.text or ""
    between = inside if not len(node) or inside.strip() else ""
    parts: list[object] = [node.tag, dict(node.attrib), between]
    for child in node:
        tail = child.tail or ""
        parts += [_content(child), tail if tail.strip() else ""]
    return parts


@given(_trees())
def test_a_reader_finds_what_was_written(tree: ET.Element) -> None:
    body = to_bytes(tree)
    assert body.isascii()
    assert _content(ET.fromstring(body)) == _content(tree)


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        ("<A>\n  <B/>\n  <C>x</C>\n</A>", b"<A><B/><C>x</C></A>"),
        ("<A> </A>", b"<A> </A>"),
        ("<A>one<B/>two</A>", b"<A>one<B/>two</A>"),
        ('<A xml:lang="en">ä</A>', b'<A xml:lang="en">&#228;</A>'),
        (f'<x:A xmlns:x="{UOM}"><x:B/></x:A>', f'<uom:A xmlns:uom="{UOM}"><uom:B/></uom:A>'.encode()),
    ],
)
def test_indentation_is_not_sent_and_text_is(received: str, sent: bytes) -> None:
    assert to_bytes(ET.fromstring(received)) == sent
