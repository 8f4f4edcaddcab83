"""File storage pools in a backup, and their files, that are not on the server; see ``restoring``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from openlpar.vios.padmin import file_pool_changes as changes
from openlpar.vios.padmin.backup import Saved, copies_of, saved_file_pools
from openlpar.vios.padmin.changes import place_copies
from openlpar.vios.padmin.missing import Missing
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.server import Server, file_name


def file_pools(server: Server, saved: Saved) -> Iterator[Missing]:
    """Each pool, and then its files: empty ones, as a backup holds no data."""
    groups = {str(group.get("GroupName")): group for group in saved["VolumeGroup"]}
    for wanted in saved_file_pools(saved):
        pool = server.file_pool(wanted["name"])
        if pool is None:
            copies = copies_of(groups.get(wanted["group"], {}), wanted["name"])
            yield Missing(wanted["name"], partial(_make_pool, server, wanted, copies))
        there = {file_name(file) for file in server.files(pool)} if pool is not None else set()
        for file in wanted["files"]:
            if file["name"] not in there:
                yield Missing(file["name"], partial(_make_file, server, wanted["name"], file))


def _make_pool(server: Server, wanted: Saved, copies: list[list[str]]) -> str:
    made = changes.create_pool(server, server.group(wanted["group"]), wanted["name"], _gb(wanted)).name
    place_copies(server, server.group(wanted["group"]), made, copies)
    return made


def _make_file(server: Server, name: str, file: Saved) -> str:
    pool = server.file_pool(name)
    if pool is None:
        raise no_such("Storage pool", name, "It could not be made.")
    return file_name(changes.create_file(server, pool, file["name"], _gb(file)))


def _gb(saved: Saved) -> Decimal:
    return Decimal(saved["size_mb"]) / 1024
