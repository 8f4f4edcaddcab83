"""The stages as data, read from ``behaviour.yaml`` or a file of the user's."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import msgspec


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


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Named sequences of stages, and which of them each boot mode adds."""

    stages: dict[str, tuple[Stage, ...]]
    boot: dict[str, str]


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
    return behaviour
