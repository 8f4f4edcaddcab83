"""hostname: the name of this Virtual I/O Server in the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

_NAME = re.compile(r"(?=.{1,255}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*")


class Hostname(Command, name="hostname", group="TCP/IP"):
    """Displays or sets the host name."""

    new = Operand("HostName", "the new host name")

    @form()
    def show(self) -> Iterator[str]:
        yield self.server.host

    @form(new)
    def change(self) -> Iterator[str]:
        set_host_name(self.server, self.new)
        yield self.new


def set_host_name(server: Server, name: str) -> None:
    """Raises Refusal for what is none, and on a node of a cluster, which is known by its name."""
    if not _NAME.fullmatch(name):
        raise Refusal(Status.SYNTAX, f'"{name}" is not a host name. Use letters, digits, "-" and ".".')
    cluster = server.cluster()
    if cluster is not None and name != server.host:
        raise Refusal(
            Status.CLUSTER_ACTIVE, f"The host name cannot be changed while this server is a node of {cluster.name}."
        )
    server.operator.update(server.vios.evolve(hostname=name))
