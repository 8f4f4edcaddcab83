"""What hypervisor back ends have in common. ``--hypervisor NAME`` imports ``openlpar.hypervisor.NAME`` and takes the class it
registered."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from openlpar.ports.hypervisor import Surroundings
from openlpar.ports.registry import Registered


class Backend(Registered, what="hypervisor", package="openlpar.hypervisor"):
    """Base of all hypervisor back ends; see ``ports.hypervisor.Hypervisor`` for what they do.

    io_server: name of the ``vios`` back end that goes with it. clocks: the clock modes it goes with; none = all. options: the
    names of those ``Options`` that mean something to it.
    """

    io_server: ClassVar[str] = "simulated"
    clocks: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[str, ...]] = ()

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.report = surroundings.report

    @classmethod
    async def end_all(cls, folder: Path) -> list[str]:
        """Ends what goes on in the back end's folder though the service has ended. What that was, in words. Raises TimeoutError
        for what does not end."""
        return []
