"""The format of inventory files."""

from __future__ import annotations

from dataclasses import fields
from importlib import resources

from docs.generate.elements import link
from docs.generate.markdown import block, code, docstring, page, prose, table
from openlpar.ops.inventory.generate import _BOUNDS, Settings
from openlpar.wire.inventory import KINDS, VERSION

_KEYS = f"""\
A file is YAML or JSON: one list for each type, of objects with the declared fields under their Python names. Only plain values; a
word, number or nesting that does not fit is refused with file, line, column and what would be right.
[How to](../how-to/write-an-inventory.md) write one.

| key of the file | |
|---|---|
| `openlpar` | the format's version, {VERSION}; needed |
| `exact` | `true`: the file holds everything, nothing is filled in (as in every dump) |
| `generate` | makes partitions from a seed, see below |
| `workload` | what partitions are busy with: a list of rules |
| `san` | arrays, volumes and images of the storage network |
| `local_storage` | `file_pools` and their `files`, further `copies` of logical volumes, by disks, and `exported` volume groups |
| a type | a list of its objects |

| key of an object | |
|---|---|
| `uuid` | left out: made up from the seed |
| `parent` | name, id or uuid of the object it belongs to; may be left out where there is only one |
| a field | its value; a reference is the name, id or uuid of the other object |
| `recorded` | `true`: shown exactly as it was recorded, until it changes |
| `extras` | unknown elements of a recording, as XML |"""
_FILLED = """\
What is left out is filled in as the real thing would have it: ids, uuids, MAC addresses, slots, WWPNs, serial numbers, sizes that
follow from others, links in both directions. A file with `openlpar: 1` alone is a managed system."""


def pages() -> dict[str, str]:
    types = [(link(kind, "elements/"), prose(docstring(kind))) for kind in KINDS.values()]
    settings = [(code(field.name), code(str(field.default)), _bounds(field.name)) for field in fields(Settings)]
    example = resources.files("openlpar.systems").joinpath("gannet.yaml").read_text()
    return {
        "inventory.md": page(
            "Inventory files",
            _KEYS,
            _FILLED,
            "## Types",
            table(("type", ""), types),
            "## generate",
            "The same block always makes the same objects. `number` says which of the `systems` this is; `running` is the "
            "share of the partitions that run; `adapters` and `disks` are how many each has.",
            table(("setting", "default", "allowed"), settings),
            "## The default system",
            "What `openlpar serve` starts with when it is given no other:",
            block(example, "yaml"),
        )
    }


def _bounds(setting: str) -> str:
    return " to ".join(map(str, _BOUNDS[setting])) if setting in _BOUNDS else "text"
