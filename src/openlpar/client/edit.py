"""Small changes to a received tree, so that everything else goes back as it came (unknown elements, other groups).

A path is the python names of fields from the object down, e.g. ``("mem_config", "desired")``. Missing elements are
made in the declared order. A class's field names are those of its declaration.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any, NamedTuple

from openlpar.client.atom import decode, encode, local, make
from openlpar.uom.core import Child, Children, Collection, Element, Field


def set_text(tree: ET.Element, kind: type[Element], path: Sequence[str], text: str) -> None:
    """Sets a simple field to a wire text."""
    node, owner = _descend(tree, kind, path[:-1])
    _child(node, owner, owner.by_name[path[-1]]).text = text


def get_text(tree: ET.Element, kind: type[Element], path: Sequence[str]) -> str | None:
    """The wire text of a simple field, or None when it is absent."""
    node: ET.Element | None = tree
    for name in path:
        assert node is not None
        field = kind.by_name[name]
        node = _find(node, field.tag)
        if node is None:
            return None
        if isinstance(field, Child):
            kind = field.target
    assert node is not None
    return node.text or ""


def drop(tree: ET.Element, kind: type[Element], path: Sequence[str]) -> None:
    """Removes an element, when it is there."""
    node, owner = _descend(tree, kind, path[:-1])
    found = _find(node, owner.by_name[path[-1]].tag)
    if found is not None:
        node.remove(found)


class Member(NamedTuple):
    """One member of a collection: where it hangs, its tree, its kind."""

    container: ET.Element
    tree: ET.Element
    kind: type[Element]

    def remove(self) -> None:
        self.container.remove(self.tree)

    @property
    def value(self) -> Any:
        """The decoded member."""
        return decode(self.tree, self.kind)


def add(tree: ET.Element, kind: type[Element], path: Sequence[str], item: Element, origin: str) -> None:
    """Appends a member to a collection, which is made when it is not there."""
    node, owner = _descend(tree, kind, path[:-1])
    field = owner.by_name[path[-1]]
    if isinstance(field, Collection):
        _child(node, owner, field).append(encode(item, origin, field.item))
    else:
        last = [place for place, sibling in enumerate(node) if local(sibling.tag) == field.tag]
        made = encode(item, origin, field.tag)
        if last:
            node.insert(last[-1] + 1, made)
        else:
            node.insert(_place(node, owner, field), made)


def members(tree: ET.Element, kind: type[Element], path: Sequence[str]) -> list[Member]:
    """The members at the end of a path; collections on the way fan out. A list, so that removing is safe."""
    found = [Member(tree, tree, kind)]
    for name in path:
        below: list[Member] = []
        for _, node, owner in found:
            field = owner.by_name[name]
            if not isinstance(field, Child | Children):
                raise TypeError(f"{owner.__name__}.{name} holds no elements")
            tag, holder = field.tag, node
            if isinstance(field, Collection):
                inner = _find(node, field.tag)
                if inner is None:
                    continue
                tag, holder = field.item, inner
            below += [Member(holder, child, field.target) for child in holder if local(child.tag) == tag]
        found = below
    return found


def _descend(tree: ET.Element, kind: type[Element], names: Sequence[str]) -> tuple[ET.Element, type[Element]]:
    node = tree
    for name in names:
        field = kind.by_name[name]
        if not isinstance(field, Child):
            raise TypeError(f"{kind.__name__}.{name} is no nested element")
        node = _child(node, kind, field)
        kind = field.target
    return node, kind


def _find(node: ET.Element, tag: str) -> ET.Element | None:
    return next((child for child in node if local(child.tag) == tag), None)


def _child(node: ET.Element, kind: type[Element], field: Field[Any]) -> ET.Element:
    """The element of a field, made before the first sibling that the declaration puts after it."""
    found = _find(node, field.tag)
    if found is not None:
        return found
    namespace = node.tag.rpartition("}")[0].lstrip("{")
    if isinstance(field, Child):
        made = make(namespace, field.tag, field.target)
    elif isinstance(field, Collection) and field.schema:
        made = make(namespace, field.tag, Element)
    else:
        made = ET.Element(f"{{{namespace}}}{field.tag}")
    node.insert(_place(node, kind, field), made)
    return made


def _place(node: ET.Element, kind: type[Element], field: Field[Any]) -> int:
    for place, sibling in enumerate(node):
        other = kind.by_tag.get(local(sibling.tag))
        if other is not None and other.position > field.position:
            return place
    return len(node)
