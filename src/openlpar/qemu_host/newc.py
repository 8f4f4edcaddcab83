"""The initial RAM disk's archive format, cpio "newc": written without cpio, without root, the same bytes every time."""

from __future__ import annotations

import gzip
import io
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder, file or link. name: without a leading slash. mode: with the file type. data: a link's target, as it stands."""

    name: str
    mode: int
    data: bytes = b""

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)


def folder(name: str, mode: int = 0o755) -> Entry:
    return Entry(name, stat.S_IFDIR | mode)


def file(name: str, data: bytes, mode: int = 0o644) -> Entry:
    return Entry(name, stat.S_IFREG | mode, data)


def link(name: str, target: str) -> Entry:
    return Entry(name, stat.S_IFLNK | 0o777, target.encode())


def packed(entries: Iterable[Entry]) -> bytes:
    """The archive, compressed. All belongs to root, all is of 1970."""
    out = io.BytesIO()
    for inode, entry in enumerate([*entries, Entry("TRAILER!!!", 0)], 1):
        name = entry.name.encode() + b"\0"
        # inode, mode, owner, group, links, time, size, two device numbers of two halves, length of the name, checksum
        fields = (inode, entry.mode, 0, 0, 1, 0, len(entry.data), 0, 0, 0, 0, len(name), 0)
        out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
        out.write(bytes(-out.tell() % 4))
        out.write(entry.data)
        out.write(bytes(-out.tell() % 4))
    return gzip.compress(out.getvalue(), 6, mtime=0)


def unpacked(archive: bytes) -> Iterator[Entry]:
    """What ``packed`` wrote."""
    data = gzip.decompress(archive)
    at = 0
    while data[at : at + 6] == b"070701":
        fields = [int(data[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = data[at + 110 : at + 110 + length - 1].decode()
        if name == "TRAILER!!!":
            return
        start = at + 110 + length + -(at + 110 + length) % 4
        yield Entry(name, mode, data[start : start + size])
        at = start + size + -(start + size) % 4
