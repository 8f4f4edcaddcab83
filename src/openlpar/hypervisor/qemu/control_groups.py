"""Control groups of this host's kernel, one for each running partition: what processor time and memory are kept by.

They lie in one group of the service's, stay when it ends, as partitions do, and go with their partition. Controllers have a tree
each in version 1, and share one in version 2.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from openlpar.hypervisor.qemu.memory_group import write
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.options import Enforced
from openlpar.qemu_host.probe import Answer

log = logging.getLogger(__name__)

_LOOKS, _PAUSE_S = 100, 0.01


@dataclass(frozen=True, slots=True)
class ControlGroups:
    """The control groups of a service's partitions, by their names. version: of control groups, 1 or 2. without: how it is
    when there are none, in words."""

    controller: ClassVar[str]
    record_file: ClassVar[str]
    without: ClassVar[str]

    folder: Path
    version: int

    @classmethod
    def below(cls, parent: Path, version: int, data: Path) -> Self:
        """parent: where groups can be made; data: the service's own folder, by which its groups are told from others'."""
        digest = hashlib.sha256(str(data).encode()).hexdigest()[:8]
        return cls(parent / f"openlpar-{digest}", version)

    @classmethod
    def recorded(cls, data: Path) -> Self | None:
        """The ones that the service of a folder made its groups in last, when they can still be there: it may have been started
        elsewhere since."""
        try:
            plain = json.loads((data / cls.record_file).read_text(encoding="utf-8"))
            found = cls(Path(plain["folder"]), int(plain["version"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.folder.parent.is_dir() else None

    @classmethod
    def granted(cls, wish: Enforced | None, can: Answer, parent: Path | None, version: int, data: Path) -> Self | None:
        """None when they are not wished for, or cannot be had. wish: None for where the host lets us. Raises HostUnfit
        when they must be had, and cannot."""
        if wish == Enforced.OFF:
            return None
        if (known := cls.recorded(data)) is not None:
            return known
        if parent is None:
            text = f"{cls.without}: {can.reason}. {can.remedy}"
            if wish == Enforced.ON:
                raise HostUnfit(text)
            log.warning(text)
            return None
        made = cls.below(parent, version, data)
        made.record(data)
        return made

    def record(self, data: Path) -> None:
        """Before the first of them is made. Raises OSError."""
        text = json.dumps({"folder": str(self.folder), "version": self.version})
        (data / self.record_file).write_text(text, encoding="utf-8")

    def make(self, name: str) -> Path:
        """The folder of a group that is there then. Raises OSError."""
        self._make_all()
        group = self.folder / name
        group.mkdir(exist_ok=True)
        return group

    def _make_all(self) -> None:
        """The one in which all are; in version 2 those of another controller may have made it. Raises OSError."""
        is_new = not self.folder.is_dir()
        self.folder.mkdir(exist_ok=True)
        handed_down = self.folder / "cgroup.subtree_control"
        if self.version == 2:
            is_new = self.controller not in handed_down.read_text(encoding="ascii").split()
        if is_new:
            self._weigh_all()
            if self.version == 2:
                write(handed_down, f"+{self.controller}")

    def _weigh_all(self) -> None:
        """What all get together, beside the rest of the host. Raises OSError."""

    def names(self) -> Iterator[str]:
        """Of the groups that are there."""
        with contextlib.suppress(OSError):
            yield from (group.name for group in self.folder.iterdir() if group.is_dir())

    async def remove(self, name: str) -> None:
        """It may be gone already; with the last one the group of all goes. Raises OSError when something is still in it."""
        await _remove(self.folder / name)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


async def _remove(group: Path) -> None:
    for _ in range(_LOOKS):
        with contextlib.suppress(OSError):
            return group.rmdir()
        if not group.exists():
            return
        await asyncio.sleep(_PAUSE_S)  # the kernel has not yet buried what was in it
    group.rmdir()
