"""Performance and capacity monitoring (PCM): what is collected."""

from __future__ import annotations

from openlpar.uom.core import Bool, Child, Element, Href, Text


class PcmMachineTypeModelSerialNumber(Element, tag="MachineTypeModelSerialNumber", ns="pcm", schema="V1_2_0"):
    """Machine type, model and serial number in the monitoring service's namespace."""

    machine_type = Text("MachineType", access="ROR")
    model = Text("Model", access="ROR")
    serial = Text("SerialNumber", access="ROR")


class ManagedSystemPcmPreference(Element, ns="pcm", metadata="id", schema="V1_2_0"):
    """Which monitors run on a server. ``pcm/ManagedSystem/{uuid}/preferences``."""

    system_name = Text("SystemName", access="ROR")
    mtms = Child("MachineTypeModelSerialNumber", PcmMachineTypeModelSerialNumber, access="ROR")
    energy_capable = Bool("EnergyMonitoringCapable", access="ROR", recorded=False)
    ltm_enabled = Bool("LongTermMonitorEnabled", access="UOD")
    aggregation_enabled = Bool("AggregationEnabled", access="UOD")
    stm_enabled = Bool("ShortTermMonitorEnabled", access="UOD")
    compute_ltm_enabled = Bool("ComputeLTMEnabled", access="UOD", since="V1_1_0")
    energy_enabled = Bool("EnergyMonitorEnabled", access="UOD", recorded=False)
    managed_system = Href("AssociatedManagedSystem", access="ROO")

    @property
    def is_on(self) -> bool:
        """Whether anything is measured at all."""
        switches = (self.ltm_enabled, self.stm_enabled, self.compute_ltm_enabled, self.aggregation_enabled)
        return any(switches) or self.energy_enabled
