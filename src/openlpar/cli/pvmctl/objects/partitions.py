"""What logical partitions and Virtual I/O Servers have in common on the command line: columns, power, update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, QuickRow, Row, Verb, option
from openlpar.client import quick
from openlpar.client.errors import JobFailed
from openlpar.messages.core import Failure
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition

if TYPE_CHECKING:
    from openlpar.client.atom import Entry

_BOOT_MODES = ("norm", "sms", "dd", "ds", "of", "pbl")
_KEYLOCKS = ("norm", "manual")

# What PowerOff's ``immediate`` makes of OS400, AIX/Linux and VIOS.
_IBMI = "OS400"


def load(kind: type[Element], call: Call, selection: Selection) -> Sequence[Row]:
    """Partitions of a type: by search for a name or id, from quick properties where they suffice, else from the feed."""
    connection = call.connection
    wanted = selection.object
    if wanted and wanted[0].rpartition(".")[2] in ("name", "id", "uuid"):
        return [_row(entry) for entry in call.partitions(kind, wanted)]
    paths = {path for _, path in selection.fields or ()}
    if selection.fields is not None and quick.covers(paths) and quick.FEATURE in connection.session.features:
        found = connection.quick(f"{kind.tag}/quick/All")
        readers = quick.readers(kind, paths)
        return [QuickRow(one, readers) for one in found]
    return [_row(entry) for entry in call.partitions(kind)]


def _row(entry: Entry[Any]) -> Row:
    return Row({entry.kind.tag: entry.element}, entry)


# ---- columns ----------------------------------------------------------------------------------------------------

_CURRENT = "CurrentSharedProcessorConfiguration"
_DEDICATED = "PartitionProcessorConfiguration.current_has_dedicated"
_CORES = "CurrentDedicatedProcessorConfiguration.current"


def _processors(dedicated: bool | None, cores: int | None, virtual: int | None) -> int:
    """Virtual processors, or the cores of a dedicated partition."""
    return (cores if dedicated else virtual) or 0


def _entitlement(dedicated: bool | None, cores: int | None, units: Decimal | None) -> float:
    """Processing units; a dedicated core is one."""
    return float((cores if dedicated else units) or 0)


NAME, ID, STATE = Column("Name", "name"), Column("ID", "id"), Column("State", "state")
ENV, REF_CODE = Column("Env", "env"), Column("Ref Code", "ref_code")
MEM = Column("Mem", "PartitionMemoryConfiguration.current")
CPU = Column("CPU", _processors, (_DEDICATED, _CORES, f"{_CURRENT}.allocated_virtual"))
ENT = Column("Ent", _entitlement, (_DEDICATED, _CORES, f"{_CURRENT}.current_units"))
COLUMNS = (NAME, ID, STATE, ENV, REF_CODE, MEM, CPU, ENT)


# ---- verbs ------------------------------------------------------------------------------------------------------


def verbs(noun: str, sample: str) -> tuple[Verb, ...]:
    """The verbs of both types. noun: alias for the examples; sample: a name for them."""
    select = f"-i name={sample}"
    return (
        listing.verb(
            f"{noun} list",
            f"{noun} list {select}",
            f"{noun} list -d name id state --where state=running",
            f"{noun} list -d name PartitionMemoryConfiguration.desired -f ' ' --hide-label",
        ),
        changes.update_verb(
            f"{noun} update {select} -s PartitionMemoryConfiguration.desired=2048",
            f"{noun} update {select} -s SharedProcessorConfiguration.desired_units=0.5 "
            "SharedProcessorConfiguration.desired_virtual=2",
        ),
        changes.delete_verb(f"{noun} delete {select}", selects="i"),
        Verb(
            "power-on",
            "activate a partition with its current configuration",
            _power_on,
            "i",
            (
                option("--bootmode", choices=_BOOT_MODES, help="where to stop: normal, SMS menu, open firmware, …"),
                option("--keylock", choices=_KEYLOCKS, help="position of the (virtual) key"),
            ),
            (f"{noun} power-on {select}", f"{noun} power-on {select} --bootmode sms"),
            positional=True,
        ),
        Verb(
            "power-off",
            "shut a partition down: by its operating system when RMC is active, else by firmware, at last hard",
            _power_off,
            "i",
            (
                option("--hard", action="store_true", help="stop the processors at once; unwritten data is lost"),
                option("--restart", action="store_true", help="start it again afterwards"),
            ),
            (f"{noun} power-off {select}", f"{noun} power-off {select} --hard"),
            positional=True,
        ),
        Verb(
            "restart",
            "shut a partition down and start it again",
            partial(_power_off, restart=True),
            "i",
            (option("--hard", action="store_true", help="stop the processors at once; unwritten data is lost"),),
            (f"{noun} restart {select}",),
            positional=True,
        ),
    )


def _power_on(call: Call) -> int:
    from openlpar.client import power

    options = {"bootmode": call.args.bootmode, "keylock": call.args.keylock}
    given = {name: value for name, value in options.items() if value}
    entry = _selected(call)
    return _told(call, entry, "Powering on", "power-on", lambda: power.power_on(call.connection, _target(entry), given))


def _power_off(call: Call, *, restart: bool = False) -> int:
    from openlpar.client import power

    entry = _selected(call)
    restart = restart or call.args.restart
    element = entry.element

    def act() -> bool:
        return power.power_off(
            call.connection,
            _target(entry),
            os_shutdown=element.rmc_state == "active",
            ibmi=element.env == _IBMI,
            hard=call.args.hard,
            restart=restart,
        )

    return _told(call, entry, *(("Restarting", "restart") if restart else ("Powering off", "power-off")), act)


def _told(call: Call, entry: Entry[Any], doing: str, verb: str, act: Callable[[], bool]) -> int:
    name = entry.element.name
    call.say(f"{doing} partition {name}, this may take a few minutes.")
    try:
        changed = act()
    except JobFailed as failed:
        raise _failure(name, verb, failed) from failed
    if changed:
        call.say(f"Partition {name} {verb} successful.")
    else:
        call.say(f"Partition {name} is already {'on' if verb == 'power-on' else 'off'}.")
    return 0


def _failure(name: str, verb: str, failed: JobFailed) -> Exception:
    """The service's own message where it has an id, else one that names the partition."""
    from openlpar.cli.pvmctl.failures import has_id

    if has_id(failed):
        return failed
    words = {"power-on": "powered on", "power-off": "powered off", "restart": "restarted"}
    failure: Failure = messages.POWER_FAILED.error(name=name, verb=words[verb], cause=failed.text)
    return failure


def _selected(call: Call) -> Entry[Any]:
    """The partition of ``-i``. One that is not of the command's type is taken from the other, as power concerns both."""
    if not call.args.object_id:
        raise messages.NO_SELECTION.error(kind=call.noun.name, option="-i")
    from openlpar.uom.virtual_io_server import VirtualIOServer

    other = VirtualIOServer if call.noun.kind is LogicalPartition else LogicalPartition
    return call.partition((call.noun.kind, other), "object_id")


def _target(entry: Entry[Any]) -> str:
    return f"{entry.kind.tag}/{entry.uuid}"
