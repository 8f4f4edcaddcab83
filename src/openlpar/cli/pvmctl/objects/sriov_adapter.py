"""``pvmctl sriov``: SR-IOV adapters, one row for each physical port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb
from openlpar.cli.pvmctl.objects import sriov_ports
from openlpar.cli.pvmctl.where import Malformed
from openlpar.client import edit
from openlpar.messages import general
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.sriov import SRIOVAdapter, SRIOVEthernetPhysicalPort


def _load(call: Call, _: Selection) -> Sequence[Row]:
    rows = []
    for choice in call.system.element.asio_config.sriov_adapters:
        adapter = choice.sriov_adapter
        ports = sriov_ports.ports(adapter)
        for port in ports:
            rows.append(Row({"SRIOVAdapter": adapter, "PhysicalPort": port}, call.system))
        if not ports and adapter:
            rows.append(Row({"SRIOVAdapter": adapter}, call.system))
    return rows


def _place(row: Row) -> str:
    """Where the port is; an adapter that shows none can at least be named for a change of its mode."""
    port: Any = row.elements.get("PhysicalPort")
    adapter: Any = row.elements["SRIOVAdapter"]
    return str(adapter.phys_loc_code if port is None else port.loc_code)


def _link(row: Row) -> str:
    """``Up`` or ``Down``, as conditions in published samples write it; the wire has true or false."""
    port: Any = row.elements.get("PhysicalPort")
    return "" if port is None else "Up" if port.link_status else "Down"


def _ports(row: Row) -> str:
    port: Any = row.elements.get("PhysicalPort")
    return "" if port is None else f"{port.cfg_lps}/{port.cfg_max_lps}"


_ADAPTERS = ("asio_config", "sriov_adapters", "sriov_adapter")


def _update(call: Call) -> int:
    """One adapter (``-i``), or one port (``--loc``)."""
    location = call.args.loc
    if location:
        sriov_ports.place(call, location)
    elif not call.args.object_id:
        raise Malformed("neither an adapter (-i phys_loc=LOC) nor a port (--loc LOC) is named")
    else:
        found = {row.elements["SRIOVAdapter"].get("phys_loc_code"): row for row in call.rows()}
        location = call.only(list(found.values()), call.args.object_id).elements["SRIOVAdapter"].get("phys_loc_code")

    def alter(tree: Any) -> None:
        adapters = edit.members(tree, ManagedSystem, _ADAPTERS)
        ports = [port for name in sriov_ports.LISTS for port in edit.members(tree, ManagedSystem, (*_ADAPTERS, name))]
        for member in (*adapters, *ports):
            place = member.value.phys_loc_code if member.kind is SRIOVAdapter else member.value.loc_code
            if place == location:
                sriov_ports.set_fields(call, member, call.noun.name)
                return
        raise general.NOT_FOUND.error(kind=call.noun.name, name=location)

    call.connection.update(call.system, alter)
    return 0


NOUN = Noun(
    name="SRIOVAdapter",
    title="SR-IOV Adapters",
    kind=SRIOVAdapter,
    joins={"PhysicalPort": SRIOVEthernetPhysicalPort},
    columns=(
        Column("Loc Code", _place, whole=True),
        Column("Label", "PhysicalPort.label"),
        Column("Mode", "mode"),
        Column("Link", _link),
        Column("LPs", _ports),
        Column("Speed", "PhysicalPort.curr_speed"),
    ),
    load=_load,
    verbs=(
        listing.verb(
            "sriov list",
            'sriov list -d PhysicalPort.loc_code cfg_lps -w PhysicalPort.link_status="Up" -w SRIOVAdapter.mode="Sriov"',
            "sriov list -d loc_code -w PhysicalPort.cfg_lps!=PhysicalPort.cfg_max_lps",
        ),
        Verb(
            "update",
            "change an adapter's mode, or what one of its ports is set to",
            _update,
            "is",
            (sriov_ports.LOCATION,),
            (
                "sriov update -i phys_loc=U78CB.001.WZS06S2-P1-C2 -s mode=Sriov",
                "sriov update --loc U78CB.001.WZS06S2-P1-C3-T1 -s label=prod_net",
            ),
        ),
    ),
    renames={"phys_loc": "phys_loc_code", "id": "sriov_adap_id"},
    join_extras={"PhysicalPort.link_status": _link},
)
