"""Hypothesis strategies derived from the declarations: elements of any type with any of their fields."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from openlpar.uom.core import Bool, Child, Children, Element, Enum, Field, Href, Int, Ints, Links, Many, Number

# What XML can hold at all.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\ufffe\uffff").filter(lambda c: c >= " " or c in "\t\n\r"),
    max_size=12,
)
UUIDS = st.uuids().map(str)
PATHS = st.builds("{}/{}".format, st.sampled_from(["ManagedSystem", "LogicalPartition", "VirtualIOServer"]), UUIDS)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4)
INTS = st.integers(-(2**63), 2**63)
_DEPTH = 3


def elements(kind: type[Element], depth: int = _DEPTH) -> st.SearchStrategy[Element]:
    """Some of the fields, with values; nested elements down to a depth (there are types that nest themselves)."""
    usable = [field for field in kind.fields if depth > 0 or not isinstance(field, Child | Children)]
    return (
        st.lists(st.sampled_from(usable), unique=True, max_size=6).flatmap(
            lambda chosen: st.builds(
                _made,
                st.just(kind),
                UUIDS if kind.metadata == "id" else st.just(""),
                st.fixed_dictionaries({field.name: values(field, depth) for field in chosen}),
            )
        )
        if usable
        else st.just(kind())
    )


def _made(kind: type[Element], uuid: str, found: dict[str, Any]) -> Element:
    return kind(uuid=uuid, **found)


def values(field: Field[Any], depth: int) -> st.SearchStrategy[Any]:
    if isinstance(field, Child):
        return elements(field.target, depth - 1)
    if isinstance(field, Many):
        # Only what has a container around it can be there and empty.
        least = 0 if field.kind in ("collection", "links") else 1
        return st.lists(_members(field, depth), min_size=least, max_size=3).map(tuple)
    if isinstance(field, Number):
        return NUMBERS
    if isinstance(field, Bool):
        return st.booleans()
    if isinstance(field, Int):
        return INTS
    if isinstance(field, Enum):
        return st.sampled_from([member.value for member in field.values])
    return PATHS if isinstance(field, Href) else TEXT


def _members(field: Many[Any], depth: int) -> st.SearchStrategy[Any]:
    if isinstance(field, Children):
        return elements(field.target, depth - 1)
    if isinstance(field, Ints):
        return INTS
    return PATHS if isinstance(field, Links) else TEXT
