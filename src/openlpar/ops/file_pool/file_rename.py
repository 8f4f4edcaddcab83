"""Giving a file of a file storage pool another name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from openlpar.ops.core import Step
from openlpar.ops.file_pool.rules import OnPool, documented
from openlpar.ops.storage.names import BACKING_FILE, check_name
from openlpar.ops.storage.usage import refuse_mapped
from openlpar.ports.state import World


@dataclass
class RenameFile(OnPool, name="file_pool.rename_file"):
    """called, new_name: of the file. It must not be mapped: clients know it by its path."""

    evidence = documented("chbdsp -mv")

    target: str
    called: str
    new_name: str

    parameters: ClassVar[dict[str, str]] = {"name": "of the file", "new_name": "its new one"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters["name"], parameters["new_name"])

    def check(self, world: World) -> None:
        self.find(world)
        self._file = self.file(world, self.called)
        check_name("backing device", self.new_name, BACKING_FILE)
        self.check_free_name(world, self.new_name)
        refuse_mapped(world, self._file.uuid, f"Backing device {self.called} of {self.place}", "renamed")

    def steps(self) -> Iterable[Step]:
        yield Step("rename the file", lambda change: change.put(replace(self._file, name=self.new_name)))
