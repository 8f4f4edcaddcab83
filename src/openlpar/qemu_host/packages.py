"""Debian packages of any architecture, fetched and unpacked into a folder: without root, without touching the system.

apt itself fetches, so the system's mirror, proxy and keys are used, interrupted downloads go on where they stopped, and what
the archive did not sign is refused. It works on state of its own below the cache folder: lists, archives, an empty list of
installed packages.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openlpar.messages import qemu_host as say
from openlpar.qemu_host.cache import Progress
from openlpar.qemu_host.mirror import Mirror

_URI = re.compile(r"'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})")
# What of the system's own configuration of apt counts here too: proxies, transports, credentials. Not its hooks.
_KEPT = ("Acquire::", "Dir::Etc::netrc")
_PROGRAMS = ("apt-get", "apt-config", "dpkg-deb", "tar")
# Nothing that runs needs these, and they are a third of all files.
_LEFT_OUT = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/bug",
)


@dataclass(frozen=True, slots=True)
class Deb:
    """A package file as the signed index names it. size: bytes."""

    file: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.file.partition("_")[0]

    @property
    def version(self) -> str:
        return self.file.split("_")[1].replace("%3a", ":")


@dataclass(frozen=True)
class Archive:
    """One architecture and some suites of the Debian archive, seen by an apt whose state lies in ``state``."""

    state: Path
    mirror: Mirror
    architecture: str
    suites: tuple[str, ...]
    progress: Progress

    def update(self) -> None:
        """Fetches the signed indexes. Raises APT_FAILED, NO_APT."""
        for program in _PROGRAMS:
            if shutil.which(program) is None:
                raise say.NO_APT.error(program=program)
        for place in ("state/lists/partial", "cache/archives/partial", "nothing/partial", "sources"):
            (self.state / place).mkdir(parents=True, exist_ok=True)
        (self.state / "status").touch()
        (self.state / "sources" / "debian.sources").write_text(self.mirror.source(self.suites), encoding="utf-8")
        (self.state / "apt.conf").write_text(self._configuration(), encoding="utf-8")
        self._apt_get("update", "--error-on=any")

    def with_dependencies(self, names: Sequence[str], suite: str = "") -> tuple[Deb, ...]:
        """The packages and all they depend on, as the indexes name them. suite: preferred, for backports."""
        # apt leaves out what lies in its archives already, so it is shown empty ones.
        shown = ("--print-uris", "-o", "Acquire::ForceHash=SHA256", "-o", f"Dir::Cache::Archives={self.state}/nothing")
        text = self._apt_get("install", *_target(suite), *shown, *names)
        debs = [Deb(m["file"], int(m["size"]), m["sha256"]) for m in map(_URI.match, text.splitlines()) if m]
        if not debs:
            raise say.APT_FAILED.error(cause=f"the archive has none of {', '.join(names)}")
        return tuple(sorted(debs, key=lambda deb: deb.file))

    def fetch(self, names: Sequence[str], suite: str = "") -> tuple[tuple[Deb, ...], list[Path]]:
        """Downloads the packages with all they depend on. Returns what they are, and the verified files.

        Raises APT_FAILED, and BAD_CHECKSUM when a file differs from what the signed index says.
        """
        debs = self.with_dependencies(names, suite)
        self._discard_foreign(debs)
        label = f"{len(debs)} packages for {self.architecture}, {sum(deb.size for deb in debs) / 1e6:.0f} MB"
        self._apt_get("install", *_target(suite), "--download-only", *names, label=label)
        return debs, [verified(self._archives / deb.file, deb.sha256) for deb in debs]

    @property
    def _archives(self) -> Path:
        return self.state / "cache" / "archives"

    def _discard_foreign(self, debs: Iterable[Deb]) -> None:
        """apt takes a file of the right name and size in its archives for verified; look before it does."""
        for deb in debs:
            place = self._archives / deb.file
            if place.exists() and _sha256(place) != deb.sha256:
                place.unlink()

    def _configuration(self) -> str:
        dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
        kept = [line for line in dumped.splitlines() if line.startswith(_KEPT)]
        own = {
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",  # as root, else apt gives up its rights and cannot write here
            "APT::Get::Assume-Yes": "true",
            "Debug::NoLocking": "true",  # the cache folder has a lock of its own
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Dir::State": self.state / "state",
            "Dir::State::status": self.state / "status",
            "Dir::Cache": self.state / "cache",
            "Dir::Etc::SourceList": "/dev/null",
            "Dir::Etc::SourceParts": self.state / "sources",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::Log": self.state,
        }
        # Read first, and these two lines keep the system's files, with their hooks, from being read after it.
        parts = ['Dir::Etc::Parts "/dev/null";', 'Dir::Etc::Main "/dev/null";']
        return "\n".join([*parts, *kept, *(f'{name} "{value}";' for name, value in own.items()), ""])

    def _apt_get(self, *words: str, label: str = "") -> str:
        """Standard output. label: of the progress that is shown."""
        reading, writing = os.pipe()
        command = ["apt-get", "-q", "-o", f"APT::Status-Fd={writing}", *words]
        environment = {**os.environ, "APT_CONFIG": str(self.state / "apt.conf"), "LC_ALL": "C.UTF-8"}
        out, err = self.state / "stdout", self.state / "stderr"
        with out.open("w") as stdout, err.open("w") as stderr:
            apt = subprocess.Popen(command, env=environment, stdout=stdout, stderr=stderr, pass_fds=[writing])
            os.close(writing)
            with open(reading, encoding="utf-8", errors="replace") as status:
                for line in status:
                    kind, _, rest = line.partition(":")
                    if label and kind == "dlstatus":
                        self.progress.part(label, float(rest.split(":")[1]))
            failed = apt.wait()
        if failed:
            raise say.APT_FAILED.error(cause=_reason(err.read_text(encoding="utf-8", errors="replace")))
        return out.read_text(encoding="utf-8", errors="replace")


def unpack(files: Iterable[Path], root: Path) -> None:
    """Lays the content of package files into a folder whose /bin, /lib and /sbin are links into /usr, as Debian has them.

    No script of a package is run. Raises APT_FAILED when a package cannot be read.
    """
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (root / name).is_symlink():
            (root / name).symlink_to(f"usr/{name}")
    leave_out = [f"--exclude=./{path}/*" for path in _LEFT_OUT]
    # Nobody gains rights by a program in the cache, and root unpacks the same as anybody.
    as_anybody = ("--no-same-owner", "--no-same-permissions")
    into = ["tar", "-x", "-C", str(root), "--keep-directory-symlink", *as_anybody, *leave_out]
    for file in files:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", file], stdout=subprocess.PIPE) as reading:
            writing = subprocess.run(
                into, stdin=reading.stdout, capture_output=True, text=True, check=False, umask=0o022
            )
        if reading.returncode or writing.returncode:
            raise say.APT_FAILED.error(cause=f"{file.name} cannot be unpacked: {_reason(writing.stderr)}")


def verified(file: Path, sha256: str) -> Path:
    """The file, when its content is what was asked for. Raises BAD_CHECKSUM, and removes it, when not."""
    if not file.exists() or _sha256(file) != sha256:
        file.unlink(missing_ok=True)
        raise say.BAD_CHECKSUM.error(file=file.name)
    return file


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _target(suite: str) -> tuple[str, ...]:
    return ("-t", suite) if suite else ()


def _reason(stderr: str) -> str:
    lines = [line.removeprefix("E: ") for line in stderr.splitlines() if line.startswith("E: ")]
    return (lines or stderr.strip().splitlines() or ["apt-get failed"])[0].rstrip(".")
