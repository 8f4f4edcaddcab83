"""Where virtual disks can be kept does the same for a disk: files, and volumes of LVM (see thin_pools)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openlpar.messages import Failure
from openlpar.messages import storage as say
from openlpar.ports.hypervisor import HostUnfit
from openlpar.qemu_host import probe
from openlpar.uom.volume_group import VirtualDisk, VolumeGroup
from openlpar.vios.served import lvm
from openlpar.vios.served.backend import ServedVios
from openlpar.vios.served.contents import Contents, Layer
from openlpar.vios.served.loans import MIB, Backing, Form, of_disk
from openlpar.vios.served.lvm import LogicalVolumes
from openlpar.vios.served.nodes import file_nodes
from openlpar.vios.served.programs import Programs
from openlpar.vios.served.store import DiskStore
from tests.conftest import BIN
from tests.vios_served import thin_pools
from tests.vios_served.conftest import lent
from tests.vios_served.test_contents import Unwritten
from tests.vios_served.thin_pools import StandIn, ThinPool

VIOS = "00000002-0000-4000-8000-000000000002"


class Written:
    """A change that is on disk already."""

    def afterwards(self, action: Callable[[], object]) -> None:
        action()


class Change:
    """One that is on disk when the test says so."""

    def __init__(self) -> None:
        self._then: list[Callable[[], object]] = []

    def afterwards(self, action: Callable[[], object]) -> None:
        self._then.append(action)

    def commit(self) -> None:
        for action in self._then:
            action()


def world(*disks: VirtualDisk) -> Any:
    groups = [VolumeGroup(uuid="vg", parent=VIOS, virtual_disks=disks)]
    return SimpleNamespace(all=lambda kind, parent=None: groups if kind is VolumeGroup else [])


def disk(name: str = "lv1") -> VirtualDisk:
    return VirtualDisk(name=name, udid=f"0300f8d6{name.encode().hex()}", capacity=Decimal("0.0625"))


def backing(name: str = "lv1", mib: int = 64) -> Backing:
    return Backing(of_disk(VIOS, disk(name)).key, mib * MIB, f"Virtual disk {name}")


Make = Callable[[], DiskStore]


@pytest.fixture(params=["files", *thin_pools.KINDS])
def make_store(request: pytest.FixtureRequest, tmp_path: Path, programs: Programs) -> Iterator[Make]:
    """Makes the store, or a second one on the same disks, as after a restart of the service."""
    if request.param == "files":
        yield lambda: Contents(tmp_path / "disks", programs, owner=tmp_path / "v")
        return
    for pool in lent(request, request.param):
        yield lambda: LogicalVolumes(pool.named, programs, owner=tmp_path / "v")  # noqa: B023


def content(store: DiskStore, of: Backing, length: int = 0) -> bytes:
    (layer, *_) = store.layers(of.key)
    with layer.path.open("rb") as file:
        return file.read(length or of.size)


def size(store: DiskStore, of: Backing) -> int:
    """Bytes that are there of it; a device tells it only to who opens it."""
    with store.layers(of.key)[0].path.open("rb") as file:
        return file.seek(0, os.SEEK_END)


def put(store: DiskStore, of: Backing, data: bytes) -> None:
    """As a guest would."""
    with store.layers(of.key)[0].path.open("r+b") as file:
        file.write(data)


written: Any = Written()


# what both do


def test_a_new_disk_is_empty_and_there_at_once(make_store: Make) -> None:
    store, change = make_store(), Change()
    assert store.layers(backing().key) == ()
    store.make(change, backing())  # type: ignore[arg-type]
    assert content(store, backing()) == bytes(64 * MIB)
    change.commit()
    assert content(make_store(), backing()) == bytes(64 * MIB)


def test_what_an_inventory_brought_is_made_when_it_is_needed(make_store: Make) -> None:
    store = make_store()
    assert store.ensure(backing()) == store.layers(backing().key) != ()
    put(store, backing(), b"data")
    assert store.ensure(backing()) and content(store, backing(), 4) == b"data", "and only once"


def test_it_grows_and_keeps_its_data(make_store: Make) -> None:
    store = make_store()
    store.make(written, backing())
    put(store, backing(), b"data")
    store.resize(backing(), 128 * MIB)
    assert content(store, backing(mib=128))[:4] == b"data"
    assert size(store, backing()) == 128 * MIB


def test_it_goes_when_the_change_is_on_disk(make_store: Make) -> None:
    store, change = make_store(), Change()
    store.make(written, backing())
    store.delete(change, backing().key)  # type: ignore[arg-type]
    assert store.layers(backing().key)
    change.commit()
    assert store.layers(backing().key) == () == make_store().layers(backing().key)


def test_one_that_is_made_again_is_not_the_one_before(make_store: Make) -> None:
    store, change = make_store(), Change()
    store.make(written, backing())
    put(store, backing(), b"data")
    before = store.layers(backing().key)[0].inode
    store.delete(change, backing().key)  # type: ignore[arg-type]
    store.make(written, backing())
    change.commit()
    assert content(store, backing(), 4) == bytes(4)
    assert store.layers(backing().key)[0].inode != before


@pytest.mark.parametrize("form", ["raw", "qcow2"])
def test_an_upload_takes_the_place_of_what_was_there(
    make_store: Make, form: str, tmp_path: Path, programs: Programs
) -> None:
    store, change = make_store(), Change()
    store.make(written, backing())
    put(store, backing(), b"before")
    raw, upload = tmp_path / "raw", tmp_path / "upload"
    raw.write_bytes(b"upload" + bytes(MIB))
    words = [*programs.image, "convert", "-f", "raw", "-O", form, str(raw), str(upload)]
    subprocess.run(words, check=True, env={**os.environ, **programs.environment})
    store.write(change, backing(), upload)  # type: ignore[arg-type]
    change.commit()
    top = store.layers(backing().key)[-1]
    seen = tmp_path / "seen"
    words = [*programs.image, "convert", "-f", str(top.form), "-O", "raw", str(top.path), str(seen)]
    subprocess.run(words, check=True, env={**os.environ, **programs.environment})
    assert seen.read_bytes()[:8] == b"upload\0\0"
    if form == "raw":
        assert not upload.exists()


def test_an_upload_that_reaches_for_other_files_is_refused(
    make_store: Make, tmp_path: Path, programs: Programs
) -> None:
    store = make_store()
    store.make(written, backing())
    put(store, backing(), b"before")
    secret, upload = tmp_path / "secret", tmp_path / "upload"
    secret.write_bytes(bytes(MIB))
    words = [*programs.image, "create", "-q", "-f", "qcow2", "-b", str(secret), "-F", "raw", str(upload)]
    subprocess.run(words, check=True, env={**os.environ, **programs.environment})
    with pytest.raises(Failure) as refused:
        store.write(written, backing(), upload)
    assert refused.value.message is say.BAD_IMAGE
    assert content(store, backing(), 6) == b"before"


def test_a_copy_has_its_own_data(make_store: Make, tmp_path: Path) -> None:
    store = make_store()
    store.make(written, backing())
    store.clone(written, backing(), backing("copy", 128))
    assert store.layers(backing("copy").key) and store.layers(backing().key)
    store.delete(written, backing().key)
    assert store.layers(backing("copy").key) and not store.layers(backing().key)


def test_a_start_ends_what_a_crash_interrupted(make_store: Make) -> None:
    """Made, but not in the state: gone. To be deleted, but still in the state: kept."""
    store, lost = make_store(), Unwritten()
    store.make(written, backing("kept"))
    store.make(lost, backing("lost"))  # type: ignore[arg-type]
    store.delete(lost, backing("kept").key)  # type: ignore[arg-type]
    again = make_store()
    again.sweep(world(disk("kept")))
    assert again.layers(backing("kept").key) and not again.layers(backing("lost").key)
    again.sweep(world())
    assert again.layers(backing("kept").key), "it carries no mark any more"


# what is LVM's own


@pytest.fixture
def store(pool: ThinPool, tmp_path: Path, programs: Programs) -> LogicalVolumes:
    return LogicalVolumes(pool.named, programs, owner=tmp_path / "v")


def test_a_copy_has_the_data_of_its_source(store: LogicalVolumes) -> None:
    store.make(written, backing())
    put(store, backing(), b"data")
    store.clone(written, backing(), backing("copy", 128))
    put(store, backing(), b"more")
    assert content(store, backing("copy", 128))[:4] == b"data"


def test_no_name_is_what_somebody_typed_and_others_volumes_are_left_alone(
    fake: StandIn, tmp_path: Path, programs: Programs
) -> None:
    store = LogicalVolumes(fake.named, programs, owner=tmp_path / "v")
    store.make(written, backing("--force /dev/sda"))
    store.sweep(world())
    calls = (fake.folder / "calls").read_text()
    assert "force" not in calls and "other" not in calls
    (name,) = fake.volumes()
    assert all(part.isalnum() for part in name.split(".")), name


def test_another_service_does_not_see_ours(
    store: LogicalVolumes, pool: ThinPool, tmp_path: Path, programs: Programs
) -> None:
    store.make(Unwritten(), backing())  # type: ignore[arg-type]
    other = LogicalVolumes(pool.named, programs, owner=tmp_path / "w")
    other.sweep(world())
    assert not other.layers(backing().key) and store.layers(backing().key)


def test_one_that_is_still_open_goes_later(store: LogicalVolumes, pool: ThinPool) -> None:
    store.make(written, backing())
    (name,) = pool.volumes()
    with pool.open(name):
        store.delete(written, backing().key)
        assert name in pool.volumes() and not store.layers(backing().key)
    store.tidy()
    assert not pool.volumes()


def test_what_lvm_refuses_is_quoted_and_leaves_nothing(fake: StandIn, tmp_path: Path, programs: Programs) -> None:
    store = LogicalVolumes(fake.named, programs, owner=tmp_path / "v")
    store.make(written, backing())
    (fake.folder / "broken").write_text(
        "Cannot create new thin volume, free space in thin pool vg0/thin reached threshold."
    )
    with pytest.raises(Failure) as refused:
        store.make(written, backing("second"))
    assert refused.value.message is say.LVM_REFUSES
    assert "content of Virtual disk second: Cannot create new thin volume" in refused.value.text
    assert "WARNING" not in refused.value.text and fake.named in refused.value.remedy
    (fake.folder / "broken").unlink()
    assert len(fake.volumes()) == 1


def test_who_opens_a_volume_sees_the_size_of_its_disk(tmp_path: Path) -> None:
    volume = Layer(tmp_path / "x", Form.RAW, 1, driver="host_device", is_fixed=True)
    (node,) = file_nodes([volume], 63 * MIB)
    assert node.options["size"] == 63 * MIB and node.size == 0, "it is not for the daemon to let it grow"
    assert node.options["file"]["driver"] == "host_device"
    (other,) = file_nodes([volume], 64 * MIB)
    assert other.name != node.name


def test_the_pool_is_looked_at_before_it_is_used(
    store: LogicalVolumes, pool: ThinPool, tmp_path: Path, programs: Programs
) -> None:
    store.check()
    plain, asleep = (f"{pool.group}/{name}" for name in (pool.plain(), pool.asleep()))
    for named, why in (
        (f"{pool.group}/none", "Failed to find logical volume"),
        ("vg9/thin", 'Volume group "vg9" not found'),
        (plain, "no thin pool but linear"),
        (asleep, f"not active. Run 'lvchange -ay {asleep}'"),
    ):
        with pytest.raises(HostUnfit, match=why):
            LogicalVolumes(named, programs, owner=tmp_path).check()


def test_without_lvm_asking_for_it_is_refused(
    store: LogicalVolumes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lvm, "lvm_program", lambda: None)
    with pytest.raises(HostUnfit, match="there is no program lvm on this host"):
        store.check()


def test_where_the_disks_are_is_remembered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert lvm.pool_of(data, "") == ""
    assert lvm.pool_of(data, "vg0/thin") == "vg0/thin"
    lvm.remember(data, "vg0/thin")
    assert lvm.pool_of(data, "") == lvm.pool_of(data, "vg0/thin") == "vg0/thin"
    with pytest.raises(HostUnfit, match="are in thin pool vg0/thin"):
        lvm.pool_of(data, "vg1/thin")
    for wrong in ("vg0", "vg0/", "-x/thin", "vg0/a b", "vg0/a/b"):
        with pytest.raises(HostUnfit, match="no thin pool of LVM"):
            lvm.pool_of(tmp_path / "new", wrong)


def test_disks_that_were_files_stay_files_and_media_too(fake: StandIn, tmp_path: Path, programs: Programs) -> None:
    before = ServedVios(tmp_path / "f", tmp_path, programs)
    before._contents.make(written, backing("old"))
    served = ServedVios(tmp_path / "f", tmp_path, programs, lvm=fake.named)
    assert served._holder(backing("old")) is served._contents
    assert served._holder(backing("new")) is served._volumes
    media = Backing(backing().key.of(f"media/{VIOS}", "0ea.iso"), MIB, "Medium a.iso")
    assert served._holder(media) is served._contents


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--lvm", "vg0/thin"), "--hypervisor sim has no use for --lvm. Leave it out."),
        (("--hypervisor", "qemu", "--lvm", "vg0/none"), "--lvm vg0/none: Failed to find logical volume"),
        (
            ("--hypervisor", "qemu", "--lvm", "vg0"),
            "--lvm vg0: that is no thin pool of LVM. Name it as VOLUMEGROUP/POOL.",
        ),
    ],
)
def test_the_service_does_not_start_without_what_was_asked_for(
    fake: StandIn, tmp_path: Path, options: tuple[str, ...], why: str, programs: Programs
) -> None:
    words = ["serve", "--data", str(tmp_path / "d"), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", *options]
    done = subprocess.run([str(BIN / "openlpar"), *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and why in done.stderr


def test_the_doctor_says_what_is_missing(fake: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "misc").write_text("232 kvm\n236 device-mapper\n")
    assert probe._lvm(0, tmp_path)
    assert "user 1000 may not use LVM" in probe._lvm(1000, tmp_path).reason
    (tmp_path / "misc").write_text("232 kvm\n")
    assert "no device-mapper" in probe._lvm(0, tmp_path).reason
    monkeypatch.setattr(probe, "lvm_program", lambda: None)
    assert "Install lvm2" in probe._lvm(0, tmp_path).remedy
