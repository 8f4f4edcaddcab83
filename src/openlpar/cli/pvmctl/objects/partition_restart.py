"""``pvmctl lpar remote-restart`` and ``remote-restart-recover``: OpenLPAR's own, as is what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Verb, option
from openlpar.uom.logical_partition import LogicalPartition

if TYPE_CHECKING:
    from openlpar.client.atom import Entry

# Option -> input of the job.
_INPUTS = {
    "source_system": "SourceManagedSystemName",
    "lpar": "PartitionName",
    "pool": "SharedProcPoolID",
    "vfc_mappings": "VirtualFCMappings",
    "scsi_mappings": "VirtualSCSIMappings",
    "vlan_mappings": "VlanMappings",
}

_OPTIONS = (
    option("--source-system", required=True, metavar="NAME", help="name of the dead system"),
    option("--lpar", required=True, metavar="NAME", help="name or UUID of its partition"),
    option(
        "--source-is-off",
        action="store_true",
        help="vouch for it that the system is off: that it does not answer is no proof",
    ),
    option("--pool", metavar="ID", help="shared processor pool here"),
    option("--vfc-mappings", nargs="+", metavar="M", help="slot/vios-name/vios-id[/vios-slot[/fc-port]]"),
    option("--scsi-mappings", nargs="+", metavar="M", help="slot/vios-name/vios-id[/vios-slot]"),
    option("--vlan-mappings", nargs="+", metavar="M", help="MAC/vlan[/additional vlans]"),
    option("--override-ovs", action="store_true", help="restart although Open vSwitch settings cannot follow"),
    option("--override-vlan-bridge", action="store_true", help="restart although a VLAN is not bridged here"),
    option("--validate", action="store_true", help="only check whether it could be restarted here"),
)


def _restart(call: Call) -> int:
    from openlpar.client import jobs

    args = call.args
    inputs = {}
    for name, job_input in _INPUTS.items():
        value = getattr(args, name)
        if value:
            inputs[job_input] = ",".join(value) if isinstance(value, list) else value
    if args.override_ovs:
        inputs["OVSOverride"] = "2"
    if args.override_vlan_bridge:
        inputs["VLANBridgeOverride"] = "2"
    if args.source_is_off and not args.validate:
        inputs["SourceIsOff"] = "true"
    target = f"ManagedSystem/{call.system.uuid}"
    jobs.run(call.connection, target, "RemoteRestartValidate" if args.validate else "RemoteRestart", inputs)
    return 0


def _recover(call: Call) -> int:
    from openlpar.client import jobs

    if not call.args.object_id:
        raise messages.NO_SELECTION.error(kind=call.noun.name, option="-i")
    entry: Entry[LogicalPartition] = call.partition((LogicalPartition,), "object_id")
    inputs = {"Force": "true"} if call.args.force else {}
    jobs.run(call.connection, f"LogicalPartition/{entry.uuid}", "RemoteRestartRecover", inputs)
    return 0


VERBS = (
    Verb(
        "remote-restart",
        "restart a partition of a dead system on this one",
        _restart,
        "",
        _OPTIONS,
        (
            "lpar remote-restart --source-system gannet --lpar vm1 --validate",
            "lpar remote-restart --source-system gannet --lpar vm1 --source-is-off",
        ),
    ),
    Verb(
        "remote-restart-recover",
        "let a partition run that waits for another system's word",
        _recover,
        "i",
        (option("--force", action="store_true", help="it certainly does not run on the other system"),),
        ("lpar remote-restart-recover -i name=vm1 --force",),
        positional=True,
    ),
)
