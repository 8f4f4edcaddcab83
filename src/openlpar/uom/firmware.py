"""Levels of system firmware, as the names of their packages tell them: ``01SV860_215_056`` is level 215 of release SV860, and 56
is the last level that could not be activated while partitions run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_PACKAGE = re.compile(r"01([A-Z]{2}\d{3,4})_(\d{3})_(\d{3})(\.[A-Za-z.]+)?")
_INSTALLED = re.compile(r"([A-Z]{2}\d{3,4})_(\d{3})")


@dataclass(frozen=True, slots=True, order=True)
class FirmwareLevel:
    """release: two letters for the kind of machine, and a number (SV860). level: service pack, counting up within a release."""

    release: str
    level: int

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Of ``SV860_215``. Raises ValueError."""
        found = _INSTALLED.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no level of firmware")
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.release}_{self.level:03}"

    @property
    def machines(self) -> str:
        """The letters that stand for the machines that it is for."""
        return self.release[:2]


@dataclass(frozen=True, slots=True, order=True)
class FirmwarePackage:
    """What can be loaded. disruptive: the last level of the release that needs a restart of the system."""

    level: FirmwareLevel
    disruptive: int

    @classmethod
    def named(cls, name: str) -> Self:
        """Of the name of a file, with or without its ending. Raises ValueError."""
        found = _PACKAGE.fullmatch(name)
        if found is None:
            raise ValueError("its name is not of the form 01RRNNN_LLL_DDD")
        return cls(FirmwareLevel(found[1], int(found[2])), int(found[3]))

    def __str__(self) -> str:
        return f"01{self.level}_{self.disruptive:03}"

    def restart_because(self, active: FirmwareLevel) -> str:
        """Why it cannot be activated while partitions run, "" when it can: the rule that IBM's package descriptions give."""
        if self.level.release != active.release:
            return f"the release changes from {active.release} to {self.level.release}"
        if self.level <= active:
            return f"it is not newer than the activated level {active}"
        if self.disruptive > active.level:
            return f"only levels from {active.release}_{self.disruptive:03} on take it while partitions run, and this is {active}"
        return ""
