"""``pvmctl lpar``: logical partitions."""

from __future__ import annotations

from functools import partial

from openlpar.cli.pvmctl.noun import Noun
from openlpar.cli.pvmctl.objects import partition_create, partition_migrate, partition_restart, partitions
from openlpar.uom.logical_partition import LogicalPartition

NOUN = Noun(
    name="LogicalPartition",
    title="Logical Partitions",
    kind=LogicalPartition,
    columns=partitions.COLUMNS,
    load=partial(partitions.load, LogicalPartition),
    verbs=(partition_create.LPAR, *partitions.verbs("lpar", "vm1"), *partition_migrate.VERBS, *partition_restart.VERBS),
    # The current mode is what the processors run in now; a wish goes into the pending one.
    setters={"proc_compat_mode": "pending_proc_compat_mode"},
)
