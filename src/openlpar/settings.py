"""What the service is started with, and why it may not start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openlpar.ports.options import NOTHING_TOLD, Options

DEFAULT_HTTP, DEFAULT_HTTPS = "127.0.0.1:12080", "127.0.0.1:12443"
BACKUPS, LOADED = "backups", "loaded.yaml"
"""Names in the data directory: of the folder where ``openlpar serve`` keeps backups, and of the inventory made by ``--load``."""


class CannotStart(Exception):
    """Why the service cannot start; the text says what to do."""


class InUse(CannotStart):
    """Another process has the data directory."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is started with. system: an inventory file, None for the default system; faults: rules to begin
    with, as plain values; loopback: it can be reached from this machine only; options: for its back ends alone;
    backups: where the clock's backups go, None for none; https: ``host:port`` where others reach it."""

    data: Path
    clock: str = "real"
    hypervisor: str = "sim"
    seed: int = 1
    system: Path | None = None
    user: str = ""
    password: str = ""
    faults: tuple[Mapping[str, Any], ...] = ()
    loopback: bool = True
    options: Options = NOTHING_TOLD
    backups: Path | None = None
    https: str = DEFAULT_HTTPS
