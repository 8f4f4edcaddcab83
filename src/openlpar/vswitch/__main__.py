"""``python -m openlpar.vswitch RUN_FOLDER``: runs until SIGTERM; exit status 1 and a line on stderr when it cannot start."""

from __future__ import annotations

import fcntl
import logging
import logging.handlers
import os
import resource
import signal
import socket
import sys
from pathlib import Path

from openlpar.vswitch.service import Service

_LOG_BYTES = 1 << 20


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m openlpar.vswitch RUN_FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0]).absolute()
    os.umask(0o077)
    try:
        _check(folder)
        lock = _lock(folder / "pid")
    except OSError as cause:
        print(f"The virtual switch cannot use {folder}: {cause.strerror or cause}.", file=sys.stderr)
        return 1
    if lock is None:
        print(f"A virtual switch already runs in {folder}, see its pid file.", file=sys.stderr)
        return 1
    _write_log(folder / "log")
    # Two files for each guest; the usual soft limit would end at some 500.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wake, waken = socket.socketpair()
    waken.setblocking(False)
    signal.set_wakeup_fd(waken.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # the byte in `wake` is what counts
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # whoever started it may go
    service = Service(folder)
    log = logging.getLogger("vswitch")
    log.info("started, pid %d", os.getpid())
    try:
        service.run(wake.fileno())
    except Exception:
        log.exception("ended by a defect")
        raise
    finally:
        service.close()
        # Emptied, not removed: a starting one may have it open already and would lock a file that nobody else sees.
        os.ftruncate(lock, 0)
    log.info("ended")
    return 0


def _check(folder: Path) -> None:
    """Makes the folder. Raises PermissionError when others may enter it: who can reach the sockets is on every VLAN."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError("it must belong to the user of the switch, with mode 0700")


def _lock(path: Path) -> int | None:
    """The locked file with our pid in it, to be kept open; None when another process has it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    os.ftruncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())
    return file


def _write_log(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("vswitch")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
