"""Logging on at the console of a server.

padmin needs no password until he has one; other users cannot log on until they were given one. The words of the refusals are
AIX's, recalled.
"""

from __future__ import annotations

from dataclasses import replace

from openlpar.ports.io_server import CommandResult
from openlpar.ports.records import Logins, ViosSettings
from openlpar.ports.state import Change
from openlpar.ports.terminal import Question, Reads
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.passwords import is_right
from openlpar.vios.padmin.users import ADMINISTRATOR, known_users

_WRONG = "[compat]: 3004-007 You entered an invalid login name or password."
_LOCKED = "[compat]: 3004-301 Your account has been locked; please see the system administrator."
_TOO_MANY = (
    "[compat]: 3004-303 There have been too many unsuccessful login attempts; please see the\n\tsystem administrator."
)


def log_on(change: Change, vios: VirtualIOServer, name: str, password: str | None) -> CommandResult:
    """See ``ports.io_server.IoServer``."""
    settings = change.find(ViosSettings, vios.uuid) or ViosSettings(uuid=vios.uuid)
    kept = change.find(Logins, vios.uuid) or Logins(uuid=vios.uuid)
    user = known_users(settings).get(name)
    at = change.clock.now() + 1000 * settings.clock_offset_s
    is_open = name == ADMINISTRATOR and name not in kept.passwords
    if name != ADMINISTRATOR and not kept.passwords:
        return CommandResult(stderr=f"Login incorrect (this guest knows the user {ADMINISTRATOR})\n", status=1)
    if not is_open and password is None:
        return CommandResult(question=Question(f"{name}'s Password: ", Reads.SECRET))
    if user is None or not (is_open or is_right(kept, name, password or "")):
        change.put(_failed(kept, name, at, is_user=user is not None))
        return CommandResult(stderr=f"{_WRONG}\n", status=1)
    if user["account_locked"] == "true":
        return CommandResult(stderr=f"{_LOCKED}\n", status=1)
    if 0 < int(user["loginretries"]) <= kept.failures.get(name, 0):
        return CommandResult(stderr=f"{_TOO_MANY}\n", status=1)
    failures = {each: count for each, count in kept.failures.items() if each != name}
    change.put(replace(kept, failures=failures, last={**kept.last, name: at}))
    return CommandResult(stdout="".join(f"{line}\n" for line in settings.texts.get("motd", "").splitlines()))


def _failed(kept: Logins, name: str, at: int, *, is_user: bool) -> Logins:
    """A name that there is not may be a password typed too early: it is not kept."""
    shown = name if is_user else Logins.UNKNOWN
    counted = {**kept.failures, name: kept.failures.get(name, 0) + 1} if is_user else kept.failures
    return replace(kept, failures=counted, failed=(*kept.failed, (at, shown))[-Logins.KEPT :])
