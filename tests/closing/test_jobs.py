"""Every job that the client submits has a template, and takes the parameters that it sends (rest-contract 2.11)."""

from __future__ import annotations

import pytest

from openlpar import ops
from openlpar.ops.core import JobOperation
from tests.conftest import Server
from tests.faces.rest import Rest, logged_on

ops.load()

_POWER_ON = """bootmode keylock bootstring force remove_optical_name remove_optical_time iIPLsource OperationType IPAddress
    ServerIPAddress Gateway IBMiImageServerDirectory SubnetMask ConnectionSpeed DuplexMode VLANID MaximumTransmissionUnit"""
_POWER_OFF = "operation immediate restart"
_MIGRATE = """TargetManagedSystemName TargetRemoteHMCIPAddress TargetRemoteHMCUserID DestMSPIPaddr SourceMSPIPaddr
    SharedProcPoolID PMEMVolumes OVSOverride VLANBridgeOverride VirtualFCMappings VirtualSCSIMappings VlanMappings Affinity"""
_RESERVED = """LogicalPartitionEnvironment DesiredMemory MaximumMemory NumberOfVirtualEthernetAdapter
    NumberOfVirtualSCSIAdapter NumberOfVirtualFibreChannelAdapter"""
_DISCOVERY = """auth user password ifaceName targetIQN hostIP targetLUN multipath discoveryAuth discoveryUser
    discoveryPassword"""
_NUMBER = "VirtualSerialNumber ResetAutoAssign"
CATALOGUE: dict[tuple[str, str], str] = {
    ("LogicalPartition", "PowerOn"): _POWER_ON,
    ("VirtualIOServer", "PowerOn"): _POWER_ON,
    ("LogicalPartition", "PowerOff"): _POWER_OFF,
    ("VirtualIOServer", "PowerOff"): _POWER_OFF,
    ("LogicalPartition", "CloseVterm"): "",
    ("LogicalPartition", "Migrate"): _MIGRATE,
    ("LogicalPartition", "MigrateValidate"): _MIGRATE,
    ("LogicalPartition", "MigrateRecover"): "Force",
    ("LogicalPartition", "MigrateAbort"): "",
    ("LogicalPartition", "CloneUUID"): "targetLparName",
    ("LogicalPartition", "AddLicense"): "licKey",
    ("LogicalPartition", "PanelFunction"): "operation",
    ("ManagedSystem", "GetNextWWPNs"): "numberPairsRequested",
    ("ManagedSystem", "QueryReservedMemoryRequiredForPartition"): _RESERVED,
    ("ManagedSystem", "RequestMaster"): "coManagementMasterStatus",
    ("ManagedSystem", "ReleaseMaster"): "",
    ("ManagedSystem", "RequestController"): "coManagementControllerStatus",
    ("ManagedSystem", "ReleaseController"): "",
    ("ManagedSystem", "AddVSN"): _NUMBER,
    ("ManagedSystem", "RemoveVSN"): _NUMBER,
    ("ManagedSystem", "TransferVSN"): f"{_NUMBER} TargetManagedSystem UserName Host TargetLparID",
    ("ManagedSystem", "GetDPOStatus"): "",
    ("VirtualIOServer", "LUARecovery"): "inputXML",
    ("VirtualIOServer", "RemoveDevice"): "devName",
    ("VirtualIOServer", "RescanVirtualDisk"): "VirtualDiskUDID",
    ("VirtualIOServer", "ISCSIDiscovery"): _DISCOVERY,
    ("VirtualIOServer", "ISCSIRemove"): "ifaceName targetIQN targetPORTAL targetLUN multipath",
    ("VirtualIOServer", "RBDExists"): "name",
    ("Cluster", "Create"): "clusterXml sspXml",
    ("Cluster", "LULinkedClone"): "",
    ("ManagementConsole", "CLIRunner"): "cmd acknowledgeThisAPIMayGoAwayInTheFuture",
}
NOT_BUILT = {
    (
        "Cluster",
        "LULinkedClone",
    ): "a recorded template that no client calls any more; clones are made by creating a unit",
    ("ManagementConsole", "CLIRunner"): "of HMCs only: a NovaLink has no HMC command line",
}


def test_every_job_is_there() -> None:
    missing = set(CATALOGUE) - set(JobOperation.by_job) - set(NOT_BUILT)
    assert not missing, f"write a JobOperation for each in ops/, or say in NOT_BUILT here why there is none: {missing}"


def test_the_exceptions_are_still_needed() -> None:
    built = set(NOT_BUILT) & set(JobOperation.by_job)
    assert not built, f"these are there by now, take them out of NOT_BUILT in {__file__}: {built}"


@pytest.mark.parametrize("job", sorted(set(CATALOGUE) - set(NOT_BUILT)), ids="/".join)
def test_the_clients_parameters_are_known(job: tuple[str, str]) -> None:
    kind = JobOperation.by_job[job]
    unknown = set(CATALOGUE[job].split()) - set(kind.parameters)
    assert not unknown, f"add to the parameters of {kind.__name__} in {kind.__module__}: {unknown}"


def test_every_template_answers(server: Server) -> None:
    client = logged_on(server)
    targets = {group: _target(client, group) for group, _ in CATALOGUE}
    silent = []
    for group, job in CATALOGUE:
        own = targets[group] if job != "Create" else ""
        answer = client.request("GET", f"/rest/api/uom/{group}{own}/do/{job}")
        named = f">{job}</OperationName>" in answer.text and f">{group}</GroupName>" in answer.text
        if (answer.status == 200 and named) != ((group, job) not in NOT_BUILT):
            silent.append((group, job, answer.status))
    assert not silent, "their templates should answer 200 with operation and group, those in NOT_BUILT 404"


def _target(client: Rest, group: str) -> str:
    if group == "ManagementConsole":
        return ""
    return "/" + client.first_id(f"/rest/api/uom/{group}?group=None")
