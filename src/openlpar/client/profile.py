"""The partition configuration of a managed system over REST: read into a ``profile.bak``, and made anew from one."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from openlpar.client import edit
from openlpar.client.atom import Entry
from openlpar.client.connection import Connection
from openlpar.client.errors import ClientError
from openlpar.messages import profile as say
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIClientAdapter, VirtualSCSIMapping, VirtualSCSIServerAdapter
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.wire import profile_bak
from openlpar.wire.profile_bak import Backup, BadBackup, Described, Link, mtms_of

__all__ = [
    "Backup",
    "BadBackup",
    "Level",
    "Report",
    "conflicts",
    "mtms_of",
    "read",
    "restore",
    "system_named",
    "written",
]

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

_GROUPS = "ViosFCMapping,ViosNetwork,ViosSCSIMapping"


def system_named(connection: Connection, name: str = "") -> ManagedSystem:
    """The managed system with this name, or the one there is. Raises NO_SYSTEM."""
    systems = [entry.element for entry in connection.feed("ManagedSystem", ManagedSystem)]
    for system in systems:
        if name in ("", system.system_name):
            return system
    raise say.NO_SYSTEM.error(name=name, ours=", ".join(system.system_name for system in systems) or "none")


def read(text: str) -> Backup:
    """Raises BadBackup."""
    return profile_bak.load(text)


# ---- reading the system ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Configuration:
    """What a system has: partitions and Virtual I/O Servers as they were read, and all their network adapters."""

    system: ManagedSystem
    partitions: list[BasePartition]
    servers: list[Entry[VirtualIOServer]]
    adapters: list[ClientNetworkAdapter]
    switches: list[VirtualSwitch]

    def text(self, tod: int) -> str:
        servers = [server.element for server in self.servers]
        return profile_bak.dump(
            self.system,
            [*self.partitions, *servers],
            self.adapters,
            [mapping for vios in servers for mapping in vios.scsi_mappings],
            [mapping for vios in servers for mapping in vios.vfc_mappings],
            tod=tod,
            switches=self.switches,
        )


def written(connection: Connection, name: str, tod: int) -> str:
    """The backup of the system with this name. tod: ms since 1970."""
    return _configuration(connection, system_named(connection, name)).text(tod)


def _configuration(connection: Connection, system: ManagedSystem) -> _Configuration:
    above = f"ManagedSystem/{system.uuid}"
    partitions = [entry.element for entry in connection.feed(f"{above}/LogicalPartition", LogicalPartition)]
    servers = connection.feed(f"{above}/VirtualIOServer", VirtualIOServer, group=_GROUPS)
    adapters = [adapter for partition in partitions for adapter in _adapters(connection, partition)]
    for server in servers:
        own = {adapter.slot: adapter for adapter in _trunks(server.element)}
        own.update((adapter.slot, adapter) for adapter in _adapters(connection, server.element))
        adapters += own.values()
    switches = [entry.element for entry in connection.feed(f"{above}/VirtualSwitch", VirtualSwitch)]
    return _Configuration(system, list(partitions), servers, adapters, switches)


def _adapters(connection: Connection, partition: BasePartition) -> Iterator[ClientNetworkAdapter]:
    """Asked for only where the partition says that it has some: most of the requests on a large system."""
    if partition.client_network_adapters:
        path = f"{type(partition).__name__}/{partition.uuid}/ClientNetworkAdapter"
        for entry in connection.feed(path, ClientNetworkAdapter):
            adapter = entry.element
            yield adapter if adapter.lpar_id else adapter.evolve(lpar_id=partition.id)


def _trunks(vios: VirtualIOServer) -> Iterator[ClientNetworkAdapter]:
    """A genuine NovaLink lists trunk adapters in the Virtual I/O Server alone."""
    for trunk in vios.trunk_adapters:
        shared = {}
        for declared, value in trunk.present():
            same = ClientNetworkAdapter.by_tag.get(declared.tag)
            if same is not None and same.kind == declared.kind:
                shared[same.name] = value
        yield ClientNetworkAdapter(**{**shared, "lpar_id": vios.id})


# ---- restoring ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a restore did: lines for the user. kept: partitions that were there already; later: what viosbr has to restore."""

    restored: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def conflicts(connection: Connection, system: ManagedSystem, backup: Backup) -> list[str]:
    """Why the system's configuration is not cleared: logical partitions that the backup contradicts or does not know.

    The management partition and the Virtual I/O Servers are what the restore itself needs; they may differ.
    """
    configuration = _configuration(connection, system)
    now = profile_bak.load(configuration.text(backup.tod))
    management = {partition.id for partition in configuration.partitions if partition.is_mgmt_partition}
    wanted_by_id = {one.partition.id: one for one in backup.partitions}
    wanted_by_name = {one.partition.name: one for one in backup.partitions}
    found = []
    for one in now.partitions:
        partition = one.partition
        wanted = wanted_by_id.get(partition.id)
        called = f"partition {partition.name} (id {partition.id})"
        if wanted is None or wanted.partition.name != partition.name:
            other = wanted or wanted_by_name.get(partition.name)
            if other is not None:
                found.append(f"{called} is {other.partition.name} (id {other.partition.id}) in the backup")
            elif isinstance(partition, LogicalPartition) and partition.id not in management:
                found.append(f"{called} is not in the backup")
        elif isinstance(partition, LogicalPartition) and partition.id not in management:
            different = _differences(one, wanted)
            if different:
                found.append(f"{called} differs from the backup in {', '.join(different)}")
    return found


def _differences(now: Described, wanted: Described) -> list[str]:
    ours, theirs = (dict(_attributes(one)) for one in (now, wanted))
    return [name for name in (ours | theirs) if ours.get(name) != theirs.get(name)]


def _attributes(described: Described) -> Iterator[tuple[str, str]]:
    for part in profile_bak.split(profile_bak.described_line(described)):
        name, _, value = part.partition("\\=")
        yield name, value


class Level(enum.IntEnum):
    """How a backup is restored, by the numbers of the HMC's rstprofdata."""

    FULL = 1
    BACKUP_WINS = 2
    CURRENT_WINS = 3


def restore(
    connection: Connection, system: ManagedSystem, backup: Backup, *, ignore_mac: bool, level: Level = Level.FULL
) -> Report:
    """Creates every partition of the backup that does not exist, with what of its adapters REST can make. With BACKUP_WINS
    logical partitions that do exist become what the backup says; the management partition and the Virtual I/O Servers never do.

    Continues after a failure: the report says what is missing. Raises ClientError only when nothing could be read.
    """
    report = Report()
    above = f"ManagedSystem/{system.uuid}"
    configuration = _configuration(connection, system)
    management = {partition.id for partition in configuration.partitions if partition.is_mgmt_partition}
    existing = {one.partition.id: one for one in profile_bak.load(configuration.text(backup.tod)).partitions}
    switches = _restore_switches(connection, report, above, configuration.switches, backup)
    pairs: list[tuple[LogicalPartition, Link]] = []
    ordered = sorted(backup.partitions, key=lambda one: (isinstance(one.partition, LogicalPartition), one.partition.id))
    for described in ordered:
        partition = described.partition
        called = f"partition {partition.name} (id {partition.id})"
        now = existing.get(partition.id)
        if now is not None and now.partition.name != partition.name:
            report.failed.append(f"{called}: its id is taken by partition {now.partition.name}")
            continue
        if now is not None:
            is_fixed = partition.id in management or not isinstance(partition, LogicalPartition)
            if level == Level.BACKUP_WINS and not is_fixed:
                _change(connection, report, system, switches, now, described, ignore_mac=ignore_mac)
            else:
                report.kept.append(called)
            continue
        try:
            made = connection.create(f"{above}/{partition.tag}", partition).element
        except ClientError as refused:
            report.failed.append(f"{called}: {refused.text}")
            continue
        report.restored.append(called)
        _restore_networks(connection, report, system, switches, made, described, ignore_mac=ignore_mac)
        if isinstance(made, LogicalPartition):
            pairs += [(made, link) for link in described.scsi]
        report.later += _left_to_viosbr(described)
    _restore_scsi(connection, report, system, pairs)
    return report


def _restore_switches(
    connection: Connection, report: Report, above: str, there: Iterable[VirtualSwitch], backup: Backup
) -> dict[int, VirtualSwitch]:
    """The switches by the ids that they have in the backup: known again by their names, made where there is none. A file
    without names, as of a genuine NovaLink, means the ids."""
    if not backup.switches:
        return {switch.switch_id: switch for switch in there}
    by_name = {switch.name: switch for switch in there}
    found = {}
    for wanted in backup.switches:
        called = f"virtual switch {wanted.name}"
        if wanted.name not in by_name:
            try:
                made = connection.create(f"{above}/VirtualSwitch", wanted.evolve(switch_id=None)).element
            except ClientError as refused:
                report.failed.append(f"{called}: {refused.text}")
                continue
            by_name[wanted.name] = made
            report.restored.append(called)
        found[wanted.switch_id] = by_name[wanted.name]
    return found


def _left_to_viosbr(described: Described, taken: Collection[int] = ()) -> Iterator[str]:
    """taken: slots that have an adapter."""
    for link in described.fc:
        if link.is_client and link.slot not in taken:
            yield (
                f"virtual Fibre Channel adapter in slot {link.slot} of {described.partition.name}"
                f" (WWPNs {' '.join(link.wwpns)}): its port is in the backup of {link.remote_name}"
            )


def _change(
    connection: Connection,
    report: Report,
    system: ManagedSystem,
    switches: dict[int, VirtualSwitch],
    now: Described,
    wanted: Described,
    *,
    ignore_mac: bool,
) -> None:
    """Makes a partition that is there what the backup says. Adapters are added where a slot has none; none is taken away."""
    partition = wanted.partition
    called = f"partition {partition.name} (id {partition.id})"
    taken = {adapter.slot for adapter in now.networks} | {link.slot for link in (*now.scsi, *now.fc)}
    report.later += _left_to_viosbr(wanted, taken)
    different = [name for name in _differences(now, wanted) if name != "virtual_fc_adapters"]
    if not different:
        report.kept.append(called)
        return
    called = f"{called}, {', '.join(different)}"
    entry = connection.search(LogicalPartition, "PartitionID", str(partition.id))[0]

    def set_all(tree: ET.Element) -> None:
        for path, text in profile_bak.settings(partition):
            if edit.get_text(tree, LogicalPartition, path) != text:
                edit.set_text(tree, LogicalPartition, path, text)

    try:
        made = connection.update(entry, set_all).element
    except ClientError as refused:
        report.failed.append(f"{called}: {refused.text}")
        return
    report.changed.append(called)
    missing = replace(wanted, networks=tuple(one for one in wanted.networks if one.slot not in taken))
    _restore_networks(connection, report, system, switches, made, missing, ignore_mac=ignore_mac)
    _restore_scsi(connection, report, system, [(made, link) for link in wanted.scsi if link.slot not in taken])


def _restore_networks(
    connection: Connection,
    report: Report,
    system: ManagedSystem,
    switches: dict[int, VirtualSwitch],
    made: BasePartition,
    described: Described,
    *,
    ignore_mac: bool,
) -> None:
    for adapter in described.networks:
        called = f"network adapter in slot {adapter.slot} of {made.name} (VLAN {adapter.pvid})"
        switch = switches.get(adapter.vswitch_id)
        if switch is None:
            report.failed.append(f"{called}: there is no virtual switch with id {adapter.vswitch_id}")
            continue
        wanted = adapter.evolve(
            lpar_id=None,
            vswitch_id=None,
            vswitch_uri=(f"ManagedSystem/{system.uuid}/VirtualSwitch/{switch.uuid}",),
            **({"mac": None} if ignore_mac else {}),
        )
        path = f"{type(made).__name__}/{made.uuid}/ClientNetworkAdapter"
        _try(report, called, lambda path=path, wanted=wanted: connection.create(path, wanted))


def _restore_scsi(
    connection: Connection, report: Report, system: ManagedSystem, pairs: Iterable[tuple[LogicalPartition, Link]]
) -> None:
    """The pairs of adapters; which storage hung behind them stands in the backups of the Virtual I/O Servers. In the order of
    their slots there: so they most likely came to be, and get the names they had."""
    for made, link in sorted(pairs, key=lambda pair: (pair[1].remote_id, pair[1].remote_slot or 0)):
        called = f"virtual SCSI adapter in slot {link.slot} of {made.name} to {link.remote_name}"
        mapping = VirtualSCSIMapping(
            client_lpar_href=f"ManagedSystem/{system.uuid}/LogicalPartition/{made.uuid}",
            client_adapter=VirtualSCSIClientAdapter(
                lpar_id=made.id,
                is_required=link.required,
                lpar_slot_num=link.slot,
                vios_id=link.remote_id,
                vios_slot_num=link.remote_slot,
            ),
            server_adapter=VirtualSCSIServerAdapter(
                vios_id=link.remote_id,
                vios_slot_num=link.remote_slot,
                lpar_id=made.id,
                lpar_slot_num=link.slot,
            ),
        )
        _try(report, called, lambda link=link, mapping=mapping: _map(connection, system, link, mapping))


def _map(connection: Connection, system: ManagedSystem, link: Link, mapping: VirtualSCSIMapping) -> None:
    path = f"ManagedSystem/{system.uuid}/VirtualIOServer"
    for server in connection.feed(path, VirtualIOServer, group="ViosSCSIMapping"):
        if server.element.id == link.remote_id:
            connection.update(
                server,
                lambda tree: edit.add(tree, VirtualIOServer, ("scsi_mappings",), mapping, connection.origin),
            )
            return
    raise ClientError(f"there is no Virtual I/O Server with id {link.remote_id}")


def _try(report: Report, called: str, act: Any) -> None:
    try:
        act()
    except ClientError as refused:
        report.failed.append(f"{called}: {refused.text}")
    else:
        report.restored.append(called)
