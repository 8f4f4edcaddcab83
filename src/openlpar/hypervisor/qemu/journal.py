"""What happened to a partition, in the order in which it happened: notices with consecutive numbers, one JSON object a line.

One process writes (the supervisor, or whoever finds that it is gone); anybody may read. Numbers go on when the partition is
started again, so that a reader needs no more than the number of the last notice it has taken in.

kind       data                                    meaning
launched   supervisor                              the supervisor began (its pid); unless ended follows, QEMU may run
started    pid, incoming                           QEMU runs the partition (incoming: from a saved or migrated state)
firmware                                           SLOF began
ref_code   code, text                              what the operator panel shows; at most ten a second
prompt     where: menu | firmware                  SLOF waits for somebody
linux      banner                                  the kernel took over
running    by: login | shell | systemd | agent | restored    the operating system has come up
agent      active, os, kernel, hostname, vcpus, addresses    what the guest agent says; active false: none answers
stopped    reason                                  the processors stand still, and nobody asked for it by this supervisor
resumed                                            they go on
saved      path                                    the partition's state was laid into a file
moving     share                                   how much of it has been sent to another system, 0 to 1; four a second
sent       stopped                                 all of it: it stands still here, since when (ms since 1970)
not_sent   reason                                  it goes on here
stays                                              it goes on here though all of it had been sent
expecting                                          QEMU waits for it to come from another system
arrived                                            all of it has come; it stands still
taken                                              it runs here from now on
resized    memory_mib, cores                       it let something go that it had been asked for long before
reset      reason, guest                           a restart (guest: it asked for it)
panicked   text                                    the operating system crashed
shutdown   reason, guest                           QEMU is about to end
qmp_lost   text                                    the monitor's connection broke; qmp_back: there is one again
ended      status, reason, output, starved         QEMU is gone. status: exit status, negative: signal, null: unknown; starved:
                                                   the host's kernel ended it for want of memory
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "journal.jsonl"
LIMIT = 1 << 20
"""Bytes. When the file has grown beyond, the older half of its notices is dropped: a reader lags by seconds, not by thousands."""

HARMLESS = frozenset({"ref_code", "moving"})
"""Kinds whose loss in a power failure would change no state: the only ones that do not wait for the disk."""


@dataclass(frozen=True, slots=True)
class Notice:
    """number: from 1; at: ms since 1970; kind and data: see the table at the top."""

    number: int
    at: int
    kind: str
    data: dict[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """As it stands in the journal and goes to watchers."""
        plain = {"notice": self.number, "at": self.at, "kind": self.kind, **self.data}
        return json.dumps(plain, separators=(",", ":")).encode() + b"\n"


def parse(line: bytes) -> Notice | None:
    """None when the line is no notice: torn by a crash, or damaged."""
    try:
        plain = json.loads(line)
        return Notice(int(plain.pop("notice")), int(plain.pop("at")), str(plain.pop("kind")), plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def read(path: Path, since: int = 0) -> list[Notice]:
    """The notices after number ``since``, oldest first; none when there is no file. A torn last line is left out."""
    return [notice for notice, _ in _scan(path) if notice.number > since]


def _scan(path: Path) -> Iterator[tuple[Notice, int]]:
    """(notice, where its line ends in the file) of every whole line."""
    end = 0
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            end += len(line)
            if line.endswith(b"\n") and (notice := parse(line)) is not None:
                yield notice, end


class Journal:
    """The one writer of a journal. What the disk refuses is kept and written with the next notice: readers that are connected
    have it at once in any case."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        """now: ns since 1970. Mends what a crash left torn. Raises OSError."""
        self._path = path
        self._now = now
        self._heard: list[Callable[[Notice], None]] = []
        self._unwritten: list[Notice] = []
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.last: Notice | None = None
        self._size = 0
        for self.last, self._size in _scan(path):
            pass
        os.ftruncate(self._file, self._size)

    @property
    def number(self) -> int:
        return self.last.number if self.last else 0

    def add(self, kind: str, **data: Any) -> Notice:
        """Returns when the disk has it, unless it is harmless, or the disk does not take it."""
        notice = Notice(self.number + 1, self._now() // 1_000_000, kind, data)
        self.last = notice
        self._unwritten.append(notice)
        self._write(sync=kind not in HARMLESS)
        for heard in tuple(self._heard):
            heard(notice)
        return notice

    def _write(self, sync: bool) -> None:
        try:
            if self._size > LIMIT:
                self._drop_older_half()
            text = b"".join(notice.line() for notice in self._unwritten)
            written = os.pwrite(self._file, text, self._size)
            if written < len(text):
                raise OSError(f"only {written} of {len(text)} bytes were written")
            if sync:
                os.fdatasync(self._file)
        except OSError as error:
            print(f"{self._path}: {error}", file=sys.stderr, flush=True)
            return
        self._size += len(text)
        self._unwritten.clear()

    def _drop_older_half(self) -> None:
        kept = read(self._path)
        text = b"".join(notice.line() for notice in kept[len(kept) // 2 :])
        fresh = self._path.with_suffix(".new")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.pwrite(file, text, 0)
        os.fdatasync(file)
        os.replace(fresh, self._path)
        os.close(self._file)
        self._file, self._size = file, len(text)

    def since(self, number: int) -> list[Notice]:
        """All notices after this number that are kept, written or not."""
        written = read(self._path, number)
        known = written[-1].number if written else number
        return written + [notice for notice in self._unwritten if notice.number > known]

    def watch(self, heard: Callable[[Notice], None]) -> Callable[[], None]:
        """Calls ``heard`` with every notice from now on; returns what ends that."""
        self._heard.append(heard)
        return lambda: self._heard.remove(heard)

    def close(self) -> None:
        os.close(self._file)
