"""backupios: an installable image of the Virtual I/O Server."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import not_yet


class Backupios(Command, name="backupios", group="Maintenance"):
    """Backs up the software of this Virtual I/O Server."""

    file = Value("-file", "FileName", "a directory or file")
    tape = Value("-tape", "TapeDevice", "a tape drive")
    cd = Value("-cd", "CdDevice", "an optical drive")
    udf = Flag("-udf", "in UDF format")
    cdformat = Flag("-cdformat", "in CD format")
    mksysb = Flag("-mksysb", "an mksysb image only")
    nopak = Flag("-nopak", "not packed")
    nosvg = Flag("-nosvg", "without the structures of volume groups")
    nomedialib = Flag("-nomedialib", "without the media repository")
    exclude = Flag("-exclude", "without the files listed in /etc/exclude.rootvg")
    verify = Flag("-verify", "reads the tape back")
    blocks = Value("-blocks", "NumBlocks", "blocks written at once")
    accept = Flag("-accept", "without asking")

    @form(file, may(mksysb), may(nopak), may(nosvg), may(one(nomedialib, exclude)))
    @form(tape, may(verify), may(blocks), may(nomedialib))
    @form(cd, may(one(udf, cdformat)), may(accept), may(nomedialib))
    def back_up(self) -> Iterator[str]:
        raise not_yet(
            "backupios",
            "The simulated Virtual I/O Server has no software to save; 'viosbr -backup' saves its configuration.",
        )
