"""Shared processor pools."""

from __future__ import annotations

from openlpar.uom.core import Element, Int, Links, Number, Text


class SharedProcessorPool(Element, metadata="id", schema="V1_2_0"):
    """Cores shared by partitions; pool 0 is the default pool. ``ManagedSystem/{uuid}/SharedProcessorPool``."""

    assigned_partitions = Links("AssignedPartitions", access="CUD")
    curr_rsrv_proc_units = Number(
        "CurrentReservedProcessingUnits", access="ROR", hmc="curr_reserved_pool_proc_units", unit="processors"
    )
    max_proc_units = Number("MaximumProcessingUnits", access="CUD", hmc="max_pool_proc_units", unit="processors")
    pend_rsrv_proc_units = Number(
        "PendingReservedProcessingUnits", access="CUD", hmc="pend_reserved_pool_proc_units", unit="processors"
    )
    id = Int("PoolID", access="ROR", hmc="shared_proc_pool_id")
    avail_proc_units = Number("AvailableProcUnits", access="CUD", unit="processors")
    name = Text("PoolName", access="CUR", hmc="name")
