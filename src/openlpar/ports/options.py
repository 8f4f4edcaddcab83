"""What the service can be told for some back ends alone. A field of ``Options`` is all there is to declare: it is an option of
``openlpar serve`` and of ``pvm-core``, and what back ends are given. A back end names those that mean something to it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any


class Uplink(StrEnum):
    """What virtual networks find behind a trunk."""

    NONE = "none"
    USER = "user"
    OUTSIDE = "outside"
    TAP = "tap"


class Enforced(StrEnum):
    """Whether partitions are kept to what is theirs; neither: where the host lets us."""

    ON = "on"
    OFF = "off"


def _shown(kind: type[Path | str], metavar: str, text: str) -> Mapping[str, Any]:
    return {"kind": kind, "metavar": metavar, "help": text}


@dataclass(frozen=True, slots=True)
class Options:
    """None or empty: not told. Paths are absolute."""

    saved_states: Path | None = field(
        default=None,
        metadata=_shown(
            Path,
            "DIR",
            "with --hypervisor qemu, for tests and demonstrations: partitions of a form that has come up before start from its "
            "state, kept here. They all have to run the same system, one that lives in memory, as the kit's minimal disk does",
        ),
    )
    uplink: Uplink | None = field(
        default=None,
        metadata=_shown(
            Uplink,
            "KIND",
            "with --hypervisor qemu, what virtual networks find behind a Virtual I/O Server: user (default), addresses and a "
            "gateway, and nothing beyond; outside, the same and the networks of this host; tap, TAP devices; none",
        ),
    )
    pools: Path | None = field(
        default=None,
        metadata=_shown(
            Path,
            "DIR",
            "with --hypervisor qemu: where logical units and disks of the SAN are kept (default: in the data directory). "
            "Servers that name the same folder share what has the same UDID, and partitions can move between them",
        ),
    )
    lvm: str = field(
        default="",
        metadata=_shown(
            str,
            "VG/POOL",
            "with --hypervisor qemu: virtual disks of volume groups become thin volumes in this thin pool of LVM (default: files "
            "in the data directory; what is in one stays there)",
        ),
    )
    entitlement: Enforced | None = field(
        default=None,
        metadata=_shown(
            Enforced,
            "KIND",
            "with --hypervisor qemu, whether partitions are kept to their processing units and weights: on, off, or on where "
            "this host lets the service make control groups (default)",
        ),
    )
    memory_cap: Enforced | None = field(
        default=None,
        metadata=_shown(
            Enforced,
            "KIND",
            "with --hypervisor qemu, whether a partition's QEMU is kept to its memory and what it needs itself: on, off, or on "
            "where this host lets the service make control groups (default)",
        ),
    )
    link: tuple[str, ...] = field(
        default=(),
        metadata=_shown(
            str,
            "LINK",
            "with --hypervisor qemu, joins a virtual switch to that of another service: switch=ETHERNET0,local=:4801,peer=:4802 "
            "on this machine; switch=ETHERNET0,local=192.0.2.1:4801,peer=192.0.2.2:4801,secret=FILE to another one; vlans=1/100 "
            "carries no others. One for each other service",
        ),
    )

    def told(self) -> Iterator[str]:
        """The names of those that were given."""
        return (each.name for each in fields(self) if getattr(self, each.name) != each.default)


NOTHING_TOLD = Options()


def flag(name: str) -> str:
    """How an option is written on a command line."""
    return f"--{name.replace('_', '-')}"


def declare(parser: argparse.ArgumentParser) -> None:
    for each in fields(Options):
        kind = each.metadata["kind"]
        choices = [member.value for member in kind] if issubclass(kind, StrEnum) else None
        parser.add_argument(
            flag(each.name),
            action="append" if isinstance(each.default, tuple) else "store",
            choices=choices,
            metavar=each.metadata["metavar"],
            help=each.metadata["help"],
        )


def chosen(args: argparse.Namespace) -> Options:
    """What was given on the command line of a parser that they were declared to."""
    told = ((each, getattr(args, each.name)) for each in fields(Options))
    return Options(**{each.name: _value(each.metadata["kind"], text) for each, text in told if text is not None})


def _value(kind: type[Path | str], text: str | list[str]) -> Any:
    if isinstance(text, list):
        return tuple(_value(kind, each) for each in text)
    value = kind(text)
    return value.absolute() if isinstance(value, Path) else value
