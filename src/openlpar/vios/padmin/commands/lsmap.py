"""lsmap: what is lent to whom, through which virtual adapters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from openlpar.ports.san import is_logged_in
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import fibre_ports, virtual_ethernets
from openlpar.vios.padmin.layout import Column, Row, line, picked
from openlpar.vios.padmin.options import Flag, Value, Values, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server, Target, Vhost, system_word
from openlpar.vios.padmin.vnics import vnic_rows

_KINDS = ("disk", "lv", "optical", "tape", "file", "file_disk", "file_opt", "cl_disk", "usb_disk", "sas")

_VHOST = (
    Column("svsa", "SVSA", 16),
    Column("physloc", "Physloc", 45),
    Column("clientid", "Client Partition ID", 19),
)
_TARGET = (
    Column("vtd", "VTD", 22),
    Column("status", "Status", 22),
    Column("lun", "LUN", 22),
    Column("backing", "Backing device", 22),
    Column("bdphysloc", "Physloc", 22),
    Column("mirrored", "Mirrored", 22),
)
_CHANNEL = (
    Column("name", "Name", 14),
    Column("physloc", "Physloc", 35),
    Column("clntid", "ClntID", 6, right=True),
    Column("clntname", "ClntName", 15, gap=1),
    Column("clntos", "ClntOS", 7),
)
_CHANNEL_MORE = (
    Column("status", "Status", 0),
    Column("fc", "FC name", 0),
    Column("fcphysloc", "FC loc code", 0),
    Column("ports", "Ports logged in", 0),
    Column("flags", "Flags", 0),
    Column("vfcclient", "VFC client name", 0),
    Column("vfcclientdrc", "VFC client DRC", 0),
)
_VNIC_MORE = (
    Column("backing", "Backing device", 0),
    Column("status", "Status", 0),
    Column("bdphysloc", "Physloc", 0),
    Column("clntdev", "Client device name", 0),
    Column("clntphysloc", "Client device physloc", 0),
)
_CLUSTER = (Column("physloc", "Physloc", 45), Column("clientid", "Client Partition ID", 19))
_NET = (Column("svea", "SVEA", 7), Column("physloc", "Physloc", 44))
_NET_MORE = (
    Column("sea", "SEA", 22),
    Column("backing", "Backing device", 22),
    Column("status", "Status", 22),
    Column("bdphysloc", "Physloc", 22),
)
NO_TARGET = "NO VIRTUAL TARGET DEVICE FOUND"
NO_SEA = "NO SHARED ETHERNET ADAPTER FOUND"


class Lsmap(Command, name="lsmap", group="Virtual Device"):
    """Displays the mapping between physical and virtual devices."""

    every = Flag("-all", "all adapters")
    vadapter = Value("-vadapter", "ServerVirtualAdapter", "one adapter, by name")
    plc = Value("-plc", "PhysicalLocationCode", "one adapter, by location")
    kind = Values("-type", "BackingDeviceType", f"only these types: {', '.join(_KINDS)}")
    npiv = Flag("-npiv", "virtual Fibre Channel adapters")
    vnic = Flag("-vnic", "server adapters of virtual NICs")
    ams = Flag("-ams", "paging devices of shared memory")
    suspend = Flag("-suspend", "adapters of suspended partitions")
    vtd = Value("-vtd", "PagingDevice", "one paging device")
    clustername = Value("-clustername", "ClusterName", "what all nodes lend of the cluster's pool")
    net = Flag("-net", "virtual Ethernet adapters")
    dec = Flag("-dec", "client partition ids in decimal")
    cpid = Value("-cpid", "ClientPartitionID", "only adapters of this partition (decimal)")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")
    fmt2 = Value("-fmt2", "Delimiter", "the same, with nothing for an empty field")

    _which = (one(every, vadapter, plc),)
    _printed = (may(field), may(one(fmt, fmt2)))

    @form(*_which, may(kind), may(dec), may(cpid), *_printed)
    def scsi(self) -> Iterator[str]:
        wrong = [kind for kind in self.kind if kind not in _KINDS]
        if wrong:
            raise Refusal(Status.SYNTAX, f'Type "{wrong[0]}" is not valid. The types are: {", ".join(_KINDS)}.')
        groups = []
        for vhost in self._vhosts():
            targets = [target for target in vhost.targets if not self.kind or _is(target, self.kind)]
            if targets or not (self.kind and self.every):
                head = {"svsa": vhost.name, "physloc": vhost.location, "clientid": self._client(vhost.client_id)}
                groups.append((head, [_target_row(target) for target in targets]))
        return self._blocks(_VHOST, _TARGET, groups, f"{'VTD':<22}{NO_TARGET}")

    def _vhosts(self) -> list[Vhost]:
        if self.vadapter:
            vhosts = [self.server.vhost(self.vadapter)]
        else:
            vhosts = [vhost for vhost in self.server.vhosts() if self.every or vhost.location == self.plc]
        self._located(vhosts)
        return [vhost for vhost in vhosts if self._wanted(vhost.client_id)]

    @form(npiv, *_which, may(cpid), *_printed)
    def fibre_channel(self) -> Iterator[str]:
        if self.vadapter:
            channels = [self.server.channel(self.vadapter)]
        else:
            channels = [each for each in self.server.channels() if self.every or _location(each) == self.plc]
        self._located(channels)
        ports = {port.name: port.loc_code for port in fibre_ports(self.server.vios)}
        slots = _client_slots(self.server)
        rows = [
            _channel_row(self.server, each, ports, slots)
            for each in channels
            if self._wanted(each.server_adapter.lpar_id)
        ]
        return self._adapters(_CHANNEL, _CHANNEL_MORE, rows)

    def _adapters(self, headed: Sequence[Column], labelled: Sequence[Column], rows: Sequence[Row]) -> Iterator[str]:
        """One block for each adapter: a headed line, then labelled fields."""
        if self._delimiter:
            columns = picked((*headed, *labelled), self.field)
            yield from (self._delimited(columns, row) for row in rows)
            return
        head, more = self._split(headed, labelled)
        for number, row in enumerate(rows):
            if number:
                yield ""
            if head:
                yield from _headed(head, row)
            if head and more:
                yield ""
            yield from _pairs(more, row)

    @form(net, *_which, *_printed)
    def network(self) -> Iterator[str]:
        vios = self.server.vios
        found = virtual_ethernets(self.server, vios)
        if self.vadapter and self.vadapter not in [name for name, _, _ in found]:
            if self.server.knows(self.vadapter):
                raise Refusal(
                    Status.NOT_A_VIRTUAL_ETHERNET,
                    f'"{self.vadapter}" is not a virtual Ethernet server adapter. lsmap -all -net lists them.',
                )
            raise no_such("Virtual Ethernet adapter", self.vadapter, "lsmap -all -net lists the adapters.")
        chosen = [
            each for each in found if self.every or each[0] == self.vadapter or (self.plc and each[1] == self.plc)
        ]
        self._located(chosen)
        physical = {sea.dev_name: sea.backing_device.ethernet_device for sea in vios.seas}
        groups = []
        for name, location, sea in chosen:
            rows = []
            if sea:
                device = physical[sea]
                rows.append(
                    {"sea": sea, "backing": device.dev_name, "status": "Available", "bdphysloc": device.phys_loc_code}
                )
            groups.append(({"svea": name, "physloc": location}, rows))
        return self._blocks(_NET, _NET_MORE, groups, f"{'SEA':<22}{NO_SEA}")

    @form(vnic, one(every, vadapter), may(cpid), *_printed)
    def virtual_nics(self) -> Iterator[str]:
        rows = vnic_rows(self.server)
        if self.vadapter:
            rows = [row for row in rows if row["name"] == self.vadapter]
            if not rows and self.server.knows(self.vadapter):
                raise Refusal(
                    Status.NOT_A_VNIC, f'"{self.vadapter}" is not a vNIC server adapter. lsmap -all -vnic lists them.'
                )
            if not rows:
                raise no_such("vNIC server adapter", self.vadapter, "lsmap -all -vnic lists the adapters.")
        return self._adapters(_CHANNEL, _VNIC_MORE, [row for row in rows if self._wanted(int(row["clntid"]))])

    @form(clustername, every, *_printed)
    def of_cluster(self) -> Iterator[str]:
        """Of the nodes on this system; what the others lend they know themselves."""
        cluster = self.server.the_cluster(self.clustername)
        more = [column for column in _TARGET if column.name in ("vtd", "lun", "backing")]
        groups = []
        for node in cluster.nodes:
            server = self.server.node(node)
            for vhost in server.vhosts() if server is not None else ():
                rows = [_target_row(target) for target in vhost.targets if target.kind == "cl_disk"]
                if rows:
                    groups.append(({"physloc": vhost.location, "clientid": self._client(vhost.client_id)}, rows))
        return self._blocks(_CLUSTER, more, groups, "")

    @form(ams, one(every, vtd), *_printed)
    def paging(self) -> Iterator[str]:
        if self.vtd:
            raise no_such("Paging device", self.vtd, "No memory is shared on this system: there are no paging devices.")
        yield from ()

    @form(suspend, one(every, vadapter), *_printed)
    def suspended(self) -> Iterator[str]:
        """No partition of a simulated system is ever suspended."""
        if self.vadapter:
            self.server.vhost(self.vadapter)
        yield from ()

    def _located(self, found: Sequence[object]) -> None:
        if self.plc and not found:
            raise Refusal(
                Status.NO_LOCATION,
                f'There is no such adapter at physical location "{self.plc}". lsmap -all lists them.',
            )

    def _wanted(self, client_id: int) -> bool:
        if self.cpid and not self.cpid.isdecimal():
            raise Refusal(Status.SYNTAX, f'Client partition id "{self.cpid}" is not valid. Use a decimal number.')
        return not self.cpid or client_id == int(self.cpid)

    def _client(self, number: int) -> str:
        return str(number) if self.dec else f"0x{number:08x}"

    @property
    def _delimiter(self) -> str:
        return self.fmt or self.fmt2

    def _delimited(self, columns: Sequence[Column], row: Row) -> str:
        return self._joined([row[column.name] for column in columns])

    def _joined(self, values: Sequence[str]) -> str:
        if len(self._delimiter) != 1 or self._delimiter.isspace():
            raise Refusal(
                Status.SYNTAX, f'The delimiter "{self._delimiter}" is not valid. Use one character, not a blank.'
            )
        return self._delimiter.join(value if value or self.fmt2 else " " for value in values)

    def _split(self, head: Sequence[Column], more: Sequence[Column]) -> tuple[list[Column], list[Column]]:
        """The chosen columns of the headed part and of the labelled part."""
        columns = picked((*head, *more), self.field)
        return [column for column in columns if column in head], [column for column in columns if column not in head]

    def _blocks(
        self, head: Sequence[Column], more: Sequence[Column], groups: Sequence[tuple[Row, Sequence[Row]]], nothing: str
    ) -> Iterator[str]:
        """One block for each adapter: a headed line, then labelled lines for each thing behind it."""
        chosen_head, chosen_more = self._split(head, more)
        for number, (adapter, rows) in enumerate(groups):
            if self._delimiter:
                empty = dict.fromkeys((column.name for column in more), "")
                behind = [row[column.name] for row in rows or [empty] for column in chosen_more]
                yield self._joined([*(adapter[column.name] for column in chosen_head), *behind])
                continue
            blocks = [list(_headed(chosen_head, adapter))] if chosen_head else []
            if chosen_more:
                blocks += [[f"{column.heading:<22}{row[column.name]}" for column in chosen_more] for row in rows]
                blocks += [] if rows else [[nothing]]
            for place, block in enumerate(blocks):
                yield from [""] if number or place else []
                yield from block


def _headed(columns: Sequence[Column], row: Row) -> Iterator[str]:
    yield line(columns, {column.name: column.heading for column in columns})
    yield " ".join("-" * _ruled(column) for column in columns)
    yield line(columns, row)


_RULES = {"clientid": 18, "physloc": 44, "clntid": 6, "clntname": 14, "clntos": 7, "svsa": 15, "name": 13, "svea": 6}


def _ruled(column: Column) -> int:
    return 34 if column is _CHANNEL[1] else _RULES[column.name]


def _pairs(columns: Sequence[Column], row: Row) -> Iterator[str]:
    """Labelled fields; two that belong together share a line."""
    rest = list(columns)
    while rest:
        column = rest.pop(0)
        text = f"{column.heading}:{row[column.name]}"
        if rest and (column.name, rest[0].name) in (("fc", "fcphysloc"), ("vfcclient", "vfcclientdrc")):
            partner = rest.pop(0)
            text = f"{text:<32}{partner.heading}:{row[partner.name]}"
        yield text


def _is(target: Target, kinds: Sequence[str]) -> bool:
    return target.kind in kinds or (target.kind.startswith("file_") and "file" in kinds)


def _target_row(target: Target) -> Row:
    return {
        "vtd": target.name,
        "status": "Available",
        "lun": target.lun,
        "backing": target.backing,
        "bdphysloc": target.location,
        "mirrored": target.mirrored,
    }


def _location(mapping: VirtualFibreChannelMapping) -> str:
    return mapping.server_adapter.loc_code or mapping.server_adapter.drc_name


def _channel_row(
    server: Server, mapping: VirtualFibreChannelMapping, ports: Mapping[str, str], slots: Mapping[int, Sequence[int]]
) -> Row:
    """A client that runs has logged in through the port it is mapped to. ports: name to location; slots: see below."""
    adapter, client, port = mapping.server_adapter, mapping.client_adapter, mapping.backing_port
    partition = server.partition(adapter.lpar_id)
    mapped = adapter.map_port or port.name
    logged_in = is_logged_in(server.change, mapping, partition)
    flags = "a<LOGGED_IN,STRIP_MERGE>" if logged_in else "4<NOT_LOGGED>" if mapped else "1<NOT_MAPPED,NOT_CONNECTED>"
    location = ports.get(mapped, port.loc_code) if mapped else ""
    system = system_word(partition.operating_system) if partition is not None and logged_in else ""
    return {
        "name": adapter.name,
        "physloc": _location(mapping),
        "clntid": str(adapter.lpar_id),
        "clntname": partition.name if partition is not None and logged_in else "",
        "clntos": system,
        "status": "LOGGED_IN" if logged_in else "NOT_LOGGED_IN",
        "fc": mapped,
        "fcphysloc": location,
        "ports": "1" if logged_in else "0",
        "flags": flags,
        "vfcclient": _client_device(mapping, system, slots) if logged_in else "",
        "vfcclientdrc": client.drc_name or client.loc_code if logged_in else "",
    }


def _client_slots(server: Server) -> dict[int, list[int]]:
    """Partition id to the slots of its virtual Fibre Channel adapters, on whatever VIOS the other end is."""
    found: dict[int, list[int]] = {}
    for mapping in server.change.all(VirtualFibreChannelMapping):
        found.setdefault(mapping.server_adapter.lpar_id, []).append(mapping.client_adapter.lpar_slot_num)
    return {number: sorted(slots) for number, slots in found.items()}


def _client_device(mapping: VirtualFibreChannelMapping, system: str, slots: Mapping[int, Sequence[int]]) -> str:
    """The client's own name of its adapter: they are counted in the order of its slots."""
    number = slots[mapping.server_adapter.lpar_id].index(mapping.client_adapter.lpar_slot_num)
    return f"{'host' if system == 'Linux' else 'fcs'}{number}"
