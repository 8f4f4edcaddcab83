"""What virtual adapters of all kinds have in common."""

from __future__ import annotations

from enum import StrEnum


class VirtualAdapterType(StrEnum):
    """Which end of a connection an adapter is."""

    CLIENT = "Client"
    SERVER = "Server"
