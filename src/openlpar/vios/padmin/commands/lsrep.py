"""lsrep: the media repository and what is in it."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.layout import Column, delimited, line, picked
from openlpar.vios.padmin.options import Value, Values, form, may
from openlpar.vios.padmin.server import MEDIA_DIRECTORY
from openlpar.vios.padmin.sizes import megabytes

_LIBRARY = (
    Column("size", "Size(mb)", 8, right=True),
    Column("free", "Free(mb)", 8, right=True, gap=1),
    Column("parent pool", "Parent Pool", 20, gap=1),
    Column("parent size", "Parent Size", 11, right=True),
    Column("parent free", "Parent Free", 17, right=True),
)
_MEDIA = (
    Column("name", "Name", 54),
    Column("file size", "File Size", 9, right=True),
    Column("optical", "Optical", 16, gap=1),
    Column("access", "Access", 6),
)


class Lsrep(Command, name="lsrep", group="Virtual Media"):
    """Displays the virtual media repository."""

    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(field), may(fmt))
    def show(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            yield NO_LIBRARY
            return
        media = library.repository.optical_media
        size = megabytes(library.repository.size)
        whole = {
            "size": str(size),
            "free": str(size - sum(megabytes(medium.size) for medium in media)),
            "parent pool": library.group.name,
            "parent size": str(megabytes(library.group.capacity)),
            "parent free": str(megabytes(library.group.free_space)),
        }
        rows, lent = [], self.server.lent()
        for medium in media:
            drives = lent.get(f"{MEDIA_DIRECTORY}/{medium.name}", [])
            rows += [
                {
                    "name": medium.name,
                    "file size": str(megabytes(medium.size)),
                    "optical": drive,
                    "access": medium.mount_type or "rw",
                }
                for drive in [drive.name for drive in drives] or ["None"]
            ]
        columns = picked((*_LIBRARY, *_MEDIA), self.field)
        parts = (
            ([column for column in columns if column in _LIBRARY], [whole]),
            ([column for column in columns if column in _MEDIA], rows),
        )
        printed = False
        for chosen, found in parts:
            if not chosen or not found:
                continue
            if self.fmt:
                yield from (delimited([row[column.name] for column in chosen], self.fmt) for row in found)
                continue
            if printed:
                yield ""
            yield line(chosen, {column.name: column.heading for column in chosen})
            yield from (line(chosen, row) for row in found)
            printed = True
