"""The files that hold what is on virtual disks, logical units and media.

A content is a folder ``<stem>/<number>``: ``top.raw`` or ``top.qcow2``. Below a qcow2 file is what it shares with others, or an
upload of that format: the layers ``base1.raw``, ``base2.qcow2`` … A base is never written again. It is a hard link, so that the
file system counts who needs it: a clone is made in no time, and its image may be changed or deleted as if it had been copied.

What is there never changes its layers; a newer number takes its place. A change that is not on disk yet leaves the mark
``pending`` in the folders it made or is about to delete, for the next start to find when everything ended before. The mark names
its owner: several services may have contents in one folder.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from openlpar.messages import storage as say
from openlpar.ports.state import Change, World
from openlpar.vios.served import loans, qcow2
from openlpar.vios.served.loans import MIB, Backing, Form, Key
from openlpar.vios.served.programs import Programs

log = logging.getLogger(__name__)

_PENDING = "pending"
_DRAFT = ".draft"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_PATIENCE_S = 60
_FICLONE = 0x40049409
"""``linux/fs.h``: Btrfs, XFS and some others know it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A file of a content. inode: what it is, whatever its name. size: bytes of the disk in the one that is written; another
    system may have let it grow. driver: QEMU's for it; is_fixed: whoever opens it cannot let it grow, and it may be larger than
    the disk."""

    path: Path
    form: Form
    inode: int
    size: int = 0
    driver: str = "file"
    is_fixed: bool = False


class Contents:
    """All contents below one folder. Raises Failure when the host cannot; then nothing is left behind."""

    def __init__(self, root: Path, programs: Programs, owner: Path) -> None:
        """owner: names the service; its marks and drafts are not another's."""
        self._root, self._programs, self._owner = root, programs, str(owner)
        self._draft_end = f".{hashlib.sha256(self._owner.encode()).hexdigest()[:8]}{_DRAFT}"
        self._in_flight: set[Path] = set()

    # reading

    def layers(self, key: Key) -> tuple[Layer, ...]:
        """The file that is written, then the bases below it; empty when there is no such content."""
        place = self._newest(key)
        return _layers(place) if place is not None else ()

    def _newest(self, key: Key) -> Path | None:
        return self._numbered(key)[1]

    def _numbered(self, key: Key) -> tuple[int, Path | None]:
        """The highest number of a content, and its folder; -1 when there is none."""
        number, found = -1, None
        with contextlib.suppress(FileNotFoundError):
            for place in (self._root / key.folder / key.stem).iterdir():
                if place.name.isdigit() and int(place.name) > number:
                    number, found = int(place.name), place
        return number, found

    # making

    def make(self, change: Change, backing: Backing) -> None:
        """An empty one."""
        with self._draft(change, backing) as draft:
            self._fill(draft, backing)

    def ensure(self, backing: Backing) -> tuple[Layer, ...]:
        """The layers of something that is in the state; when it never had a file (an inventory brought it), it gets one."""
        found = self.layers(backing.key)
        if not found:
            log.warning("%s had no content on this host; it is empty now", backing.about)
            with self._draft(None, backing) as draft:
                self._fill(draft, backing)
            found = self.layers(backing.key)
        return found

    def keep(self, change: Change, backing: Backing, upload: Path, *, copy: bool = False) -> None:
        """The upload itself, for what is only read. copy: it is somebody's who may write it."""
        with self._draft(change, backing) as draft:
            path = draft / f"top.{Form.RAW}"
            if not copy:
                _take(upload, path)
            elif not _shares_data(upload, path):
                _copy(upload, path)

    def write(self, change: Change, backing: Backing, upload: Path) -> None:
        """The upload instead of what was there. It is not copied: its file becomes that of the disk, or the base of an empty one
        when it is qcow2."""
        with self._draft(change, backing) as draft:
            before = self._newest(backing.key)
            header = qcow2.read(upload)
            if header is not None:
                check_upload(header, backing)
                _take(upload, draft / f"base1.{Form.QCOW2}")
                self._overlay(draft, backing.size)
            else:
                _take(upload, draft / f"top.{Form.RAW}", alone=True)
                _stretch(draft / f"top.{Form.RAW}", backing.size, backing.thick)
        if header is None:
            change.afterwards(lambda: upload.unlink(missing_ok=True))
        if before is not None:
            self._delete(change, before)

    def clone(self, change: Change, source: Backing, backing: Backing) -> None:
        """A content with the data that the source has now. The source must not be in use.

        Where the file system lets files share data, it is a file like any other, else a qcow2 file on what the source has.
        """
        with self._told(source, 0):
            top, *bases = self.ensure(source)
        with self._draft(change, backing) as draft:
            copy = draft / f"top.{Form.RAW}"
            if top.form is Form.RAW and not bases and _shares_data(top.path, copy):
                _stretch(copy, backing.size, backing.thick)
            else:
                _link(draft, self._frozen(change, source))
                self._overlay(draft, backing.size)

    def _frozen(self, change: Change, source: Backing) -> Sequence[Layer]:
        """What the source has, to be read only from now on."""
        with self._told(source, 0):
            place = self._newest(source.key)
            assert place is not None
            top, *bases = _layers(place)
            if not bases or qcow2.is_written(top.path):
                self._mark(place)
                with self._draft(change, source) as draft:
                    _link(draft, [top, *bases])
                    self._overlay(draft, source.size)
                # Nobody has the old one open, and its data live on in the new one: whatever becomes of the change.
                self._remove(place)
                _, *bases = self.layers(source.key)
        return bases

    def resize(self, backing: Backing, size: int) -> None:
        """A raw file at once. A qcow2 file may be open: it grows when it is opened for the new size."""
        for top in self.layers(backing.key)[:1]:
            if top.form is Form.RAW:
                with self._told(backing, size - top.path.stat().st_size if backing.thick else 0):
                    _stretch(top.path, size, backing.thick)

    def _fill(self, draft: Path, backing: Backing) -> None:
        path = draft / f"top.{Form.RAW}"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE_FILE))
        _stretch(path, backing.size, backing.thick)

    def _overlay(self, draft: Path, size: int) -> None:
        """An empty qcow2 file on ``base1``, or on nothing."""
        bases = [layer for layer in _layers(draft) if layer.path.name.startswith("base")]
        below = ["-u", "-b", bases[0].path.name, "-F", bases[0].form] if bases else []
        path = draft / f"top.{Form.QCOW2}"
        self._image("create", "-q", "-f", "qcow2", *below, str(path), str(size))
        path.chmod(_PRIVATE_FILE)

    def _image(self, *arguments: str) -> None:
        """Runs qemu-img. Raises OSError."""
        done = self._programs.run("qemu-img", [*self._programs.image, *arguments], _PATIENCE_S)
        if done.returncode:
            text = done.stderr.strip().removeprefix("qemu-img: ")
            known = (code for code in _FULL if os.strerror(code) in text)
            raise OSError(next(known, errno.EIO), text or f"qemu-img ended with status {done.returncode}")

    @contextlib.contextmanager
    def _draft(self, change: Change | None, backing: Backing) -> Iterator[Path]:
        """A folder that becomes the newest content when the block ends well. change: until it is on disk, the content may
        have to go again; None: it is there to stay."""
        key = backing.key
        with self._told(backing, backing.size if backing.thick else 0):
            place = self._root / key.folder / key.stem / str(self._numbered(key)[0] + 1)
            draft = place.with_name(f"{place.name}{self._draft_end}")
            shutil.rmtree(draft, ignore_errors=True)
            _folder(draft)
            try:
                yield draft
                if change is not None:
                    self._mark(draft)
                draft.rename(place)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
        if change is not None:
            self._in_flight.add(place)
            change.afterwards(lambda: self._settle(place))

    def _mark(self, place: Path) -> None:
        with open(place / _PENDING, "w", opener=_private) as mark:
            mark.write(self._owner)

    def _is_ours(self, mark: Path) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return mark.read_text() == self._owner
        return False

    def _settle(self, place: Path) -> None:
        """What was made stays, unless it was deleted in the same change."""
        self._in_flight.discard(place)
        (place / _PENDING).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _told(self, backing: Backing, needed: int) -> Iterator[None]:
        """What the host refuses, in words of the catalogue. needed: bytes that must be free."""
        try:
            free = _free(self._root)
            if needed > free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            yield
        except OSError as exc:
            log.error("%s: %s", backing.about, exc)
            if exc.errno in _FULL:
                raise say.HOST_FULL.error(object=backing.about, size=_gb(backing.size), free=_gb(free)) from exc
            raise say.HOST_REFUSES.error(object=backing.about, cause=exc.strerror or str(exc)) from exc

    # deleting

    def delete(self, change: Change, key: Key) -> None:
        """The content goes when the change is on disk; at once when the change is being taken back."""
        place = self._newest(key)
        if place is not None:
            self._delete(change, place)

    def _delete(self, change: Change, place: Path) -> None:
        with contextlib.suppress(OSError):  # a mark for a start that may never come
            self._mark(place)
        self._in_flight.add(place)
        change.afterwards(lambda: self._remove(place))

    def _remove(self, place: Path) -> None:
        self._in_flight.discard(place)
        # The name goes at once: a folder half deleted must not be taken for a content.
        gone = place.with_name(f"{place.name}{self._draft_end}")
        with contextlib.suppress(FileNotFoundError):
            place.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        with contextlib.suppress(OSError):  # with the last content its folders go
            place.parent.rmdir()
            place.parent.parent.rmdir()

    def sweep(self, world: World) -> None:
        """Ends what a crash interrupted: contents of a change that never came to be, or whose deletion is on disk."""
        wanted = loans.known(world)
        for mark in list(self._root.glob(f"*/**/{_PENDING}")):
            place = mark.parent
            if place in self._in_flight or place.name.endswith(_DRAFT) or not self._is_ours(mark):
                continue
            key = Key(str(place.parent.parent.relative_to(self._root)), place.parent.name)
            if key in wanted and self._newest(key) == place:
                mark.unlink(missing_ok=True)
            else:
                log.warning("deleting %s, which a change that was interrupted left behind", key.stem)
                self._remove(place)
        for draft in list(self._root.glob(f"*/**/*{self._draft_end}")):
            shutil.rmtree(draft, ignore_errors=True)


def _layers(place: Path) -> tuple[Layer, ...]:
    """top before base1 before base2."""
    found = [path for path in place.iterdir() if path.stem == "top" or path.stem.startswith("base")]
    found.sort(key=lambda path: 0 if path.stem == "top" else int(path.stem.removeprefix("base")))
    return tuple(_layer(path) for path in found)


def _layer(path: Path) -> Layer:
    form, stat = Form(path.suffix[1:]), path.stat()
    if path.stem != "top":
        return Layer(path, form, stat.st_ino)
    header = qcow2.read(path) if form is Form.QCOW2 else None
    return Layer(path, form, stat.st_ino, header.size if header is not None else stat.st_size)


def _link(draft: Path, bases: Sequence[Layer]) -> None:
    for number, base in enumerate(bases, 1):
        os.link(base.path, draft / f"base{number}.{base.form}")


def _take(upload: Path, path: Path, *, alone: bool = False) -> None:
    """The same file under another name; a copy where it lies on another file system. alone: it will be written, and must be
    nobody else's."""
    if not (alone and upload.stat().st_nlink > 1):
        with contextlib.suppress(OSError):
            os.link(upload, path)
            path.chmod(_PRIVATE_FILE)
            return
    _copy(upload, path)


def _copy(source: Path, path: Path) -> None:
    with source.open("rb") as old, open(path, "xb", opener=_private) as new:
        _copy_data(old.fileno(), new.fileno())


def _copy_data(source: int, target: int) -> None:
    """Holes stay holes."""
    size = os.fstat(source).st_size
    at = 0
    while at < size:
        try:
            at = os.lseek(source, at, os.SEEK_DATA)
        except OSError as exc:
            if exc.errno != errno.ENXIO:  # no more data
                raise
            break
        end = os.lseek(source, at, os.SEEK_HOLE)
        os.lseek(target, at, os.SEEK_SET)
        while at < end:
            at += os.sendfile(target, source, at, end - at)
    os.ftruncate(target, size)


def _shares_data(source: Path, path: Path) -> bool:
    """Makes a new file whose data are those of another until one of them is written. False: the file system cannot do that."""
    with source.open("rb") as old, open(path, "xb", opener=_private) as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            path.unlink()
            return False
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE_FILE)


def _folder(path: Path) -> None:
    if not path.parent.exists():
        _folder(path.parent)
    path.mkdir(_PRIVATE_FOLDER, exist_ok=True)


def _free(path: Path) -> int:
    """Bytes that are free where a path is, or will be."""
    while not path.exists():
        path = path.parent
    stat = os.statvfs(path)
    return stat.f_bavail * stat.f_frsize


def _stretch(path: Path, size: int, thick: bool) -> None:
    with path.open("r+b") as file:
        before = os.fstat(file.fileno()).st_size
        try:
            if thick and size >= before:
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
        except OSError:
            file.truncate(before)
            raise


def _gb(size: int) -> Decimal:
    return (Decimal(size // MIB) / 1024).quantize(Decimal("0.01"))


def check_upload(header: qcow2.Header, backing: Backing) -> None:
    """Refuses what would let the upload read other files of the host, or does not fit."""
    cause = ""
    if not header.is_whole:
        cause = "it is a qcow2 image, and part of its data is in another file"
    elif header.is_encrypted:
        cause = "it is an encrypted qcow2 image"
    if cause:
        raise say.BAD_IMAGE.error(object=backing.about, cause=cause)
    if header.size > backing.size:
        raise say.IMAGE_TOO_LARGE.error(
            file="inside the qcow2 upload", needed=_gb(header.size), object=backing.about, size=_gb(backing.size)
        )
