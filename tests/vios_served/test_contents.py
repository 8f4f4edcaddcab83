"""Files of disks: made, filled, cloned and deleted with the change that asked for it, or not at all."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.faces.novalink import files as files_face
from openlpar.messages import Failure, general
from openlpar.messages import storage as say
from openlpar.ops.shared_storage import unit_plan
from openlpar.ops.storage import group_plan
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia
from openlpar.vios.served import contents, loans, qcow2
from openlpar.vios.served.contents import Layer
from openlpar.vios.served.loans import Form
from openlpar.vios.served.programs import Programs
from tests.ops.storage.conftest import TIER, VIOS1, Stored, request
from tests.vios_served.conftest import WatchedServed

pytestmark = pytest.mark.qemu

MIB = 1024**2
IMAGE = LogicalUnitType.IMAGE.value


async def unit(stored: Stored, name: str, gb: str = "1", **fields: Any) -> LogicalUnit:
    wish = LogicalUnit(parent=TIER, name=name, capacity=Decimal(gb), **{"is_thin": True, **fields})
    await stored.run(request("create", wish))
    return stored.unit(name)


async def disk(stored: Stored, name: str = "new", gb: str = "1", image: str = "") -> VirtualDisk:
    group = stored.group()
    wish = VirtualDisk(name=name, capacity=Decimal(gb), base_image=image or None)
    await stored.run(request("update", group.evolve(virtual_disks=(*group.virtual_disks, wish))))
    return stored.disk(name)


def layers(served: WatchedServed, backing: loans.Backing) -> tuple[Layer, ...]:
    return served._holder(backing).layers(backing.key)


def files(served: WatchedServed, backing: loans.Backing) -> list[str]:
    return [layer.path.name for layer in layers(served, backing)]


def top(served: WatchedServed, backing: loans.Backing) -> Path:
    return layers(served, backing)[0].path


async def test_files_are_private_and_sparse(stored: Stored, served: WatchedServed) -> None:
    made = top(served, loans.of_disk(VIOS1, await disk(stored, gb="8")))
    thin = top(served, loans.of_unit(await unit(stored, "lu", "8")))
    for path in (made, thin):
        assert path.stat().st_size == 8 * 1024 * MIB and path.stat().st_blocks < 16
    assert {path.stat().st_mode & 0o777 for path in (made, thin)} == {0o600}
    roots = (served.disks, served.pools)
    folders = [path for root in roots for path in root.rglob("*") if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in (*roots, *folders)} == {0o700}
    assert not [path for root in roots for path in root.rglob("pending")]


async def test_a_thick_unit_has_its_space(stored: Stored, served: WatchedServed) -> None:
    made = await unit(stored, "lu", "0.0625", is_thin=False)
    path = top(served, loans.of_unit(made))
    assert path.stat().st_blocks * 512 >= path.stat().st_size == 64 * MIB
    await stored.run(request("update", made.evolve(capacity=Decimal("0.125"))))
    assert path.stat().st_blocks * 512 >= path.stat().st_size == 128 * MIB


async def test_deleting_waits_for_the_commit(stored: Stored, served: WatchedServed) -> None:
    """Until the change is on disk the data are there; afterwards nothing is, the folders neither."""
    made = loans.of_disk(VIOS1, await disk(stored))
    operation = request("update", stored.group().evolve(virtual_disks=[stored.disk("old")]))
    stored.engine.perform(operation)
    assert files(served, made) == ["top.raw"]
    await stored.engine.settled()
    assert not served.devices
    assert not list(served.disks.glob("vg/*"))


async def test_a_store_that_fails_leaves_files_as_they_were(stored: Stored, served: WatchedServed) -> None:
    kept = loans.of_unit(await unit(stored, "kept"))
    before = served.devices

    def broken(batch: object) -> None:
        raise OSError("no")

    write, stored.engine._store.write = stored.engine._store.write, broken  # type: ignore[method-assign]
    for refused in (
        request("delete", stored.unit("kept")),
        request("create", LogicalUnit(parent=TIER, name="new", capacity=Decimal(1))),
    ):
        with pytest.raises(Failure) as caught:
            await stored.run(refused)
        assert caught.value.message is general.STORE_FAILED
    stored.engine._store.write = write  # type: ignore[method-assign]
    assert served.devices == before
    assert files(served, kept) == ["top.raw"]


async def test_a_disk_made_again_is_not_the_one_deleted_before(stored: Stored, served: WatchedServed) -> None:
    """It gets the same UDID while the old one still waits for the commit."""
    first = await disk(stored)
    old = stored.disk("old")
    stored.engine.perform(request("update", stored.group().evolve(virtual_disks=[old])))
    again = VirtualDisk(name="again", capacity=Decimal(2))
    stored.engine.perform(request("update", stored.group().evolve(virtual_disks=[old, again])))
    made = stored.disk("again")
    assert made.udid == first.udid
    await stored.engine.settled()
    assert top(served, loans.of_disk(VIOS1, made)).stat().st_size == 2 * 1024 * MIB
    assert len(served.devices) == 1


async def test_an_upload_becomes_content_without_a_copy(stored: Stored, served: WatchedServed) -> None:
    upload = Path("upload")
    await stored.run(ImportMedia(VIOS1, "boot.iso", 4096, "upload"))
    media = loans.of_media(VIOS1, stored.group().vmedia_repos[0].optical_media[1])
    assert top(served, media).samefile(upload)
    made = await unit(stored, "image", lu_type=IMAGE)
    upload = Path("other")
    upload.write_bytes(b"\x55" * 4096)
    inode = upload.stat().st_ino
    await stored.run(ImportDiskImage(VIOS1, "boot", 4096, "other", made.udid))
    (content,) = layers(served, loans.of_unit(made))
    assert content.inode == inode and not upload.exists()
    assert content.size == 1024 * MIB and content.path.read_bytes()[:4097] == b"\x55" * 4096 + b"\0"
    assert len([name for name in served.devices if name.startswith("ssp")]) == 1, "the empty one is gone"


async def test_an_upload_that_somebody_else_has_is_copied(stored: Stored, served: WatchedServed) -> None:
    """What is written to the disk must not get into the medium."""
    await stored.run(ImportMedia(VIOS1, "boot.iso", 4096, "upload"))
    made = await unit(stored, "lu")
    await stored.run(ImportDiskImage(VIOS1, "boot", 4096, "upload", made.udid))
    top(served, loans.of_unit(made)).write_bytes(b"written")
    media = loans.of_media(VIOS1, stored.group().vmedia_repos[0].optical_media[1])
    assert top(served, media).read_bytes() == b"\x55" * 4096


async def test_files_that_share_data_are_raw(
    stored: Stored, served: WatchedServed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On file systems that can; a copy stands in for one."""

    def copied(source: Path, path: Path) -> bool:
        path.write_bytes(source.read_bytes())
        return True

    monkeypatch.setattr(contents, "_shares_data", copied)
    image = await unit(stored, "image", "0.0625", lu_type=IMAGE)
    await stored.run(ImportDiskImage(VIOS1, "boot", 4096, "upload", image.udid))
    clone = await unit(stored, "vm", "0.125", cloned_from_udid=image.udid)
    (layer,) = layers(served, loans.of_unit(clone))
    assert (layer.form, layer.size) == (Form.RAW, 128 * MIB)
    assert layer.path.read_bytes()[:4097] == b"\x55" * 4096 + b"\0"
    assert files(served, loans.of_unit(image)) == ["top.raw"]


async def test_a_medium_of_a_file_is_a_copy(stored: Stored, served: WatchedServed) -> None:
    """Its owner may write the file."""
    wish = {"name": "own.iso", "size": "4096", "path": "upload", "mount_type": "ro"}
    await stored.run(ImportMedia.from_job(VIOS1, wish))
    made = stored.group().vmedia_repos[0].optical_media[1]
    assert (made.name, made.mount_type) == ("own.iso", "ro")
    Path("upload").write_bytes(b"other")
    assert top(served, loans.of_media(VIOS1, made)).read_bytes() == b"\x55" * 4096


async def test_a_second_upload_does_not_reach_the_first(stored: Stored, served: WatchedServed) -> None:
    await stored.run(ImportMedia(VIOS1, "boot.iso", 4096, "upload"))

    async def chunks() -> AsyncIterator[bytes]:
        yield b"other"

    assert (await files_face._store(Path("upload"), chunks(), 5))[0] == 5
    media = loans.of_media(VIOS1, stored.group().vmedia_repos[0].optical_media[1])
    assert top(served, media).read_bytes() == b"\x55" * 4096


async def test_a_clone_keeps_what_its_image_had(stored: Stored, served: WatchedServed) -> None:
    """Clones of an unchanged image share one base; the image may be filled again, and go."""
    image = await unit(stored, "image", lu_type=IMAGE)
    await stored.run(ImportDiskImage(VIOS1, "boot", 4096, "upload", image.udid))
    clones = [await unit(stored, f"vm{n}", cloned_from_udid=image.udid) for n in range(3)]
    assert {tuple(files(served, loans.of_unit(clone))) for clone in clones} == {("top.qcow2", "base1.raw")}
    bases = {layers(served, loans.of_unit(each))[1].inode for each in (image, *clones)}
    assert len(bases) == 1
    Path("upload").write_bytes(b"\x66" * 8192)
    await stored.run(ImportDiskImage(VIOS1, "boot", 8192, "upload", image.udid))
    for clone in clones:
        assert layers(served, loans.of_unit(clone))[1].path.read_bytes()[:8192] == b"\x55" * 4096 + bytes(4096)
    for gone in (*clones, image):
        await stored.run(request("delete", stored.unit(gone.name)))
    assert not list(served.pools.rglob("*.*"))


async def test_a_copied_disk_is_frozen_once(stored: Stored, served: WatchedServed) -> None:
    source = await disk(stored, "source")
    backing = loans.of_disk(VIOS1, source)
    top(served, backing).write_bytes(b"\x77" * 512)
    copies = [loans.of_disk(VIOS1, await disk(stored, f"copy{n}", "2", source.udid)) for n in range(2)]
    for each in (backing, *copies):
        assert files(served, each) == ["top.qcow2", "base1.raw"]
    assert (header := qcow2.read(top(served, copies[0]))) is not None and header.size == 2048 * MIB


async def test_a_mapped_source_is_refused(stored: Stored) -> None:
    """Its partition may be writing to it."""
    image = await unit(stored, "image", lu_type=IMAGE)
    await stored.map("logical_unit", image)
    wish = LogicalUnit(parent=TIER, name="vm", capacity=Decimal(1), cloned_from_udid=image.udid)
    text = await stored.refused(request("create", wish), say.MAPPED)
    assert "Logical unit image is mapped to partition vm1 and cannot be cloned" in text


def _qcow2(programs: Programs, name: str, *arguments: str) -> int:
    subprocess.run([*programs.image, "create", "-q", "-f", "qcow2", *arguments[:-1], name, arguments[-1]], check=True)
    return Path(name).stat().st_size


async def test_a_qcow2_upload_is_understood(stored: Stored, served: WatchedServed, programs: Programs) -> None:
    made = await unit(stored, "image", lu_type=IMAGE)
    size = _qcow2(programs, "whole", "512M")
    await stored.run(ImportDiskImage(VIOS1, "boot", size, "whole", made.udid))
    assert files(served, loans.of_unit(made)) == ["top.qcow2", "base1.qcow2"]
    size = _qcow2(programs, "large", "2G")
    text = await stored.refused(ImportDiskImage(VIOS1, "boot", size, "large", made.udid), say.IMAGE_TOO_LARGE)
    assert "inside the qcow2 upload has 2.00 GB" in text


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("-u", "-b", "/etc/hostname", "-F", "raw", "1M"), "part of its data is in another file"),
        (("-o", "data_file=data.raw", "1M"), "part of its data is in another file"),
        (("--object", "secret,id=s,data=x", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", "1M"),
         "it is an encrypted qcow2 image"),
    ],
)  # fmt: skip
async def test_an_upload_that_reaches_for_other_files_is_refused(
    stored: Stored, served: WatchedServed, programs: Programs, arguments: tuple[str, ...], cause: str
) -> None:
    made = await unit(stored, "image", lu_type=IMAGE)
    size = _qcow2(programs, "trap", *arguments)
    before = served.devices
    text = await stored.refused(ImportDiskImage(VIOS1, "boot", size, "trap", made.udid), say.BAD_IMAGE)
    assert cause in text
    assert served.devices == before


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may become larger than 1 MiB, as on a host that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_host_is_told_and_nothing_is_left(
    stored: Stored, served: WatchedServed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of logical units that are larger than any: the host may have room for one of 4 TB."""
    monkeypatch.setattr(unit_plan, "MOST_GB", 10**9)
    monkeypatch.setattr(group_plan, "_LARGEST_GB", 10**9)
    kept = await unit(stored, "kept", "0.0625", is_thin=False)
    before = served.devices
    pool = stored.pool()
    with stored.engine.alter() as change:
        change.put(pool.evolve(capacity=Decimal(10**9), free_space=Decimal(10**9), logical_units=None))
    wish = LogicalUnit(parent=TIER, name="huge", capacity=Decimal(10**8), is_thin=False)
    text = await stored.refused(request("create", wish), say.HOST_FULL)
    assert "Logical unit huge with 100000000.00 GB cannot be stored" in text
    await stored.refused(request("update", kept.evolve(capacity=Decimal(10**8))), say.HOST_FULL)
    assert top(served, loans.of_unit(kept)).stat().st_size == 64 * MIB
    assert served.devices == before and not list(served.pools.rglob("*.draft"))


@pytest.mark.usefixtures("small_files")
async def test_a_file_that_may_not_grow_is_told(stored: Stored, served: WatchedServed) -> None:
    wish = VirtualDisk(name="large", capacity=Decimal(1))
    group = stored.group().evolve(virtual_disks=(stored.disk("old"), wish))
    await stored.refused(request("update", group), say.HOST_FULL)
    assert not served.devices and not list(served.disks.rglob("*.draft"))


async def test_a_host_that_refuses_is_quoted(stored: Stored, served: WatchedServed) -> None:
    served.disks.mkdir()
    (served.disks / "media").write_text("in the way")
    text = await stored.refused(ImportMedia(VIOS1, "a.iso", 4096, "upload"), say.HOST_REFUSES)
    assert "content of Medium a.iso" in text and str(served.disks) not in text


async def test_a_start_ends_what_a_crash_interrupted(stored: Stored, served: WatchedServed) -> None:
    """Made, but not in the state: gone. To be deleted, but still in the state: kept."""
    kept = await unit(stored, "kept")
    known = loans.of_unit(kept)
    unfinished = loans.Backing(loans.Key("ssp", "27beef"), MIB, "never came to be")
    change: Any = Unwritten()
    shared = served._pools.contents
    shared.make(change, unfinished)
    shared.delete(change, known.key)
    place = layers(served, known)[0].path.parent
    lost, of_another = place.with_name(f"7{shared._draft_end}"), place.with_name("7.beefbeef.draft")
    lost.mkdir()
    of_another.mkdir()
    again = WatchedServed(served.disks.parent, served._programs)
    again._pools.contents.sweep(stored.state)
    assert again.devices == {str(top(again, known).parent.relative_to(served.pools))}
    assert not list(served.pools.rglob("pending")) and not lost.exists() and of_another.exists()


class Unwritten:
    """A change that never gets to the disk."""

    def afterwards(self, action: object) -> None:
        """Forgets it."""


async def test_media_have_a_folder_for_each_server(served: WatchedServed) -> None:
    same = VirtualOpticalMedia(name="a.iso", udid="0ea.iso", size=Decimal(1))
    one, other = loans.of_media(VIOS1, same), loans.of_media("22222222-0000-4000-8000-000000000002", same)
    assert one.key != other.key
    served._contents.ensure(one)
    assert top(served, one).stat().st_size == 1024 * MIB
    assert not layers(served, other)
