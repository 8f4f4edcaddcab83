"""Server adapters of virtual NICs, as lsmap shows them."""

from __future__ import annotations

from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceChoice,
    VirtualNICDedicated,
    VirtualNICDetails,
    VirtualNICSRIOVBackingDevice,
)
from tests.padmin.conftest import Padmin


def test_each_server_shows_its_own(padmin: Padmin) -> None:
    one, other = padmin.vios("vios1"), padmin.vios("vios2")
    with padmin.engine.alter() as change:
        for name in ("vm2", "vm1"):
            client = next(padmin.engine.state.where(LogicalPartition, name=name))
            ports = []
            for vios in (one, other):
                uuid = f"port-{name}-{vios.name}"
                change.put(SRIOVEthernetLogicalPort(uuid=uuid, dev_name="ent9", loc_code=f"U78CB-C6-T1-S{client.id}"))
                ports.append(
                    VirtualNICSRIOVBackingDevice(
                        vios_href=f"ManagedSystem/x/VirtualIOServer/{vios.uuid}",
                        lport_href=f"ManagedSystem/x/SRIOVAdapter/y/SRIOVEthernetLogicalPort/{uuid}",
                    )
                )
            change.put(
                VirtualNICDedicated(
                    uuid=f"vnic-{name}",
                    parent=client.uuid,
                    lpar_id=client.id,
                    slot=7,
                    drc_name=f"U8247-V{client.id}-C7",
                    details=VirtualNICDetails(os_dev_name="ent0"),
                    back_devs=(VirtualNICBackingDeviceChoice(sriov=tuple(ports)),),
                )
            )
    for name, number in (("vios1", 2), ("vios2", 3)):
        assert padmin.out("lsmap -all -vnic -fmt2 :", name).splitlines() == [
            f"vnicserver0:U8247.21L.212E3CA-V{number}-C32769:4:vm1:AIX:ent9:Available:U78CB-C6-T1-S4:ent0:U8247-V4-C7",
            f"vnicserver1:U8247.21L.212E3CA-V{number}-C32770:5:::ent9:Available:U78CB-C6-T1-S5::",
        ]
    assert padmin.out("lsmap -vnic -vadapter vnicserver1 -field name clntid -fmt :") == "vnicserver1:5\n"
    assert padmin.out("lsmap -all -vnic -cpid 4").splitlines() == [
        "Name          Physloc                            ClntID ClntName       ClntOS",
        "------------- ---------------------------------- ------ -------------- -------",
        "vnicserver0   U8247.21L.212E3CA-V2-C32769             4 vm1            AIX",
        "",
        "Backing device:ent9",
        "Status:Available",
        "Physloc:U78CB-C6-T1-S4",
        "Client device name:ent0",
        "Client device physloc:U8247-V4-C7",
    ]
