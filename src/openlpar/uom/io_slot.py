"""Physical I/O slots and buses."""

from __future__ import annotations

from openlpar.uom.core import Bool, Child, Element, Enum, Int, Text, Texts, Uuid
from openlpar.uom.io_adapter import IOAdapter, RelatedIOAdapter
from openlpar.uom.partition_state import PartitionType


class RelatedIBMiIOSlot(Element, schema="V1_2_0"):
    """What an IBM i partition could use the slot for."""

    alternate_load_source_attached = Bool("AlternateLoadSourceAttached", access="ROR")
    console_capable = Bool("ConsoleCapable", access="ROR")
    direct_operations_console_capable = Bool("DirectOperationsConsoleCapable", access="ROR")
    iop = Bool("IOP", access="ROR")
    iop_info_stale = Bool("IOPInfoStale", access="ROR")
    lan_console_capable = Bool("LANConsoleCapable", access="ROR")
    load_source_attached = Bool("LoadSourceAttached", access="ROR")
    load_source_capable = Bool("LoadSourceCapable", access="ROR")
    operations_console_attached = Bool("OperationsConsoleAttached", access="ROR")
    operations_console_capable = Bool("OperationsConsoleCapable", access="ROR")


class IOBus(Element, schema="V1_0"):
    """An I/O bus of the server."""

    phys_loc = Text("BackplanePhysicalLocation", access="ROR")
    drc_index = Int("BusDynamicReconfigurationConnectorIndex", access="ROR")
    drc_name = Text("BusDynamicReconfigurationConnectorName", access="ROR")
    bus_id = Int("IOBusID", access="ROR")


class IOSlot(Element):
    """A physical I/O slot of the server, with the partition that owns it."""

    bus_grp_required = Bool("BusGroupingRequired", access="CUD")
    description = Text("Description", access="CUD")
    feat_codes = Texts("FeatureCodes", access="ROO")
    phys_loc = Text("IOUnitPhysicalLocation", access="ROR")
    parent_drc_index = Int("ParentSlotDynamicReconfigurationConnectorIndex", access="ROO")
    pc_adpt_id = Int("PCAdapterID", access="ROO")
    part_id = Int("PartitionID", access="ROO", since="V1_3_0")
    part_uuid = Uuid("PartitionUUID", access="ROO", since="V1_6_0")
    part_name = Text("PartitionName", access="ROO", since="V1_3_0")
    part_type = Enum("PartitionType", PartitionType, access="ROO", since="V1_3_0")
    pci_class = Int("PCIClass", access="ROO")
    pci_dev_id = Int("PCIDeviceID", access="ROO")
    pci_subsys_dev_id = Int("PCISubsystemDeviceID", access="ROO")
    pci_mfg_id = Int("PCIManufacturerID", access="ROO")
    pci_rev_id = Int("PCIRevisionID", access="ROO")
    pci_vendor_id = Int("PCIVendorID", access="ROO")
    pci_subsys_vendor_id = Int("PCISubsystemVendorID", access="ROO")
    ibmi_slot = Child("RelatedIBMiIOSlot", RelatedIBMiIOSlot, access="CUD")
    io_adapter = Child("RelatedIOAdapter", IOAdapter, access="CUD")
    drc_index = Int("SlotDynamicReconfigurationConnectorIndex", access="ROR")
    drc_name = Text("SlotDynamicReconfigurationConnectorName", access="CUD")
    slot_phys_loc = Text("SlotPhysicalLocationCode", access="ROR")
    vpd_model = Text("VitalProductDataModel", access="ROO")
    vpd_serial = Text("VitalProductDataSerialNumber", access="ROO")
    vpd_type = Text("VitalProductDataType", access="ROO")


class AssociatedIOSlot(Element):
    """A physical I/O slot as seen from the partition that owns it."""

    bus_grp_required = Bool("BusGroupingRequired", access="CUD")
    description = Text("Description", access="CUD")
    feat_codes = Texts("FeatureCodes", access="ROO")
    phys_loc = Text("IOUnitPhysicalLocation", access="ROR")
    pc_adpt_id = Int("PCAdapterID", access="ROO")
    pci_class = Int("PCIClass", access="ROO")
    pci_dev_id = Int("PCIDeviceID", access="ROO")
    pci_subsys_dev_id = Int("PCISubsystemDeviceID", access="ROO")
    pci_mfg_id = Int("PCIManufacturerID", access="ROO")
    pci_rev_id = Int("PCIRevisionID", access="ROO")
    pci_vendor_id = Int("PCIVendorID", access="ROO")
    pci_subsys_vendor_id = Int("PCISubsystemVendorID", access="ROO")
    ibmi_slot = Child("RelatedIBMiIOSlot", RelatedIBMiIOSlot, access="CUD")
    related_io_adapter = Child("RelatedIOAdapter", RelatedIOAdapter, flat=True, access="CUD")
    drc_index = Int("SlotDynamicReconfigurationConnectorIndex", access="ROR")
    drc_name = Text("SlotDynamicReconfigurationConnectorName", access="CUD")
    slot_phys_loc = Text("SlotPhysicalLocationCode", access="ROR")
