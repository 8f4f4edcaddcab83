"""The simulated Virtual I/O Servers of a managed system."""

from __future__ import annotations

from typing import ClassVar

from openlpar.vios.adapter_devices import AdapterDevices
from openlpar.vios.padmin import Padmin
from openlpar.vios.storage_devices import StorageDevices


class SimulatedVios(StorageDevices, AdapterDevices, Padmin):
    """See ``ports.io_server.IoServer``: disks and media, virtual adapters, and the command line."""

    name: ClassVar[str] = "sim"
