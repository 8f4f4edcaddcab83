"""Updates of the VIOS software as they come: a directory with a file that tells the level."""

from __future__ import annotations

import posixpath

from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server

LEVEL_FILE = "ios.level"
"""What tells the level that an update brings: a VIOS keeps its own in a file of this name."""


def offered_level(server: Server, directory: str) -> str:
    """The level in a directory of padmin. Raises Refusal."""
    if not server.home.is_directory(directory):
        raise no_such("Directory", directory, f"Make one with a file {LEVEL_FILE}.")
    name = posixpath.join(directory, LEVEL_FILE)
    if not server.home.exists(name):
        raise Refusal(
            Status.INCOMPLETE,
            f'"{directory}" holds no update: the file {LEVEL_FILE}, which tells its level, is missing. Nothing was done.',
        )
    return server.home.read(name).decode(errors="replace").strip()
