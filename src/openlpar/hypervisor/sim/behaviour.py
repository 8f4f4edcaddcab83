"""The stages as data, read from ``behaviour.yaml`` or a file of the user's."""

from __future__ import annotations

from functools import cache
from importlib import resources

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


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Named sequences of stages, and which of them each boot mode adds."""

    stages: dict[str, tuple[Stage, ...]]
    boot: dict[str, str]


@cache
def shipped() -> Behaviour:
    text = resources.files(__package__).joinpath("behaviour.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=Behaviour)
