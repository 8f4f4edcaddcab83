"""``pvmctl vios``: Virtual I/O Servers."""

from __future__ import annotations

from functools import partial

from openlpar.cli.pvmctl.noun import Noun
from openlpar.cli.pvmctl.objects import partition_create, partitions
from openlpar.uom.virtual_io_server import VirtualIOServer

NOUN = Noun(
    name="VirtualIOServer",
    title="Virtual I/O Servers",
    kind=VirtualIOServer,
    columns=(
        partitions.NAME,
        partitions.ID,
        partitions.STATE,
        partitions.REF_CODE,
        partitions.MEM,
        partitions.CPU,
        partitions.ENT,
    ),
    load=partial(partitions.load, VirtualIOServer),
    verbs=(partition_create.VIOS, *partitions.verbs("vios", "vios1")),
    setters={"proc_compat_mode": "pending_proc_compat_mode"},
)
