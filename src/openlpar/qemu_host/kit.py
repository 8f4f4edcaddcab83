"""The guest kit: QEMU, and what a guest starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from openlpar.messages import qemu_host as say
from openlpar.messages.core import ChangeFirst
from openlpar.qemu_host import cache, locate, recipe
from openlpar.qemu_host.locate import Qemu


class KitMissing(ChangeFirst):
    """The set-up has not been run, or not to its end, or not since its recipe changed."""


@dataclass(frozen=True)
class GuestKit:
    """kernel and initrd: for a start without a disk; the kernel needs ``console=hvc0``, the prompt is ``lpar# ``.

    minimal_disk: raw, boots the same through GRUB. debian_disk: raw, a Debian system; ``root`` logs in without a password.
    The disks are originals: give a guest a copy.
    """

    kernel: Path
    initrd: Path
    minimal_disk: Path
    debian_disk: Path
    qemu: Qemu


def images(folder: Path) -> dict[str, Path]:
    """Where the set-up lays each image, by its name in GuestKit."""
    place = recipe.images(folder)
    names = {"kernel": "vmlinux", "initrd": "initrd.gz", "minimal_disk": "minimal.raw", "debian_disk": "debian.raw"}
    return {name: place / file for name, file in names.items()}


def guest_kit(folder: Path | None = None) -> GuestKit:
    """folder: of the cache; default is the user's own. Raises QemuMissing, KitMissing."""
    folder = folder or cache.folder()
    found = images(folder)
    for path in found.values():
        if not path.exists():
            refusal = say.NO_KIT.error(path=path)
            raise KitMissing(refusal.message, refusal.parameters)
    return GuestKit(**found, qemu=locate.find(folder))
