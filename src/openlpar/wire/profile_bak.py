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

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import BadValue, Bool, Child, Element, Field, Int, Number
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.partition_processors import SharingMode
from openlpar.uom.partition_state import BootMode, PartitionType
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelClientAdapter, VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch

FILE_VERSION = "0100"
CONFIG_VERSION = "0000000000030003"
ANY_PARTITION = 65535
"""Partition id of an adapter that any partition may connect to."""

E = TypeVar("E", bound=Element)

_KEY = "PARTITION_CONFIG"
_IDENTITY = "PARTITION_UUID"
_SWITCH = "VIRTUAL_SWITCH"


class BadBackup(ValueError):
    """The text is no profile.bak; says which line and what was expected there."""


class Link(NamedTuple):
    """One end of a virtual SCSI or Fibre Channel connection. remote_slot None: any. wwpns: Fibre Channel clients only."""

    slot: int
    is_client: bool
    remote_id: int
    remote_name: str
    remote_slot: int | None
    required: bool
    wwpns: tuple[str, ...] = ()


def _by_slot(link: Link) -> int:
    return link.slot


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


# ---- single values -----------------------------------------------------------------------------------------------

_WORDS: dict[str, dict[str, str]] = {
    "lpar_env": {
        PartitionType.AIX_LINUX: "aixlinux",
        PartitionType.VIOS: "vioserver",
        PartitionType.OS400: "os400",
    },
    "sharing_mode": {
        SharingMode.CAPPED: "cap",
        SharingMode.UNCAPPED: "uncap",
        SharingMode.KEEP_IDLE_PROCS: "keep_idle_procs",
        SharingMode.SHARE_IDLE_PROCS: "share_idle_procs",
        SharingMode.SHARE_IDLE_PROCS_ACTIVE: "share_idle_procs_active",
        SharingMode.SHARE_IDLE_PROCS_ALWAYS: "share_idle_procs_always",
    },
    "boot_mode": {
        BootMode.NORMAL: "norm",
        BootMode.SMS: "sms",
        BootMode.DIAGNOSTIC_DEFAULT: "dd",
        BootMode.DIAGNOSTIC_STORED: "ds",
        BootMode.OPEN_FIRMWARE: "of",
        BootMode.PETITBOOT: "pbl",
    },
    "mem_mode": {"false": "ded", "true": "shared"},
    "proc_mode": {"true": "ded", "false": "shared"},
}

_MEMORY = ("mem_config",)
_SHARED = ("proc_config", "shared_proc_cfg")
_DEDICATED = ("proc_config", "dedicated_proc_cfg")

# Attribute name and the field that it stands for, in the order of the file. An empty path: always the same text.
_Attribute = tuple[str, tuple[str, ...]]
_HEAD: tuple[_Attribute, ...] = (
    ("lpar_id", ("id",)),
    ("name", ("name",)),
    ("lpar_env", ("env",)),
    ("mem_mode", (*_MEMORY, "shared_enabled")),
    ("min_mem", (*_MEMORY, "min")),
    ("desired_mem", (*_MEMORY, "desired")),
    ("max_mem", (*_MEMORY, "max")),
    ("hpt_ratio", (*_MEMORY, "hpt_ratio")),
    ("mem_expansion", (*_MEMORY, "exp_factor")),
)
_PROCESSORS: dict[bool, tuple[_Attribute, ...]] = {
    True: (
        ("min_procs", (*_DEDICATED, "min")),
        ("desired_procs", (*_DEDICATED, "desired")),
        ("max_procs", (*_DEDICATED, "max")),
        ("proc_mode", ("proc_config", "has_dedicated")),
        ("sharing_mode", ("proc_config", "sharing_mode")),
    ),
    False: (
        ("min_procs", (*_SHARED, "min_virtual")),
        ("desired_procs", (*_SHARED, "desired_virtual")),
        ("max_procs", (*_SHARED, "max_virtual")),
        ("proc_mode", ("proc_config", "has_dedicated")),
        ("shared_proc_pool_id", (*_SHARED, "pool_id")),
        ("sharing_mode", ("proc_config", "sharing_mode")),
        ("min_proc_units", (*_SHARED, "min_units")),
        ("desired_proc_units", (*_SHARED, "desired_units")),
        ("max_proc_units", (*_SHARED, "max_units")),
        ("uncap_weight", (*_SHARED, "uncapped_weight")),
    ),
}
_MIDDLE: tuple[_Attribute, ...] = (
    ("allow_perf_collection", ("allow_perf_data_collection",)),
    ("work_group_id", ()),
)
_TAIL: tuple[_Attribute, ...] = (
    ("auto_start", ("auto_start",)),
    ("boot_mode", ("bootmode",)),
    ("max_virtual_slots", ("io_config", "max_virtual_slots")),
    ("lpar_avail_priority", ("avail_priority",)),
    ("lpar_proc_compat_mode", ("pending_proc_compat_mode",)),
)
_IBMI: tuple[_Attribute, ...] = (
    ("load_source_slot", ("io_config", "tagged_io", "load_src")),
    ("alt_restart_device_slot", ("io_config", "tagged_io", "alt_load_src")),
    ("console_slot", ("io_config", "tagged_io", "console")),
)
_LISTS = ("io_slots", "virtual_eth_adapters", "virtual_scsi_adapters", "virtual_fc_adapters")


def _field(kind: type[Element], path: tuple[str, ...]) -> Field[Any]:
    for name in path[:-1]:
        field = kind.by_name[name]
        assert isinstance(field, Child)
        kind = field.target
    return kind.by_name[path[-1]]


def _text(name: str, partition: BasePartition, path: tuple[str, ...]) -> str:
    if not path:
        return "none"
    value: Any = partition
    for step in path:
        value = getattr(value, step)
    field = _field(type(partition), path)
    if name in _WORDS:
        return _WORDS[name].get(field.format(value), "none")
    if isinstance(field, Bool):
        return "1" if value else "0"
    if isinstance(field, Number):
        return f"{value:.2f}"
    if isinstance(field, Int):
        return str(value)
    return str(value) or ("default" if name == "lpar_proc_compat_mode" else "none")


def _value(name: str, kind: type[BasePartition], path: tuple[str, ...], text: str) -> Any:
    """Raises BadValue."""
    field = _field(kind, path)
    if name in _WORDS:
        for word, shown in _WORDS[name].items():
            if shown == text:
                return field.parse(word)
        raise BadValue(f"{name} is {text!r}, not one of {', '.join(_WORDS[name].values())}.")
    if isinstance(field, Bool):
        return field.parse({"1": "true", "0": "false"}.get(text, text))
    if name in dict(_IBMI) and text == "none":
        return "NONE"
    if name == "mem_expansion":
        text = re.sub(r"(\.\d)0$", r"\1", text)  # as REST writes it: 0.0
    return field.parse(text)


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
    scsi_links, fc_links = _links(scsi, names), _links(fc, names)
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


def settings(partition: BasePartition) -> Iterator[tuple[tuple[str, ...], str]]:
    """The simple fields of a partition that the file holds and that can be changed: path and wire text of each that it has."""
    identity = ("id", "env")
    for _, path in (*_HEAD, *_PROCESSORS[partition.proc_config.has_dedicated], *_MIDDLE, *_TAIL):
        value: Any = partition
        for step in path:
            value = value.get(step) if isinstance(value, Element) else None
        if path and path[0] not in identity and value is not None:
            yield path, _field(type(partition), path).format(value)


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
    pairs = [(n, _text(n, partition, path)) for n, path in (*_HEAD, *_PROCESSORS[dedicated], *_MIDDLE)]
    lists = {
        "io_slots": [_io_slot_text(slot) for slot in partition.io_config.io_slots],
        "virtual_eth_adapters": [_network_text(adapter) for adapter in sorted(networks, key=lambda a: a.slot)],
        "virtual_scsi_adapters": [_link_text(link) for link in sorted(scsi, key=_by_slot)],
        "virtual_fc_adapters": [_link_text(link, with_wwpns=True) for link in sorted(fc, key=_by_slot)],
    }
    for name in _LISTS:
        if lists[name] or name == "io_slots":
            pairs.append((name, ",".join(_quoted(text) for text in lists[name]) or "none"))
    pairs += [(n, _text(n, partition, path)) for n, path in _TAIL]
    if partition.env == PartitionType.OS400:
        pairs += [(n, _text(n, partition, path).lower()) for n, path in _IBMI]
    return ",".join(_quoted(f"{name}={text}".replace("=", "\\=")) for name, text in pairs)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def _io_slot_text(slot: ProfileIOSlot) -> str:
    return f"{slot.slot.drc_index:X}/none/{int(slot.required)}"


def _network_text(adapter: ClientNetworkAdapter) -> str:
    """slot/IEEE 802.1Q/VLAN/added VLANs/trunk priority/required/switch id/MAC/MACs the guest may choose/QoS."""
    allowed = adapter.allowed_macs.lower().split()
    quality = str(adapter.qos_priority) if adapter.qos_priority_enabled else "none"
    return "/".join(
        (
            str(adapter.slot),
            str(int(adapter.is_tagged_vlan_supported)),
            str(adapter.pvid),
            ",".join(adapter.tagged_vlans.split()),
            str(adapter.trunk_pri),
            str(int(adapter.is_required)),
            str(adapter.vswitch_id),
            adapter.mac,
            ",".join(word if word in ("all", "none") else word.upper() for word in allowed) or "all",
            quality,
        )
    )


def _link_text(link: Link, *, with_wwpns: bool = False) -> str:
    """slot/side/remote id/remote name/remote slot/[WWPNs/]required."""
    anyone = link.remote_id in (0, ANY_PARTITION)
    words = [
        str(link.slot),
        "client" if link.is_client else "server",
        "any" if anyone else str(link.remote_id),
        "" if anyone else link.remote_name,
        "any" if link.remote_slot is None else str(link.remote_slot),
    ]
    if with_wwpns:
        words.append(",".join(link.wwpns))
    return "/".join([*words, str(int(link.required))])


def _slot(number: int) -> int | None:
    return None if number in (0, ANY_PARTITION) else number


def _links(
    mappings: Iterable[VirtualSCSIMapping | VirtualFibreChannelMapping], names: Mapping[int, str]
) -> dict[int, list[Link]]:
    """The adapter ends by partition id; mappings that share an adapter pair give one end each."""
    found: dict[int, dict[int, Link]] = {}
    for mapping in mappings:
        server, client = mapping.server_adapter, mapping.client_adapter
        if server:
            end = Link(
                server.vios_slot_num,
                False,
                server.lpar_id,
                names.get(server.lpar_id, ""),
                _slot(server.lpar_slot_num),
                server.is_required,
            )
            found.setdefault(server.vios_id, {})[end.slot] = end
        if client:
            wwpns = client.wwpns if isinstance(client, VirtualFibreChannelClientAdapter) else ""
            end = Link(
                client.lpar_slot_num,
                True,
                client.vios_id,
                names.get(client.vios_id, ""),
                _slot(client.vios_slot_num),
                client.is_required,
                tuple(wwpns.lower().split()),
            )
            found.setdefault(client.lpar_id, {})[end.slot] = end
    return {number: list(ends.values()) for number, ends in found.items()}


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


def split(text: str) -> list[str]:
    """The parts between commas that are not in quotes, without their quotes."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as wrong:
        raise ValueError(f"the quotes do not match: {wrong}") from wrong


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
    for name, path in (*_HEAD, *_PROCESSORS[dedicated], *_MIDDLE, *_TAIL, *_IBMI):
        text = attributes.pop(name, "")
        if name == "auto_start" and text == "0":
            continue  # what a partition has that was never told anything else
        if text and path:
            partition = _set(partition, path, _value(name, kind, path, text))
    slots = [_io_slot(entry) for entry in _entries(attributes.pop("io_slots", ""))]
    if slots:
        partition = _set(partition, ("io_config", "io_slots"), tuple(slots))
    number = partition.id
    return Described(
        partition=partition,
        networks=tuple(_network(number, entry) for entry in _entries(attributes.pop("virtual_eth_adapters", ""))),
        scsi=tuple(_link(entry) for entry in _entries(attributes.pop("virtual_scsi_adapters", ""))),
        fc=tuple(_link(entry, with_wwpns=True) for entry in _entries(attributes.pop("virtual_fc_adapters", ""))),
        others=tuple(attributes.items()),
    )


def _set(element: E, path: tuple[str, ...], value: Any) -> E:
    """The element with the field at the end of a path set, making what is on the way."""
    name, *rest = path
    if rest:
        field = type(element).by_name[name]
        assert isinstance(field, Child)
        value = _set(element.get(name) or field.target(), tuple(rest), value)
    return element.evolve(**{name: value})


def _entries(text: str) -> list[str]:
    return [] if text in ("", "none") else split(text)


def _io_slot(entry: str) -> ProfileIOSlot:
    index, *rest = entry.split("/")
    required = bool(rest) and rest[-1] == "1"
    return ProfileIOSlot(slot=AssociatedIOSlot(drc_index=int(index, 16)), required=required)


def _network(lpar_id: int, entry: str) -> ClientNetworkAdapter:
    words = entry.split("/")
    if len(words) != 10:
        raise ValueError(f"virtual_eth_adapters: {entry!r} has {len(words)} parts, not 10")
    slot, ieee, pvid, added, trunk, required, switch, mac, allowed, quality = words
    return ClientNetworkAdapter(
        lpar_id=lpar_id,
        slot=int(slot),
        is_required=required == "1",
        allowed_macs=" ".join(allowed.split(",")).upper(),
        mac=mac,
        pvid=int(pvid),
        qos_priority=int(quality) if quality.isdigit() else None,
        qos_priority_enabled=quality.isdigit(),
        tagged_vlans=" ".join(added.split(",")) or None,
        is_tagged_vlan_supported=ieee == "1",
        vswitch_id=int(switch),
        trunk_pri=int(trunk) or None,
    )


def _link(entry: str, *, with_wwpns: bool = False) -> Link:
    """A partition's name may hold slashes: it is what remains between the parts counted from both ends."""
    after = 3 if with_wwpns else 2
    head, tail = entry.split("/", 3), entry.rsplit("/", after)
    if len(head) < 4 or len(tail) < after + 1 or head[1] not in ("client", "server"):
        raise ValueError(f"{entry!r} is not of the form slot/client|server/id/name/slot/required")
    slot, side, remote, _ = head
    wwpns = tail[2].split(",") if with_wwpns and tail[2] else []
    return Link(
        slot=int(slot),
        is_client=side == "client",
        remote_id=ANY_PARTITION if remote == "any" else int(remote),
        remote_name=head[3].rsplit("/", after)[0],
        remote_slot=None if tail[1] == "any" else int(tail[1]),
        required=tail[-1] == "1",
        wwpns=tuple(wwpns),
    )
