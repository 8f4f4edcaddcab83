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
    """Takes the master role for the NovaLink. Only what was asked for is sent: a genuine one knows no ``force``."""
    parameters = {"coManagementMasterStatus": call.args.mode}
    if call.args.force:
        parameters["force"] = "true"
    jobs.run(call.connection, _target(call), "RequestMaster", parameters)
    return 0


def _release_master(call: Call) -> int:
    jobs.run(call.connection, _target(call), "ReleaseMaster")
    return 0


def _target(call: Call) -> str:
    row: Any = call.row() if call.args.object_id else call.only(call.rows(), "ManagedSystem")
    return f"ManagedSystem/{row.entry.uuid}"


def _mode(name: str) -> dict[str, Any]:
    return {"dest": "mode", "action": "store_const", "const": name, "default": "norm"}


NOUN = Noun(
    name="ManagedSystem",
    title="Managed Systems",
    kind=ManagedSystem,
    columns=(
        Column("Name", "system_name"),
        Column("MTMS", "mtms", whole=True),
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
            (
                option("--temp", **_mode("temp"), help="the side before gets the role back when it is released"),
                option("--keep", **_mode("keep"), help="nobody gets the role by asking before it is released"),
                option("--force", action="store_true", help="do not wait until the other side's operation has ended"),
            ),
            ("sys set-master", "sys set-master --temp", "sys set-master --force"),
        ),
        Verb(
            "release-master",
            "give the master role back: to the one before, else to the HMC",
            _release_master,
            "i",
            (),
            ("sys release-master",),
        ),
        update_verb("sys update -i name=gannet -s system_name=gannet2", selects="is"),
    ),
    renames={"name": "system_name", "state": "system_state"},
    extras={"mtms": mtms, "master": lambda row: _system(row).session_is_master},
)
