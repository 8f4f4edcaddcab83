"""viosupgrade: the system anew from an image, on other disks, with the configuration that there is.

What it says is in public logs of it. Options are IBM's, but forcecopy is recalled.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from openlpar.uom.cluster import Node, NodeState
from openlpar.uom.partition import PartitionState
from openlpar.vios.padmin import backup, system_image
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import BACKUPS
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.other_disks import put_system
from openlpar.vios.padmin.refusal import Refusal, Status

_FORCED = ("forcecopy", "skipclusterstate")
_WANTED = "upgraded_to"
"""What the server keeps the level under that the last upgrade was to bring."""


class Viosupgrade(Command, name="viosupgrade", group="Maintenance"):
    """Installs the system of an image on other disks and restarts the server from there. Its configuration stays."""

    local = Flag("-l", "on this server")
    image = Value("-i", "ImageFile", "an image of 'backupios -mksysb' with a newer level")
    disks = Value("-a", "PhysicalVolume[:PhysicalVolume ...]", "free disks that take the system")
    query = Flag("-q", "how the last upgrade went")
    in_cluster = Flag("-c", "the server is a node of a cluster, and leaves it while it restarts")
    files = Value("-g", "FileName", "a file with the names of files that must not be lost, one a line")
    forced = Value("-F", "Option[:Option ...]", "forcecopy, skipclusterstate")
    after = Value("-P", "Program", "a program to run after the installation; there is nothing here that could run it")
    before = Value("-k", "Program", "one to run before the configuration is restored; likewise")

    @form(local, image, disks, may(in_cluster), may(files), may(forced), may(after), may(before))
    def upgrade(self) -> Iterator[str]:
        server = self.server
        options = self._options()
        if server.cluster() is not None:
            self._check_cluster("skipclusterstate" in options)
        kept = self._kept()
        level = system_image.level_in(self.image, server.home.read(self.image))
        yield "Welcome to viosupgrade tool."
        yield f"Upgrading from ioslevel '{server.level}' to '{level}'."
        said = list(put_system(server, self.disks.split(":"), level=level, newVersion="true"))
        yield "Initiating VIOS configuration backup.."
        server.home.write(posixpath.join(BACKUPS, f"{server.host}.upgrade{backup.SUFFIX}"), backup.archive(server))
        yield "VIOS configuration backup successful."
        if kept:
            yield f"Files of {self.files} that are kept: {len(kept)}."
        server.keep_text(_WANTED, level)
        yield from said
        yield from server.restart()

    def _options(self) -> list[str]:
        """Those of -F. Raises Refusal for what cannot be done at all."""
        for word, given in (("-P", self.after), ("-k", self.before)):
            if given:
                raise Refusal(
                    Status.INCOMPLETE,
                    f'viosupgrade {word}: there is no AIX inside that could run "{given}". Nothing was done.',
                )
        options = self.forced.split(":") if self.forced else []
        for option in options:
            if option not in _FORCED:
                raise Refusal(Status.SYNTAX, f'-F "{option}" is not valid. Use {" or ".join(_FORCED)}.')
        return options

    def _check_cluster(self, skips_state: bool) -> None:
        cluster = self.server.the_cluster()
        if not self.in_cluster:
            raise Refusal(
                Status.CLUSTER_ACTIVE,
                "This Virtual I/O Server is a node of a cluster. Add -c to upgrade it nevertheless.",
            )
        others = [node for node in cluster.nodes if not node.vios_uri.endswith(self.server.uuid)]
        if others and not skips_state and not any(self._is_up(node) for node in others):
            raise Refusal(
                Status.CLUSTER_ACTIVE,
                f"No other node of cluster {cluster.name} is up: its pool would be lost to all partitions meanwhile. "
                "Add -F skipclusterstate to upgrade nevertheless.",
            )

    def _is_up(self, node: Node) -> bool:
        """A node of another system is as it was when it was last heard of."""
        here = self.server.node(node)
        return here.vios.state == PartitionState.RUNNING if here is not None else node.state != NodeState.DOWN

    def _kept(self) -> list[str]:
        """The files that -g lists. The files of padmin stay with the server, whatever it runs from: only that they are there is
        checked. Raises Refusal."""
        if not self.files:
            return []
        names = [line.strip() for line in self.server.home.read(self.files).decode(errors="replace").splitlines()]
        kept = [name for name in names if name]
        for name in kept:
            self.server.home.read(name)
        return kept

    @form(local, query)
    def tell(self) -> Iterator[str]:
        wanted = self.server.text(_WANTED)
        if not wanted:
            raise Refusal(Status.NOT_FOUND, "This Virtual I/O Server has not been upgraded with viosupgrade.")
        runs_it = _numbers(self.server.level) >= _numbers(wanted)  # it may have been updated since
        yield f"viosupgrade {'COMPLETED' if runs_it else 'FAILED'}"


def _numbers(level: str) -> list[int]:
    return [int(part) for part in level.split(".")] if level else []
