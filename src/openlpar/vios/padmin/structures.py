"""Structures of volume groups, as savevgstruct keeps them: the group as a UOM element with its file storage pools, in a file of its
name."""

from __future__ import annotations

import json
from decimal import Decimal

from openlpar.ports.file_pools import pools_in
from openlpar.uom.volume_group import VolumeGroup
from openlpar.vios.padmin.backup import Saved, element, saved_group
from openlpar.vios.padmin.files import HOME
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

_FOLDER = f"{HOME}/vgbackups"
_ENDING = ".data"
_POOLS = "FileStoragePools"


def save(server: Server, group: VolumeGroup) -> str:
    """The name of the file."""
    name = f"{_FOLDER}/{group.name}{_ENDING}"
    pools = {pool.name: pool.size_mb for pool in pools_in(server.change, group.uuid)}
    server.home.write(name, json.dumps({**saved_group(server, group), _POOLS: pools}, indent=1).encode())
    return name


def saved(server: Server) -> list[str]:
    """Names of the groups that were saved."""
    return [name.removesuffix(_ENDING) for name in server.home.names(_FOLDER) if name.endswith(_ENDING)]


def structure(server: Server, name: str) -> tuple[VolumeGroup, Saved]:
    """What was saved of a group, as element and as it stands in the file. Raises Refusal."""
    if name not in saved(server):
        raise Refusal(
            Status.NOT_FOUND,
            f'No structure of volume group "{name}" was saved. restorevgstruct -ls lists those that were.',
        )
    try:
        found = json.loads(server.home.read(f"{_FOLDER}/{name}{_ENDING}"))
        return element(VolumeGroup, found), found
    except (ValueError, TypeError, AttributeError) as error:
        raise Refusal(Status.INCOMPLETE, f'The structure of "{name}" cannot be read: {error}.') from error


def file_pools(found: Saved) -> dict[str, Decimal]:
    """GB of each file storage pool of a structure; those of earlier versions have none."""
    return {str(pool): Decimal(int(mb)) / 1024 for pool, mb in found.get(_POOLS, {}).items()}
