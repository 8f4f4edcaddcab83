"""A page for each noun: its element types with all their fields."""

from __future__ import annotations

import enum
import importlib
from collections import defaultdict
from typing import Any

from docs.generate.markdown import anchor, code, docstring, page, plain, prose, table
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Access, Child, Children, Collection, Element, Enum, Field

_HEAD = ("field", "element", "type", "access", "group", "since", "pvmctl", "HMC", "remarks")
_LEGEND = """\
Every element type that requests and answers are made of, and every field of it, in wire order. The declarations are in
`src/openlpar/uom`; codec, store, `pvmctl` and these pages are made from them.

| column | |
|---|---|
| field | the Python name: what inventory files, `pvmctl -d`, `-w` and `-s` call it |
| element | the name on the wire |
| type | with the unit of numbers; `[ ]` marks what may be there several times |
| access | `kb` on the wire: when a client may set the field, see below |
| group | the extended attribute group that a request must name to get it |
| since | the schema level that introduced it |
| pvmctl | where `pvmctl` has another name; – where it has none |
| HMC | the attribute of `lssyscfg` and `chsyscfg` |
| remarks | *volatile*: may change by itself, does not count for an ETag; *not recorded*: known from the client alone |

Access: `RO` read only, `CO` may be set on create, `CU` on create and update, `UO` on update only; then `R` required, `O`
optional, `D` the server has a default, `A` conditional. No letters: never recorded, and may be set."""


def pages() -> dict[str, str]:
    nouns: dict[str, list[type[Element]]] = defaultdict(list)
    for kind in element_types.values():
        nouns[_noun(kind)].append(kind)
    made = {f"elements/{noun}.md": _page(noun, kinds) for noun, kinds in nouns.items()}
    rows = [
        (
            _link(kind, ""),
            "resource" if kind.metadata == "id" else "",
            kind.ns,
            str(len(kind.fields)),
            f"{sum(field.recorded for field in kind.fields)}",
            prose(docstring(kind)),
        )
        for kind in sorted(element_types.values(), key=lambda kind: kind.__name__)
    ]
    made["elements/index.md"] = page(
        "Element types",
        _LEGEND,
        f"There are {len(rows)} types. A resource has a uuid and a URL of its own; the others are parts of one.",
        table(("type", "", "service", "fields", "recorded", ""), rows),
    )
    return made


def _noun(kind: type[Element]) -> str:
    return kind.__module__.rpartition(".")[2]


def link(kind: type[Element], root: str) -> str:
    """root: how to get from the page to ``elements``."""
    return f"[{kind.__name__}]({root}{_noun(kind)}.md#{anchor(kind.__name__)})"


_link = link


def _page(noun: str, kinds: list[type[Element]]) -> str:
    module = importlib.import_module(f"openlpar.uom.{noun}")
    parts = [prose(docstring(module))]
    enums: dict[str, type[enum.StrEnum]] = {}
    for kind in sorted(kinds, key=lambda kind: kind.metadata != "id"):
        parts += [f"## {kind.__name__}", _about(kind), table(_HEAD, (_row(field) for field in kind.fields))]
        enums |= {field.values.__name__: field.values for field in kind.fields if isinstance(field, Enum)}
    if enums:
        parts.append("## Words")
        for name, values in sorted(enums.items()):
            parts += [f"### {name}", ", ".join(code(value.value) for value in values)]
    return page(noun.replace("_", " ").capitalize(), *parts)


def _about(kind: type[Element]) -> str:
    words = [prose(docstring(kind))]
    what = "A resource with a uuid and a URL of its own" if kind.metadata == "id" else "A part of a resource"
    name = f", `{kind.tag}` on the wire" if kind.tag != kind.__name__ else ""
    words.append(f"{what}{name}, schema {kind.schema}.")
    return " ".join(word for word in words if word)


def _row(field: Field[Any]) -> tuple[str, ...]:
    pvmctl = "–" if not field.cli else "" if field.cli == field.name else code(field.cli)
    remarks = ["volatile"] * field.volatile + ["not recorded"] * (not field.recorded)
    access = "" if field.access is Access.NONE else field.access.value
    group, hmc = code(field.group), code(field.hmc)
    return (
        code(field.name), code(field.tag), _type(field), access, group, plain(field.since), pvmctl, hmc, ", ".join(remarks)
    )  # fmt: skip


def _type(field: Field[Any]) -> str:
    if isinstance(field, Collection):
        return f"[{link(field.target, '')}]"
    if isinstance(field, Children):
        return f"[{link(field.target, '')}], no container"
    if isinstance(field, Child):
        return link(field.target, "")
    if isinstance(field, Enum):
        return f"[{field.values.__name__}](#{anchor(field.values.__name__)})"
    name = {"links": "[href]", "texts": "[text]", "ints": "[int]"}.get(field.kind, field.kind)
    return f"{plain(name)}, {plain(field.unit)}" if field.unit else plain(name)
