"""The object types of pvmctl: one file each, imported only when it is the one that was asked for."""

from typing import NamedTuple


class NounName(NamedTuple):
    """How a type may be called, and the module that declares it."""

    name: str
    aliases: tuple[str, ...]
    module: str
    summary: str


NOUNS = (
    NounName("ManagedSystem", ("sys",), "managed_system", "the server and its capacity"),
    NounName("LogicalPartition", ("lpar", "vm"), "logical_partition", "logical partitions"),
    NounName("VirtualIOServer", ("vios",), "virtual_io_server", "Virtual I/O Servers"),
    NounName("SharedStoragePool", ("ssp",), "shared_storage_pool", "shared storage pools"),
    NounName("IOSlot", ("io",), "io_slot", "physical I/O slots"),
    NounName("LoadGroup", ("lgrp",), "load_group", "load groups of network bridges"),
    NounName("LogicalUnit", ("lu",), "logical_unit", "logical units of shared storage pools"),
    NounName("LogicalVolume", ("lv",), "logical_volume", "logical volumes (virtual disks) of VIOS volume groups"),
    NounName("NetworkBridge", ("nbr", "bridge"), "network_bridge", "network bridges"),
    NounName("PhysicalVolume", ("pv",), "physical_volume", "physical volumes of VIOSes"),
    NounName("SharedEthernetAdapter", ("sea",), "shared_ethernet_adapter", "shared Ethernet adapters"),
    NounName("VirtualEthernetAdapter", ("vea", "eth"), "virtual_ethernet_adapter", "virtual Ethernet adapters"),
    NounName("VirtualFibreChannelMapping", ("vfc", "vfcmapping"), "vfc_mapping", "virtual Fibre Channel mappings"),
    NounName("VirtualMediaRepository", ("vmr", "repo"), "media_repository", "virtual media repositories"),
    NounName("VirtualNetwork", ("vnet", "net"), "virtual_network", "virtual networks"),
    NounName("VirtualOpticalMedia", ("vom", "media"), "optical_media", "virtual optical media"),
    NounName("VirtualSCSIMapping", ("scsi", "scsimapping"), "scsi_mapping", "virtual SCSI mappings"),
    NounName("VirtualSwitch", ("vswitch", "vsw"), "virtual_switch", "virtual switches"),
    NounName("VolumeGroup", ("vg",), "volume_group", "volume groups of VIOSes"),
    NounName("SRIOVAdapter", ("sriov",), "sriov_adapter", "SR-IOV adapters and their physical ports"),
    NounName("SRIOVEthernetLogicalPort", ("ethlp",), "sriov_logical_port", "SR-IOV Ethernet logical ports"),
    NounName("VirtualNICDedicated", ("vnic",), "vnic", "virtual NICs"),
)


def find(word: str) -> NounName | None:
    """The type that a word means: its full name in any letter case, or an alias."""
    lower = word.lower()
    return next((noun for noun in NOUNS if lower == noun.name.lower() or lower in noun.aliases), None)
