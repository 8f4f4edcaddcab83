"""Inventory files: a managed system as YAML (or JSON) that an administrator can read and write.

    openlpar: 1
    ManagedSystem:
    - {system_name: gannet, mtms: {machine_type: 8247, model: 21L, serial: 212E3CA}}
    LogicalPartition:
    - name: vm1
      mem_config: {desired: 2048}

One list for each type; an object has ``uuid``, ``parent`` and the declared fields under their Python names. What is left out
is filled in by ``ops.inventory``, unless the file says ``exact: true`` (as every dump does): then it holds everything.
Further keys: ``recorded: true`` of an object (see ``wire.recording``), ``extras`` (unknown elements, as XML), the block
``generate`` (see ``ops.inventory.generate``), the list ``workload`` (rules, see ``ports.metrics``), and the blocks ``san`` (arrays,
volumes and images, see ``ports.san``) and ``local_storage`` (file storage pools, their files, second copies: see
``ops.inventory.local_storage``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn

import msgspec

from openlpar.messages import inventory as say
from openlpar.messages.core import Message
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import BadValue, Bool, Child, Children, Element, Enum, Field, Int, Ints, Many
from openlpar.wire import located

VERSION = 1
KINDS: dict[str, type[Element]] = {
    name: element_types[name]
    for name in (
        "ManagedSystem",
        "SharedProcessorPool",
        "VirtualSwitch",
        "VirtualNetwork",
        "VirtualIOServer",
        "LogicalPartition",
        "ClientNetworkAdapter",
        "NetworkBridge",
        "PhysicalVolume",
        "VolumeGroup",
        "SharedStoragePool",
        "Tier",
        "LogicalUnit",
        "Cluster",
        "VirtualSCSIMapping",
        "VirtualFibreChannelMapping",
        "VirtualSCSIBus",
        "VirtualFibreChannelClientAdapter",
        "VirtualNICDedicated",
        "SRIOVEthernetLogicalPort",
        "VirtualSerialNumberInformation",
        "ManagementConsole",
        "PowerEnterprisePool",
        "PowerEnterprisePoolMember",
        "ManagedSystemPcmPreference",
    )
}
"""Types that a file may list, in the order in which a dump lists them."""

_JSON = msgspec.json.Decoder(float_hook=Decimal)
# What REST could not send, as XML has no way to write it. Named one by one: the complement of what it can takes 5 ms to compile.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IDENTITY = ("uuid", "parent", "recorded", "extras")
Path = tuple[str | int, ...]


@dataclass
class Inventory:
    """What a file says. elements: in the file's order, ``parent`` as written; exact: nothing is to be filled in;
    recorded: uuids of objects that are shown as they were recorded; generate: the block of that name, texts by key; workload: the
    rules of that name, texts by key; san, local_storage: the lists of these blocks, of texts and lists of texts by key."""

    file: str
    elements: list[Element] = field(default_factory=list)
    exact: bool = False
    recorded: frozenset[str] = frozenset()
    generate: dict[str, str] = field(default_factory=dict)
    workload: list[dict[str, str]] = field(default_factory=list)
    san: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    local_storage: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _text: str = ""
    _paths: dict[int, Path] = field(default_factory=dict)

    def place(self, element: Element | None, path: Iterable[str | int] = ()) -> str:
        """Where an element (or, with None, a top-level entry) and a field in it stand, for messages."""
        start = self._paths.get(id(element), ()) if element is not None else ()
        return _place(self.file, self._text, (*start, *path), element)


class _Wrong(Exception):
    """A complaint about an entry; the path to it is completed on the way up."""

    def __init__(self, message: Message, **parameters: Any) -> None:
        super().__init__(message.id)
        self.message = message
        self.parameters = parameters
        self.path: list[str | int] = []


def load(text: str, file: str) -> Inventory:
    """Reads a file. Raises Failure; the message names file, line, column, the path and what would be right."""
    inventory = Inventory(file, _text=text)
    try:
        _fill(inventory, _plain(text, file))
    except RecursionError:
        raise say.NOT_READABLE.error(place=file, cause="it is nested too deeply") from None
    except _Wrong as wrong:
        place = _place(file, text, tuple(reversed(wrong.path)), None)
        raise wrong.message.error(place=place, **wrong.parameters) from None
    return inventory


def _plain(text: str, file: str) -> Any:
    """The file as dicts, lists and values; of YAML all scalars as written."""
    if text.lstrip()[:1] == "{":
        try:
            return _JSON.decode(text)
        except (msgspec.DecodeError, RecursionError):
            pass  # YAML's flow style, or a mistake; the YAML reader knows the line
    try:
        plain = located.read(text)
    except located.Unreadable as exc:
        place = f"{file}:{exc.line}:{exc.column}" if exc.line else file
        if exc.cause == "written twice":
            raise say.WRITTEN_TWICE.error(place=f"{place}: {_shown(exc.path)}", name=exc.path[-1]) from None
        if exc.wanted:
            place = f"{place}: {_shown(exc.path)}"
            raise say.WRONG_SHAPE.error(place=place, found=exc.cause, wanted=exc.wanted) from None
        raise say.NOT_READABLE.error(place=place, cause=exc.cause) from None
    return {} if plain is None else plain


def _raise(wrong: _Wrong) -> NoReturn:
    raise wrong


def _at(step: str | int, read: Any, *arguments: Any) -> Any:
    """Calls ``read``; a complaint from inside gets this step of its path."""
    try:
        return read(*arguments)
    except _Wrong as wrong:
        wrong.path.append(step)
        raise


# what the entries mean


def _fill(inventory: Inventory, plain: Any) -> None:
    if not isinstance(plain, Mapping):
        raise _Wrong(say.WRONG_SHAPE, found=_called(plain), wanted="'openlpar: 1', then a list for each type")
    version = plain.get("openlpar")
    if str(version) != str(VERSION):
        raise _Wrong(say.WRONG_VERSION, found=repr(version) if version is not None else "missing")
    inventory.exact = _at("exact", _truth, plain.get("exact", False))
    recorded: list[str] = []
    for name, value in plain.items():
        if name == "generate":
            inventory.generate = _at(name, _settings, value)
        elif name == "workload":
            inventory.workload = _at(name, _rules, value)
        elif name == "san":
            inventory.san = _at(name, _lists, value)
        elif name == "local_storage":
            inventory.local_storage = _at(name, _lists, value)
        elif name not in ("openlpar", "exact"):
            _at(name, _objects, inventory, recorded, name, value)
    inventory.recorded = frozenset(recorded)


def _truth(value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise _Wrong(say.WRONG_VALUE, value=repr(value), wanted="true or false")
    return str(value).lower() == "true"


def _settings(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="settings such as 'partitions: 100'")
    return {str(key): str(setting) for key, setting in value.items()}


def _rules(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise _Wrong(
            say.WRONG_SHAPE, found=_called(value), wanted="a list of rules: '- {partition: db*, kind: bursty}'"
        )
    return [_at(index, _settings, item) for index, item in enumerate(value)]


def _lists(value: Any) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(value, Mapping):
        raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="lists of settings by name")
    return {str(name): _at(name, _members, members) for name, members in value.items()}


def _members(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="a list: '- {name: …}'")
    return [_at(index, _member, item) for index, item in enumerate(value)]


def _member(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="settings such as 'name: ds8k/vol1'")
    return {
        str(key): _at(key, _texts if isinstance(setting, list) else _text_of, setting) for key, setting in value.items()
    }


def _objects(inventory: Inventory, recorded: list[str], name: str, items: Any) -> None:
    kind = KINDS.get(name)
    if kind is None:
        raise _Wrong(
            say.UNKNOWN_NAME,
            what="object type",
            name=name,
            hint=_hint(name, [*KINDS, "generate", "workload", "san", "local_storage", "exact"]),
        )
    if items is None:
        return
    if not isinstance(items, list):
        raise _Wrong(say.WRONG_SHAPE, found=_called(items), wanted=f"a list of objects: '- name: …' below '{name}:'")
    for index, item in enumerate(items):
        element = _at(index, _element, item, kind, inventory.exact, True)
        inventory.elements.append(element)
        inventory._paths[id(element)] = (name, index)
        if item.get("recorded") is not None and _at(index, _at, "recorded", _truth, item["recorded"]):
            recorded.append(element.uuid)


def _element(item: Any, kind: type[Element], exact: bool, top: bool = False) -> Element:
    if not isinstance(item, Mapping):
        raise _Wrong(
            say.WRONG_SHAPE, found=_called(item), wanted=f"the fields of a {kind.__name__}: '{{field: value}}'"
        )
    by_name = kind.by_name
    values: list[Any] = [None] * len(kind.fields)
    for name, value in item.items():
        declared = by_name.get(name)
        if declared is not None:
            if value is not None:
                values[declared.position] = _at(name, _value, value, declared, exact)
        elif name not in _IDENTITY or (not top and name in ("parent", "recorded")):
            hint = _hint(name, [*by_name, *_IDENTITY[: 2 if top else 1]])
            raise _at(
                name, _raise, _Wrong(say.UNKNOWN_NAME, what=f"field of a {kind.__name__} called", name=name, hint=hint)
            )
    extras = _at("extras", _texts, item.get("extras") or [])
    parent = item.get("parent")
    return kind.from_values(
        values,
        _at("uuid", _text_of, item.get("uuid") or ""),
        None if parent is None else _at("parent", _text_of, parent),
        extras,
    )


def _value(value: Any, declared: Field[Any], exact: bool) -> Any:
    if isinstance(declared, Child):
        return _element(value, declared.target, exact)
    if isinstance(declared, Many):
        if not isinstance(value, list):
            raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="a list: '[…]'")
        if isinstance(declared, Children):
            return tuple([_at(i, _element, item, declared.target, exact) for i, item in enumerate(value)])
        if isinstance(declared, Ints):
            return tuple([_at(i, _number, item) for i, item in enumerate(value)])
        return _texts(value)
    if type(value) is int and isinstance(declared, Int):
        return value
    if type(value) is bool and isinstance(declared, Bool):
        return value
    text = _text_of(value)
    if isinstance(declared, Enum) and not exact and not declared.allows(text):
        words = ", ".join(repr(str(member.value)) for member in declared.values)
        raise _Wrong(say.WRONG_VALUE, value=repr(text), wanted=f"one of {words}")
    try:
        return int(text, 16) if isinstance(declared, Int) and text[:2] == "0x" else declared.parse(text)
    except ValueError as exc:
        wanted = str(exc).rpartition(" is not ")[2].removesuffix(".") if isinstance(exc, BadValue) else "a whole number"
        raise _Wrong(say.WRONG_VALUE, value=repr(text), wanted=wanted) from None


def _number(value: Any) -> int:
    try:
        return int(_text_of(value))
    except ValueError:
        raise _Wrong(say.WRONG_VALUE, value=repr(value), wanted="a whole number") from None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="a list: '[…]'")
    return tuple([_at(i, _text_of, item) for i, item in enumerate(value)])


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        if not value.isprintable() and _NOT_XML.search(value):
            raise _Wrong(say.WRONG_VALUE, value=repr(value), wanted="text without control characters")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise _Wrong(say.WRONG_SHAPE, found=_called(value), wanted="a single value")


def _called(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping (name: value)"
    return "a list" if isinstance(value, list) else f"the single value {str(value)!r}"


def _hint(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = get_close_matches(name, known, 1, 0.6)
    if not close:
        lowered = {word.lower(): word for word in known}
        close = get_close_matches(name.lower(), lowered, 1, 0.6)
        close = [lowered[word] for word in close]
    return f"Did you mean {close[0]}?" if close else f"Use one of {', '.join(known)}."


# where an entry stands


def _place(file: str, text: str, path: Path, element: Element | None) -> str:
    """``file:line:column: LogicalPartition[2] (vm1).name``; only looked up when something is wrong."""
    shown = _shown(path, name_of(element) if element is not None else "")
    found = located.position(text, path)
    where = f"{file}:{found[0]}:{found[1]}" if found else file
    return f"{where}: {shown}" if shown else where


def _shown(path: Path, name: str = "") -> str:
    shown = ""
    for number, step in enumerate(path):
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
        if number == 1 and name:
            shown += f" ({name})"
    return shown


# writing

# Written bare: words that no YAML reader takes for anything but text, and UUIDs.
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NOT_TEXT = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def dump(
    objects: Iterable[Element],
    recorded: Container[str] = (),
    workload: Iterable[Mapping[str, Any]] = (),
    **blocks: Mapping[str, Iterable[Mapping[str, Any]]],
) -> str:
    """The inventory file that stands for exactly these objects. recorded: uuids of those shown as they were recorded; workload:
    the rules of that name; blocks: the lists of ``san`` and ``local_storage``.

    ``dump(load(dump(objects)).elements)`` is the same text. Raises ValueError for a type that no file may list.
    """
    objects = list(_listable(objects))
    names = {obj.uuid: called for obj in objects if (called := name_of(obj))}
    lines = ["# Written by 'openlpar dump'.", f"openlpar: {VERSION}", "exact: true"]
    rules = [f"{{{', '.join(_settings_of(rule))}}}" for rule in workload]
    lines += ["workload:", *(f"- {rule}" for rule in rules)] if rules else []
    for block, lists in blocks.items():
        lines += [f"{block}:"] if lists else []
        for name, listed in lists.items():
            lines += [f"  {name}:", *(f"  - {{{', '.join(_settings_of(member))}}}" for member in listed)]
    by_kind: dict[str, list[Element]] = {name: [] for name in KINDS}
    for obj in objects:
        by_kind[type(obj).__name__].append(obj)
    for kind_name, members in by_kind.items():
        if members:
            lines.append(f"{kind_name}:")
        for obj in members:
            head = [f"uuid: {_written(obj.uuid)}"]
            if obj.parent is not None:
                parent = names.get(obj.parent)
                head.append(f"parent: {_written(obj.parent)}" + (f"  # {_written(parent)}" if parent else ""))
            if obj.uuid in recorded:
                head.append("recorded: true")
            lines.append(f"- {head[0]}")
            lines.extend(f"  {line}" for line in head[1:])
            _write_fields(obj, "  ", lines)
    return "\n".join(lines) + "\n"


def _settings_of(member: Mapping[str, Any]) -> Iterator[str]:
    for key, value in member.items():
        if isinstance(value, list):
            yield f"{key}: [{', '.join(_written(item) for item in value)}]"
        else:
            yield f"{key}: {_written(value) if isinstance(value, str) else format(value, '.12g')}"


def dump_json(objects: Iterable[Element], recorded: Container[str] = ()) -> str:
    """The same as one line of JSON: read three times faster, for systems with thousands of partitions."""
    by_kind: dict[str, list[dict[str, Any]]] = {name: [] for name in KINDS}
    for obj in _listable(objects):
        head: dict[str, Any] = {"uuid": obj.uuid}
        if obj.parent is not None:
            head["parent"] = obj.parent
        if obj.uuid in recorded:
            head["recorded"] = True
        by_kind[type(obj).__name__].append(head | _as_plain(obj))
    listed = {name: members for name, members in by_kind.items() if members}
    encoder = msgspec.json.Encoder(decimal_format="number")
    encoded = encoder.encode({"openlpar": VERSION, "exact": True, **listed})
    return encoded.decode() + "\n"


def _as_plain(element: Element) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for declared, value in element.present():
        if isinstance(declared, Child):
            value = ({"uuid": value.uuid} if value.uuid else {}) | _as_plain(value)
        elif isinstance(declared, Children):
            value = [({"uuid": item.uuid} if item.uuid else {}) | _as_plain(item) for item in value]
        plain[declared.name] = value
    if element.extras:
        plain["extras"] = element.extras
    return plain


def _listable(objects: Iterable[Element]) -> Iterator[Element]:
    for obj in objects:
        if type(obj).__name__ not in KINDS:
            raise ValueError(f"{type(obj).__name__} {obj.uuid} is no object of an inventory")
        yield obj


def name_of(element: Element) -> str:
    """What an administrator calls an object; "" for one that has no name."""
    for field_name in ("system_name", "name"):
        if field_name in element.by_name:
            return str(element.get(field_name) or "")
    return ""


def _write_fields(element: Element, indent: str, lines: list[str]) -> None:
    for declared, value in element.present():
        start = f"{indent}{declared.name}:"
        if isinstance(declared, Child):
            _write_nested(start, value, indent, lines)
        elif isinstance(declared, Children) and value:
            lines.append(start)
            for item in value:
                _write_item(item, indent, lines)
        elif isinstance(declared, Many):
            lines.append(f"{start} [{', '.join(_written(item) for item in value)}]")
        else:
            lines.append(f"{start} {_written(value)}")
    if element.extras:
        lines.append(f"{indent}extras:")
        lines.extend(f"{indent}- {_written(extra)}" for extra in element.extras)


def _write_nested(start: str, value: Element, indent: str, lines: list[str]) -> None:
    at = len(lines)
    lines.append(start)
    if value.uuid:
        lines.append(f"{indent}  uuid: {_written(value.uuid)}")
    _write_fields(value, indent + "  ", lines)
    if len(lines) == at + 1:
        lines[at] = f"{start} {{}}"


def _write_item(item: Element, indent: str, lines: list[str]) -> None:
    at = len(lines)
    if item.uuid:
        lines.append(f"{indent}  uuid: {_written(item.uuid)}")
    _write_fields(item, indent + "  ", lines)
    if len(lines) == at:
        lines.append(f"{indent}- {{}}")
    else:
        lines[at] = f"{indent}- {lines[at][len(indent) + 2 :]}"


def _written(value: Any) -> str:
    if isinstance(value, str):
        if _BARE.fullmatch(value) and value.lower() not in _NOT_TEXT:
            return value
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    return _text_of(value)
