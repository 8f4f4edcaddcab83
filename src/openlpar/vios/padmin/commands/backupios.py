"""backupios: an image of the Virtual I/O Server, in a file, in a directory for NIM, or on a disc.

What it prints follows no sample: none is public.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from openlpar.vios.padmin import system_image
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import disc_in
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Backupios(Command, name="backupios", group="Maintenance"):
    """Backs up this Virtual I/O Server as a whole."""

    file = Value("-file", "FileName", "a directory for nim_resources.tar; with -mksysb a directory or file")
    tape = Value("-tape", "TapeDevice", "a tape drive")
    cd = Value("-cd", "CdDevice", "an optical drive")
    udf = Flag("-udf", "in UDF format")
    cdformat = Flag("-cdformat", "in CD format")
    mksysb = Flag("-mksysb", "an mksysb image only")
    nopak = Flag("-nopak", "not packed; it never is here")
    nosvg = Flag("-nosvg", "without the structures of volume groups")
    nomedialib = Flag("-nomedialib", "without the media repository")
    exclude = Flag("-exclude", "without the files listed in /etc/exclude.rootvg: there are none here")
    verify = Flag("-verify", "reads the tape back")
    blocks = Value("-blocks", "NumBlocks", "blocks written at once")
    accept = Flag("-accept", "without asking")

    @form(file, may(mksysb), may(nopak), may(nosvg), may(one(nomedialib, exclude)))
    def to_file(self) -> Iterator[str]:
        home, target = self.server.home, self.file
        if not self.mksysb:
            if home.exists(target):
                raise Refusal(
                    Status.INCOMPLETE, f'"{target}" is a file. Name a directory, or add -mksysb for an image.'
                )
            target = posixpath.join(target, system_image.RESOURCES)
        elif home.is_directory(target):
            target = posixpath.join(target, f"{self.server.host}{system_image.IMAGE_SUFFIX}")
        yield from self._written(target, bare=self.mksysb)

    @form(tape, may(verify), may(blocks), may(nomedialib))
    def to_tape(self) -> Iterator[str]:
        raise no_such("Tape drive", self.tape, "This Virtual I/O Server has none. Use -file.")

    @form(cd, one(udf, cdformat), may(accept), may(nomedialib))
    def to_disc(self) -> Iterator[str]:
        disc = disc_in(self.cd)
        if not self.accept:
            raise Refusal(
                Status.INCOMPLETE,
                f"The disc in {disc} will be erased, and nobody can be asked here. Add -accept to say yes.",
            )
        yield from self._written(disc, bare=False)

    def _written(self, target: str, *, bare: bool) -> Iterator[str]:
        server, moment = self.server, self.server.change.clock.now() // 1000
        files = system_image.contents(server, with_groups=not self.nosvg, with_library=not self.nomedialib)
        saved = [group.name for group in server.groups_in_use() if group.name != "rootvg" and not self.nosvg]
        yield from system_image.progress(files, iter(saved))
        image = system_image.packed(files, moment)
        server.home.write(target, image if bare else system_image.for_nim(image, files, moment))
        yield f"{len(files)} of {len(files)} files (100%)"
        library = server.library()
        if library is not None and library.repository.optical_media and not self.nomedialib:
            yield "Of the media in the repository names and sizes were saved, not the content."
        yield f"Backup of this node ({server.host}) completed successfully: {target}"
