"""``pvmctl ssp``: shared storage pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.client.atom import Entry
from openlpar.uom.cluster import Cluster
from openlpar.uom.shared_storage_pool import SharedStoragePool


def pools(call: Call) -> list[Entry[SharedStoragePool]]:
    found = call.connection.feed("SharedStoragePool", SharedStoragePool)
    return sorted(found, key=lambda entry: entry.element.name)


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    clusters: dict[str, Any] = {}
    if "Cluster" in selection.types:
        for cluster in call.connection.feed("Cluster", Cluster):
            clusters[cluster.element.ssp_uri.rpartition("/")[2]] = cluster.element
    rows = [Row({"SharedStoragePool": entry.element}, entry) for entry in pools(call)]
    for row in rows:
        uuid = row.elements["SharedStoragePool"].uuid
        if uuid in clusters:
            row.elements["Cluster"] = clusters[uuid]
    return rows


NOUN = Noun(
    name="SharedStoragePool",
    title="Shared Storage Pools",
    kind=SharedStoragePool,
    joins={"Cluster": Cluster},
    columns=(
        Column("Name", "name"),
        Column("Cluster", "Cluster.name"),
        Column("Cap (GB)", "capacity"),
        Column("Free (GB)", "free_space"),
        Column("LUs (GB)", "total_lu_size"),
    ),
    load=_load,
    verbs=(
        listing.verb("ssp list", "ssp list -d name free_space over_commit_space"),
        changes.update_verb("ssp update -i name=pool1 -s name=pool2", selects="is"),
    ),
)
