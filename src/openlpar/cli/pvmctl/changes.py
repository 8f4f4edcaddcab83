"""The verbs ``update`` and ``delete`` of objects that REST lets one change directly, and of those inside other objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call, member_update
from openlpar.cli.pvmctl.fields import resolve, show
from openlpar.cli.pvmctl.noun import Option, Row, Verb
from openlpar.cli.pvmctl.where import Malformed, assignment
from openlpar.messages import general
from openlpar.uom.core import BadValue, Child, Element, Enum, Field

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET


class Assignment(NamedTuple):
    """A field of the object and its new value, as wire text and parsed."""

    name: str
    path: tuple[str, ...]
    text: str
    value: Any


def update_verb(*examples: str, options: Sequence[Option] = (), selects: str = "ips") -> Verb:
    return Verb("update", "change fields of an object", update, selects, options, examples)


def delete_verb(*examples: str, run: Callable[[Call], int] | None = None, selects: str = "ip") -> Verb:
    return Verb("delete", "delete an object", run or delete, selects, (), examples, positional=True)


def update(call: Call) -> int:
    """Sets the fields of ``-s`` on one object, in one request; checks that the service really took them."""
    wanted = assignments(call)
    apply(call, call.row(), wanted)
    return 0


def delete(call: Call) -> int:
    """Deletes one first-class object."""
    row = call.row()
    assert row.entry is not None
    call.connection.delete(row.entry)
    return 0


def assignments(call: Call) -> list[Assignment]:
    """The parsed ``-s`` options. Raises a Failure for unknown fields and values that no field has."""
    return [_assignment(call, name, text) for name, text in settings(call)]


def settings(call: Call) -> list[tuple[str, str]]:
    """The ``-s`` options as (field, text). Raises a Failure when there is none."""
    texts = [text for group in call.args.set_fields or () for text in group]
    if not texts:
        raise Malformed("nothing to change: -s FIELD=VALUE is missing")
    return [assignment(text) for text in texts]


def apply(call: Call, row: Row, wanted: Sequence[Assignment]) -> None:
    from openlpar.client import edit
    from openlpar.client.atom import decode

    kept: dict[str, str] = {}

    def change(tree: ET.Element, kind: type[Element]) -> None:
        before = decode(tree, kind)
        for one in wanted:
            kept[one.name] = show(_value(before, one.path))
            edit.set_text(tree, kind, one.path, one.text)

    after = member_update(row, change, call.connection)
    if after is None:
        return
    for one in wanted:
        got = _value(after, one.path)
        if len(one.path) > 1 and _value(after, one.path[:-1]) is None:
            container = one.name.rpartition(".")[0] or one.path[-2]
            raise messages.NO_PLACE.error(field=one.name, kind=call.noun.name, container=container)
        if got != one.value and show(got) == kept[one.name]:
            # A service ignores what is read only (contract 2.5, ``kb``); silence would look like success.
            raise general.READ_ONLY.error(
                field=one.name, object=call.noun.name, old=kept[one.name], new=show(one.value)
            )


def _assignment(call: Call, name: str, text: str) -> Assignment:
    kind_name, _, label = name.rpartition(".")
    noun = call.noun
    ref = resolve(
        noun, f"{kind_name}.{noun.setters.get(label, label)}" if kind_name else noun.setters.get(label, label)
    )
    settable = ref.field is not None and ref.type == noun.name and ref.path[-1:] != ("uuid",)
    if not settable or not _simple(noun.kind, ref.path) or (not kind_name and _nested(noun.kind, ref.path)):
        raise messages.UNKNOWN_FIELD.error(
            kind=noun.name, name=name, suggestion="Only its own simple fields can be set; nested ones as Type.field."
        )
    field: Field[Any] = ref.field
    value = parsed(field, noun.name, text)
    return Assignment(name, ref.path, field.format(value), value)


def parsed(field: Field[Any], owner: str, text: str) -> Any:
    """The value of a field that a text on the command line means. Raises a Failure for one that the field cannot have."""
    if isinstance(field, Enum):
        words = [member.value for member in field.values]
        found = next((word for word in words if word.lower() == text.lower()), None)
        if found is None:
            raise general.BAD_VALUE.error(
                field=field.cli,
                object=owner,
                value=repr(text),
                cause="it is not one of the known words",
                wanted="one of " + ", ".join(words),
            )
        return found
    try:
        return field.parse(text)
    except BadValue as bad:
        wanted = str(bad).rpartition(" is not ")[2].rstrip(".")
        raise general.BAD_VALUE.error(
            field=field.cli, object=owner, value=repr(text), cause=f"it is not {wanted}", wanted=wanted
        ) from bad


def _simple(kind: type[Element], path: Sequence[str]) -> bool:
    """Whether a path leads through single nested elements to a single simple value."""
    for name in path[:-1]:
        field = kind.by_name[name]
        if not isinstance(field, Child):
            return False
        kind = field.target
    field = kind.by_name[path[-1]]
    return not field.many and field.kind != "href"


def _nested(kind: type[Element], path: Sequence[str]) -> bool:
    for name in path[:-1]:
        field = kind.by_name[name]
        if not (isinstance(field, Child) and field.flat):
            return True
        kind = field.target
    return False


def _value(element: Any, path: Sequence[str]) -> Any:
    for name in path:
        if element is None:
            return None
        element = element.get(name)
    return element
