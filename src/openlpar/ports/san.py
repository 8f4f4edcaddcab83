"""The simulated storage network: arrays, their volumes with masks, images of a Ceph cluster, and who sees what.

There is one fabric, without zones: every Fibre Channel port reaches every other one, and every portal is reached. What a
partition sees follows from the masks alone. A mask is a WWPN, an IQN, or the name of a partition (all its initiators).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from openlpar.ports.records import RbdImage, Record, SanVolume, StorageArray
from openlpar.ports.state import World
from openlpar.uom.partition import BasePartition, PartitionState
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import BackStoreType, VirtualDisk, VirtualDiskType

ISCSI_PORT = 3260
_MOST_GB = 1 << 16
_MOST_LUN = 16383
_WWPN = re.compile(r"[0-9A-F]{16}")
_NAA = re.compile(r"6[0-9A-F]{31}|[235][0-9A-F]{15}")
_IQN = re.compile(r"iqn\.\d{4}-\d\d\.[a-z0-9.-]+(:[^\s,\[\]]+)?", re.IGNORECASE)
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
_NONE = "none"


# what an administrator writes


def port_name(text: str) -> str:
    """A WWPN as it is compared: ``50:05:…`` and ``5005…`` are the same. Other texts stay as they are."""
    plain = text.replace(":", "").upper()
    return plain if _WWPN.fullmatch(plain) else text


def portal(text: str) -> str:
    """``192.0.2.50:3260`` or ``[2001:db8::1]:3260``; the port may be left out. Raises ValueError for what is no address."""
    host, colon, port = text.rpartition(":")
    if not colon or (host.count(":") and not host.startswith("[")):
        host, port = text, str(ISCSI_PORT)
    address = ipaddress.ip_address(host.strip("[]"))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{port!r} is no port")
    return f"[{address}]:{int(port)}" if address.version == 6 else f"{address}:{int(port)}"


def array(wish: Mapping[str, Any]) -> StorageArray:
    """``{name: ds8k, ports: [500507680308104A], iqns: […], portals: […], chap: [user, secret]}``. Raises ValueError that says what
    is wrong, as the others do."""
    _check_known(wish, ("name", "ports", "iqns", "portals", "chap", "discovery_chap"))
    name = _text(wish, "name")
    if not _NAME.fullmatch(name):
        raise ValueError(f"name is {name!r}, not letters, digits, '.', '_' and '-'")
    made = StorageArray(
        uuid=name,
        ports=tuple(_checked(port_name(text), _WWPN, "a port", "16 hex digits") for text in _texts(wish, "ports")),
        iqns=tuple(
            _checked(text.lower(), _IQN, "an IQN", "iqn.2024-01.com.example:target") for text in _texts(wish, "iqns")
        ),
        portals=tuple(_portals(_texts(wish, "portals"))),
        chap=_login(wish, "chap"),
        discovery_chap=_login(wish, "discovery_chap"),
    )
    if not made.ports and not made.portals:
        raise ValueError(f"array {name} has neither ports (Fibre Channel) nor portals (iSCSI)")
    return made


def volume(wish: Mapping[str, Any], *, naa: str, lun: int) -> SanVolume:
    """``{name: ds8k/vol1, size_gb: 20, lun: 1, hosts: [vios1, vios2]}``. naa, lun: where the wish gives none; ``naa: none`` is a
    volume that does not tell its identifier."""
    _check_known(wish, ("name", "size_gb", "lun", "naa", "iqn", "hosts"))
    name = _pair(wish, "array/volume")
    written = _text(wish, "naa", naa)
    identifier = (
        "" if written == _NONE else _checked(written.upper(), _NAA, "naa", "32 hex digits from 6, or 16 from 2, 3 or 5")
    )
    number = _text(wish, "lun", str(lun))
    if not (number.isascii() and number.isdigit()) or int(number) > _MOST_LUN:
        raise ValueError(f"lun is {number!r}, not a number from 0 to {_MOST_LUN}")
    iqn = _text(wish, "iqn", "").lower()
    return SanVolume(
        uuid=name,
        lun=int(number),
        capacity=_size_mb(wish),
        naa=identifier,
        iqn=_checked(iqn, _IQN, "iqn", "iqn.2024-01.com.example:target") if iqn else "",
        hosts=hosts(_texts(wish, "hosts")),
    )


def image(wish: Mapping[str, Any]) -> RbdImage:
    """``{name: volumes/disk1, size_gb: 10}``."""
    _check_known(wish, ("name", "size_gb"))
    return RbdImage(uuid=_pair(wish, "pool/image"), capacity=_size_mb(wish))


def hosts(written: Iterable[str]) -> tuple[str, ...]:
    """Masks as they are compared, each once."""
    made = [port_name(text) for text in written]
    return tuple(dict.fromkeys(text.lower() if _IQN.fullmatch(text) else text for text in made))


def plain(record: Record) -> dict[str, Any]:
    """As an administrator writes it. Secrets are there, as the inventory needs them."""
    if isinstance(record, StorageArray):
        values = {name: list(getattr(record, name)) for name in ("ports", "iqns", "portals", "chap", "discovery_chap")}
        return {"name": record.uuid, **{name: value for name, value in values.items() if value}}
    if isinstance(record, SanVolume):
        made = {
            "name": record.uuid,
            "size_gb": _size_gb(record.capacity),
            "lun": record.lun,
            "naa": record.naa or _NONE,
        }
        return {**made, **({"iqn": record.iqn} if record.iqn else {}), "hosts": list(record.hosts)}
    assert isinstance(record, RbdImage)
    return {"name": record.uuid, "size_gb": _size_gb(record.capacity)}


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the lists of a storage network. what: what messages call a member."""

    record: type[StorageArray] | type[SanVolume] | type[RbdImage]
    what: str


KINDS: Mapping[str, Kind] = {
    "arrays": Kind(StorageArray, "Array"),
    "volumes": Kind(SanVolume, "Volume"),
    "images": Kind(RbdImage, "RBD image"),
}
"""The lists, in the order in which they can be made: a volume needs its array."""


def described(world: World) -> dict[str, list[dict[str, Any]]]:
    """The whole network as an inventory writes it; lists without members are left out."""
    lists = {name: [plain(one) for one in world.all(kind.record)] for name, kind in KINDS.items()}
    return {name: members for name, members in lists.items() if members}


def _check_known(wish: Mapping[str, Any], known: Collection[str]) -> None:
    for name in wish:
        if name not in known:
            raise ValueError(f"there is no {name!r}, only {', '.join(known)}")


def _text(wish: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = wish.get(name, default)
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{name} is {'missing' if value is None else repr(value)}")
    return str(value)


def _texts(wish: Mapping[str, Any], name: str) -> list[str]:
    value = wish.get(name, [])
    if not isinstance(value, list | tuple) or not all(isinstance(one, str | int) for one in value):
        raise ValueError(f"{name} is {value!r}, not a list of texts")
    return [str(one) for one in value]


def _checked(text: str, pattern: re.Pattern[str], what: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{what} is {text!r}, not {wanted}")
    return text


def _portals(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        try:
            yield portal(text)
        except ValueError:
            raise ValueError(f"a portal is {text!r}, not an address such as 192.0.2.50:{ISCSI_PORT}") from None


def _login(wish: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = _texts(wish, name)
    if texts and (len(texts) != 2 or not all(texts)):
        raise ValueError(f"{name} is no pair of user and secret")
    return tuple(texts)


def _pair(wish: Mapping[str, Any], form: str) -> str:
    name = _text(wish, "name")
    if not all(_NAME.fullmatch(part) for part in name.split("/")) or name.count("/") != 1:
        raise ValueError(f"name is {name!r}, not {form}")
    return name


def _size_mb(wish: Mapping[str, Any]) -> int:
    text = _text(wish, "size_gb")
    try:
        size = Decimal(text) * 1024
    except InvalidOperation:
        size = Decimal(0)
    if not size.is_finite() or not 1 <= size <= _MOST_GB * 1024 or size != int(size):
        raise ValueError(f"size_gb is {text!r}, not whole MB from 1 MB to {_MOST_GB} GB")
    return int(size)


def _size_gb(capacity: int) -> float | int:
    size = capacity / 1024
    return int(size) if size.is_integer() else size


# images


def image_udid(name: str) -> str:
    """UDID of an image that is mapped, by its ``pool/image``: the same on every Virtual I/O Server. How a real one looks is not
    known."""
    return f"rbd.{name}"


def mapped_image(found: RbdImage, user: str = "") -> VirtualDisk:
    """An image of the Ceph cluster as a Virtual I/O Server lends it. user: whom the client named."""
    return VirtualDisk(
        capacity=Decimal(found.capacity) / 1024,
        label=found.uuid,
        name=found.uuid,
        udid=image_udid(found.uuid),
        vdtype=VirtualDiskType.RBD.value,
        backstore_type=BackStoreType.USER_RBD.value,
        rbd_user=user or None,
    )


# who sees what


def initiator_name(vios: VirtualIOServer) -> str:
    """IQN of a Virtual I/O Server: it stays when the server is renamed."""
    return f"iqn.1986-03.com.ibm:openlpar.{vios.uuid.lower()}"


def client_ports(mapping: VirtualFibreChannelMapping) -> list[str]:
    """The pair of WWPNs of a client adapter: the first logs in, the second will where the partition moves to; there they change
    places."""
    return [port_name(text) for text in mapping.client_adapter.wwpns.split()]


def is_logged_in(world: World, mapping: VirtualFibreChannelMapping, client: BasePartition | None) -> bool:
    """Whether a client adapter is logged in to the network: its partition runs, and so does the Virtual I/O Server, with a port for
    it."""
    vios = world.find(VirtualIOServer, mapping.parent or "")
    carried = bool(mapping.server_adapter.map_port or mapping.backing_port.name)
    return carried and all(one is not None and one.state == PartitionState.RUNNING for one in (vios, client))


def is_masked_to(one: SanVolume, names: Iterable[str]) -> bool:
    return any(name in one.hosts for name in names)


def seen_through(world: World, mapping: VirtualFibreChannelMapping, partition: str) -> list[SanVolume]:
    """What a partition (by its name) sees over its virtual Fibre Channel adapter while that is logged in, by number: its Virtual
    I/O Server runs and a physical port carries it."""
    vios = world.find(VirtualIOServer, mapping.parent or "")
    if vios is None or vios.state != "running" or not mapping.backing_port.name:
        return []
    return fibre_volumes(world, [partition, *client_ports(mapping)[:1]])


def left_behind(world: World, mapping: VirtualFibreChannelMapping, partition: str) -> list[SanVolume]:
    """What a partition (by its name) sees by the port name that logs in now alone: it would not see it where it moves to."""
    other = {one.uuid for one in fibre_volumes(world, [partition, *client_ports(mapping)[1:]])}
    return [one for one in fibre_volumes(world, client_ports(mapping)[:1]) if one.uuid not in other]


def npiv_volumes(world: World, partition: BasePartition) -> list[SanVolume]:
    """What a partition sees over its virtual Fibre Channel adapters, each once."""
    found: dict[str, SanVolume] = {}
    for mapping in world.all(VirtualFibreChannelMapping):
        if mapping.client_adapter.lpar_id == partition.id:
            found.update({one.uuid: one for one in seen_through(world, mapping, partition.name)})
    return list(found.values())


def fibre_volumes(world: World, names: Collection[str]) -> list[SanVolume]:
    """The volumes of arrays with Fibre Channel ports that are masked to one of these, by array and number."""
    return _volumes(world, lambda owner: bool(owner.ports), names)


def _volumes(world: World, offers: Callable[[StorageArray], bool], names: Collection[str]) -> list[SanVolume]:
    arrays = {one.uuid for one in world.all(StorageArray) if offers(one)}
    found = [one for one in world.all(SanVolume) if one.array in arrays and is_masked_to(one, names)]
    return sorted(found, key=lambda one: (one.array, one.lun))


def targets_of(owner: StorageArray, one: SanVolume) -> tuple[str, ...]:
    """Names of the iSCSI targets that offer a volume."""
    return (one.iqn,) if one.iqn else owner.iqns
