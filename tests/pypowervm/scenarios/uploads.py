"""Uploading images to media repositories and disks."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from pypowervm import exceptions as exc
from pypowervm.tasks import storage as tasks
from pypowervm.wrappers import vios_file

from .site import Site, raises

CONTENT = bytes(range(256)) * 1200
"""More than four of the client's chunks."""


def _media(site: Site) -> list[str]:
    group = site.volume_group(site.vios("vios1", "None"), "rootvg")
    return [each.name for each in group.vmedia_repos[0].optical_media]


def _files(site: Site) -> list[Any]:
    return list(vios_file.File.wrap(site.adapter.read("File", service="web")))


def _remove(site: Site, name: str) -> None:
    group = site.volume_group(site.vios("vios1", "None"), "rootvg")
    tasks.rm_vg_storage(group, vopts=[each for each in group.vmedia_repos[0].optical_media if each.name == name])


def an_iso_is_uploaded_from_a_stream_and_from_a_path(site: Site) -> None:
    vios = site.vios("vios1", "None")
    digest = hashlib.sha256(CONTENT).hexdigest()
    reference, left = tasks.upload_vopt(
        site.adapter, vios.uuid, io.BytesIO(CONTENT), "stream.iso", f_size=len(CONTENT), sha_chksum=digest
    )
    assert left is None and reference.name == "stream.iso"
    path = site.scratch / "path.iso"
    path.write_bytes(CONTENT)
    tasks.upload_vopt(site.adapter, vios.uuid, str(path), "path.iso")
    assert set(_media(site)) == {"stream.iso", "path.iso"}
    assert _files(site) == [], "the descriptors are gone, the media stay"
    for name in ("stream.iso", "path.iso"):
        _remove(site, name)


def a_disk_image_is_uploaded_into_a_new_disk(site: Site) -> None:
    vios = site.vios("vios1", "None")
    group = site.volume_group(vios, "datavg")
    disk, left = tasks.upload_new_vdisk(site.adapter, vios.uuid, group.uuid, io.BytesIO(CONTENT), "image", len(CONTENT))
    assert left is None and disk.name == "image" and disk.capacity == 1
    tasks.rm_vg_storage(site.volume_group(vios, "datavg"), vdisks=[disk])


def a_function_can_write_the_image(site: Site) -> None:
    vios = site.vios("vios1", "None")
    group = site.volume_group(vios, "datavg")

    def write(path: str) -> None:
        with open(path, "w") as file:
            file.write("x" * 200_000)

    disk, left = tasks.upload_new_vdisk(
        site.adapter, vios.uuid, group.uuid, write, "written", 200_000, upload_type=tasks.UploadType.FUNC
    )
    assert left is None
    tasks.rm_vg_storage(site.volume_group(vios, "datavg"), vdisks=[disk])


def what_was_uploaded_can_be_read_back(site: Site) -> None:
    vios = site.vios("vios1", "None")
    made = vios_file.File.bld(
        site.adapter, "back.iso", vios_file.FileType.MEDIA_ISO, vios.uuid, f_size=len(CONTENT)
    ).create()
    assert made.file_uuid == made.uuid and made.expected_file_size == len(CONTENT)
    assert (made.file_name, made.enum_type) == ("back.iso", vios_file.FileType.MEDIA_ISO)
    assert made.vios_uuid.upper() == vios.uuid
    site.adapter.upload_file(made.element, io.BytesIO(CONTENT))
    back = io.BytesIO()
    site.adapter.session.request(
        "GET",
        f"/rest/api/web/File/contents/{made.uuid}",
        headers={"Accept": "application/octet-stream"},
        filehandle=back,
    )
    assert back.getvalue() == CONTENT
    assert made.refresh(use_etag=False).current_file_size == len(CONTENT)
    made.delete()
    assert _files(site) == []
    _remove(site, "back.iso")


class _Breaks(io.BytesIO):
    """A stream that fails in the middle, as a lost image service does."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > len(CONTENT) // 2:
            raise OSError("the image service is gone")
        return super().read(size)


def an_upload_that_breaks_off_leaves_nothing(site: Site) -> None:
    vios = site.vios("vios1", "None")
    with raises(exc.Error, "the image service is gone"):
        tasks.upload_vopt(site.adapter, vios.uuid, _Breaks(CONTENT), "broken.iso", f_size=len(CONTENT))
    assert _media(site) == [] and _files(site) == []
    group = site.volume_group(vios, "datavg")
    with raises(exc.Error, "the image service is gone"):
        tasks.upload_new_vdisk(site.adapter, vios.uuid, group.uuid, _Breaks(CONTENT), "broken", len(CONTENT))
    assert [each.name for each in site.volume_group(vios, "datavg").virtual_disks] == []


def a_wrong_digest_or_size_is_refused_and_leaves_nothing(site: Site) -> None:
    vios = site.vios("vios1", "None")
    for wish in ({"sha_chksum": "0" * 64}, {"f_size": len(CONTENT) + 1}, {"f_size": 10}):
        with raises(exc.Error, "wrong.iso"):
            tasks.upload_vopt(site.adapter, vios.uuid, io.BytesIO(CONTENT), "wrong.iso", **wish)
        assert _media(site) == [] and _files(site) == []


def a_medium_that_is_there_already_is_refused(site: Site) -> None:
    with site.medium("twice.iso"):
        vios = site.vios("vios1", "None")
        with raises(exc.Error, "twice.iso"):
            tasks.upload_vopt(site.adapter, vios.uuid, io.BytesIO(CONTENT), "twice.iso", f_size=len(CONTENT))
        assert _media(site) == ["twice.iso"]


def a_path_as_a_name_is_refused(site: Site) -> None:
    vios = site.vios("vios1", "None")
    for name in ("../../etc/passwd", "/etc/passwd", "..", "a" * 80):
        wish = vios_file.File.bld(site.adapter, name, vios_file.FileType.MEDIA_ISO, vios.uuid)
        with raises(exc.HttpError, name):
            wish.create()


def only_so_many_descriptors_may_exist(site: Site) -> None:
    vios = site.vios("vios1", "None")
    made = []
    try:
        with raises(exc.HttpError, "100"):
            for number in range(101):
                made.append(
                    vios_file.File.bld(site.adapter, f"f{number}", vios_file.FileType.MEDIA_ISO, vios.uuid).create()
                )
        assert len(made) == 100
    finally:
        for each in made:
            each.delete()
