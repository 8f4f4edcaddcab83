"""Server adapters of virtual NICs: the logical port that a partition's vNIC has on this server."""

from __future__ import annotations

from openlpar.uom.partition import PartitionState
from openlpar.uom.vnic import VirtualNICDedicated, served_by
from openlpar.vios.padmin.devices import backing_port, devices, vnic_location
from openlpar.vios.padmin.layout import Row
from openlpar.vios.padmin.server import Server, system_word


def vnic_rows(server: Server) -> list[Row]:
    """One for each backing device on this server, in order of its client's number and slot; for ``lsmap -vnic``."""
    ports = {device.location: device.name for device in devices(server) if "vnic" in device.kinds}
    rows: list[Row] = []
    for number, (name, vnic, backing) in enumerate(served_by(server.uuid, server.change.all(VirtualNICDedicated))):
        port = backing_port(server, backing)
        partition = server.partition(vnic.lpar_id)
        client = partition if partition is not None and partition.state == PartitionState.RUNNING else None
        rows.append(
            {
                "name": name,
                "physloc": vnic_location(server, number),
                "clntid": str(vnic.lpar_id),
                "clntname": client.name if client is not None else "",
                "clntos": system_word(client.operating_system) if client is not None else "",
                "backing": ports.get(port.loc_code, "") if port is not None else "",
                "status": "Available",
                "bdphysloc": port.loc_code if port is not None else "",
                "clntdev": vnic.details.os_dev_name if client is not None else "",
                "clntphysloc": (vnic.loc_code or vnic.drc_name) if client is not None else "",
            }
        )
    return rows
