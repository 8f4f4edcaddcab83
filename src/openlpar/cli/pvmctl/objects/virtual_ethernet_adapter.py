"""``pvmctl vea``: virtual Ethernet adapters, which REST calls client network adapters."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.values import count
from openlpar.cli.pvmctl.where import same
from openlpar.client.atom import Entry, path_of
from openlpar.messages import general
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch

_KINDS: tuple[type[BasePartition], ...] = (LogicalPartition, VirtualIOServer)


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    """Adapters partition by partition, as REST has them; logical partitions first, ordered by VLAN at last."""
    switches: dict[int, Element] = {}
    if "VirtualSwitch" in selection.types:
        switches = {entry.element.switch_id: entry.element for entry in call.below_system(VirtualSwitch)}
    rows = []
    for partition in _owners(call, selection.parent):
        path = f"{partition.kind.tag}/{partition.uuid}/ClientNetworkAdapter"
        for entry in call.connection.feed(path, ClientNetworkAdapter):
            row = Row({"VirtualEthernetAdapter": entry.element, partition.kind.tag: partition.element}, entry)
            if entry.element.vswitch_id in switches:
                row.elements["VirtualSwitch"] = switches[entry.element.vswitch_id]
            rows.append((entry.element, row))
    rows.sort(key=lambda found: found[0].pvid)
    return [row for _, row in rows]


def _owners(call: Call, parent: tuple[str, str] | None) -> list[Entry[BasePartition]]:
    found: list[Entry[BasePartition]] = []
    for kind in _KINDS:
        partitions = call.partitions(kind, parent)
        found += sorted(partitions, key=lambda entry: entry.element.id)
    if parent and not found:
        raise general.NOT_FOUND.error(kind="partition", name="=".join(parent))
    if parent:
        return found
    # A partition without adapters has no links to them: no need to ask it. Systems that send no links are asked all.
    linked = [entry for entry in found if entry.element.client_network_adapters]
    return [
        entry for entry in found if entry in linked or not linked or not entry.element.has("client_network_adapters")
    ]


def the_switch(call: Call, name: str) -> Entry[VirtualSwitch]:
    """The virtual switch of a name, also written ``name=NAME`` or ``id=N``."""
    key, _, value = name.rpartition("=")
    for entry in call.below_system(VirtualSwitch):
        if same(entry.element.switch_id if key == "id" else entry.element.name, value):
            return entry
    raise general.NOT_FOUND.error(kind="VirtualSwitch", name=name)


def _create(call: Call) -> int:
    args = call.args
    if not args.parent_id:
        raise messages.NO_SELECTION.error(kind="partition for the adapter", option="-p")
    owner: Entry[BasePartition] = call.partition(_KINDS, "parent_id")
    switch = the_switch(call, args.vswitch)
    # A VIOS and the NovaLink keep low slots for themselves; other partitions get the next above their highest.
    serves = owner.kind is VirtualIOServer or owner.element.is_mgmt_partition
    adapter = ClientNetworkAdapter(
        use_next_slot=True if args.slot is None and serves else None,
        use_next_high_slot=True if args.slot is None and not serves else None,
        slot=args.slot,
        mac=args.mac.replace(":", "").upper() if args.mac else None,
        pvid=args.pvid,
        tagged_vlans=" ".join(map(str, args.tagged_vlans)) if args.tagged_vlans else None,
        is_tagged_vlan_supported=True if args.tagged_vlans else None,
        vswitch_uri=(path_of(switch.href),),
        trunk_pri=args.trunk_pri,
    )
    call.connection.create(f"{owner.kind.tag}/{owner.uuid}/ClientNetworkAdapter", adapter)
    return 0


NOUN = Noun(
    name="VirtualEthernetAdapter",
    title="Virtual Ethernet Adapters",
    kind=ClientNetworkAdapter,
    type_names=("ClientNetworkAdapter",),
    joins={
        "LogicalPartition": LogicalPartition,
        "VirtualIOServer": VirtualIOServer,
        "VirtualSwitch": VirtualSwitch,
    },
    columns=(
        Column("PVID", "pvid"),
        Column("VSwitch", "VirtualSwitch.name"),
        Column("LPAR", "lpar_id"),
        Column("MAC", "mac", whole=True),
        Column("Slot", "slot"),
        Column("Trunk", "is_trunk"),
        Column("Tagged VLANs", "tagged_vlans"),
    ),
    load=_load,
    verbs=(
        Verb(
            "create",
            "create a virtual Ethernet adapter",
            _create,
            "p",
            (
                option("--pvid", type=count, required=True, help="port VLAN id"),
                option("--vswitch", default="ETHERNET0", metavar="NAME", help="virtual switch (default: ETHERNET0)"),
                option("--slot", type=count, metavar="N", help="virtual slot (default: the next free one)"),
                option("--trunk-pri", type=count, metavar="N", help="make it a trunk of this priority"),
                option("--tagged-vlans", type=count, nargs="+", metavar="VLAN", help="further VLANs, tagged"),
                option("--mac", help="MAC address (default: generated)"),
            ),
            ("vea create --slot 2 --pvid 1 --vswitch ETHERNET0 --parent-id name=vm1",),
        ),
        listing.verb("vea list", "vea list -p name=vm1", "vea list -d lpar_id mac pvid -w is_trunk=False"),
        changes.update_verb("vea update -i mac=1A05229C5DAC -s pvid=2"),
        changes.delete_verb("vea delete -i mac=1A05229C5DAC -p name=vm1"),
    ),
    extras={"is_trunk": lambda row: row.elements["VirtualEthernetAdapter"].has("trunk_pri")},
    parent="the partition, for example name=vm1",
)
