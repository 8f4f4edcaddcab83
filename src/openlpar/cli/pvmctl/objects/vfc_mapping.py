"""``pvmctl vfc``: virtual Fibre Channel mappings (NPIV)."""

from __future__ import annotations

from typing import Any

from openlpar.cli.pvmctl import listing, messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects import client_storage, vios_storage
from openlpar.client.atom import path_of
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)

_FIELD, _GROUP = "vfc_mappings", "ViosFCMapping"


def _wwpns(row: Row) -> str:
    """In capitals, as the reference client shows them."""
    mapping = row.elements["VirtualFibreChannelMapping"]
    assert isinstance(mapping, VirtualFibreChannelMapping)
    return mapping.client_adapter.wwpns.upper()


def _create(call: Call) -> int:
    args = call.args
    lpar = client_storage.client(call)
    vios_uuid, port = _port(call, args.port)
    slot = args.slot
    mapping = VirtualFibreChannelMapping(
        client_lpar_href=path_of(lpar.path),
        client_adapter=VirtualFibreChannelClientAdapter(
            side="Client",
            use_next_slot=slot is None,
            lpar_slot_num=slot,
            wwpns=" ".join(args.wwpns).lower() if args.wwpns else None,
        ),
        backing_port=PhysicalFibreChannelPort(name=port),
        server_adapter=VirtualFibreChannelServerAdapter(side="Server", use_next_slot=True),
    )
    client_storage.add(call, vios_uuid, _FIELD, _GROUP, mapping)
    return 0


def _port(call: Call, wanted: str | None) -> tuple[str, str]:
    """The VIOS and the port that are to carry it: the named ones, else the NPIV port with the most room."""
    candidates = [
        (port.npiv_available_ports, vios.uuid, port.name)
        for vios in vios_storage.vioses(call, call.condition("parent_id"))
        for slot in vios.element.io_config.io_slots
        for port in slot.slot.related_io_adapter.fc_adapter.fc_ports
        if port.npiv_total_ports and (port.name == wanted if wanted else port.npiv_available_ports)
    ]
    if not candidates:
        where = f" on the VIOS {call.args.parent_id}" if call.args.parent_id else ""
        kind = "Fibre Channel port" if wanted else "NPIV capable Fibre Channel port"
        raise messages.PORT_NOT_FOUND.error(kind=kind, name=wanted or "with room", where=where)
    if wanted and len(candidates) > 1:
        raise messages.AMBIGUOUS.error(
            condition=wanted, count=len(candidates), kind="Fibre Channel port", names="one on each VIOS"
        )
    _, vios_uuid, name = max(candidates, key=lambda candidate: candidate[0])
    return vios_uuid, name


def _delete(call: Call) -> int:
    args = call.args
    if args.object_id:
        return client_storage.delete_row(call, _FIELD)
    lpar = client_storage.client(call)

    def wanted(mapping: Any) -> bool:
        port = mapping.backing_port.name or mapping.server_adapter.map_port
        return client_storage.serves(mapping, lpar) and (not args.port or port == args.port)

    return client_storage.remove_all(call, _FIELD, _GROUP, wanted, f"of {lpar.element.name}")


NOUN = Noun(
    name="VirtualFibreChannelMapping",
    title="Virtual Fibre Channel Mappings",
    kind=VirtualFibreChannelMapping,
    joins=client_storage.JOINS,
    columns=(
        *client_storage.COLUMNS,
        Column("Port", "ServerAdapter.map_port"),
        Column("WWPNs", _wwpns, whole=True),
    ),
    load=lambda call, selection: client_storage.rows(call, selection, "VirtualFibreChannelMapping", _FIELD, _GROUP),
    verbs=(
        Verb(
            "create",
            "give a partition a virtual Fibre Channel adapter",
            _create,
            "p",
            (
                client_storage.LPAR.required(),
                option("--port", metavar="NAME", help="port of the VIOS, e.g. fcs0 (default: the one with most room)"),
                option("--wwpns", nargs=2, metavar="WWPN", help="its two port names (default: generated)"),
                client_storage.SLOT,
            ),
            ("vfc create --lpar name=vm1 --port fcs0 -p name=vios1",),
        ),
        listing.verb("vfc list", "vfc list -d ClientAdapter.wwpns -w ServerAdapter.lpar_id=4"),
        Verb(
            "delete",
            "take virtual Fibre Channel adapters from a partition",
            _delete,
            "ip",
            (client_storage.LPAR, option("--port", metavar="NAME", help="only those on this port")),
            ("vfc delete --lpar name=vm1 --port fcs0",),
        ),
    ),
    parent="the VIOS, for example name=vios1",
)
