"""What a storage daemon is to have open and to export, as arguments of its monitor (QMP).

Pure: made of what is lent and of the files it lies in. Nodes and exports are named by a digest of all that matters to them, a
file by its inode. So a daemon has what it should when it has the names it should, and nothing in it is ever altered: what
changed is dropped and added again.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openlpar.vios.served.contents import Layer
from openlpar.vios.served.loans import Backing, Form, Loan

_DIGITS = 24
# A server that is started again has this long until its clients see errors.
_RECONNECT_S = 30


@dataclass(frozen=True, slots=True)
class Node:
    """options: arguments of ``blockdev-add`` but for the name. size: bytes that it must have, 0 = as it is."""

    name: str
    options: dict[str, Any]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """id: for the monitor; name: for NBD clients."""

    id: str
    name: str
    node: str
    writable: bool


@dataclass(slots=True)
class Wanted:
    """What one daemon should have. nodes: by name, those below others first; exports: by id."""

    nodes: dict[str, Node] = field(default_factory=dict)
    exports: dict[str, Export] = field(default_factory=dict)

    def add(self, nodes: Sequence[Node], name: str, writable: bool) -> None:
        """Nodes of one disk, the last of them exported under a name."""
        self.nodes.update((node.name, node) for node in nodes)
        node = nodes[-1].name
        export = Export(_named("e", [name, node, writable]), name, node, writable)
        self.exports[export.id] = export

    def merge(self, other: Wanted) -> None:
        self.nodes.update(other.nodes)
        self.exports.update(other.exports)


def wanted(
    loans: Iterable[Loan], layers: Callable[[Backing], Sequence[Layer]], pools: Path
) -> tuple[dict[int, Wanted], Wanted, list[OSError]]:
    """What a Virtual I/O Server's own daemons should have, by number of the partition, what the daemon of shared disks, and what
    cannot be served.

    layers: the files of a backing, the one to be written first; raises OSError. pools: socket of the daemon of shared disks.
    """
    own: defaultdict[int, Wanted] = defaultdict(Wanted)
    shared, failed = Wanted(), []
    for loan in loans:
        writable = not loan.backing.read_only
        try:
            found = layers(loan.backing)
        except OSError as exc:
            failed.append(exc)
            continue
        nodes = file_nodes(found, max(loan.backing.size, found[0].size) if writable else 0, loan.backing.shared)
        if loan.backing.shared and found[0].form is Form.QCOW2:
            # Two programs that write one such file would destroy it: one opens it, the others are its clients. A raw one is
            # as safe as a disk on the SAN, and all see the same: what is written is in the memory of the host.
            name = nodes[-1].name
            shared.add(nodes, name, writable)
            nodes = [client_node(pools, name)]
        own[loan.client].add(nodes, loan.export, writable)
    return dict(own), shared, failed


def file_nodes(layers: Sequence[Layer], size: int, shared: bool = False) -> list[Node]:
    """The lowest base first. size: of the file on top, 0 when it is only read. shared: others may have it open."""
    nodes: list[Node] = []
    for depth, layer in reversed(list(enumerate(layers))):
        read_only = bool(depth) or not size
        below = nodes[-1].name if nodes else None
        identity = [layer.inode, layer.form, read_only, below, 0 if depth else size]
        options: dict[str, Any] = {
            "driver": str(layer.form),
            "read-only": read_only,
            "discard": "unmap",
            "file": {"driver": layer.driver, "filename": str(layer.path), "read-only": read_only, "discard": "unmap"},
        }
        if layer.driver == "host_device":
            # Through the host's memory, a write that a full pool refuses would fail at a flush, and so would all flushes after it.
            options["file"]["cache"] = {"direct": True}
        if shared and layer.form is Form.RAW:
            options["file"]["locking"] = "off"
        if layer.form is Form.QCOW2:
            options["backing"] = below
        if layer.is_fixed and size:
            options["size"] = size
        nodes.append(Node(_named("f", identity), options, 0 if depth or layer.is_fixed else size))
    return nodes


def client_node(server: Path, export: str) -> Node:
    options = {
        "driver": "nbd",
        "server": {"type": "unix", "path": str(server)},
        "export": export,
        "discard": "unmap",
        "reconnect-delay": _RECONNECT_S,
    }
    return Node(_named("c", [export]), options)


def _named(kind: str, identity: object) -> str:
    return kind + hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:_DIGITS]
