"""How a Virtual I/O Server names its devices: UDIDs, each with a two-digit type before it (rest-contract 2.14)."""

from __future__ import annotations

from openlpar.ports.state import Entropy
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool
from openlpar.uom.volume_group import VolumeGroup

LOGICAL_VOLUME = "03"
VOLUME_GROUP = "04"
OPTICAL_MEDIA = FILE = "0e"
LOGICAL_UNIT = "27"
IMAGE_UNIT = "29"

_CLUSTER_DIGITS = 32
_UNIT_DIGITS = 32
_FILE_DIGITS = 32


def disk_udid(group: VolumeGroup) -> str:
    """The group's identifier and the lowest free number of a logical volume in it, as AIX counts them."""
    stem = f"{LOGICAL_VOLUME}{group.serial_id or group.udid.removeprefix(VOLUME_GROUP) or group.uuid.replace('-', '')}"
    taken = {disk.udid for disk in group.virtual_disks}
    number = 1
    while f"{stem}.{number}" in taken:
        number += 1
    return f"{stem}.{number}"


def file_udid(entropy: Entropy) -> str:
    """Of a file in a file storage pool. How a real one looks is not known; this one stays when the file gets another name."""
    return f"{FILE}{entropy.hex(_FILE_DIGITS)}"


def media_udid(name: str) -> str:
    return f"{OPTICAL_MEDIA}{name}"


def unit_udid(pool: SharedStoragePool, unit: LogicalUnit, entropy: Entropy) -> str:
    """Type, the cluster's identifier as it stands in the pool's own UDID, and the unit's: hexadecimal behind the type, as
    clients hash it as a number."""
    kind = IMAGE_UNIT if unit.lu_type == LogicalUnitType.IMAGE else LOGICAL_UNIT
    cluster = pool.udid[2 : 2 + _CLUSTER_DIGITS].lower()
    if len(cluster) < _CLUSTER_DIGITS or set(cluster) - set("0123456789abcdef"):
        cluster = pool.uuid.replace("-", "").lower()
    return f"{kind}{cluster}{entropy.hex(_UNIT_DIGITS)}"
