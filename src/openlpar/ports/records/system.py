"""What is kept of the managed system: who manages it, and its firmware."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.ports.records.core import Record
from openlpar.uom.managed_system import ManagedSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class CoManagement(Record):
    """HMCs manage the system (uuid) beside its NovaLink; there is none of these while the NovaLink is alone.

    consoles: names of the HMCs; busy: those with an operation under way. holder: the name of the one that is master, or
    NOVALINK; mode: how it holds the role (norm, temp, keep); former: who gets it back from a temporary master.
    requested: who gets the role when the holder's operations have ended, "" when nobody waits; requested_mode: how it will be
    held; job: number of the job that waits for that.
    """

    NOVALINK: ClassVar[str] = "NovaLink"

    consoles: tuple[str, ...]
    busy: tuple[str, ...] = ()
    holder: str = NOVALINK
    mode: str = "norm"
    former: str = ""
    requested: str = ""
    requested_mode: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware(Record):
    """Levels of the firmware of the system (uuid), such as ``SV860_215``: of its two sides, and the one it runs."""

    temporary: str
    permanent: str
    active: str

    @classmethod
    def shipped(cls, system: ManagedSystem) -> Self:
        """What a system has that nobody said anything about: levels of POWER8 machines, and of later ones, whose type begins
        with 9."""
        level = "VL950_087" if system.mtms.machine_type.startswith("9") else "SV860_215"
        return cls(uuid=system.uuid, temporary=level, permanent=level, active=level)
