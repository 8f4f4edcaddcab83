"""viosbr: saves the configuration of the Virtual I/O Server, shows what was saved and restores what is missing.

What it prints of a restore follows no sample: none is public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from openlpar.ports.backups import FREQUENCIES, VIOSBR_DUE, next_regular
from openlpar.ports.records import Due
from openlpar.vios.padmin import backup, restoring
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import BACKUPS, HOME
from openlpar.vios.padmin.missing import Missing
from openlpar.vios.padmin.options import Flag, Value, ValueOrAll, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status

_MOST_FILES = 10
_AUTOMATIC = ("start", "stop", "status", "save")
_AUTOMATIC_FILE = "autoviosbr_"
"""What its name begins with; the host name follows, which may change."""
_PLAIN_NAME = re.compile(r"[\w./-]{1,200}", re.ASCII)


class Viosbr(Command, name="viosbr", group="Maintenance"):
    """Backs up the virtual and logical configuration."""

    save = Flag("-backup", "saves the configuration")
    view = Flag("-view", "shows a saved configuration")
    back = Flag("-restore", "restores a saved configuration")
    stop = Flag("-nobackup", "ends regular backups")
    auto = Value("-autobackup", " | ".join(_AUTOMATIC), "the daily backup autoviosbr_HOST.01, and whether it is made")
    file = Value("-file", "FileName", f"the backup; a relative name is below {BACKUPS}")
    clustername = Value("-clustername", "ClusterName", "with the cluster")
    frequency = Value("-frequency", "daily | weekly | monthly", "regularly")
    numfiles = Value("-numfiles", "Number", "how many backups are kept")
    kind = Value("-type", "DeviceType", f"only these devices: {', '.join(backup.KINDS)}")
    detail = Flag("-detail", "everything that was saved of them")
    mapping = Flag("-mapping", "how devices are lent")
    listed = ValueOrAll("-list", "UserDir", f"the backups in a directory; without one in {BACKUPS}")
    validate = Flag("-validate", "only says what would be restored")
    inter = Flag("-inter", "asks for each device whether to restore it; needs a terminal")
    force = Flag("-force", "without asking; devices that differ stay as they are all the same")
    skipcluster = Flag("-skipcluster", "nothing of the cluster; as without -clustername")
    skipdevattr = Flag("-skipdevattr", "attributes of devices stay as they are")

    @form(save, file, may(clustername))
    def back_up(self) -> Iterator[str]:
        self.server.home.write(self._name(self.file), backup.archive(self.server), BACKUPS)
        yield f"Backup of this node ({backup.node(self.server)}) successful"

    def _name(self, base: str) -> str:
        if self.clustername:
            base += f".{self.server.the_cluster(self.clustername).name}"
        return base if base.endswith(backup.SUFFIX) else base + backup.SUFFIX

    @form(save, file, frequency, may(numfiles), may(clustername))
    def schedule(self) -> Iterator[str]:
        """The files are called FILE.01.tar.gz and so on, and after the last the first is written over."""
        if self.frequency not in FREQUENCIES:
            raise Refusal(Status.SYNTAX, f'"{self.frequency}" is not valid. Use {", ".join(FREQUENCIES)}.')
        files = self.numfiles or str(_MOST_FILES)
        if not files.isdigit() or not 1 <= int(files) <= _MOST_FILES:
            raise Refusal(Status.SYNTAX, f'"{self.numfiles}" is not valid. Use a whole number from 1 to {_MOST_FILES}.')
        if not _PLAIN_NAME.fullmatch(self.file):
            raise Refusal(Status.SYNTAX, f'"{self.file}" is not valid. Use letters, digits, "/", ".", "-" and "_".')
        self.server.home.place(self._name(f"{self.file}.01"), BACKUPS)
        self._cancel(self.file)
        self._plan(self.file, self.frequency, files)
        yield f"Backup of this node ({backup.node(self.server)}) scheduled {self.frequency}"

    def _plan(self, file: str, frequency: str, files: str) -> None:
        data = {"file": file, "frequency": frequency, "files": files, "number": "1", "cluster": self.clustername}
        uuid, at = self.server.uuid, next_regular(frequency, self.server.change.clock.now())
        due = Due(uuid=f"{VIOSBR_DUE}-{uuid}-{file}-{at}", at=at, what=VIOSBR_DUE, subject=uuid, data=data)
        self.server.operator.keep(due)

    def _planned(self) -> list[Due]:
        return [due for due in self.server.change.where(Due, subject=self.server.uuid) if due.what == VIOSBR_DUE]

    def _cancel(self, *files: str) -> None:
        for due in self._planned():
            if due.data["file"] in files:
                self.server.operator.forget(due)

    @form(stop)
    def end_schedule(self) -> Iterator[str]:
        """The automatic backup has its own switch."""
        self._cancel(*({due.data["file"] for due in self._planned()} - self._automatic()))
        yield from ()

    def _automatic(self) -> set[str]:
        """The automatic backup that is planned."""
        return {due.data["file"] for due in self._planned() if due.data["file"].startswith(_AUTOMATIC_FILE)}

    @form(auto)
    def switch(self) -> Iterator[str]:
        if self.auto not in _AUTOMATIC:
            raise Refusal(Status.SYNTAX, f'"{self.auto}" is not valid. Use {", ".join(_AUTOMATIC)}.')
        file = f"{_AUTOMATIC_FILE}{self.server.host}"
        if self.auto == "save":
            self.server.home.write(f"{file}.01{backup.SUFFIX}", backup.archive(self.server), BACKUPS)
        elif self.auto != "status":
            self._cancel(*self._automatic())
            if self.auto == "start":
                self._plan(file, "daily", "1")
        state = "active" if self._automatic() else "inactive"
        yield f"Automatic backup of this node ({backup.node(self.server)}): {state}"

    @form(view, file, may(kind), may(detail))
    @form(view, file, mapping)
    def show(self) -> Iterator[str]:
        kinds = list(backup.KINDS)
        if self.mapping:
            kinds = ["vscsi", "npiv"]
        elif self.kind:
            if self.kind not in backup.KINDS:
                raise Refusal(
                    Status.SYNTAX, f'Device type "{self.kind}" is not valid. The types are: {", ".join(backup.KINDS)}.'
                )
            kinds = [self.kind]
        saved = backup.opened(self.server.home.read(self._found(), BACKUPS), self.file)
        if self.detail:
            yield from backup.details(saved, kinds)
        else:
            yield from backup.sections(saved, kinds)

    def _found(self) -> str:
        """The backup's name: without the ending too, and with the letters of .viosbr in the order in which books print them."""
        home = self.server.home
        for name in (self.file, self.file.replace(".viosrb", ".viosbr")):
            for candidate in (name, name + backup.SUFFIX):
                if home.exists(candidate, BACKUPS):
                    return candidate
        raise Refusal(
            Status.NOT_FOUND,
            f"Backup \"{self.file}\" does not exist. 'viosbr -view -list' lists the backups in {BACKUPS}.",
        )

    @form(view, listed)
    def list_backups(self) -> Iterator[str]:
        directory = BACKUPS if self.listed == "*" else self.listed
        if directory != HOME:
            self.server.home.place(directory, BACKUPS)
        for name in self.server.home.names(directory):
            if name.endswith(backup.SUFFIX):
                yield name

    @form(back, file, may(one(validate, inter, force)), may(kind), may(one(clustername, skipcluster)), may(skipdevattr))
    def restore(self) -> Iterator[str]:
        if self.kind and self.kind not in restoring.TYPES:
            known = ", ".join(restoring.TYPES)
            raise Refusal(Status.SYNTAX, f'Device type "{self.kind}" is not valid. What is restored: {known}.')
        kinds = restoring.TYPES.get(self.kind, restoring.ORDER)
        if self.skipdevattr:
            kinds = tuple(kind for kind in kinds if kind != restoring.ATTRIBUTES)
        if self.clustername:
            self.server.the_cluster(self.clustername)
        saved = backup.opened(self.server.home.read(self._found(), BACKUPS), self.file)
        found = restoring.missing(self.server, saved, kinds, units=bool(self.clustername))
        if self.validate:
            yield from self._validation(list(found))
            return
        declined = self._declined(list(found)) if self.inter else frozenset()
        found = restoring.missing(self.server, saved, kinds, units=bool(self.clustername))
        report = restoring.restore(one for one in found if one.name not in declined)
        yield "DEPLOYED or CHANGED devices:"
        yield from columns([("Dev name during BACKUP", "Dev name during RESTORE"), *report.made])
        if report.failed:
            self.exit_status = Status.INCOMPLETE
            yield ""
            yield "Unable to deploy or change devices:"
            yield from columns([("Dev name during BACKUP", "Reason"), *report.failed])

    def _declined(self, found: list[Missing]) -> frozenset[str]:
        """Names of the devices that are not wanted."""
        sitting = self.server.sitting
        sitting.need_terminal("viosbr -restore -inter", "'-validate' lists what would be restored, '-type' chooses.")
        names = dict.fromkeys(one.name for one in found if one.make is not None)
        return frozenset(name for name in names if not sitting.wants(f"Restore {name} [y|n]? "))

    def _validation(self, found: list[Missing]) -> Iterator[str]:
        lost = [(one.name, one.reason) for one in found if one.make is None]
        yield "Devices to be deployed:"
        yield from columns([("Dev name during BACKUP",), *((one.name,) for one in found if one.make is not None)])
        if lost:
            self.exit_status = Status.INCOMPLETE
            yield ""
            yield "Devices that cannot be deployed:"
            yield from columns([("Dev name during BACKUP", "Reason"), *lost])


def columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Rows below their headings, which are underlined."""
    widths = [max(len(row[column]) for row in rows) + 4 for column in range(len(rows[0]))]
    for row in (rows[0], tuple("-" * len(heading) for heading in rows[0]), *rows[1:]):
        yield "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
