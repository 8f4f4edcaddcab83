"""updateios: another level of the VIOS software."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.messages import Failure, Kind
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, Value, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.update_media import LEVEL_FILE, offered_level

_LOG = "install.log"


class Updateios(Command, name="updateios", group="System"):
    """Updates the software of this Virtual I/O Server. An update is a directory with a file ios.level, which holds its level."""

    dev = Value("-dev", "Directory", "below /home/padmin or /mnt; its file ios.level holds the level, such as 3.1.4.10")
    force = Flag("-f", "commits what was applied before first; with -reject without asking")
    install = Flag("-install", "with the file sets that this server does not have")
    accept = Flag("-accept", "without asking")
    listed = Flag("-list", "what there is to install")
    commit = Flag("-commit", "the update that was applied stays")
    reject = Flag("-reject", "the update that was applied goes; the level before is back")
    cleanup = Flag("-cleanup", "removes what an interrupted update left: here nothing is left")
    remove = Flag("-remove", "removes file sets")
    outdated = Flag("-remove_outdated_filesets", "removes file sets of older levels: all have that of the server here")
    file = Value("-file", "RemoveListFile", "a list of file sets")
    names = Operands("FilesetName", "file sets to remove")
    filesets = Values("-fs", "FilesetName", "installs these file sets, of the level of the server")

    @form(all_of(dev, may(force), may(install), may(accept)))
    def apply(self) -> Iterator[str]:
        level, present = self._offered(), self.server.level
        preview = f"Update of this Virtual I/O Server from level {present or 'unknown'} to {level}."
        if not self.accept:
            self.server.sitting.agree(f"{preview}\nContinue the installation", "repeat the command with -accept.")
        flags = {"committing": self.force, "withNew": self.install}
        self._change("apply", level=level, **{name: str(flag).lower() for name, flag in flags.items()})
        line = f"{self.server.now:%Y-%m-%d %H:%M:%S} {present} {level} APPLIED"
        self.server.home.write(_LOG, f"{line}\n".encode())
        yield preview
        yield f"The update was applied. {_LOG} tells what was installed."

    @form(all_of(dev, listed))
    def show(self) -> Iterator[str]:
        yield f"{LEVEL_FILE} {self._offered()}"

    @form(commit)
    def keep(self) -> Iterator[str]:
        self._change("commit")
        yield f"Level {self.server.level} is committed."

    @form(reject, may(force))
    def take_back(self) -> Iterator[str]:
        if not self.force:
            question = "The uncommitted update will be rejected. Continue"
            self.server.sitting.agree(question, "repeat the command with -f.")
        self._change("reject")
        yield f"The update was rejected. This Virtual I/O Server is at level {self.server.level}."

    @form(cleanup)
    @form(outdated)
    def clean(self) -> Iterator[str]:
        yield from ()

    @form(remove, one(file, names))
    def take_away(self) -> Iterator[str]:
        names = self.names or self.server.home.read(self.file).decode(errors="replace").split()
        yield from self._change_file_sets("remove", names)

    @form(all_of(dev, filesets))
    def install_some(self) -> Iterator[str]:
        yield from self._change_file_sets("install", self.filesets, self._offered())

    def _change_file_sets(self, task: str, names: Sequence[str], level: str = "") -> Iterator[str]:
        words = {"names": " ".join(names), "level": level}
        self.server.operator.perform("vios.change_file_sets", self.server.uuid, task=task, **words)
        yield from (f"{name} was {task.removesuffix('e')}ed." for name in names)

    def _offered(self) -> str:
        return offered_level(self.server, self.dev)

    def _change(self, task: str, **parameters: str) -> None:
        try:
            self.server.operator.perform("vios.change_software", self.server.uuid, task=task, **parameters)
        except Failure as failure:
            if failure.kind is Kind.IN_USE:  # only a cluster uses the server so
                raise Refusal(Status.CLUSTER_ACTIVE, str(failure)) from failure
            raise
