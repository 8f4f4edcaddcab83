"""``pvmctl lpar remote-restart`` and ``remote-restart-recover``: OpenLPAR's own, as is what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Verb, option
from openlpar.cli.pvmctl.objects import partition_arrival
from openlpar.uom.logical_partition import LogicalPartition

if TYPE_CHECKING:
    from openlpar.client.atom import Entry

# Option -> input of the job, beside those of partition_arrival.
_INPUTS = {
    "source_system": "SourceManagedSystemName",
    "lpar": "PartitionName",
}

_OPTIONS = (
    option("--source-system", required=True, metavar="NAME", help="name of the dead system"),
    option("--lpar", required=True, metavar="NAME", help="name or UUID of its partition"),
    option(
        "--source-is-off",
        action="store_true",
        help="vouch for it that the system is off: that it does not answer is no proof",
    ),
    *partition_arrival.OPTIONS,
)


def _restart(call: Call) -> int:
    from openlpar.client import jobs

    args = call.args
    inputs = partition_arrival.inputs(args, _INPUTS)
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
