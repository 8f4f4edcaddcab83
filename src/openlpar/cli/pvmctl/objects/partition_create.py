"""``pvmctl lpar create`` and ``vios create``: a new partition with the defaults of the reference client's builder."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any

from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Verb, option
from openlpar.cli.pvmctl.values import count, size_mb, units
from openlpar.cli.pvmctl.where import Malformed
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_io import PartitionIOConfiguration, VirtualIOServerIOConfiguration
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import (
    DedicatedProcessorConfiguration,
    PartitionProcessorConfiguration,
    SharedProcessorConfiguration,
    SharingMode,
)

# Defaults of the reference client's LPARBuilder.
_UNITS_PER_PROCESSOR = Decimal("0.5")
_MAX_SLOTS = 64
_UNCAPPED_WEIGHT = 64
_AVAIL_PRIORITY = 127

_VIOS = "Virtual IO Server"
_TYPES = {
    "aix/linux": "AIX/Linux",
    "aix": "AIX/Linux",
    "linux": "AIX/Linux",
    "os400": "OS400",
    "ibmi": "OS400",
    "ibm i": "OS400",
    "vios": _VIOS,
    "virtual io server": _VIOS,
}


def _partition_type(text: str) -> str:
    if text.lower() not in _TYPES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of AIX/Linux, IBMi, VIOS")
    return _TYPES[text.lower()]


_OPTIONS = (
    option("--name", required=True, help="up to 31 characters"),
    option("--id", type=count, help="partition id (default: the lowest free one)"),
    option("--mem", type=size_mb, required=True, metavar="MB", help="desired memory"),
    option("--min-mem", type=size_mb, metavar="MB", help="default: the desired memory"),
    option("--max-mem", type=size_mb, metavar="MB", help="default: twice the desired memory, or all that there is"),
    option("--proc-type", choices=("shared", "dedicated"), default="shared", help="default: shared"),
    option("--proc", type=count, required=True, metavar="N", help="desired (virtual) processors"),
    option("--min-proc", type=count, metavar="N", help="default: the desired processors"),
    option("--max-proc", type=count, metavar="N", help="default: the desired processors"),
    option("--proc-unit", type=units, metavar="U", help="desired processing units (default: half a unit each)"),
    option("--min-proc-unit", type=units, metavar="U", help="default: the desired units"),
    option("--max-proc-unit", type=units, metavar="U", help="default: the desired units"),
    option(
        "--sharing-mode",
        choices=[mode.value for mode in SharingMode if mode is not SharingMode.UNKNOWN],
        help="default: uncapped for shared processors, 'sre idle proces' for dedicated ones",
    ),
    option("--uncapped-weight", type=count, metavar="0-255", help=f"default: {_UNCAPPED_WEIGHT}"),
    option("--pool", type=count, metavar="ID", help="shared processor pool (default: 0)"),
    option("--max-slots", type=count, default=_MAX_SLOTS, metavar="N", help=f"virtual slots (default: {_MAX_SLOTS})"),
    option("--avail-priority", type=count, default=_AVAIL_PRIORITY, metavar="0-255", help="default: 127"),
    option("--proc-compat-mode", default="default", metavar="MODE", help="for example POWER8 (default: default)"),
)


def create(call: Call) -> int:
    """Creates the partition; silent on success, as on a NovaLink."""
    from openlpar.uom.virtual_io_server import VirtualIOServer

    args = call.args
    if args.proc_type == "dedicated":
        _refuse_shared_options(args)
    env: str = getattr(args, "type", None) or (_VIOS if call.noun.kind is VirtualIOServer else "AIX/Linux")
    kind: Any = VirtualIOServer if env == _VIOS else LogicalPartition
    slots: Any = VirtualIOServerIOConfiguration if env == _VIOS else PartitionIOConfiguration
    partition = kind(
        allow_perf_data_collection=False,
        avail_priority=args.avail_priority,
        id=args.id,
        io_config=slots(max_virtual_slots=args.max_slots),
        mem_config=PartitionMemoryConfiguration(
            desired=args.mem, max=_or(args.max_mem, _room(call, args.mem)), min=_or(args.min_mem, args.mem)
        ),
        name=args.name,
        proc_config=_dedicated(args) if args.proc_type == "dedicated" else _shared(args),
        env=env,
        pending_proc_compat_mode=args.proc_compat_mode,
    )
    call.connection.create(f"ManagedSystem/{call.system.uuid}/{kind.tag}", partition)
    return 0


def _refuse_shared_options(args: argparse.Namespace) -> None:
    for option_name in ("proc_unit", "min_proc_unit", "max_proc_unit", "uncapped_weight", "pool"):
        if getattr(args, option_name) is not None:
            raise Malformed(
                f"--{option_name.replace('_', '-')} is for shared processors, not for --proc-type dedicated"
            )


def _room(call: Call, desired_mb: int) -> int:
    """Maximum memory when none was asked for. The builder would take the desired memory, but then the tutorial's next step,
    an update of the desired memory from 1024 to 2048 MB, could not work."""
    configurable: int = call.system.element.memory_config.memory_configurable
    return max(desired_mb, min(2 * desired_mb, configurable))


def _shared(args: argparse.Namespace) -> PartitionProcessorConfiguration:
    mode = args.sharing_mode or SharingMode.UNCAPPED
    desired = _or(args.proc_unit, (args.proc * _UNITS_PER_PROCESSOR).quantize(Decimal("0.01")))
    weight = _or(args.uncapped_weight, _UNCAPPED_WEIGHT) if mode == SharingMode.UNCAPPED else None
    return PartitionProcessorConfiguration(
        has_dedicated=False,
        shared_proc_cfg=SharedProcessorConfiguration(
            desired_units=desired,
            desired_virtual=args.proc,
            max_units=_or(args.max_proc_unit, desired),
            max_virtual=_or(args.max_proc, args.proc),
            min_units=_or(args.min_proc_unit, desired),
            min_virtual=_or(args.min_proc, args.proc),
            pool_id=_or(args.pool, 0),
            uncapped_weight=weight,
        ),
        sharing_mode=str(mode),
    )


def _dedicated(args: argparse.Namespace) -> PartitionProcessorConfiguration:
    return PartitionProcessorConfiguration(
        dedicated_proc_cfg=DedicatedProcessorConfiguration(
            desired=args.proc, max=_or(args.max_proc, args.proc), min=_or(args.min_proc, args.proc)
        ),
        has_dedicated=True,
        sharing_mode=str(args.sharing_mode or SharingMode.SHARE_IDLE_PROCS),
    )


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


_TYPE = option("--type", type=_partition_type, metavar="TYPE", help="AIX/Linux (default), IBMi or VIOS")
_SAMPLE = "--mem 1024 --proc-type shared --proc 2 --proc-unit .1 --sharing-mode uncapped"
LPAR = Verb(
    "create",
    "create a logical partition",
    create,
    options=(*_OPTIONS[:1], _TYPE, *_OPTIONS[1:]),
    examples=(f"lpar create --name vm1 --type AIX/Linux {_SAMPLE}",),
)
VIOS = Verb(
    "create",
    "create a Virtual I/O Server partition",
    create,
    options=_OPTIONS,
    examples=("vios create --name vios3 --mem 4096 --proc 2",),
)
