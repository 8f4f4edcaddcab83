"""``pvmctl vswitch``: virtual switches."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.client.atom import uuid_of
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    networks: dict[str, str] = {}
    if selection.types:  # a listing: its last column shows the networks by name
        networks = {entry.uuid: entry.element.name for entry in call.below_system(VirtualNetwork)}
    rows = []
    for entry in sorted(call.below_system(VirtualSwitch), key=lambda entry: entry.element.switch_id):
        row = Row({"VirtualSwitch": entry.element}, entry)
        names = [networks.get(uuid_of(href), "") for href in entry.element.vnet_uri_list]
        row.notes["vnets"] = ", ".join(sorted(filter(None, names), key=_by_number))
        rows.append(row)
    return rows


def _by_number(name: str) -> tuple[int, str]:
    """``VLAN2-…`` before ``VLAN10-…``."""
    digits = "".join(letter for letter in name.partition("-")[0] if letter.isdecimal())
    return int(digits or 0), name


def _create(call: Call) -> int:
    switch = VirtualSwitch(mode=call.args.mode, name=call.args.name)
    call.connection.create(f"ManagedSystem/{call.system.uuid}/VirtualSwitch", switch)
    return 0


NOUN = Noun(
    name="VirtualSwitch",
    title="Virtual Switches",
    kind=VirtualSwitch,
    columns=(
        Column("Name", "name"),
        Column("ID", "switch_id"),
        Column("Mode", "mode"),
        Column("VNets", lambda row: row.notes["vnets"]),
    ),
    load=_load,
    verbs=(
        Verb(
            "create",
            "create a virtual switch",
            _create,
            "",
            (
                option("--name", required=True, help="its name"),
                option(
                    "--mode",
                    choices=[mode.value for mode in SwitchMode],
                    default=SwitchMode.VEB.value,
                    help="Veb (default): partitions talk directly; Vepa: through the outside switch",
                ),
            ),
            ("vswitch create --name MGMTSWITCH --mode Vepa",),
        ),
        listing.verb("vswitch list", "vswitch list -d name switch_id --where mode=Vepa"),
        changes.update_verb("vswitch update -i name=ETHERNET1 -s mode=Vepa", selects="is"),
        changes.delete_verb("vswitch delete -i name=ETHERNET1", selects="i"),
    ),
    renames={"id": "switch_id"},
)
