"""What jobs of one Virtual I/O Server have in common."""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.ops.core import JobOperation
from openlpar.ports.state import World
from openlpar.uom.virtual_io_server import VirtualIOServer


class ServerJob(JobOperation):
    """It is about the server, and keeps others from it; a subclass that needs more asks for more locks."""

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        vios = world.find(VirtualIOServer, self.target)
        return vios.name if vios is not None else self.target
