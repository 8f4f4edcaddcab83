"""``openlpar``: the service itself, its inventories, and the simulation."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script; imports late, so that importing the package costs nothing."""
    from openlpar.cli.openlpar.entry import main as run

    return run(arguments)
