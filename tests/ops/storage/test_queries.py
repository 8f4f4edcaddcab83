"""Jobs that ask a Virtual I/O Server about disks."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest

from openlpar.messages import Failure
from openlpar.ops.storage.discovery import RecoverDisk, descriptor
from openlpar.ops.storage.rescan import RBDExists, RescanVirtualDisk
from openlpar.ops.vios.remove_device import RemoveDevice
from openlpar.uom.volume_group import PhysicalVolume
from tests.ops.storage.conftest import VIOS1, Stored, san_udid

TARGET, OTHER = "500507680308104a", "5005076803081fff"


def device_list(*paths: tuple[str, int], device_id: str = "") -> str:
    """As pypowervm builds it."""
    itls = "".join(
        f"<itl><Iwwpn>10000090fa1b6302</Iwwpn><Twwpn>{target}</Twwpn><lua>{lun:x}000000000000</lua></itl>"
        for target, lun in paths
    )
    known = f"<deviceID>{device_id}</deviceID>" if device_id else ""
    return (
        "<XML_LIST><general><cmd_version>3</cmd_version><version>2.0</version></general><reliableITL>false</reliableITL>"
        f"<deviceList><device><vendor>OTHER</vendor>{known}<deviceTag>1</deviceTag>"
        f"<itlList><number>{len(paths)}</number>{itls}</itlList></device></deviceList></XML_LIST>"
    )


async def discovered(stored: Stored, request: str) -> tuple[str | None, ...]:
    job = await stored.job("VirtualIOServer", VIOS1, "LUARecovery", inputXML=request)
    assert job.status == "COMPLETED_OK", job
    root = ElementTree.fromstring(job.results["OutputXML"])
    return tuple(root.findtext(f"deviceList/device/{name}") for name in ("status", "pvName", "udid"))


async def test_a_disk_is_found_by_its_path(stored: Stored) -> None:
    assert await discovered(stored, device_list((TARGET, 4))) == ("3", "hdisk4", san_udid(4))
    assert await discovered(stored, device_list((TARGET, 3))) == ("1", "hdisk3", san_udid(3)), "the pool has it"
    assert await discovered(stored, device_list((TARGET, 4), (OTHER, 4))) == ("8", "hdisk4", san_udid(4))
    assert await discovered(stored, device_list((OTHER, 4))) == ("2", None, None)


async def test_a_forgotten_disk_is_found_again(stored: Stored) -> None:
    """It is still attached: a client that discovers it gets it back."""
    before = stored.state.get(PhysicalVolume, _hdisk4(stored).uuid)
    await stored.run(RemoveDevice(VIOS1, "hdisk4"))
    assert stored.state.find(PhysicalVolume, before.uuid) is None
    assert await discovered(stored, device_list((OTHER, 4))) == ("2", None, None)
    assert stored.state.find(PhysicalVolume, before.uuid) is None, "nobody has asked for its path"
    assert await discovered(stored, device_list((TARGET, 4))) == ("3", "hdisk4", san_udid(4))
    assert stored.state.get(PhysicalVolume, before.uuid) == before


def _hdisk4(stored: Stored) -> PhysicalVolume:
    found: PhysicalVolume = next(stored.state.where(PhysicalVolume, parent=VIOS1, name="hdisk4"))
    return found


async def test_a_disk_is_found_by_its_identity(stored: Stored) -> None:
    identity = base64.b64encode(b"600507680282861D8800000000000005").decode()
    assert await discovered(stored, device_list((OTHER, 5), device_id=identity)) == ("3", "hdisk5", san_udid(5))
    unknown = base64.b64encode(b"600507680282861D8800000000000099").decode()
    assert await discovered(stored, device_list((TARGET, 4), device_id=unknown)) == ("2", None, None)


async def test_the_descriptor_of_a_disk(stored: Stored) -> None:
    request = (
        '<uom:VIO xmlns:uom="http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/" version="1.21" xmlns="">'
        '<uom:Request action_str="QUERY_INVENTORY"><uom:InventoryRequest inventoryType="base"><uom:VioTypeFilter type="PV"/>'
        f'<uom:VioUdidFilter udid="{san_udid(4)}"/></uom:InventoryRequest></uom:Request></uom:VIO>'
    )
    job = await stored.job("VirtualIOServer", VIOS1, "LUARecovery", inputXML=request)
    declaration = '<?xml version="1.0"?>'
    assert job.results["OutputXML"].startswith(declaration)
    root = ElementTree.fromstring(job.results["OutputXML"].removeprefix(declaration))
    found = next(element for element in root.iter() if element.tag == "PhysicalVolume_base")
    assert found.get("desType") == "NAA"
    plain = base64.b64decode(found.attrib["descriptor"]).decode()
    assert plain.startswith("600507680282861D88") and len(plain) == 32
    unknown = request.replace(san_udid(4), "01nothing")
    job = await stored.job("VirtualIOServer", VIOS1, "LUARecovery", inputXML=unknown)
    assert "PhysicalVolume_base" not in job.results["OutputXML"]


def test_descriptors_of_other_disks() -> None:
    assert descriptor(PhysicalVolume(pg83="c2hvd24=")) == "c2hvd24="
    assert descriptor(PhysicalVolume(udid="scsi-35000c500717c0dbf")) == ""
    sas = PhysicalVolume(udid="01M0lCTU1CRjI2MDBSQzUwMDAwMzk0ODgwMDI5QkM=")
    assert base64.b64decode(descriptor(sas)) == b"50000394880029BC"
    array = PhysicalVolume(udid="01MUlCTSAgICAgSVBSLTAgICA1RDgyODMwMDAwMDAwMDQw")
    assert descriptor(array) == "", "a serial number, no network address authority identifier"


async def test_what_cannot_be_asked(stored: Stored) -> None:
    job = await stored.job("VirtualIOServer", VIOS1, "LUARecovery", inputXML="<a/>")
    assert job.status == "COMPLETED_WITH_ERROR"
    for kind in (RecoverDisk, RescanVirtualDisk, RBDExists):
        with pytest.raises(Failure, match="lacks"):
            kind.from_job(VIOS1, {})


async def test_a_rescan_tells_whether_the_disk_is_there(stored: Stored) -> None:
    job = await stored.job("VirtualIOServer", VIOS1, "RescanVirtualDisk", VirtualDiskUDID=stored.disk("old").udid)
    assert (job.status, job.results["RETURN_CODE"]) == ("COMPLETED_OK", "0")
    job = await stored.job("VirtualIOServer", VIOS1, "RescanVirtualDisk", VirtualDiskUDID="03nothing")
    assert (job.status, job.results["RETURN_CODE"]) == ("COMPLETED_WITH_ERROR", "-1")
    assert "no disk with the UDID 03nothing" in job.message


async def test_no_rados_block_device_exists(stored: Stored) -> None:
    job = await stored.job("VirtualIOServer", VIOS1, "RBDExists", name="volumes/disk1")
    assert job.results["exists"] == "false"
