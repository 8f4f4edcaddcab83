"""The file sets of a Virtual I/O Server: optional ones are removed and installed again, as ``updateios`` does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Self

from openlpar.messages import padmin as say
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.storage.usage import serving
from openlpar.ops.vios.error_log import own_time
from openlpar.ops.vios.job import ServerJob
from openlpar.ops.vios.levels import level_of, why_unfit
from openlpar.ports.records import SoftwareHistory
from openlpar.ports.state import Change, World
from openlpar.uom.file_sets import file_sets
from openlpar.uom.virtual_io_server import VirtualIOServer


class FileSetTask(StrEnum):
    """What is done with file sets."""

    REMOVE = "remove"
    INSTALL = "install"


_DONE = {FileSetTask.REMOVE: "REMOVE", FileSetTask.INSTALL: "COMMIT"}


@dataclass
class ChangeFileSets(ServerJob, name="vios.change_file_sets"):
    """names: of the file sets. level: of those that are installed; it must be the server's."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: updateios")

    target: str
    task: str
    names: tuple[str, ...]
    level: str = ""

    parameters: ClassVar[dict[str, str]] = {
        "task": "remove or install",
        "names": "names of file sets, separated by blanks",
        "level": "the level of those that are installed",
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["task"], tuple(parameters["names"].split()), parameters.get("level", ""))

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        removed = history_of(world, self.target).removed
        known = {one.name: one for one in file_sets(vios)}
        for name in self.names:
            is_there = name in known and name not in removed
            if self.task == FileSetTask.REMOVE:
                if not is_there:
                    raise say.NO_FILE_SET.error(vios=vios.name, file_set=name)
                if known[name].needed_by:
                    raise say.FILE_SET_NEEDED.error(vios=vios.name, file_set=name, user=known[name].needed_by)
            elif name not in known:
                raise say.NO_FILE_SET.error(vios=vios.name, file_set=name)
            elif is_there:
                raise say.FILE_SET_THERE.error(vios=vios.name, file_set=name)
        if self.task == FileSetTask.INSTALL:
            self._check_level(vios)

    def _check_level(self, vios: VirtualIOServer) -> None:
        present = level_of(vios)
        if self.level != present:
            cause = why_unfit(present, self.level, new_version=False) or "a file set has the level of the server"
            raise say.WRONG_UPDATE.error(vios=vios.name, level=present or "unknown", wanted=self.level, cause=cause)

    def steps(self) -> Iterable[Step]:
        yield Step("change the file sets", self._change)

    def _change(self, change: Change) -> None:
        level = level_of(change.get(VirtualIOServer, self.target))
        note(change, self.target, _DONE[FileSetTask(self.task)], level, self.names)
        history = history_of(change, self.target)
        kept = [name for name in history.removed if name not in self.names]
        if self.task == FileSetTask.REMOVE:
            kept += self.names
        change.put(replace(history, removed=tuple(sorted(kept))))


def history_of(world: World, vios: str) -> SoftwareHistory:
    return world.find(SoftwareHistory, vios) or SoftwareHistory(uuid=vios)


def note(change: Change, vios: str, done: str, level: str, names: Iterable[str] = ("",)) -> None:
    """Writes down what was done with the software. names: of file sets, "" for all."""
    history = history_of(change, vios)
    new = tuple((own_time(change, vios), done, level, name) for name in names)
    change.put(replace(history, entries=(*history.entries, *new)[-SoftwareHistory.KEPT :]))
