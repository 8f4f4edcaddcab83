"""``pvmctl sys``: the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.changes import update_verb
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.client import jobs
from openlpar.uom.managed_system import ManagedSystem


def mtms(row: Row) -> str:
    name = _system(row).mtms
    return f"{name.machine_type}-{name.model}*{name.serial}"


def _system(row: Row) -> ManagedSystem:
    return cast(ManagedSystem, row.elements["ManagedSystem"])


def _load(call: Call, _: Selection) -> Sequence[Row]:
    found = call.connection.feed("ManagedSystem", ManagedSystem)
    return [Row({"ManagedSystem": entry.element}, entry) for entry in found]


def _set_master(call: Call) -> int:
    """Takes the master role for the NovaLink; ``temp`` gives it back by itself on release."""
    row: Any = call.row() if call.args.object_id else call.only(call.rows(), "ManagedSystem")
    mode = {"coManagementMasterStatus": "temp" if call.args.temp else "norm"}
    jobs.run(call.connection, f"ManagedSystem/{row.entry.uuid}", "RequestMaster", mode)
    return 0


NOUN = Noun(
    name="ManagedSystem",
    title="Managed Systems",
    kind=ManagedSystem,
    columns=(
        Column("Name", "system_name"),
        Column("MTMS", "mtms"),
        Column("State", "system_state"),
        Column("Master", "master"),
        Column("Free CPU", "proc_units_avail"),
        Column("Free Mem", "memory_free"),
    ),
    load=_load,
    verbs=(
        listing.verb("sys list", "sys list -d master", "sys list -d system_name mtms memory_free proc_units_avail"),
        Verb(
            "set-master",
            "make this NovaLink the master, which alone may change the configuration",
            _set_master,
            "i",
            (option("--temp", action="store_true", help="only until the role is released"),),
            ("sys set-master",),
        ),
        update_verb("sys update -i name=gannet -s system_name=gannet2", selects="is"),
    ),
    renames={"name": "system_name", "state": "system_state"},
    extras={"mtms": mtms, "master": lambda row: _system(row).session_is_master},
)
