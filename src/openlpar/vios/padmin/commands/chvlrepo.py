"""chvlrepo: where virtual logs are kept, and the limits of new ones. That the directory stays while there are logs is in IBM's
documentation; options are recalled from its examples."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.virtual_logs import (
    Repository,
    RepositoryCommand,
    checked_state,
    keep_repository,
    logs,
    repository,
)


class Chvlrepo(RepositoryCommand, name="chvlrepo", group="Virtual Log"):
    """Changes the configuration of the virtual log repository."""

    state = Value("-state", "RepositoryState", "enabled or disabled: no log can be made then")
    path = Value("-path", "RepositoryRoot", "the directory; only while there are no logs")

    @form(may(RepositoryCommand.sp), may(state), may(path), *RepositoryCommand.limits)
    def change(self) -> Iterator[str]:
        self.check_local()
        present = repository(self.server)
        if self.path and self.path != present.path:
            self._check_path()
        state = checked_state(self.state) if self.state else present.state
        wanted = Repository(state, self.path or present.path, self.changed_limits(present.limits))
        keep_repository(self.server, wanted)
        yield "Updated repository."

    def _check_path(self) -> None:
        if not self.path.startswith("/"):
            raise Refusal(Status.SYNTAX, f'"{self.path}" is not a path from the root.')
        if logs(self.server):
            raise Refusal(
                Status.INCOMPLETE, "The directory cannot be changed while there are virtual logs. lsvlog lists them."
            )
