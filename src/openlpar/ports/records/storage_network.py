"""The simulated storage: arrays, volumes and images of its network, who is logged in, and what was written to thin disks."""

from __future__ import annotations

from dataclasses import dataclass, field

from openlpar.ports.records.core import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageArray(Record):
    """An array on the simulated storage network; uuid is its name. ports: WWPNs of its Fibre Channel ports; iqns, portals: names
    and addresses (``192.0.2.50:3260``) of its iSCSI targets. chap, discovery_chap: user and secret that they ask for at the login
    and at the discovery of several paths, () for nothing."""

    ports: tuple[str, ...] = ()
    iqns: tuple[str, ...] = ()
    portals: tuple[str, ...] = ()
    chap: tuple[str, ...] = ()
    discovery_chap: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SanVolume(Record):
    """A volume of an array; uuid is ``array/volume``. lun: its number; capacity: MB; naa: identifier of its page 83, "" when it
    does not tell one; iqn: of a target of its own, "" for those of the array. hosts: whom it is masked to: WWPNs, IQNs, or names of
    partitions."""

    lun: int
    capacity: int
    naa: str
    iqn: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def array(self) -> str:
        return self.uuid.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RbdImage(Record):
    """An image in a simulated Ceph cluster; uuid is ``pool/image``. capacity: MB."""

    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IscsiSession(Record):
    """A Virtual I/O Server is logged in to an iSCSI target. vios: its uuid; interface: over which; disks: logical unit number to
    uuid of the PhysicalVolume that was found there."""

    vios: str
    iqn: str
    portal: str
    interface: str
    disks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitUse(Record):
    """What was written to a thin logical unit (uuid). written_mb: MB that it takes of its pool; rest_kb: what was written beyond
    that, less than a MB."""

    written_mb: int
    rest_kb: int = 0
