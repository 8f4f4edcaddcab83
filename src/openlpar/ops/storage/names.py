"""How storage may be called."""

from __future__ import annotations

import re

from openlpar.messages import storage as say
from openlpar.ports.file_pools import pools_of
from openlpar.ports.state import World
from openlpar.uom.volume_group import VolumeGroup

# Longest names: rest-contract 2.14; files of a file storage pool: IBM documentation of chbdsp; logical units: the VIOS's own limit
# for file names of a pool.
LOGICAL_VOLUME = 15
MEDIA = 37
BACKING_FILE = 38
LOGICAL_UNIT = 127
_SAFE = re.compile(r"[A-Za-z0-9_.\-]+")


def check_name(kind: str, name: str, longest: int) -> None:
    """Names become names of devices and files on the Virtual I/O Server, and words of its command line."""
    if not name:
        cause = "it is empty"
    elif len(name) > longest:
        cause = f"it has {len(name)} characters"
    elif not _SAFE.fullmatch(name):
        cause = "it has other characters than letters, digits, '_', '.' and '-'"
    elif name[0] in "-.":
        cause = f"it begins with {name[0]!r}"
    else:
        return
    wanted = f"1 to {longest} letters, digits, '_', '.' and '-', and begin with one of the first three"
    raise say.BAD_NAME.error(kind=kind, name=name, cause=cause, wanted=wanted)


def volume_names(world: World, vios: str, *, but: str = "") -> set[str]:
    """Names of the logical volumes of a Virtual I/O Server (uuid): one name space for all its volume groups.

    but: a group (uuid) whose virtual disks and media repository are not counted.
    """
    names = {pool.name for pool in pools_of(world, vios)}
    for group in world.all(VolumeGroup, vios):
        if group.uuid != but:
            names |= {disk.name for disk in group.virtual_disks}
            names |= {repository.name for repository in group.vmedia_repos}
    return names
