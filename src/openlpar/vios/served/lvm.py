"""Virtual disks of volume groups as thin volumes of LVM, in a thin pool that the administrator named.

Thin, because a partition must not find in a new disk what another one had in its old one: a thin volume reads as zeros where nobody
wrote. And because a copy is a snapshot then, made in no time, and independent of where it came from.

A volume is ``ol<service>.<content>.<number>``: digests, so that no name is made of what a client typed. As with files, what is
there never changes its place, a newer number takes it; and a change that is not on disk yet leaves a mark, here a tag of the
volume. Only volumes with the service's own digest are ever touched.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from openlpar.messages import storage as say
from openlpar.ports.hypervisor import HostUnfit
from openlpar.ports.state import Change, World
from openlpar.qemu_host.probe import lvm_program
from openlpar.vios.served import loans, qcow2
from openlpar.vios.served.contents import Layer, check_upload
from openlpar.vios.served.loans import Backing, Form, Key
from openlpar.vios.served.programs import Programs

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,100}/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,100}")
_PENDING = "openlpar_pending"
_RECORD = "lvm"
_PATIENCE_S, _COPY_S = 60, 3600
_NOISE = ("WARNING:", "File descriptor ")


def pool_of(data: Path, named: str) -> str:
    """The thin pool of a data directory, "" for none: the one that was named when it was needed first.

    Which one it was is remembered, or a service that is started without the name would find all disks empty. Raises HostUnfit.
    """
    record = data / _RECORD
    known = record.read_text(encoding="ascii").strip() if record.exists() else ""
    if not named or named == known:
        return known
    if not _NAME.fullmatch(named):
        raise HostUnfit(f"--lvm {named}: that is no thin pool of LVM. Name it as VOLUMEGROUP/POOL.")
    if known:
        raise HostUnfit(
            f"the disks of this data directory are in thin pool {known}. Leave --lvm out, or name that one."
        )
    return named


def remember(data: Path, pool: str) -> None:
    data.mkdir(0o700, parents=True, exist_ok=True)
    (data / _RECORD).write_text(f"{pool}\n", encoding="ascii")


@dataclass(frozen=True, slots=True)
class _Volume:
    """As LVM tells it."""

    name: str
    path: Path
    size: int
    uuid: str
    is_pending: bool

    @property
    def number(self) -> int:
        return int(self.name.rpartition(".")[2])


class LogicalVolumes:
    """See ``DiskStore``."""

    def __init__(self, pool: str, programs: Programs, owner: Path) -> None:
        """pool: VOLUMEGROUP/POOL. owner: names the service."""
        self._pool, self._programs = pool, programs
        self._group = pool.partition("/")[0]
        self._mine = f"ol{hashlib.sha256(str(owner).encode()).hexdigest()[:8]}."
        self._told_by_lvm: dict[str, _Volume] | None = None
        self._in_flight: set[str] = set()
        self._doomed: set[str] = set()

    def check(self) -> None:
        """Raises HostUnfit when the pool cannot be used."""
        make = f"Make it: lvcreate --type thin-pool -L SIZE -n {self._pool.partition('/')[2]} {self._group}"
        try:
            (found,) = self._report("segtype,lv_attr", self._pool)
        except (OSError, ValueError) as wrong:
            cause = wrong.strerror if isinstance(wrong, OSError) else "it is not there"
            raise HostUnfit(f"--lvm {self._pool}: {cause}. {make}; 'openlpar doctor' tells what is missing.") from wrong
        if found["segtype"] != "thin-pool":
            raise HostUnfit(f"--lvm {self._pool}: that is no thin pool but {found['segtype']}. {make}.")
        if found["lv_attr"][4:5] != "a":
            raise HostUnfit(f"--lvm {self._pool}: it is not active. Run 'lvchange -ay {self._pool}'.")

    # reading

    def layers(self, key: Key) -> tuple[Layer, ...]:
        try:
            volume = self._newest(key)
        except OSError as wrong:
            raise self._failure(f"a volume of {self._pool}", wrong) from wrong
        return (_layer(volume),) if volume is not None else ()

    def _newest(self, key: Key) -> _Volume | None:
        of_key = [each for each in self._volumes().values() if each.name.startswith(self._prefix(key))]
        return max(of_key, key=lambda each: each.number, default=None)

    def _prefix(self, key: Key) -> str:
        return f"{self._mine}{hashlib.sha256(f'{key.folder}/{key.stem}'.encode()).hexdigest()[:24]}."

    def _volumes(self) -> dict[str, _Volume]:
        """Ours, by name. Raises OSError."""
        if self._told_by_lvm is None:
            report = self._report("lv_name,lv_path,lv_size,lv_uuid,lv_tags", self._group)
            found = (
                _Volume(
                    each["lv_name"], Path(each["lv_path"]), int(each["lv_size"]), each["lv_uuid"],
                    _PENDING in each["lv_tags"].split(","),
                )
                for each in report
                if each["lv_name"].startswith(self._mine)
            )  # fmt: skip
            self._told_by_lvm = {volume.name: volume for volume in found if volume.name not in self._doomed}
        return self._told_by_lvm

    # making

    def make(self, change: Change, backing: Backing) -> None:
        with self._draft(change, backing) as name:
            self._create(name, backing.size)

    def ensure(self, backing: Backing) -> tuple[Layer, ...]:
        if not self.layers(backing.key):
            log.warning("%s had no content on this host; it is empty now", backing.about)
            with self._draft(None, backing) as name:
                self._create(name, backing.size)
        with self._told(backing):
            volume = self._newest(backing.key)
            assert volume is not None
            if not volume.path.exists():  # since the host was started
                self._alter("lvchange", "-a", "y", "-K", self._full(volume.name))
        return self.layers(backing.key)

    def write(self, change: Change, backing: Backing, upload: Path) -> None:
        """It is copied, and whoever asked waits for that."""
        header = qcow2.read(upload)
        if header is not None:
            check_upload(header, backing)
        before = self._newest_told(backing)
        with self._draft(change, backing) as name:
            self._create(name, backing.size)
            form = Form.RAW if header is None else Form.QCOW2
            self._copy(upload, form, self._volumes()[name].path)
        change.afterwards(lambda: upload.unlink(missing_ok=True))
        if before is not None:
            self._delete(change, before.name)

    def clone(self, change: Change, source: Backing, backing: Backing) -> None:
        self.ensure(source)
        with self._draft(change, backing) as name:
            origin = self._newest(source.key)
            assert origin is not None
            told = ("--type", "thin", "-k", "n", "--addtag", _PENDING, "-n", name)  # with -s LVM asks for dm-snapshot
            self._alter("lvcreate", "-q", "-y", *told, self._full(origin.name))
            self._extend(name, backing.size)

    def resize(self, backing: Backing, size: int) -> None:
        with self._told(backing):
            volume = self._newest(backing.key)
            if volume is not None:
                self._extend(volume.name, size)

    def _extend(self, name: str, size: int) -> None:
        if self._volumes()[name].size < size:
            self._alter("lvextend", "-q", "-L", f"{size}b", self._full(name))

    def _create(self, name: str, size: int) -> None:
        pool = ("--type", "thin", "--thinpool", self._pool.partition("/")[2])
        self._alter("lvcreate", "-q", "-y", "-V", f"{size}b", *pool, "--addtag", _PENDING, "-n", name, self._group)

    def _copy(self, upload: Path, form: Form, target: Path) -> None:
        words = ["convert", "-n", "--target-is-zero", "-f", str(form), "-O", "raw", str(upload), str(target)]
        if target.is_block_device():
            words[1:1] = ["-t", "none"]  # else what the pool has no room for is lost later, and nobody hears of it
        self._run([*self._programs.image, *words], _COPY_S)
        with target.open("rb") as device:
            os.fsync(device.fileno())

    @contextlib.contextmanager
    def _draft(self, change: Change | None, backing: Backing) -> Iterator[str]:
        """The name of a volume that becomes the newest content when the block ends well. change: see ``Contents``."""
        with self._told(backing):
            self.tidy()
            newest = self._newest(backing.key)
            name = f"{self._prefix(backing.key)}{newest.number + 1 if newest is not None else 0}"
            try:
                yield name
                if change is None:
                    self._settle(name)
            except BaseException:
                self._remove(name)
                raise
        if change is not None:
            self._in_flight.add(name)
            change.afterwards(lambda: self._settle(name))

    def _settle(self, name: str) -> None:
        """What was made stays, unless it was deleted in the same change. A mark that stays harms nobody: the next start looks."""
        self._in_flight.discard(name)
        try:
            if name in self._volumes():
                self._alter("lvchange", "-q", "--deltag", _PENDING, self._full(name))
        except OSError as wrong:
            log.error("volume %s keeps its mark: %s", name, wrong.strerror)

    # deleting

    def delete(self, change: Change, key: Key) -> None:
        try:
            volume = self._newest(key)
        except OSError as wrong:
            raise self._failure(f"a volume of {self._pool}", wrong) from wrong
        if volume is not None:
            self._delete(change, volume.name)

    def _delete(self, change: Change, name: str) -> None:
        with contextlib.suppress(OSError):  # a mark for a start that may never come
            self._alter("lvchange", "-q", "--addtag", _PENDING, self._full(name))
        self._in_flight.add(name)
        change.afterwards(lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        """One that is still open goes later."""
        self._in_flight.discard(name)
        self._doomed.add(name)
        self._told_by_lvm = None
        self.tidy()

    def tidy(self) -> None:
        """Removes what could not be removed before."""
        if not self._doomed:
            return
        with contextlib.suppress(OSError):
            self._doomed &= {each["lv_name"] for each in self._report("lv_name", self._group)}
        for name in sorted(self._doomed):
            try:
                self._alter("lvremove", "-q", "-y", self._full(name))
            except OSError as wrong:
                log.info("volume %s stays for now: %s", name, wrong.strerror)
                self._told_by_lvm = None
            else:
                self._doomed.discard(name)

    def sweep(self, world: World) -> None:
        try:
            volumes = list(self._volumes().values())
        except OSError as wrong:
            log.error("what a crash left in thin pool %s stays: %s", self._pool, wrong.strerror)
            return
        wanted = {self._prefix(key): key for key in loans.known(world)}
        for volume in volumes:
            if not volume.is_pending or volume.name in self._in_flight:
                continue
            key = wanted.get(volume.name[: -len(str(volume.number))])
            if key is not None and self._newest(key) == volume:
                self._settle(volume.name)
            else:
                log.warning("deleting %s, which a change that was interrupted left behind", volume.name)
                self._remove(volume.name)

    # LVM

    def _full(self, name: str) -> str:
        return f"{self._group}/{name}"

    def _newest_told(self, backing: Backing) -> _Volume | None:
        with self._told(backing):
            return self._newest(backing.key)

    def _alter(self, *words: str) -> None:
        """What is known of the volumes is read again after it. Raises OSError."""
        self._told_by_lvm = None
        self._lvm(*words)

    def _report(self, fields: str, what: str) -> list[dict[str, str]]:
        """Raises OSError."""
        form = ("--reportformat", "json", "--units", "b", "--nosuffix")
        try:
            found: list[dict[str, str]] = json.loads(self._lvm("lvs", *form, "-o", fields, what))["report"][0]["lv"]
        except (ValueError, KeyError, IndexError) as wrong:
            raise OSError(errno.EIO, "LVM's report cannot be read") from wrong
        return found

    def _lvm(self, *words: str) -> str:
        found = lvm_program()
        if found is None:
            raise OSError(errno.ENOENT, "there is no program lvm on this host")
        return self._run([found, *words], _PATIENCE_S)

    def _run(self, words: Sequence[str], patience_s: float) -> str:
        done = self._programs.run(Path(words[0]).name, words, patience_s, os.environ.get("PATH", os.defpath))
        if done.returncode:
            text = "; ".join(_complaints(done)[-3:]) or f"{Path(words[0]).name} ended with status {done.returncode}"
            raise OSError(errno.EIO, text.rstrip("."))
        return done.stdout

    @contextlib.contextmanager
    def _told(self, backing: Backing) -> Iterator[None]:
        try:
            yield
        except OSError as wrong:
            raise self._failure(backing.about, wrong) from wrong

    def _failure(self, about: str, wrong: OSError) -> Exception:
        log.error("%s: %s", about, wrong.strerror)
        return say.LVM_REFUSES.error(object=about, cause=wrong.strerror, pool=self._pool)


def _complaints(done: CompletedProcess[str]) -> list[str]:
    """Why it failed. A report in JSON says it in the report, and nothing beside (lvmreport(7), "log report")."""
    with contextlib.suppress(ValueError, LookupError, TypeError):
        return [each["log_message"] for each in json.loads(done.stdout)["log"] if each["log_type"] == "error"]
    lines = [line.strip() for line in done.stderr.splitlines()]
    return [line for line in lines if line and not line.startswith(_NOISE)]


def _layer(volume: _Volume) -> Layer:
    identity = int.from_bytes(hashlib.sha256(volume.uuid.encode()).digest()[:6], "big")
    try:
        is_device = stat.S_ISBLK(volume.path.stat().st_mode)
    except OSError:
        is_device = True  # it is not active
    return Layer(volume.path, Form.RAW, identity, driver="host_device" if is_device else "file", is_fixed=True)
