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


def test_ports_that_tell_no_device_are_counted_after_the_others(padmin: Padmin) -> None:
    vios = padmin.vios("vios1")
    client = next(padmin.engine.state.where(LogicalPartition, name="vm1"))
    last = max(int(name.removeprefix("ent")) for name in ethernets(padmin))
    with padmin.engine.alter() as change:
        change.put(client.evolve(operating_system="Linux/Red Hat 8.6"))
        for slot in (7, 8):
            change.put(
                SRIOVEthernetLogicalPort(uuid=f"p{slot}", dev_name="unavailable", loc_code=f"U78CB-C6-T1-S{slot}")
            )
            device = VirtualNICSRIOVBackingDevice(vios_href=f"VirtualIOServer/{vios.uuid}", lport_href=f"x/p{slot}")
            choices = (VirtualNICBackingDeviceChoice(sriov=(device,)),)
            change.put(
                VirtualNICDedicated(
                    uuid=f"v{slot}", parent=client.uuid, lpar_id=client.id, slot=slot, back_devs=choices
                )
            )
    rows = padmin.out("lsmap -all -vnic -field name clntos backing -fmt :").splitlines()
    assert rows == [f"vnicserver0:Linux:ent{last + 1}", f"vnicserver1:Linux:ent{last + 2}"]
    assert ethernets(padmin)[-2:] == [f"ent{last + 1}", f"ent{last + 2}"]
    assert padmin.out("lsdev -dev vnicserver1 -field name status description -fmt :") == (
        "vnicserver1:Available:Virtual NIC Server Device (vnicserver)\n"
    )
    assert padmin.out(f"lsdev -dev ent{last + 2} -field physloc -fmt :") == "U78CB-C6-T1-S8\n"


def ethernets(padmin: Padmin) -> list[str]:
    names = padmin.out("lsdev -type adapter -field name -fmt :").splitlines()
    return sorted((name for name in names if name.startswith("ent")), key=lambda name: int(name[3:]))


def test_each_server_shows_its_own(padmin: Padmin) -> None:
    one, other = padmin.vios("vios1"), padmin.vios("vios2")
    with padmin.engine.alter() as change:
        for name in ("vm2", "vm1"):
            client = next(padmin.engine.state.where(LogicalPartition, name=name))
            ports = []
            for vios in (one, other):
                uuid = f"port-{name}-{vios.name}"
                port = SRIOVEthernetLogicalPort(uuid=uuid, dev_name=f"ent{client.id + 4}")
                change.put(port.evolve(loc_code=f"U78CB-C6-T1-S{client.id}"))
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
            f"vnicserver0:U8247.21L.212E3CA-V{number}-C32769:4:vm1:AIX:ent8:Available:U78CB-C6-T1-S4:ent0:U8247-V4-C7",
            f"vnicserver1:U8247.21L.212E3CA-V{number}-C32770:5:::ent9:Available:U78CB-C6-T1-S5::",
        ]
    assert padmin.out("lsmap -vnic -vadapter vnicserver1 -field name clntid -fmt :") == "vnicserver1:5\n"
    assert padmin.out("lsmap -all -vnic -cpid 4").splitlines() == [
        "Name          Physloc                            ClntID ClntName       ClntOS",
        "------------- ---------------------------------- ------ -------------- -------",
        "vnicserver0   U8247.21L.212E3CA-V2-C32769             4 vm1            AIX",
        "",
        "Backing device:ent8",
        "Status:Available",
        "Physloc:U78CB-C6-T1-S4",
        "Client device name:ent0",
        "Client device physloc:U8247-V4-C7",
    ]
