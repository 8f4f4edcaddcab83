"""``pvmctl lpar migrate``, ``migrate-stop`` and ``migrate-recover``: the jobs of live partition mobility."""

from __future__ import annotations

import sys
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
    "target_system": "TargetManagedSystemName",
    "target_address": "TargetRemoteHMCIPAddress",
    "target_user": "TargetRemoteHMCUserID",
    "source_msp": "SourceMSPIPaddr",
    "dest_msp": "DestMSPIPaddr",
}

_OPTIONS = (
    option("--target-system", required=True, metavar="NAME", help="name or MTMS of the target system"),
    option("--target-address", metavar="IP", help="management address of the target side"),
    option("--target-user", metavar="USER", help="user on the target side"),
    option("--source-msp", nargs="+", metavar="IP", help="addresses of the source mover service partitions"),
    option("--dest-msp", nargs="+", metavar="IP", help="addresses of the target mover service partitions"),
    option("--affinity", action="store_true", help="ask for good placement"),
    *partition_arrival.OPTIONS,
)


def _migrate(call: Call) -> int:
    args = call.args
    inputs = partition_arrival.inputs(args, _INPUTS)
    if args.affinity:
        inputs["Affinity"] = "true"
    return _run(call, "MigrateValidate" if args.validate else "Migrate", inputs)


def _stop(call: Call) -> int:
    return _run(call, "MigrateAbort", {})


def _recover(call: Call) -> int:
    return _run(call, "MigrateRecover", {"Force": "true"} if call.args.force else {})


def _run(call: Call, operation: str, inputs: dict[str, str]) -> int:
    from openlpar.client import jobs

    if not call.args.object_id:
        raise messages.NO_SELECTION.error(kind=call.noun.name, option="-i")
    entry: Entry[LogicalPartition] = call.partition((LogicalPartition,), "object_id")
    bar = _Progress(operation == "Migrate" and sys.stderr.isatty())
    target = f"LogicalPartition/{entry.uuid}"
    try:
        jobs.run(call.connection, target, operation, inputs, time_limit_s=4 * jobs.TIME_LIMIT_S, progress=bar.show)
    finally:
        bar.end()
    return 0


class _Progress:
    """How much has moved, on one line of a terminal."""

    def __init__(self, wanted: bool) -> None:
        self._wanted, self._shown = wanted, ""

    def show(self, share: float) -> None:
        text = f"migrating: {share:4.0%}"
        if self._wanted and text != self._shown:
            self._shown = text
            print(f"\r{text}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print(f"\r{' ' * len(self._shown)}\r", end="", file=sys.stderr, flush=True)


VERBS = (
    Verb(
        "migrate",
        "move a partition to another system",
        _migrate,
        "i",
        _OPTIONS,
        ("lpar migrate -i name=vm1 --target-system 8247-21L*212E3CB --target-address 192.0.2.7",),
        positional=True,
    ),
    Verb(
        "migrate-stop",
        "stop a migration under way",
        _stop,
        "i",
        (),
        ("lpar migrate-stop -i name=vm1",),
        positional=True,
    ),
    Verb(
        "migrate-recover",
        "clean up after a failed migration",
        _recover,
        "i",
        (option("--force", action="store_true", help="also when the other side cannot be reached"),),
        ("lpar migrate-recover -i name=vm1",),
        positional=True,
    ),
)
