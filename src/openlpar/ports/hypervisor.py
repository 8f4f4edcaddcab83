"""What runs partitions. ``hypervisor/sim`` is the default implementer, ``hypervisor/qemu`` the real one.

Commands go down through ``Hypervisor``; what becomes of them comes back as ``Observation`` through the ``Report`` callable
that the implementer was made with: at once, later, or never. An operation therefore never waits inside a command.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Due
from openlpar.ports.state import Change
from openlpar.uom.partition import BasePartition


class Stop(enum.StrEnum):
    """How a partition is stopped: by its operating system over RMC, by a power-off signal (EPOW), or at once."""

    OS = "osshutdown"
    SIGNAL = "shutdown"
    HARD = "immediate"
    DUMP = "dumprestart"


@dataclass(frozen=True, slots=True)
class Boot:
    """How a partition is started. mode: norm, sms, dd, ds, of or pbl; keylock: norm or manual; "" = as configured."""

    mode: str = ""
    keylock: str = ""
    boot_string: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a hypervisor saw of a partition. None = unchanged. Texts are wire texts of the UOM enumerations."""

    state: str | None = None
    ref_code: str | None = None
    ref_code_full: str | None = None
    rmc: str | None = None
    rmc_ip: str | None = None
    operating_system: str | None = None
    booted: bool = False
    console: str = ""


Report = Callable[[Change, str, Observation], None]
"""(change, uuid of the partition, what was seen)"""

Padmin = Callable[[str], CommandResult]
"""Runs a command line of a Virtual I/O Server's shell."""


class Hypervisor(Protocol):
    """Back end of a managed system. Raises Failure when a command is refused; then nothing was done."""

    name: ClassVar[str]

    def define(self, change: Change, partition: BasePartition) -> None:
        """A partition was created."""
        ...

    def undefine(self, change: Change, partition: BasePartition) -> None:
        """A partition that is off is removed."""
        ...

    def start(self, change: Change, partition: BasePartition, boot: Boot) -> None: ...

    def stop(self, change: Change, partition: BasePartition, how: Stop, restart: bool) -> None: ...

    def resize(self, change: Change, before: BasePartition, after: BasePartition) -> BasePartition:
        """DLPAR on a running partition. Returns ``after`` with what the guest really gave or took."""
        ...

    def due(self, change: Change, due: Due) -> None:
        """A change that this back end scheduled has come due."""
        ...

    def type_on_console(self, change: Change, partition: BasePartition, text: str, padmin: Padmin) -> None:
        """Text that somebody types on a partition's console; what the partition shows comes back as Observations.

        padmin: for the shell of a Virtual I/O Server, whose commands its ``IoServer`` runs.
        """
        ...


@runtime_checkable
class Behaving(Protocol):
    """A back end whose partitions behave as data says."""

    def behaviour(self) -> dict[str, Any]:
        """The data, as plain values."""
        ...

    def behave(self, data: dict[str, Any]) -> None:
        """Partitions behave so from the next power command on. Raises ValueError that names what is wrong."""
        ...
