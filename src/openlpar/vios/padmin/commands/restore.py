"""restore: files out of an image of backupios.

Of an installation of the whole image see viosupgrade. Options are recalled.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import system_image
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import HOME
from openlpar.vios.padmin.options import Flag, Operands, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Restore(Command, name="restore", group="Maintenance"):
    """Lists or extracts the files in an image that backupios made."""

    listed = Flag("-T", "lists the files")
    extracted = Flag("-x", f"extracts those below {HOME}, in the place of what is there")
    file = Value("-f", "ImageFile", "the image")
    names = Operands("File", "which files, as -T lists them; without it all that can be extracted")

    @form(listed, file)
    def show(self) -> Iterator[str]:
        yield from (f"./{name}" for name in self._files())

    @form(extracted, file, may(names))
    def extract(self) -> Iterator[str]:
        files = self._files()
        wanted = [name.removeprefix("./").lstrip("/") for name in self.names]
        for name in wanted:
            if name not in files:
                raise no_such("File", name, f"'restore -T -f {self.file}' lists the files.")
            if not _is_own(name):
                raise Refusal(
                    Status.DENIED,
                    f'"/{name}" is not below {HOME}: it is rather made anew with viosbr or restorevgstruct.',
                )
        for name in wanted or filter(_is_own, files):
            self.server.home.write(f"/{name}", files[name])
            yield f"x /{name}"

    def _files(self) -> system_image.Files:
        return system_image.unpacked(self.file, self.server.home.read(self.file))


def _is_own(name: str) -> bool:
    return f"/{name}".startswith(f"{HOME}/")
