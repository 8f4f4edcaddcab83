"""Network bridges with their shared Ethernet adapters and load groups: readable, not yet changeable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, RefusedOperation, Step, UpdateOperation
from openlpar.ops.merge import merged
from openlpar.ports.state import World
from openlpar.uom.network_bridge import NetworkBridge


class CreateNetworkBridge(RefusedOperation, name="network_bridge.create", verb="create", on=(NetworkBridge,)):
    """Refused."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.network")

    task = "Creating a network bridge"


@dataclass
class UpdateNetworkBridge(UpdateOperation, name="network_bridge.update", verb="update", on=(NetworkBridge,)):
    """Refused, unless the client sends back what it read."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.network_bridger")

    requested: NetworkBridge

    called = "uuid"

    def check(self, world: World) -> None:
        stored = world.get(NetworkBridge, self.uuid)
        about = f"network bridge {self.uuid}"
        if merged(stored, stored, self.requested, about=about, strict=False) != stored:
            raise general.UNSUPPORTED.error(operation=f"Changing {about}")
        self.subject = (NetworkBridge, self.uuid)

    def steps(self) -> Iterable[Step]:
        return ()


class DeleteNetworkBridge(RefusedOperation, name="network_bridge.delete", verb="delete", on=(NetworkBridge,)):
    """Refused."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.network")

    called = "uuid"
    task = "Deleting network bridge {name}"
