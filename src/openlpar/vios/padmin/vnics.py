"""Server adapters of virtual NICs: the logical port that a partition's vNIC has on this server."""

from __future__ import annotations

from openlpar.uom.partition import PartitionState
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.vnic import VirtualNICDedicated
from openlpar.vios.padmin.layout import Row
from openlpar.vios.padmin.server import Server

_FIRST_SLOT = 32769
"""A VIOS has these adapters above the slots that administrators choose."""


def vnic_rows(server: Server) -> list[Row]:
    """One for each backing device on this server, in order of its client's number and slot; for ``lsmap -vnic``."""
    found = [
        (vnic.lpar_id, vnic.slot, number, vnic, backing)
        for vnic in server.change.all(VirtualNICDedicated)
        for choice in vnic.back_devs
        for number, backing in enumerate(choice.sriov)
        if backing.vios_href.rpartition("/")[2].upper() == server.uuid.upper()
    ]
    found.sort(key=lambda each: each[:3])
    machine = server.system.mtms
    frame = f"U{machine.machine_type}.{machine.model}.{machine.serial}-V{server.vios.id}"
    rows: list[Row] = []
    for number, (client, _, _, vnic, backing) in enumerate(found):
        port = server.change.find(SRIOVEthernetLogicalPort, backing.lport_href.rpartition("/")[2])
        partition = server.partition(client)
        running = partition is not None and partition.state == PartitionState.RUNNING
        rows.append(
            {
                "name": f"vnicserver{number}",
                "physloc": f"{frame}-C{_FIRST_SLOT + number}",
                "clntid": str(client),
                "clntname": partition.name if partition is not None and running else "",
                "clntos": partition.operating_system.partition(" ")[0] if partition is not None and running else "",
                "backing": port.dev_name if port is not None else "",
                "status": "Available",
                "bdphysloc": port.loc_code if port is not None else "",
                "clntdev": vnic.details.os_dev_name if running else "",
                "clntphysloc": (vnic.loc_code or vnic.drc_name) if running else "",
            }
        )
    return rows
