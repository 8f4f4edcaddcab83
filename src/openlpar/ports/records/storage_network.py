"""The simulated storage: arrays, volumes and images of its network, who is logged in, and what was written to thin disks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

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

    goes_with: ClassVar[str] = "vios"

    vios: str
    iqn: str
    portal: str
    interface: str
    disks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitUse(Record):
    """How much of a thin logical unit (uuid) was ever written."""

    written_kb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSnapshot(Record):
    """What a logical unit (unit, its uuid) was like at a time (at, ms since 1970). name: of the snapshot; those of other units may
    have the same. written_kb: of ``UnitUse``, then."""

    goes_with: ClassVar[str] = "unit"

    unit: str
    name: str
    at: int
    written_kb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling(Record):
    """Thin disks fill while a workload writes to new blocks; there is one record, while one does. at: up to when it was worked out
    (ms since 1970); wanted_kb: uuid of each tier to what was to be written to it in the last ``seconds`` before."""

    at: int
    seconds: int = 0
    wanted_kb: dict[str, int] = field(default_factory=dict)
