"""Every call is written to ``pvmctl.log``: who, what, how it ended. No option of pvmctl holds a secret."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Sequence

_SYSTEM = "/var/log/pvm"
NAME = "pvmctl.log"


def directory() -> str:
    """OPENLPAR_LOG_DIR, else the NovaLink's own directory where it can be written, else the user's state directory."""
    chosen = os.environ.get("OPENLPAR_LOG_DIR")
    if chosen:
        return chosen
    if os.access(_SYSTEM, os.W_OK | os.X_OK):
        return _SYSTEM
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    if state.startswith("~"):
        raise FileNotFoundError("the user has no home directory")
    return os.path.join(state, "openlpar")


def record(user: str, arguments: Sequence[str], status: int, elapsed_s: float, failure: str = "") -> None:
    """Appends one line. A log that cannot be written must not keep anybody from managing the system."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())
    command = shlex.join(["pvmctl", *arguments])
    ended = f"rc={status} time={elapsed_s:.3f}s" + (f" error={failure}" if failure else "")
    line = f"{moment} [{os.getpid()}] user={user} {command} {ended}".replace("\n", " ")
    try:
        place = directory()
        os.makedirs(place, exist_ok=True)
        handle = os.open(os.path.join(place, NAME), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o660)
        try:
            os.write(handle, (line + "\n").encode(errors="backslashreplace"))
        finally:
            os.close(handle)
    except OSError:
        return
