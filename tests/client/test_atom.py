"""Decoding, encoding and editing of trees."""

import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from openlpar.client import atom, edit
from openlpar.client.document import to_bytes
from openlpar.client.errors import BadAnswer
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import PartitionProcessorConfiguration, SharedProcessorConfiguration
from openlpar.uom.volume_group import VirtualDisk, VirtualMediaRepository, VirtualOpticalMedia, VolumeGroup
from tests.client.fake_service import UOM

ORIGIN = "https://h:12443"


def test_what_is_encoded_decodes_to_itself() -> None:
    lpar = LogicalPartition(
        uuid="0A",
        name="vm<1>ä",
        id=4,
        mem_config=PartitionMemoryConfiguration(desired=1024),
        proc_config=PartitionProcessorConfiguration(
            has_dedicated=False, shared_proc_cfg=SharedProcessorConfiguration(desired_units=Decimal("0.10"))
        ),
        profiles=("LogicalPartition/0A/LogicalPartitionProfile/1",),
        managed_system="ManagedSystem/s",
    )
    body = to_bytes(atom.encode(lpar, ORIGIN))
    assert atom.decode(ET.fromstring(body), LogicalPartition) == lpar
    assert b'href="https://h:12443/rest/api/uom/ManagedSystem/s"' in body
    assert b">0.10<" in body and body.isascii()


def test_fields_are_written_in_the_declared_order() -> None:
    group = VolumeGroup(virtual_disks=(VirtualDisk(name="d", capacity=Decimal(1)),), name="vg")
    tags = [atom.local(node.tag) for node in atom.encode(group, ORIGIN)]
    assert tags == ["Metadata", "GroupName", "VirtualDisks"]


def test_decoding_takes_any_order_and_skips_what_it_does_not_know() -> None:
    tree = ET.fromstring(
        f'<x:ClientNetworkAdapter xmlns:x="{UOM}"><x:PortVLANID>7</x:PortVLANID><x:New/><x:MACAddress>AA</x:MACAddress>'
        "<x:VirtualSlotNumber>not a number</x:VirtualSlotNumber><x:VirtualSwitchID/></x:ClientNetworkAdapter>"
    )
    adapter = atom.decode(tree, ClientNetworkAdapter)
    assert (adapter.pvid, adapter.mac, adapter.has("slot"), adapter.has("vswitch_id")) == (7, "AA", False, False)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("http://h:1/rest/api/uom/VirtualIOServer/X?group=None", "VirtualIOServer/X"),
        ("https://h/rest/api/uom/ManagedSystem/s/LogicalPartition/X/", "ManagedSystem/s/LogicalPartition/X"),
        ("/rest/api/uom/Tier/t", "Tier/t"),
        ("Tier/t", "Tier/t"),
        ("", ""),
    ],
)
def test_references_are_paths(href: str, path: str) -> None:
    assert atom.path_of(href) == path


@pytest.mark.parametrize("body", [b"<a", b"<html/>", b'<entry xmlns="http://www.w3.org/2005/Atom"/>'])
def test_what_is_no_atom_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        atom.entries(body, LogicalPartition)


# ---- edit ---------------------------------------------------------------------------------------------------------


def _group() -> ET.Element:
    library = VirtualMediaRepository(
        name="VMLibrary", size=Decimal(10), optical_media=(VirtualOpticalMedia(name="a"), VirtualOpticalMedia(name="b"))
    )
    disks = (VirtualDisk(name="d1"), VirtualDisk(name="d2"))
    return atom.encode(VolumeGroup(name="rootvg", vmedia_repos=(library,), virtual_disks=disks), ORIGIN)


def _names(tree: ET.Element, *path: str) -> list[str]:
    return [member.value.name for member in edit.members(tree, VolumeGroup, path)]


def test_members_are_found_through_nested_collections() -> None:
    tree = _group()
    assert _names(tree, "vmedia_repos", "optical_media") == ["a", "b"]
    assert _names(tree, "virtual_disks") == ["d1", "d2"]
    assert _names(tree, "phys_vols") == []


def test_members_can_be_removed_and_added() -> None:
    tree = _group()
    for member in edit.members(tree, VolumeGroup, ("virtual_disks",)):
        if member.value.name == "d1":
            member.remove()
    edit.add(tree, VolumeGroup, ("virtual_disks",), VirtualDisk(name="d3"), ORIGIN)
    assert _names(tree, "virtual_disks") == ["d2", "d3"]


def test_a_missing_collection_is_made_in_its_place() -> None:
    tree = atom.encode(VolumeGroup(name="vg", udid="u"), ORIGIN)
    edit.add(tree, VolumeGroup, ("vmedia_repos",), VirtualMediaRepository(name="L"), ORIGIN)
    assert [atom.local(node.tag) for node in tree] == ["Metadata", "GroupName", "MediaRepositories", "UniqueDeviceID"]
    assert _names(tree, "vmedia_repos") == ["L"]


def test_setting_a_nested_field_makes_what_is_missing_on_the_way() -> None:
    tree = atom.encode(LogicalPartition(name="vm1", id=3), ORIGIN)
    edit.set_text(tree, LogicalPartition, ("mem_config", "desired"), "2048")
    lpar = atom.decode(tree, LogicalPartition)
    assert (lpar.mem_config.desired, lpar.name, lpar.id) == (2048, "vm1", 3)
    order = [atom.local(node.tag) for node in tree]
    assert order == ["Metadata", "PartitionID", "PartitionMemoryConfiguration", "PartitionName"]
