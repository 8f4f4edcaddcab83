"""What ``backupios`` writes: an archive of all that a Virtual I/O Server here consists of.

Of its software there is only the level to save. What makes it this one and no other is in the archive: its configuration as
viosbr saves it (``home/padmin/cfgbackups``, to be restored with viosbr), the files of padmin, and the layout of its volume groups.
Of media in the library the names and sizes are saved, not the content.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

from openlpar.ports.file_pools import pools_in
from openlpar.vios.padmin import backup
from openlpar.vios.padmin.files import BACKUPS
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import MEDIA_DIRECTORY, Server
from openlpar.vios.padmin.sizes import megabytes

IMAGE_SUFFIX = ".mksysb"
RESOURCES = "nim_resources.tar"
_ROOT_GROUP = "rootvg"
_LEVEL = "usr/ios/cli/ios.level"
"""Where a VIOS keeps the level of its software."""
Files = dict[str, bytes]


def contents(server: Server, *, with_groups: bool, with_library: bool) -> Files:
    """Path in the archive to content."""
    files = {"image.data": _layout(server, _ROOT_GROUP), _LEVEL: f"{server.level}\n".encode()}
    for path, content in server.home.walk():
        if not path.endswith((IMAGE_SUFFIX, RESOURCES)):  # an image in an image would double with each backup
            files[path.lstrip("/")] = content
    files[f"{BACKUPS.lstrip('/')}/{server.host}.viosbr{backup.SUFFIX}"] = backup.archive(server)
    if with_groups:
        for group in server.groups_in_use():
            if group.name != _ROOT_GROUP:
                files[f"tmp/vgdata/{group.name}/{group.name}.data"] = _layout(server, group.name)
    library = server.library()
    if with_library and library is not None:
        media = [f"{medium.name} {megabytes(medium.size)}MB\n" for medium in library.repository.optical_media]
        files[f"{MEDIA_DIRECTORY.lstrip('/')}.list"] = "".join(media).encode()
    return files


def _layout(server: Server, name: str) -> bytes:
    """The structure of a volume group, in stanzas as an image.data has them."""
    lines: list[str] = []
    for group in server.groups():
        if group.name == name:
            disks = " ".join(disk.name for disk in group.phys_vols)
            lines += ["vg_data:", f"\tVGNAME= {group.name}", f"\tVG_SOURCE_DISK_LIST= {disks}", ""]
            volumes = [(disk.name, megabytes(disk.capacity)) for disk in group.virtual_disks]
            volumes += [(pool.name, pool.size_mb) for pool in pools_in(server.change, group.uuid)]
            for volume, size in volumes:
                lines += [
                    "lv_data:",
                    f"\tVOLUME_GROUP= {name}",
                    f"\tLOGICAL_VOLUME= {volume}",
                    f"\tSIZE_MB= {size}",
                    "",
                ]
    return "\n".join(lines).encode()


def packed(files: Files, moment: int) -> bytes:
    """A tar of these files. moment: their time, s since 1970; the same files at the same time give the same bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), moment, 0o640
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def unpacked(name: str, image: bytes) -> Files:
    """What is in an image, in order of the names. name: of the image. Raises Refusal for one that backupios did not make."""
    try:
        with tarfile.open(fileobj=io.BytesIO(image), mode="r:") as tar:
            opened = {entry.name.removeprefix("./"): tar.extractfile(entry) for entry in tar if entry.isfile()}
            files = {entry: stream.read() for entry, stream in sorted(opened.items()) if stream is not None}
    except tarfile.TarError:
        files = {}
    if _LEVEL not in files:
        raise Refusal(
            Status.INCOMPLETE, f'"{name}" is not an image of a Virtual I/O Server. backupios -mksysb makes one.'
        )
    return files


def level_in(name: str, image: bytes) -> str:
    """The level of the system in an image. Raises Refusal."""
    return unpacked(name, image)[_LEVEL].decode(errors="replace").strip()


def for_nim(image: bytes, files: Files, moment: int) -> bytes:
    """The archive of a directory backup: the image with what an installation asks for beside it."""
    answers = b"control_flow:\n\tPROMPT= no\n\tRECOVER_DEVICES= yes\ntarget_disk_data:\n\tHDISKNAME= hdisk0\n"
    return packed({"mksysb": image, "image.data": files["image.data"], "bosinst.data": answers}, moment)


def progress(files: Files, groups: Iterator[str]) -> Iterator[str]:
    """What is printed on the way."""
    for group in groups:
        yield f"Creating information file for volume group {group}."
    yield f"Creating information file (/image.data) for {_ROOT_GROUP}."
    yield "Creating list of files to back up."
    yield f"Backing up {len(files)} files."
