"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import os


def write(
    path: str | os.PathLike[str], content: bytes, mode: int = 0o640, group: str = "", modified: int | None = None
) -> None:
    """Puts a file on disk in the place of one that may be there. Whoever reads meanwhile, and a crash at any moment, finds the old
    one or the new one. group: who it is for, where there is such a group and this user may say so. modified: its time, ms since
    1970. Raises OSError; then the old one is untouched, and nothing is beside it."""
    full = os.path.abspath(path)
    folder, name = os.path.split(full)
    draft = os.path.join(folder, f".{name[:200]}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(draft)  # of a process before, that was killed
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            if group:
                _give(file.fileno(), group)
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            if modified is not None:
                os.utime(file.fileno(), ns=(modified * 1_000_000, modified * 1_000_000))
            os.fsync(file.fileno())
        os.replace(draft, full)
    except BaseException:
        os.unlink(draft)
        raise
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _give(handle: int, group: str) -> None:
    import grp

    with contextlib.suppress(KeyError, PermissionError):
        os.fchown(handle, -1, grp.getgrnam(group).gr_gid)
