"""viosbr: saves the configuration of the Virtual I/O Server and shows what was saved."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import backup
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import BACKUPS, HOME
from openlpar.vios.padmin.options import Flag, Value, ValueOrAll, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, not_yet


class Viosbr(Command, name="viosbr", group="Maintenance"):
    """Backs up the virtual and logical configuration."""

    save = Flag("-backup", "saves the configuration")
    view = Flag("-view", "shows a saved configuration")
    back = Flag("-restore", "restores a saved configuration")
    stop = Flag("-nobackup", "ends regular backups")
    file = Value("-file", "FileName", f"the backup; a relative name is below {BACKUPS}")
    clustername = Value("-clustername", "ClusterName", "with the cluster")
    frequency = Value("-frequency", "daily | weekly | monthly", "regularly")
    numfiles = Value("-numfiles", "Number", "how many backups are kept")
    kind = Value("-type", "DeviceType", f"only these devices: {', '.join(backup.KINDS)}")
    detail = Flag("-detail", "everything that was saved of them")
    mapping = Flag("-mapping", "how devices are lent")
    listed = ValueOrAll("-list", "UserDir", f"the backups in a directory; without one in {BACKUPS}")
    validate = Flag("-validate", "only checks")

    @form(save, file, may(clustername))
    def back_up(self) -> Iterator[str]:
        name = self.file
        if self.clustername:
            name += f".{self.server.the_cluster(self.clustername).name}"
        name = name if name.endswith(backup.SUFFIX) else name + backup.SUFFIX
        self.server.home.write(name, backup.archive(self.server), BACKUPS)
        yield f"Backup of this node ({backup.node(self.server)}) successful"

    @form(save, file, frequency, may(numfiles))
    @form(stop)
    def schedule(self) -> Iterator[str]:
        raise not_yet(
            "viosbr -backup -frequency", "Run 'viosbr -backup -file FILE' from a timer of the management partition."
        )

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

    @form(back, file, may(one(validate, kind)), may(clustername))
    def restore(self) -> Iterator[str]:
        raise not_yet(
            "viosbr -restore", "'viosbr -view -file FILE -mapping' shows what was lent, to be made anew with mkvdev."
        )
