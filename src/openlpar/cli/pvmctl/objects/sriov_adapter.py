"""``pvmctl sriov``: SR-IOV adapters, one row for each physical port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.cli.pvmctl.objects import unsupported
from openlpar.uom.sriov import SRIOVAdapter, SRIOVEthernetPhysicalPort


def _load(call: Call, _: Selection) -> Sequence[Row]:
    rows = []
    for choice in call.system.element.asio_config.sriov_adapters:
        adapter = choice.sriov_adapter
        ports = [*adapter.converged_ports, *adapter.roce_ports, *adapter.ethernet_ports]
        for port in ports:
            rows.append(Row({"SRIOVAdapter": adapter, "PhysicalPort": port}, call.system))
        if not ports and adapter:
            rows.append(Row({"SRIOVAdapter": adapter}, call.system))
    return rows


def _link(row: Row) -> str:
    """``Up`` or ``Down``, as conditions in published samples write it; the wire has true or false."""
    port: Any = row.elements.get("PhysicalPort")
    return "" if port is None else "Up" if port.link_status else "Down"


def _ports(row: Row) -> str:
    port: Any = row.elements.get("PhysicalPort")
    return "" if port is None else f"{port.cfg_lps}/{port.cfg_max_lps}"


NOUN = Noun(
    name="SRIOVAdapter",
    title="SR-IOV Adapters",
    kind=SRIOVAdapter,
    joins={"PhysicalPort": SRIOVEthernetPhysicalPort},
    columns=(
        Column("Loc Code", "PhysicalPort.loc_code"),
        Column("Label", "PhysicalPort.label"),
        Column("Sublabel", "PhysicalPort.sublabel"),
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
        unsupported.verb("update"),
    ),
    renames={"phys_loc": "phys_loc_code", "id": "sriov_adap_id"},
    join_extras={"PhysicalPort.link_status": _link},
)
