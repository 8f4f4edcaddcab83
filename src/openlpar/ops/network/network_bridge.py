"""Network bridges with their shared Ethernet adapters and load groups: readable, not yet changeable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, ResourceOperation, ResourceRequest, Step
from openlpar.ops.merge import merged
from openlpar.ports.state import World
from openlpar.uom.network_bridge import NetworkBridge


@dataclass
class CreateNetworkBridge(ResourceOperation, name="network_bridge.create", verb="create", on=(NetworkBridge,)):
    """Refused."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.network")

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls()

    def check(self, world: World) -> None:
        raise general.UNSUPPORTED.error(operation="Creating a network bridge")


@dataclass
class UpdateNetworkBridge(ResourceOperation, name="network_bridge.update", verb="update", on=(NetworkBridge,)):
    """Refused, unless the client sends back what it read."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's tasks.network_bridger")

    uuid: str
    requested: NetworkBridge

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, NetworkBridge)
        return cls(request.uuid, request.element)

    def about(self, world: World) -> str:
        return self.uuid

    def check(self, world: World) -> None:
        stored = world.get(NetworkBridge, self.uuid)
        about = f"network bridge {self.uuid}"
        if merged(stored, stored, self.requested, about=about, strict=False) != stored:
            raise general.UNSUPPORTED.error(operation=f"Changing {about}")
        self.subject = (NetworkBridge, self.uuid)

    def steps(self) -> Iterable[Step]:
        return ()


@dataclass
class DeleteNetworkBridge(ResourceOperation, name="network_bridge.delete", verb="delete", on=(NetworkBridge,)):
    """Refused."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.network")

    uuid: str

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid)

    def about(self, world: World) -> str:
        return self.uuid

    def check(self, world: World) -> None:
        world.get(NetworkBridge, self.uuid)
        raise general.UNSUPPORTED.error(operation=f"Deleting network bridge {self.uuid}")
