"""lsnetsvc: whether a network service runs."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.services import NETWORK, is_active


class Lsnetsvc(Command, name="lsnetsvc", group="TCP/IP"):
    """Displays the state of network services."""

    service = Operand("NetworkService", f"one of {', '.join(NETWORK)}, or ALL")

    @form()
    @form(service)
    def show(self) -> Iterator[str]:
        if self.service in ("", "ALL"):
            yield f"{'Network Service':<20}Status"
            yield from (f"{name:<20}{self._state(name)}" for name in NETWORK)
        elif self.service in NETWORK:
            yield self._state(self.service)
        else:
            known = ", ".join(NETWORK)
            raise Refusal(Status.SYNTAX, f'Network service "{self.service}" is not valid. The services are: {known}.')

    def _state(self, name: str) -> str:
        return "active" if is_active(self.server, name) else "inactive"
