r"""``profile.bak``: the partition configuration of a managed system in one text file, as ``bkprofdata`` writes it.

    FILE_VERSION = 0100
    TOD = 1464901557123
    PARTITION_CONFIG =
    lpar_id\=1,name\=novalink_212E3CA,…,"virtual_scsi_adapters\=4/client/2/vios1/2/0,5/client/3/vios2/2/0",…

Header lines are ``NAME = value``; then two lines for each partition: the key alone, and its attributes in the words of the HMC
command line, every ``=`` written ``\=``, an attribute whose value holds a comma in double quotes, quotes inside it doubled.
Order and layout are those of the file in the NovaLink tutorial; what it does not show (dedicated processors, virtual Fibre
Channel, IBM i, several added VLANs) follows the HMC's grammar of the same attributes (hmc-cli.md 3 and 4).

The tutorial's print breaks off before the file ends. After the partitions we write what clouds and drivers know a partition by,
and the virtual switches that their adapters name by number:

    PARTITION_UUID = 1/047FEE45-4DA0-4B23-BD2F-26A817B89EAE
    VIRTUAL_SWITCH = 1/Vepa/MGMTSWITCH
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import BadValue
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionType
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch
from openlpar.wire.profile_bak.attributes import (
    HEAD,
    IBMI,
    MIDDLE,
    PROCESSORS,
    TAIL,
    settings,
    text_of,
    value_of,
    with_field,
)
from openlpar.wire.profile_bak.entries import (
    ANY_PARTITION,
    Link,
    by_slot,
    entries,
    io_slot,
    io_slot_text,
    link,
    link_text,
    links,
    network,
    network_text,
    quoted,
    split,
)

__all__ = [
    "ANY_PARTITION",
    "Backup",
    "BadBackup",
    "Described",
    "Link",
    "described_line",
    "dump",
    "load",
    "mtms_of",
    "settings",
    "split",
]

FILE_VERSION = "0100"
CONFIG_VERSION = "0000000000030003"
_KEY = "PARTITION_CONFIG"
_IDENTITY = "PARTITION_UUID"
_SWITCH = "VIRTUAL_SWITCH"
_LISTS = ("io_slots", "virtual_eth_adapters", "virtual_scsi_adapters", "virtual_fc_adapters")


class BadBackup(ValueError):
    """The text is no profile.bak; says which line and what was expected there."""


@dataclass(frozen=True, slots=True)
class Described:
    """A partition as the file describes it. others: attributes this reader does not know, by name."""

    partition: LogicalPartition | VirtualIOServer
    networks: tuple[ClientNetworkAdapter, ...] = ()
    scsi: tuple[Link, ...] = ()
    fc: tuple[Link, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole file. tod: when it was written, ms since 1970. mtms: ``8247-21L*212E3CA``. service_id: 0 when there is none.
    switches: id, mode and name of each; none where the file names none."""

    mtms: str
    tod: int
    service_id: int
    partitions: tuple[Described, ...]
    file_version: str = FILE_VERSION
    config_version: str = CONFIG_VERSION
    switches: tuple[VirtualSwitch, ...] = ()


def mtms_of(system: ManagedSystem) -> str:
    machine = system.mtms
    return f"{machine.machine_type}-{machine.model}*{machine.serial}"


# ---- writing -----------------------------------------------------------------------------------------------------


def dump(
    system: ManagedSystem,
    partitions: Iterable[BasePartition],
    adapters: Iterable[ClientNetworkAdapter],
    scsi: Iterable[VirtualSCSIMapping],
    fc: Iterable[VirtualFibreChannelMapping],
    *,
    tod: int,
    switches: Iterable[VirtualSwitch] = (),
    config_version: str = CONFIG_VERSION,
) -> str:
    """The file. adapters and mappings of all partitions: each names the partition it belongs to by id."""
    ordered = sorted(partitions, key=lambda partition: partition.id)
    names = {partition.id: partition.name for partition in ordered}
    lines = [
        f"FILE_VERSION = {FILE_VERSION}",
        f"CONFIG_VERSION = {config_version}",
        f"TOD = {tod}",
        f"MTMS = {mtms_of(system)}",
        f"SERVICE_PARTITION_ID = {_service_id(ordered)}",
    ]
    networks: dict[int, list[ClientNetworkAdapter]] = {}
    for adapter in adapters:
        networks.setdefault(adapter.lpar_id, []).append(adapter)
    scsi_links, fc_links = links(scsi, names), links(fc, names)
    for partition in ordered:
        lines.append(f"{_KEY} =")
        number = partition.id
        lines.append(_line(partition, networks.get(number, ()), scsi_links.get(number, ()), fc_links.get(number, ())))
    lines += [f"{_IDENTITY} = {partition.id}/{partition.uuid}" for partition in ordered if partition.uuid]
    lines += [f"{_SWITCH} = {switch.switch_id}/{switch.mode}/{switch.name}" for switch in switches]
    return "\n".join(lines) + "\n"


def described_line(described: Described) -> str:
    """The line of a partition that was read, as it would be written today: for comparing two of them."""
    return _line(described.partition, described.networks, described.scsi, described.fc)


def _service_id(partitions: Iterable[BasePartition]) -> int:
    """The partition that speaks for the server; where none is marked, the first Virtual I/O Server does."""
    marked = [partition.id for partition in partitions if partition.is_service_partition]
    servers = [partition.id for partition in partitions if partition.env == PartitionType.VIOS]
    return (marked or servers or [0])[0]


def _line(
    partition: BasePartition,
    networks: Iterable[ClientNetworkAdapter],
    scsi: Iterable[Link],
    fc: Iterable[Link],
) -> str:
    dedicated = partition.proc_config.has_dedicated
    pairs = [(n, text_of(n, partition, path)) for n, path in (*HEAD, *PROCESSORS[dedicated], *MIDDLE)]
    lists = {
        "io_slots": [io_slot_text(slot) for slot in partition.io_config.io_slots],
        "virtual_eth_adapters": [network_text(adapter) for adapter in sorted(networks, key=lambda a: a.slot)],
        "virtual_scsi_adapters": [link_text(link) for link in sorted(scsi, key=by_slot)],
        "virtual_fc_adapters": [link_text(link, with_wwpns=True) for link in sorted(fc, key=by_slot)],
    }
    for name in _LISTS:
        if lists[name] or name == "io_slots":
            pairs.append((name, ",".join(quoted(text) for text in lists[name]) or "none"))
    pairs += [(n, text_of(n, partition, path)) for n, path in TAIL]
    if partition.env == PartitionType.OS400:
        pairs += [(n, text_of(n, partition, path).lower()) for n, path in IBMI]
    return ",".join(quoted(f"{name}={text}".replace("=", "\\=")) for name, text in pairs)


# ---- reading -----------------------------------------------------------------------------------------------------


def load(text: str) -> Backup:
    """What the file describes. Raises BadBackup."""
    header: dict[str, str] = {}
    identities: dict[int, str] = {}
    switches: list[VirtualSwitch] = []
    partitions: list[Described] = []
    lines = _numbered(text)
    for number, line in lines:
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or "\\" in name:
            raise BadBackup(f"line {number}: expected 'NAME = value', found {line[:40]!r}")
        if name == _IDENTITY:
            identities.update([_identity(number, value.strip())])
            continue
        if name == _SWITCH:
            switches.append(_switch(number, value.strip()))
            continue
        if name != _KEY:
            header[name] = value.strip()
            continue
        number, attributes = next(lines, (number, ""))
        try:
            partitions.append(_described(attributes))
        except (BadValue, ValueError) as wrong:
            raise BadBackup(f"line {number}: {str(wrong).rstrip('.')}") from wrong
    for name in ("FILE_VERSION", "MTMS", "TOD"):
        if name not in header:
            raise BadBackup(f"there is no line '{name} = …'; this is no profile.bak")
    if header["FILE_VERSION"] != FILE_VERSION:
        raise BadBackup(f"FILE_VERSION is {header['FILE_VERSION']}, but only {FILE_VERSION} can be read")
    try:
        tod, service_id = int(header["TOD"]), int(header.get("SERVICE_PARTITION_ID", "0"))
    except ValueError as wrong:
        raise BadBackup(f"TOD and SERVICE_PARTITION_ID have to be whole numbers: {wrong}") from wrong
    return Backup(
        mtms=header["MTMS"],
        tod=tod,
        service_id=service_id,
        partitions=tuple(_identified(described, identities) for described in partitions),
        config_version=header.get("CONFIG_VERSION", CONFIG_VERSION),
        switches=tuple(switches),
    )


def _identity(number: int, value: str) -> tuple[int, str]:
    lpar_id, _, uuid = value.partition("/")
    if not lpar_id.isdigit() or not re.fullmatch(r"[0-9A-Fa-f-]{36}", uuid):
        raise BadBackup(f"line {number}: expected '{_IDENTITY} = ID/UUID', found {value[:50]!r}")
    return int(lpar_id), uuid


def _switch(number: int, value: str) -> VirtualSwitch:
    switch_id, _, rest = value.partition("/")
    mode, _, name = rest.partition("/")
    if not switch_id.isdigit() or mode not in tuple(SwitchMode) or not name:
        raise BadBackup(f"line {number}: expected '{_SWITCH} = ID/Veb|Vepa/NAME', found {value[:50]!r}")
    return VirtualSwitch(switch_id=int(switch_id), mode=mode, name=name)


def _identified(described: Described, identities: Mapping[int, str]) -> Described:
    """Files of a genuine NovaLink name no UUIDs: what they describe gets new ones."""
    uuid = identities.get(described.partition.id)
    return replace(described, partition=described.partition.evolve(partition_uuid=uuid)) if uuid else described


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _described(line: str) -> Described:
    attributes: dict[str, str] = {}
    for part in split(line):
        name, mark, text = part.partition("\\=")
        if not mark:
            raise ValueError(f"{part[:40]!r} is not an attribute of the form NAME\\=VALUE")
        attributes[name] = text.replace("\\=", "=")
    for name in ("lpar_id", "name", "lpar_env"):
        if not attributes.get(name):
            raise ValueError(f"a partition without {name}")
    kind: type[LogicalPartition | VirtualIOServer] = (
        VirtualIOServer if attributes["lpar_env"] == "vioserver" else LogicalPartition
    )
    dedicated = attributes.get("proc_mode") == "ded"
    partition = kind()
    for name, path in (*HEAD, *PROCESSORS[dedicated], *MIDDLE, *TAIL, *IBMI):
        text = attributes.pop(name, "")
        if name == "auto_start" and text == "0":
            continue  # what a partition has that was never told anything else
        if text and path:
            partition = with_field(partition, path, value_of(name, kind, path, text))
    slots = [io_slot(entry) for entry in entries(attributes.pop("io_slots", ""))]
    if slots:
        partition = with_field(partition, ("io_config", "io_slots"), tuple(slots))
    number = partition.id
    return Described(
        partition=partition,
        networks=tuple(network(number, entry) for entry in entries(attributes.pop("virtual_eth_adapters", ""))),
        scsi=tuple(link(entry) for entry in entries(attributes.pop("virtual_scsi_adapters", ""))),
        fc=tuple(link(entry, with_wwpns=True) for entry in entries(attributes.pop("virtual_fc_adapters", ""))),
        others=tuple(attributes.items()),
    )
