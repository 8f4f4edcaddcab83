"""The SR-IOV ports that commands name by location code."""

from __future__ import annotations

from typing import Any, NamedTuple

from openlpar.cli.pvmctl import changes, messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import option
from openlpar.client import edit
from openlpar.messages import general
from openlpar.uom.core import Element
from openlpar.uom.sriov import SRIOVAdapter

LISTS = ("converged_ports", "roce_ports", "ethernet_ports")
LOCATION = option("--loc", "--port-loc", metavar="LOC", help="location code of the physical port")


class Place(NamedTuple):
    """A physical port: the numbers by which logical ports name it."""

    adapter_id: int
    port_id: int


def ports(adapter: SRIOVAdapter) -> list[Any]:
    return [port for name in LISTS for port in getattr(adapter, name)]


def place(call: Call, location: str) -> Place:
    """The port of a location code. Raises NOT_FOUND."""
    for choice in call.system.element.asio_config.sriov_adapters:
        for port in ports(choice.sriov_adapter):
            if port.loc_code == location:
                return Place(choice.sriov_adapter.sriov_adap_id, port.port_id)
    raise general.NOT_FOUND.error(kind="SR-IOV port", name=location)


def set_fields(call: Call, member: edit.Member, owner: str) -> None:
    """Sets the fields of ``-s`` on a member that lies deeper than rows reach. owner: what messages call it."""
    for name, text in changes.settings(call):
        label = name.rpartition(".")[2]
        kind: type[Element] = member.kind
        field = next((one for one in kind.fields if one.cli == label), None)
        if field is None or field.many or (not field.access.on_update and field.recorded):
            raise messages.UNKNOWN_FIELD.error(kind=owner, name=name, suggestion="Only its simple fields can be set.")
        edit.set_text(member.tree, kind, (field.name,), field.format(changes.parsed(field, owner, text)))
