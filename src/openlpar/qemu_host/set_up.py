"""Gets what is missing of QEMU and the guest kit: packages fetched and unpacked, images made. Needs no root."""

from __future__ import annotations

import datetime
import json
import platform
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from openlpar.messages import qemu_host as say
from openlpar.qemu_host import cache, disk_image, initramfs, kit, locate, mirror, packages, recipe, systems
from openlpar.qemu_host.cache import Progress
from openlpar.qemu_host.packages import Archive
from openlpar.qemu_host.recipe import Unpacked
from openlpar.qemu_host.tree import ARCHITECTURES

_GRUB = "usr/lib/grub/powerpc-ieee1275"
_MINIMAL_MIB, _DEBIAN_MIB = 64, 1024


def set_up(folder: Path | None = None, progress: Progress | None = None) -> kit.GuestKit:
    """Makes the kit in the cache folder, or finds it there. Raises a Failure that says what to do."""
    progress = progress or Progress()
    folder = folder or cache.folder()
    try:
        return kit.guest_kit(folder)
    except (kit.KitMissing, locate.QemuMissing):
        pass
    with cache.locked(folder, progress):
        work = _SetUp(folder, progress)
        work.qemu()
        work.images()
        shutil.rmtree(folder / "apt", ignore_errors=True)
        found = kit.guest_kit(folder)
        _forget_old(folder, found.kernel.parent)
        return found


def unpacked(wanted: Sequence[Unpacked], folder: Path | None = None, progress: Progress | None = None) -> list[Path]:
    """The folder with the content of each, made in the cache where it is not there. Raises a Failure that says what to do."""
    progress = progress or Progress()
    folder = folder or cache.folder()
    places = [each.place(folder) for each in wanted]
    if not all(place.is_dir() for place in places):
        with cache.locked(folder, progress):
            work = _SetUp(folder, progress)
            for each in wanted:
                work.unpacked(each)
            shutil.rmtree(folder / "apt", ignore_errors=True)
    return places


def _forget_old(folder: Path, current: Path) -> None:
    """Keeps the images before the current ones too: another checkout may be using them."""
    name = current.name.partition("-")[0]
    others = [place for place in folder.glob(f"{name}-*") if place != current]
    for place in sorted(others, key=lambda place: place.stat().st_mtime)[:-1]:
        shutil.rmtree(place, ignore_errors=True)


class _SetUp:
    """One run of the set-up."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        machine = platform.machine()
        if machine not in ARCHITECTURES:
            raise say.NO_ARCHITECTURE.error(machine=machine, known=", ".join(ARCHITECTURES))
        self._architecture, self._libraries = ARCHITECTURES[machine]
        self._archives: dict[tuple[str, tuple[str, ...]], Archive] = {}

    def qemu(self) -> None:
        """The distribution's QEMU will do when it is new enough."""
        try:
            if locate.find(self._folder).version >= locate.NEW_ENOUGH:
                return
        except locate.QemuMissing:
            pass
        self.unpacked(recipe.qemu(self._architecture))

    def images(self) -> None:
        place = recipe.images(self._folder)
        if place.is_dir():
            return
        root = self.unpacked(recipe.guest())
        tools = disk_image.Tools(self.unpacked(recipe.tools(self._architecture)), self._libraries)
        self._progress.say("Making the initial RAM disk and two disks.")
        names = {name: path.name for name, path in kit.images(self._folder).items()}
        with cache.whole(place) as draft:
            initrd = initramfs.build(root)
            (draft / names["initrd"]).write_bytes(initrd)
            shutil.copy(systems.kernel(root), draft / names["kernel"])
            (draft / names["kernel"]).chmod(0o644)
            minimal = systems.minimal(root, initrd)
            disk_image.build(draft / names["minimal_disk"], _MINIMAL_MIB, systems.MINIMAL, minimal, root / _GRUB, tools)
            with tempfile.TemporaryDirectory(dir=draft) as kept:
                version = systems.kept_modules(root, Path(kept))
                tools.run("usr/sbin/depmod", "-b", kept, version)
                debian = systems.debian(root, Path(kept), initrd)
                disk_image.build(draft / names["debian_disk"], _DEBIAN_MIB, systems.DEBIAN, debian, root / _GRUB, tools)
            shutil.copy(root / recipe.MANIFEST, draft)

    def unpacked(self, wanted: Unpacked) -> Path:
        """The folder with the content of packages, made when it is not there."""
        place = wanted.place(self._folder)
        if place.is_dir():
            return place
        archive = self._archive(wanted)
        debs, files = archive.fetch(wanted.packages, wanted.suite)
        self._progress.say(f"Unpacking {wanted.name}.")
        with cache.whole(place) as draft:
            packages.unpack(files, draft)
            made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            manifest = {"made": made, "packages": {deb.name: deb.version for deb in debs}}
            (draft / recipe.MANIFEST).write_text(
                json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8"
            )
        return place

    def _archive(self, wanted: Unpacked) -> Archive:
        key = wanted.architecture, wanted.suites
        if key not in self._archives:
            self._progress.say(f"Reading the index of packages for {wanted.architecture}.")
            state = self._folder / "apt" / "-".join((wanted.architecture, *wanted.suites))
            archive = Archive(state, mirror.find(), *key, self._progress)
            archive.update()
            self._archives[key] = archive
        return self._archives[key]
