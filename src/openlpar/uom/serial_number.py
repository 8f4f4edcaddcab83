"""Virtual serial numbers: licences bound to a partition instead of a machine."""

from __future__ import annotations

from openlpar.uom.core import Bool, Element, Int, Text


class VirtualSerialNumberInformation(Element, metadata="id", schema="V1_11_0"):
    """A virtual serial number; partition id 65535 means that nobody uses it.
    ``ManagedSystem/{uuid}/VirtualSerialNumberInformation``.
    """

    vsn = Text("VirtualSerialNumber", access="ROR", since="V1_13_0")
    assoc_partition_id = Int("AssociatedPartitionId", access="ROR", since="V1_13_0")
    auto_assign = Bool("IsAutoAssignCapable", access="ROR", since="V1_13_0")
