"""lssw: the installed software.

The columns are those of AIX for the same; the last line, and the letters of the states, are in public samples.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.records import SoftwareHistory, UncommittedUpdate
from openlpar.uom.file_sets import FileSet, file_sets
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, form

_COLUMNS = (
    Column("name", "  Fileset", 42),
    Column("level", "Level", 12, right=True),
    Column("state", "State", 5, gap=2),
    Column("type", "Type", 4, gap=2),
    Column("description", "Description (Uninstaller)", 26, gap=2),
)
_EVENTS = (
    Column("level", "Level", 12, gap=18),
    Column("action", "Action", 12),
    Column("status", "Status", 12),
    Column("date", "Date", 12),
    Column("time", "Time", 8),
)


class Lssw(Command, name="lssw", group="System"):
    """Lists the installed file sets, with their level and state."""

    hist = Flag("-hist", "what was installed and removed, and when")

    @form()
    def show(self) -> Iterator[str]:
        is_applied = self.server.change.find(UncommittedUpdate, self.server.uuid) is not None
        rows = [
            {
                "name": f"  {one.name}",
                "level": self.server.level or "unknown",
                "state": "  A" if is_applied else "  C",
                "type": " F",
                "description": one.description,
            }
            for one in self._installed()
        ]
        header, *lines = listing(_COLUMNS, rows)
        yield header
        yield "-" * sum(column.width + column.gap for column in _COLUMNS)
        yield from lines
        yield from (
            "",
            "State codes:",
            " A -- Applied.",
            " C -- Committed.",
            "",
            "Type codes:",
            " F -- Installp Fileset",
        )
        yield ""
        yield "There is no efix data on this system."

    @form(hist)
    def show_history(self) -> Iterator[str]:
        yield from listing(_EVENTS, [])
        yield "-" * sum(column.width + column.gap for column in _EVENTS)
        for one in file_sets(self.server.vios):
            rows = [
                {
                    "level": level,
                    "action": done,
                    "status": "COMPLETE",
                    "date": f"{self.server.moment(at):%m/%d/%y}",
                    "time": f"{self.server.moment(at):%H:%M:%S}",
                }
                for at, done, level, name in self._history.entries
                if name in ("", one.name)
            ]
            if rows:
                yield f"  {one.name}"
                yield from listing(_EVENTS, rows, header=False)

    @property
    def _history(self) -> SoftwareHistory:
        return self.server.change.find(SoftwareHistory, self.server.uuid) or SoftwareHistory(uuid=self.server.uuid)

    def _installed(self) -> list[FileSet]:
        removed = self._history.removed
        return [one for one in file_sets(self.server.vios) if one.name not in removed]
