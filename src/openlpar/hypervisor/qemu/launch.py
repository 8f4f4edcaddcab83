"""What a supervisor is told to run, and the lock that says one runs. The names of the files of a run folder."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path

LAUNCH = "launch.json"
LOCK = "supervisor.pid"
LOG = "supervisor.log"
CONTROL = "control.sock"
MONITOR = "qmp.sock"
CONSOLE = "con.sock"
AGENT = "agent.sock"
INCOMING = "move.sock"
PID = "qemu.pid"
QEMU_LOG = "qemu.log"
SOCKETS = (CONTROL, MONITOR, CONSOLE, AGENT, INCOMING)


class CannotLaunch(Exception):
    """The supervisor does not run this; the text says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. start: until QEMU has opened its monitor; answer: for a monitor command (to take a disk away whose server is gone
    takes 10); grace: from the loss of the monitor until QEMU is killed; quit: from ``quit`` until it is killed; kept: how long
    the supervisor stays after QEMU's end for somebody who wants to know of it; ping: between looks whether the guest agent
    still answers; agent: for an answer of it; unplug: for a guest to give up a device."""

    start: float = 30.0
    answer: float = 20.0
    grace: float = 10.0
    quit: float = 1.5
    kept: float = 3600.0
    ping: float = 30.0
    agent: float = 5.0
    unplug: float = 60.0


@dataclass(frozen=True, slots=True)
class Launch:
    """argv: QEMU and its arguments, which name the sockets of the run folder; environment: in addition to the supervisor's;
    by: who started the partition, for whoever looks; core_remove, dimm_mib: see ``Devices``; restored: it comes from a saved state,
    and the disks that it is to have are not the ones it remembers; expected: it comes from another system, over a socket of the run
    folder, and runs when it is told to; user, groups: whom QEMU runs as, 0 for the supervisor's own; memory_group: folder of the
    control group by which its memory is capped, "" for none."""

    argv: list[str]
    uuid: str = ""
    name: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    by: str = ""
    core_remove: bool = False
    dimm_mib: int = 256
    restored: bool = False
    expected: bool = False
    user: int = 0
    groups: list[int] = field(default_factory=list)
    memory_group: str = ""
    limits: Limits = field(default_factory=Limits)

    def write(self, run: Path) -> None:
        """Raises OSError."""
        fresh = run / f"{LAUNCH}.new"
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as text:
            json.dump(asdict(self), text, indent=1)
        os.replace(fresh, run / LAUNCH)

    @classmethod
    def read(cls, run: Path) -> Launch:
        """Raises CannotLaunch."""
        try:
            plain = json.loads((run / LAUNCH).read_text(encoding="utf-8"))
            launch = cls(**{**plain, "limits": Limits(**plain.get("limits", {}))})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise CannotLaunch(f"{run / LAUNCH}: {error}") from error
        if not launch.argv or not all(isinstance(word, str) for word in launch.argv):
            raise CannotLaunch(f"{run / LAUNCH}: argv must be a list of words")
        return launch


def check_private(run: Path) -> None:
    """Raises CannotLaunch unless the run folder is ours and closed to everybody else: its sockets have no other protection. A
    group may pass through it."""
    try:
        found = run.lstat()
    except OSError as error:
        raise CannotLaunch(f"{run}: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o067:
        raise CannotLaunch(f"{run} must be a folder of this user with mode 0700 or 0710")


def lock(run: Path, name: str = LOCK) -> int | None:
    """The descriptor that holds the lock of a run folder until it and all its copies are closed; None when another process
    holds it. QEMU inherits a copy, so the lock is free only when both are gone; what is written there is believed, so the copy is
    for reading only."""
    file = os.open(run / name, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    os.truncate(run / name, 0)  # whoever stood there has ended
    return file
