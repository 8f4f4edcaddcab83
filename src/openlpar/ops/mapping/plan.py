"""What is to become of mappings, and what their steps do: make and remove devices of a Virtual I/O Server, and state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from openlpar.ops.core import partition_of
from openlpar.ports.state import Change
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

M = TypeVar("M", VirtualSCSIMapping, VirtualFibreChannelMapping)
Acts = tuple[Callable[[Change], None], Callable[[Change], None]]
"""What a step does, and its undo."""


@dataclass(slots=True)
class MappingPlan(Generic[M]):
    """changed: before and after. added: without uuid, and without what the Virtual I/O Server chooses."""

    removed: list[M] = field(default_factory=list)
    changed: list[tuple[M, M]] = field(default_factory=list)
    added: list[M] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.removed or self.changed or self.added)


@dataclass(frozen=True, slots=True)
class Lending(Generic[M]):
    """How a Virtual I/O Server makes the devices of a mapping (with what it chose, as they are then), and removes them.

    changes_client: whether the client shows more of a mapping than a reference to its adapter.
    """

    connect: Callable[[Change, VirtualIOServer, M], M]
    disconnect: Callable[[Change, VirtualIOServer, M], None]
    changes_client: bool = False

    def removal(self, mapping: M) -> Acts:
        def do(change: Change) -> None:
            self.disconnect(change, _server(change, mapping), mapping)
            change.remove(mapping)
            _touch_client(change, mapping)

        def undo(change: Change) -> None:
            self.connect(change, _server(change, mapping), mapping)

        return do, undo

    def alteration(self, before: M, after: M) -> Acts:
        def do(change: Change) -> None:
            change.put(self.connect(change, _server(change, after), after))
            if self.changes_client:
                _touch_client(change, after)

        def undo(change: Change) -> None:
            self.connect(change, _server(change, before), before)

        return do, undo

    def addition(self, mapping: M, complete: Callable[[Change, M], M] = lambda _, mapping: mapping) -> Acts:
        """complete: adds what only the moment of the change can tell."""
        made: list[M] = []

        def do(change: Change) -> None:
            wanted = complete(change, mapping).evolve(uuid=change.entropy.uuid())
            made.append(self.connect(change, _server(change, mapping), wanted))
            change.put(made[0])
            _touch_client(change, mapping)

        def undo(change: Change) -> None:
            self.disconnect(change, _server(change, mapping), made[0])

        return do, undo


def _server(change: Change, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> VirtualIOServer:
    return change.get(VirtualIOServer, mapping.parent or "")


def _touch_client(change: Change, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> None:
    """The partition shows references to its adapters, which live below the Virtual I/O Server: what was rendered of it is
    out of date. Putting back the same version says so, and changes nothing else."""
    client = partition_of(change, mapping.client_lpar_href.rpartition("/")[2])
    if client is not None:
        change.put(client)
