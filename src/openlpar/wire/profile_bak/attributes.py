"""The simple attributes of a partition in ``profile.bak``: which field each stands for, and its value in the file's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from openlpar.uom.core import BadValue, Bool, Child, Element, Field, Int, Number
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_processors import SharingMode
from openlpar.uom.partition_state import BootMode, PartitionType

E = TypeVar("E", bound=Element)

_WORDS: dict[str, dict[str, str]] = {
    "lpar_env": {
        PartitionType.AIX_LINUX: "aixlinux",
        PartitionType.VIOS: "vioserver",
        PartitionType.OS400: "os400",
    },
    "sharing_mode": {
        SharingMode.CAPPED: "cap",
        SharingMode.UNCAPPED: "uncap",
        SharingMode.KEEP_IDLE_PROCS: "keep_idle_procs",
        SharingMode.SHARE_IDLE_PROCS: "share_idle_procs",
        SharingMode.SHARE_IDLE_PROCS_ACTIVE: "share_idle_procs_active",
        SharingMode.SHARE_IDLE_PROCS_ALWAYS: "share_idle_procs_always",
    },
    "boot_mode": {
        BootMode.NORMAL: "norm",
        BootMode.SMS: "sms",
        BootMode.DIAGNOSTIC_DEFAULT: "dd",
        BootMode.DIAGNOSTIC_STORED: "ds",
        BootMode.OPEN_FIRMWARE: "of",
        BootMode.PETITBOOT: "pbl",
    },
    "mem_mode": {"false": "ded", "true": "shared"},
    "proc_mode": {"true": "ded", "false": "shared"},
}

_MEMORY = ("mem_config",)
_SHARED = ("proc_config", "shared_proc_cfg")
_DEDICATED = ("proc_config", "dedicated_proc_cfg")

_Attribute = tuple[str, tuple[str, ...]]
"""Name and the path of the field that it stands for, in the order of the file. An empty path: always the same text."""
HEAD: tuple[_Attribute, ...] = (
    ("lpar_id", ("id",)),
    ("name", ("name",)),
    ("lpar_env", ("env",)),
    ("mem_mode", (*_MEMORY, "shared_enabled")),
    ("min_mem", (*_MEMORY, "min")),
    ("desired_mem", (*_MEMORY, "desired")),
    ("max_mem", (*_MEMORY, "max")),
    ("hpt_ratio", (*_MEMORY, "hpt_ratio")),
    ("mem_expansion", (*_MEMORY, "exp_factor")),
)
PROCESSORS: dict[bool, tuple[_Attribute, ...]] = {
    True: (
        ("min_procs", (*_DEDICATED, "min")),
        ("desired_procs", (*_DEDICATED, "desired")),
        ("max_procs", (*_DEDICATED, "max")),
        ("proc_mode", ("proc_config", "has_dedicated")),
        ("sharing_mode", ("proc_config", "sharing_mode")),
    ),
    False: (
        ("min_procs", (*_SHARED, "min_virtual")),
        ("desired_procs", (*_SHARED, "desired_virtual")),
        ("max_procs", (*_SHARED, "max_virtual")),
        ("proc_mode", ("proc_config", "has_dedicated")),
        ("shared_proc_pool_id", (*_SHARED, "pool_id")),
        ("sharing_mode", ("proc_config", "sharing_mode")),
        ("min_proc_units", (*_SHARED, "min_units")),
        ("desired_proc_units", (*_SHARED, "desired_units")),
        ("max_proc_units", (*_SHARED, "max_units")),
        ("uncap_weight", (*_SHARED, "uncapped_weight")),
    ),
}
MIDDLE: tuple[_Attribute, ...] = (
    ("allow_perf_collection", ("allow_perf_data_collection",)),
    ("work_group_id", ()),
)
TAIL: tuple[_Attribute, ...] = (
    ("auto_start", ("auto_start",)),
    ("boot_mode", ("bootmode",)),
    ("max_virtual_slots", ("io_config", "max_virtual_slots")),
    ("lpar_avail_priority", ("avail_priority",)),
    ("lpar_proc_compat_mode", ("pending_proc_compat_mode",)),
)
IBMI: tuple[_Attribute, ...] = (
    ("load_source_slot", ("io_config", "tagged_io", "load_src")),
    ("alt_restart_device_slot", ("io_config", "tagged_io", "alt_load_src")),
    ("console_slot", ("io_config", "tagged_io", "console")),
)


def settings(partition: BasePartition) -> Iterator[tuple[tuple[str, ...], str]]:
    """The simple fields of a partition that the file holds and that can be changed: path and wire text of each that it has."""
    identity = ("id", "env")
    for _, path in (*HEAD, *PROCESSORS[partition.proc_config.has_dedicated], *MIDDLE, *TAIL):
        value: Any = partition
        for step in path:
            value = value.get(step) if isinstance(value, Element) else None
        if path and path[0] not in identity and value is not None:
            yield path, _field(type(partition), path).format(value)


def _field(kind: type[Element], path: tuple[str, ...]) -> Field[Any]:
    for name in path[:-1]:
        field = kind.by_name[name]
        assert isinstance(field, Child)
        kind = field.target
    return kind.by_name[path[-1]]


def text_of(name: str, partition: BasePartition, path: tuple[str, ...]) -> str:
    if not path:
        return "none"
    value: Any = partition
    for step in path:
        value = getattr(value, step)
    field = _field(type(partition), path)
    if name in _WORDS:
        return _WORDS[name].get(field.format(value), "none")
    if isinstance(field, Bool):
        return "1" if value else "0"
    if isinstance(field, Number):
        return f"{value:.2f}"
    if isinstance(field, Int):
        return str(value)
    return str(value) or ("default" if name == "lpar_proc_compat_mode" else "none")


def value_of(name: str, kind: type[BasePartition], path: tuple[str, ...], text: str) -> Any:
    """Raises BadValue."""
    field = _field(kind, path)
    if name in _WORDS:
        for word, shown in _WORDS[name].items():
            if shown == text:
                return field.parse(word)
        raise BadValue(f"{name} is {text!r}, not one of {', '.join(_WORDS[name].values())}.")
    if isinstance(field, Bool):
        return field.parse({"1": "true", "0": "false"}.get(text, text))
    if name in dict(IBMI) and text == "none":
        return "NONE"
    if name == "mem_expansion":
        text = re.sub(r"(\.\d)0$", r"\1", text)  # as REST writes it: 0.0
    return field.parse(text)


def with_field(element: E, path: tuple[str, ...], value: Any) -> E:
    """The element with the field at the end of a path set, making what is on the way."""
    name, *rest = path
    if rest:
        field = type(element).by_name[name]
        assert isinstance(field, Child)
        value = with_field(element.get(name) or field.target(), tuple(rest), value)
    return element.evolve(**{name: value})
