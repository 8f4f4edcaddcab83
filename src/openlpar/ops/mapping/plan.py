"""What is to become of mappings, and how: what was planned becomes devices of a Virtual I/O Server, and state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Generic, NamedTuple, TypeVar

from openlpar.ops.core import Step, partition_of
from openlpar.ports.io_server import IoServer
from openlpar.ports.state import Change
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

M = TypeVar("M", VirtualSCSIMapping, VirtualFibreChannelMapping)


class StepNames(NamedTuple):
    """What the steps with one mapping are called."""

    remove: str
    change: str
    add: str


@dataclass(slots=True)
class MappingPlan(Generic[M]):
    """changed: before and after. added: without uuid, and without what the Virtual I/O Server chooses.

    changes_client: whether the client shows more of a mapping than a reference to its adapter.
    """

    changes_client: ClassVar[bool] = False

    removed: list[M] = field(default_factory=list)
    changed: list[tuple[M, M]] = field(default_factory=list)
    added: list[M] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.removed or self.changed or self.added)

    def steps(self, io_server: IoServer) -> Iterator[Step]:
        """One for each mapping, so that each is taken back when a later one fails. Removals come first: they free devices
        and ports."""
        for mapping in self.removed:
            yield self._removal(io_server, mapping)
        for before, after in self.changed:
            yield self._alteration(io_server, before, after)
        for mapping in self.added:
            yield self._addition(io_server, mapping)

    # what differs

    def connect(self, io_server: IoServer, change: Change, vios: VirtualIOServer, mapping: M) -> M:
        """As the Virtual I/O Server has it then."""
        raise NotImplementedError(type(self).__name__)

    def disconnect(self, io_server: IoServer, change: Change, vios: VirtualIOServer, mapping: M) -> None:
        raise NotImplementedError(type(self).__name__)

    def named(self, mapping: M) -> StepNames:
        raise NotImplementedError(type(self).__name__)

    def new(self, change: Change, mapping: M) -> M:
        """What was planned, with an identity."""
        return mapping.evolve(uuid=change.entropy.uuid())

    # the steps

    def _removal(self, io_server: IoServer, mapping: M) -> Step:
        def do(change: Change) -> None:
            self.disconnect(io_server, change, _server(change, mapping), mapping)
            change.remove(mapping)
            _touch_client(change, mapping)

        def undo(change: Change) -> None:
            self.connect(io_server, change, _server(change, mapping), mapping)

        return Step(self.named(mapping).remove, do, undo)

    def _alteration(self, io_server: IoServer, before: M, after: M) -> Step:
        def do(change: Change) -> None:
            change.put(self.connect(io_server, change, _server(change, after), after))
            if self.changes_client:
                _touch_client(change, after)

        def undo(change: Change) -> None:
            self.connect(io_server, change, _server(change, before), before)

        return Step(self.named(before).change, do, undo)

    def _addition(self, io_server: IoServer, mapping: M) -> Step:
        made: list[M] = []

        def do(change: Change) -> None:
            made.append(self.connect(io_server, change, _server(change, mapping), self.new(change, mapping)))
            change.put(made[0])
            _touch_client(change, mapping)

        def undo(change: Change) -> None:
            self.disconnect(io_server, change, _server(change, mapping), made[0])

        return Step(self.named(mapping).add, do, undo)


def _server(change: Change, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> VirtualIOServer:
    return change.get(VirtualIOServer, mapping.parent or "")


def _touch_client(change: Change, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> None:
    """The partition shows references to its adapters, which live below the Virtual I/O Server: what was rendered of it is
    out of date. Putting back the same version says so, and changes nothing else."""
    client = partition_of(change, mapping.client_lpar_href.rpartition("/")[2])
    if client is not None:
        change.put(client)
