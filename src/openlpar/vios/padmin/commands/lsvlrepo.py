"""lsvlrepo: the virtual log repository. Options, -detail and -field are IBM's; the headings of the table are recalled."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.virtual_logs import LogReport, checked_state, formatted, repository

_COLUMNS = (
    Column("sp", "Storage Pool", 22),
    Column("state", "State", 10),
    Column("path", "Path", 30),
)


class Lsvlrepo(LogReport, name="lsvlrepo", group="Virtual Log"):
    """Lists the virtual log repositories."""

    local = Flag("-local", "the server's own; there is no other here")
    state = Value("-state", "RepositoryState", "only one in this state")

    @form(may(one(local, state)), may(one(LogReport.detail, LogReport.field)))
    def show(self) -> Iterator[str]:
        found = repository(self.server)
        if self.state and checked_state(self.state) != found.state:
            return
        if self.detail:
            yield from found.described()
        elif self.field:
            yield formatted(self.field, found.fields())
        else:
            yield from listing(_COLUMNS, [{"sp": "", **found.fields()}])
