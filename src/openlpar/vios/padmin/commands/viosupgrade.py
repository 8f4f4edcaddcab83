"""viosupgrade: the system anew from an image, on other disks, with the configuration that there is.

What it says is in public logs of it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from openlpar.vios.padmin import backup, system_image
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import BACKUPS
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.other_disks import put_system
from openlpar.vios.padmin.refusal import Refusal, Status

_WANTED = "upgraded_to"
"""What the server keeps the level under that the last upgrade was to bring."""


class Viosupgrade(Command, name="viosupgrade", group="Maintenance"):
    """Installs the system of an image on other disks and restarts the server from there. Its configuration stays."""

    local = Flag("-l", "on this server")
    image = Value("-i", "ImageFile", "an image of 'backupios -mksysb' with a newer level")
    disks = Value("-a", "PhysicalVolume[:PhysicalVolume ...]", "free disks that take the system")
    query = Flag("-q", "how the last upgrade went")
    in_cluster = Flag("-c", "the server is a node of a cluster, and leaves it while it restarts")

    @form(local, image, disks, may(in_cluster))
    def upgrade(self) -> Iterator[str]:
        server = self.server
        if server.cluster() is not None and not self.in_cluster:
            raise Refusal(
                Status.CLUSTER_ACTIVE,
                "This Virtual I/O Server is a node of a cluster. Add -c to upgrade it nevertheless.",
            )
        level = system_image.level_in(self.image, server.home.read(self.image))
        yield "Welcome to viosupgrade tool."
        yield f"Upgrading from ioslevel '{server.level}' to '{level}'."
        said = list(put_system(server, self.disks.split(":"), level=level, newVersion="true"))
        yield "Initiating VIOS configuration backup.."
        server.home.write(posixpath.join(BACKUPS, f"{server.host}.upgrade{backup.SUFFIX}"), backup.archive(server))
        yield "VIOS configuration backup successful."
        server.keep_text(_WANTED, level)
        yield from said
        yield from server.restart()

    @form(local, query)
    def tell(self) -> Iterator[str]:
        wanted = self.server.text(_WANTED)
        if not wanted:
            raise Refusal(Status.NOT_FOUND, "This Virtual I/O Server has not been upgraded with viosupgrade.")
        runs_it = _numbers(self.server.level) >= _numbers(wanted)  # it may have been updated since
        yield f"viosupgrade {'COMPLETED' if runs_it else 'FAILED'}"


def _numbers(level: str) -> list[int]:
    return [int(part) for part in level.split(".")] if level else []
