"""Every declared field is there for something: it survives wire and store, somebody has seen it, listings find it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.cli.pvmctl.entry import main as pvmctl
from openlpar.cli.pvmctl.objects import NOUNS
from openlpar.ops.views import shown_all
from openlpar.store.sqlite import SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Bool, Child, Children, Element, Enum, Field, Href, Int, Ints, Links, Many, Number
from openlpar.wire import lossless
from openlpar.wire.atom import addressed
from openlpar.wire.reader import decode, parse
from openlpar.wire.writer import render
from tests.closing.gannet import Gannet
from tests.conftest import Server
from tests.house.tree import SOURCE, complain, modules, syntax
from tests.wire.recordings import documents

TYPES = sorted(name for name, kind in element_types.items() if kind.fields)
_DEPTH = 2

# Declared as recorded, and in no document of the wheel: they stand in other recordings, or in the client's own tests.
_CAPABILITY = "named by the capabilities of newer systems; a key store may have any size above none here"
SEEN_ELSEWHERE: dict[str, str] = {
    "AssociatedSystemCapabilities.min_key_store_size": _CAPABILITY,
    "Operation.states": "for jobs that tell their progress in states: all of ours are linear",
}
# Columns of listings that are empty on the default system: what nothing of it has.
EMPTY_COLUMNS: dict[str, set[str]] = {
    "VirtualIOServer": {"Ref Code"},  # of one that runs it is blank, as in the tutorial
    "VirtualEthernetAdapter": {"Tagged VLANs"},
    "NetworkBridge": {"Tagged VLANs"},  # the default one carries its port VLAN
    "LoadGroup": {"Tagged VLANs"},
    "SRIOVAdapter": {"Label"},  # nobody has labelled the ports
}


def specimens(field: Field[Any], depth: int = _DEPTH) -> list[Any]:
    """Values of a field: an ordinary one, and the zero of its type, which is not the same as absent."""
    if isinstance(field, Child):
        return [full(field.target, depth - 1)] if depth else []
    if isinstance(field, Children):
        return [(full(field.target, depth - 1),) * 2] if depth else []
    single: list[Any]
    if isinstance(field, Number):
        single = [Decimal("12.50"), Decimal(0)]
    elif isinstance(field, Bool):
        single = [True, False]
    elif isinstance(field, Int | Ints):
        single = [4711, 0]
    elif isinstance(field, Enum):
        single = [member.value for member in field.values]
    elif isinstance(field, Href | Links):
        single = ["LogicalPartition/4D9735AE-FEAF-32C2-A1BC-102026DF9168"]
    else:
        single = ["a text with ü, <, & and 'quotes'", ""]
    return [tuple(single), (single[0],)] if isinstance(field, Many) else single


def full(kind: type[Element], depth: int = _DEPTH) -> Element:
    """With every field that there is."""
    return kind(**{field.name: found[0] for field in kind.fields if (found := specimens(field, depth))})


def each(kind: type[Element]) -> Iterator[Element]:
    """The full one, and one for each value of each field."""
    identity = "0a" if kind.metadata == "id" else ""
    yield full(kind).evolve(uuid=identity)
    for field in kind.fields:
        for value in specimens(field):
            yield kind(uuid=identity, **{field.name: value})


class _Batch:
    removes: tuple[Any, ...] = ()
    events: tuple[Any, ...] = ()
    audits: tuple[Any, ...] = ()
    now = 1

    def __init__(self, puts: list[Any]) -> None:
        self.puts = puts


@pytest.mark.parametrize("name", TYPES)
def test_every_field_survives_the_wire(name: str) -> None:
    lost = []
    for element in each(element_types[name]):
        again = decode(parse(addressed(render(element).body, "https://192.0.2.10:12443")), type(element))
        if again != element:
            lost += [field.name for field, value in element.present() if again.get(field.name) != value]
    assert not lost, f"reader or writer lose these fields of {name}: {sorted(set(lost))}"


@pytest.mark.parametrize("name", TYPES)
def test_every_field_survives_the_store(name: str, tmp_path: Path) -> None:
    kind = element_types[name]
    made = [element.evolve(uuid=str(number)) for number, element in enumerate(each(kind))]
    store = SqliteStore(tmp_path / "state.db", [kind])
    store.commit(_Batch(list(made)))
    assert list(store.load()) == made, f"uom.plain or the store lose something of {name}"
    store.close()


# ---- who has seen it -----------------------------------------------------------------------------------------------


def _parts(element: Element) -> Iterator[Element]:
    """All elements nested in one, at any depth."""
    for field, value in element.present():
        for part in (value,) if isinstance(field, Child) else value if isinstance(field, Children) else ():
            yield part
            yield from _parts(part)


def _inside(element: Element) -> Iterator[Field[Any]]:
    for part in (element, *_parts(element)):
        yield from (field for field, _ in part.present())


@functools.cache
def _named_in_source() -> set[str]:
    """Names and texts that our own code outside the declarations uses."""
    found: set[str] = set()
    for path in modules():
        if path.relative_to(SOURCE).parts[0] == "uom":
            continue
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def _place(field: Field[Any]) -> str:
    return f"{field.owner.__name__}.{field.name}"


def _declared() -> set[Field[Any]]:
    return {field for kind in element_types.values() for field in kind.fields}


def _recorded() -> Iterable[Element]:
    return (element for document in documents().values() for element in lossless.decode(document)[0])


def test_every_field_that_was_recorded_is_seen(tmp_path: Path) -> None:
    """In the recordings, in what the default system shows, or in the code that makes and reads it."""
    if not documents():
        pytest.skip("the recordings of the pypowervm wheel are not there: run `make setup`")
    house = Gannet(tmp_path / "data")
    shown = (obj for kind in element_types.values() for obj in shown_all(house.state, kind))
    seen = {field for element in (*shown, *_recorded()) for field in _inside(element)}
    unseen = {_place(f) for f in _declared() - seen if f.recorded and f.name not in _named_in_source()}
    complain(
        "Nobody has seen these, and no code uses them. Declare them recorded=False where only the client knows them:",
        sorted(unseen - set(SEEN_ELSEWHERE)),
    )
    complain(
        f"These are seen by now: take them out of SEEN_ELSEWHERE in {__file__}", sorted(set(SEEN_ELSEWHERE) - unseen)
    )


def test_no_field_hides_that_it_was_recorded() -> None:
    if not documents():
        pytest.skip("the recordings of the pypowervm wheel are not there: run `make setup`")
    found = {field for element in _recorded() for field in _inside(element)}
    complain(
        "These are in a recording: take recorded=False from their declaration:",
        sorted(_place(field) for field in found if not field.recorded),
    )


def test_nested_elements_have_no_identity() -> None:
    """In no recording; the store relies on it."""
    wrong = {type(part).__name__ for element in _recorded() for part in _parts(element) if part.uuid}
    assert not wrong, f"uom/plain.py loses the identity of these where they are nested: {wrong}"


# ---- what listings show --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_every_column_of_a_listing_is_filled(
    noun: Any, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In some row, when the default system has an object of that type at all."""
    monkeypatch.setenv("OPENLPAR_URL", server.http)
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "1000")
    assert pvmctl([noun.name, "list"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    header, *rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines] or [[]]
    empty = {title for title, *cells in zip(header, *rows, strict=True) if rows and not any(cells)}
    known = EMPTY_COLUMNS.get(noun.name, set())
    assert empty <= known, f"the default system shows nothing in columns {empty - known} of 'pvmctl {noun.name} list'"
    assert known <= empty, f"these are filled by now: take {known - empty} out of EMPTY_COLUMNS in {__file__}"
