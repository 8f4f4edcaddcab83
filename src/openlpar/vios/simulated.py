"""The simulated Virtual I/O Servers of a managed system."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from openlpar.ports.options import NOTHING_TOLD, Options
from openlpar.vios.adapter_devices import AdapterDevices
from openlpar.vios.backend import IoServerBackend
from openlpar.vios.padmin import Padmin
from openlpar.vios.storage_devices import StorageDevices


class SimulatedVios(StorageDevices, AdapterDevices, Padmin, IoServerBackend, name="simulated"):
    """See ``ports.io_server.IoServer``: disks and media, virtual adapters, and the command line."""

    @classmethod
    def below(cls, data: Path, options: Options = NOTHING_TOLD) -> Self:
        return cls(data / "vios")
