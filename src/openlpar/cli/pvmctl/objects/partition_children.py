"""Reading objects that REST keeps below partitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Row
from openlpar.messages import general
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer

JOINS = {"LogicalPartition": LogicalPartition, "VirtualIOServer": VirtualIOServer}


def load(kind: type[Element], of_vioses: bool, call: Call, selection: Selection) -> Sequence[Row]:
    """Objects of the partitions that ``-p`` selects, of all without it. of_vioses: VIOSes may have them too."""
    kinds: list[type[BasePartition]] = [LogicalPartition, *([VirtualIOServer] if of_vioses else [])]
    rows: list[Row] = []
    owners = 0
    for owner_kind in kinds:
        for owner in call.partitions(owner_kind, selection.parent):
            owners += 1
            for entry in call.connection.feed(f"{owner_kind.tag}/{owner.uuid}/{kind.tag}", kind):
                rows.append(Row({call.noun.name: entry.element, owner_kind.tag: owner.element}, entry))
    if selection.parent and not owners:
        raise general.NOT_FOUND.error(kind="partition", name="=".join(selection.parent))
    return rows


def owner_id(row: Row) -> Any:
    for name in JOINS:
        owner = row.elements.get(name)
        if owner is not None:
            return owner.get("id")
    return ""
