"""``openlpar doctor``: whether partitions can be run on this host, and what is missing for more."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from openlpar.messages.core import Failure
from openlpar.qemu_host import cache, kit, locate, probe
from openlpar.qemu_host.probe import Answer

# The capabilities, as people call them.
_NAMES = {
    "kvm": "KVM",
    "user_network": "user-mode network",
    "tap": "TAP interfaces",
    "cgroup": "processor shares (cgroup)",
    "memory": "memory caps (cgroup)",
    "lvm": "volume groups on LVM",
    "seccomp": "sandbox (seccomp)",
    "run_as": "a user of its own",
    "core_remove": "removal of processors",
    "live_migration": "live migration",
    "multi_processor_migration": "... of several processors",
}
_ROOM_GIB = 2.0  # the set-up takes 1.3; the rest is for a small disk


@dataclass(frozen=True, slots=True)
class Check:
    """One row. needed: without it no partition runs. found: what was seen when it is well; reason, remedy: when it is not."""

    name: str
    ok: bool
    needed: bool = False
    found: str = ""
    reason: str = ""
    remedy: str = ""


def examine(folder: Path | None = None) -> list[Check]:
    """Looks at the host. folder: of the cache; default is the user's own."""
    folder = folder or cache.folder()
    try:
        qemu = locate.find(folder)
    except locate.QemuMissing as missing:
        return [_refused("QEMU", missing, needed=True), _kit(folder), _room(folder)]
    can = probe.capabilities(qemu)
    return [
        Check("QEMU", True, needed=True, found=f"{qemu.version_text} in {qemu.place}"),
        _kit(folder),
        *(_answered(name, getattr(can, field)) for field, name in _NAMES.items()),
        _room(folder),
    ]


def healthy(checks: list[Check]) -> bool:
    return all(check.ok for check in checks if check.needed)


def as_json(checks: list[Check]) -> str:
    """{"can_run_partitions": …, "checks": [{name, ok, needed, found, reason, remedy}, …]}"""
    return json.dumps({"can_run_partitions": healthy(checks), "checks": [asdict(check) for check in checks]}, indent=2)


def as_table(checks: list[Check]) -> Iterator[str]:
    """The lines for people: name, ok or no, what was found or why not, and below it what to do."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        text = check.found if check.ok else check.reason
        yield f"{check.name:<{width}}  {'ok' if check.ok else 'no'}  {text}".rstrip()
        if not check.ok and check.remedy:
            yield from textwrap.wrap(
                check.remedy, 110, initial_indent=" " * (width + 6), subsequent_indent=" " * (width + 6)
            )


def _kit(folder: Path) -> Check:
    try:
        found = kit.guest_kit(folder)
    except Failure as missing:
        return _refused("guest kit", missing)
    return Check("guest kit", True, found=str(found.kernel.parent))


def _room(folder: Path) -> Check:
    place = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(place).free / 2**30
    if free >= _ROOM_GIB:
        return Check("disk space", True, found=f"{free:.0f} GiB free in {place}")
    reason = f"{free:.1f} GiB are free in {place}, {_ROOM_GIB:.0f} are wanted"
    return Check("disk space", False, reason=reason, remedy="Make room, or name another folder with OPENLPAR_CACHE.")


def _answered(name: str, answer: Answer) -> Check:
    return Check(name, answer.possible, found=answer.detail, reason=answer.reason, remedy=answer.remedy)


def _refused(name: str, failure: Failure, needed: bool = False) -> Check:
    text = failure.message.text.format(**failure.parameters).rstrip(".")
    return Check(name, False, needed, reason=text, remedy=failure.remedy)
