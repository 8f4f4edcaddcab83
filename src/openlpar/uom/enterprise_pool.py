"""Power enterprise pools: processor and memory activations that move between servers."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Bool, Child, Collection, Element, Enum, Href, Int, Text
from openlpar.uom.managed_system import ManagedSystemState
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber


class ComplianceState(StrEnum):
    """Whether the pool uses no more than it has paid for."""

    IN_COMPLIANCE = "InCompliance"
    APPROACHING_OUT_OF_COMPLIANCE_SERVER = "ApproachingOutOfComplianceServer"
    APPROACHING_OUT_OF_COMPLIANCE_POOL = "ApproachingOutOfCompliancePool"
    OUT_OF_COMPLIANCE = "OutOfCompliance"
    UNAVAILABLE = "Unavailable"


class PowerEnterprisePoolManagementConsole(Element):
    """A console that knows the pool."""

    name = Text("ManagementConsoleName", access="UOR")
    mtms = Child("ManagementConsoleMachineTypeModelSerialNumber", MachineTypeModelAndSerialNumber, access="UOR")
    is_master_console = Bool("IsMasterConsole", access="UOR")
    is_backup_master_console = Bool("IsBackupMasterConsole", access="UOR")
    ip_addr = Text("ManagementConsoleIPAddress", access="ROR")


class PowerEnterprisePool(Element, metadata="id"):
    """A pool of mobile activations. ``PowerEnterprisePool``."""

    id = Text("PoolID", access="ROR")
    name = Text("PoolName", access="UOR")
    sequence_number = Int("SequenceNumber", access="ROR")
    total_mobile_procs = Int("TotalMobileCoDProcUnits", access="ROR", unit="processors")
    total_mobile_mem = Int("TotalMobileCoDMemory", access="ROR", unit="MB")
    avail_mobile_procs = Int("AvailableMobileCoDProcUnits", access="ROR", unit="processors")
    avail_mobile_mem = Int("AvailableMobileCoDMemory", access="ROR", unit="MB")
    unret_mobile_procs = Int("UnreturnedMobileCoDProcUnits", access="ROR", unit="processors")
    unret_mobile_mem = Int("UnreturnedMobileCoDMemory", access="ROR", unit="MB")
    compliance_state = Enum("ComplianceState", ComplianceState, access="ROR")
    master_console = Href("PowerEnterprisePoolMasterManagementConsole", access="UOR")
    mgmt_consoles = Collection(
        "PowerEnterprisePoolManagementConsoles", PowerEnterprisePoolManagementConsole, access="ROR"
    )
    compliance_hours_left = Int("ComplianceRemainingHours", group="Advanced", unit="h", recorded=False)


class PowerEnterprisePoolMember(Element, metadata="id"):
    """A server in a pool. ``PowerEnterprisePool/{uuid}/PowerEnterprisePoolMember``."""

    mobile_procs = Int("MobileCoDProcUnits", access="UOR", unit="processors")
    mobile_mem = Int("MobileCoDMemory", access="UOR", unit="MB")
    inactive_procs = Int("InactiveProcUnits", access="ROR", unit="processors")
    inactive_mem = Int("InactiveMemory", access="ROR", unit="MB")
    unret_mobile_procs = Int("UnreturnedMobileCoDProcUnits", access="ROR", unit="processors")
    unret_mobile_mem = Int("UnreturnedMobileCoDMemory", access="ROR", unit="MB")
    sys_name = Text("ManagedSystemName", access="ROR")
    sys_installed_procs = Int("ManagedSystemInstalledProcUnits", access="ROR", unit="processors")
    sys_installed_mem = Int("ManagedSystemInstalledMemory", access="ROR", unit="MB")
    sys_mtms = Child("ManagedSystemMachineTypeModelSerialNumber", MachineTypeModelAndSerialNumber, access="ROR")
    managed_system = Href("AssociatedManagedSystem", access="ROO")
    sys_state = Enum("ManagedSystemState", ManagedSystemState, access="ROR")
    mgmt_consoles = Collection(
        "PowerEnterprisePoolManagementConsoles", PowerEnterprisePoolManagementConsole, access="ROR"
    )
    mem_compliance_hours_left = Int("MemComplianceRemainingHours", group="Advanced", unit="h", recorded=False)
    proc_compliance_hours_left = Int("ProcComplianceRemainingHours", group="Advanced", unit="h", recorded=False)
