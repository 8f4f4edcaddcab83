"""The stages as data, read from ``behaviour.yaml`` or a file of the user's."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec
from msgspec.structs import replace

from openlpar.ports.hypervisor import Resource


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stage; see the head of ``behaviour.yaml``."""

    after: float
    jitter: float = 0.0
    state: str | None = None
    ref_code: str | None = None
    rmc: str | None = None
    os: str | None = None
    booted: bool = False
    console: str = ""
    moved: float | None = None

    @property
    def only_tells(self) -> bool:
        """Whether there is nothing to it but a reference code, or text on the console."""
        return self == Stage(self.after, self.jitter, ref_code=self.ref_code, console=self.console)


def at_once(stages: Iterable[Stage]) -> Iterator[Stage]:
    """Stages of one moment, as few as say the same: what one only tells goes with the one before."""
    together: Stage | None = None
    for stage in stages:
        if together is None:
            together = stage
        elif stage.only_tells and not together.booted:  # a guest that is up has a prompt after its text
            ref_code = together.ref_code if stage.ref_code is None else stage.ref_code
            together = replace(together, ref_code=ref_code, console=together.console + stage.console)
        else:
            yield together
            together = stage
    if together is not None:
        yield together


class Guest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is particular to the operating systems of some partitions; see the end of ``behaviour.yaml``."""

    name: str = "*"
    rsct: str = "3.2.6.0"
    dlpar: tuple[Resource, ...] = tuple(Resource)
    gives: float = 1.0
    refuses_adapters: bool = False
    returns: int = 255


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Named sequences of stages, and which of them each boot mode adds."""

    stages: dict[str, tuple[Stage, ...]]
    boot: dict[str, str]
    guests: tuple[Guest, ...] = ()
    outside_rmc: bool = True

    def guest(self, partition: str) -> Guest:
        """What is particular to the guest in the partition of this name: the first that fits counts."""
        fitting = (one for one in self.guests if fnmatch.fnmatchcase(partition, one.name))
        return next(fitting, _LIKE_THE_OTHERS)


_LIKE_THE_OTHERS = Guest()
_LEVEL = re.compile(r"\d+(\.\d+){3}")


@cache
def shipped() -> Behaviour:
    text = resources.files(__package__).joinpath("behaviour.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=Behaviour)


def to_plain(behaviour: Behaviour) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(behaviour)
    return plain


def from_plain(data: dict[str, Any]) -> Behaviour:
    """Raises ValueError that names the place: a sequence that is needed, or not known, or a stage that is none."""
    try:
        behaviour = msgspec.convert(data, Behaviour)
    except msgspec.ValidationError as wrong:
        raise ValueError(str(wrong)) from wrong
    missing = sorted(set(shipped().stages) - set(behaviour.stages))
    if missing:
        raise ValueError(f"stages lacks {', '.join(missing)}")
    for mode, following in behaviour.boot.items():
        if following != "os" and following not in behaviour.stages:
            raise ValueError(f"boot.{mode} is {following!r}, which is neither 'os' nor one of the stages")
    for number, guest in enumerate(behaviour.guests):
        if not _LEVEL.fullmatch(guest.rsct):
            raise ValueError(f"guests[{number}].rsct is {guest.rsct!r}, which is no level such as 3.2.6.0")
        if not 0 <= guest.gives <= 1:
            raise ValueError(f"guests[{number}].gives is {guest.gives}, but has to be between 0 and 1")
    return behaviour
