"""Recorded systems become inventories: nothing of them is lost, and what they hang on is made."""

from pathlib import Path

import pytest

from openlpar import ops
from openlpar.messages.core import FixRequest
from openlpar.ops.views import shown, shown_all
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.wire import inventory
from openlpar.wire.atom import addressed
from openlpar.wire.reader import decode, parse
from openlpar.wire.recording import read_feeds
from openlpar.wire.writer import render
from tests.inventory.worlds import built, completed, of, one, state
from tests.wire.recordings import REMEDY, folder

FOLDER = folder() or Path("nowhere")
# Recordings of what is no object of a managed system: jobs, events, errors, files, measurements, requests.
OTHERS = (
    "cdata", "event", "fake_http", "file_feed", "job_", "logon", "lpar_builder", "lpar_pcm", "lpar_sections", "ltm_",
    "phyp_", "stm_", "token", "upload_file", "vios_pcm", "cluster_",
)  # fmt: skip
SYSTEMS = [path.name for path in sorted(FOLDER.glob("*")) if not path.name.startswith(OTHERS)]


def loaded(*names: str) -> inventory.Inventory:
    return read_feeds([FOLDER / name for name in names])


def test_the_recordings_are_there() -> None:
    assert SYSTEMS, REMEDY
    assert len(SYSTEMS) == 52


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_recording_is_an_inventory(name: str) -> None:
    """Whole, with a parent for everything, each object as it was recorded; and its dump is the identity."""
    recording = loaded(name)
    objects = completed(recording)
    known = {obj.uuid for obj in objects}
    assert all(obj.parent is None or obj.parent in known for obj in objects)
    assert of(objects, ManagedSystem)
    by_key = {(type(obj), obj.uuid): obj for obj in objects}
    assert all(by_key[type(element), element.uuid] == element for element in recording.elements)
    text = inventory.dump(objects, recording.recorded)
    again = inventory.load(text, "recorded.yaml")
    assert again.recorded == recording.recorded
    assert inventory.dump(built(text), again.recorded) == text


@pytest.mark.parametrize("name", SYSTEMS)
def test_it_is_shown_as_it_was_recorded(name: str) -> None:
    ops.load()
    recording = loaded(name)
    world = state(completed(recording), recording.recorded)
    for element in recording.elements:
        if element.uuid in recording.recorded:
            body = addressed(render(shown(world, element)).body, "http://127.0.0.1:12080")
            assert decode(parse(body), type(element)) == element


@pytest.mark.parametrize("name", [name for name in SYSTEMS if "vio" in name and "volume" not in name])
def test_parts_of_a_virtual_io_server_come_back_in_its_view(name: str) -> None:
    """Once something was changed the collections are derived from the parts; nothing of them may be lost by that."""
    ops.load()
    recording = loaded(name)
    world = state(completed(recording))
    for recorded in of(recording.elements, VirtualIOServer):
        view = shown(world, world.get(VirtualIOServer, recorded.uuid))
        for field in ("scsi_mappings", "phys_vols", "trunk_adapters"):
            if recorded.has(field):
                assert _without_identity(view, field) == _without_identity(recorded, field), field
        # Free NPIV ports are counted anew.
        pairs = [[(m.client_adapter, m.server_adapter.name) for m in vios.vfc_mappings] for vios in (view, recorded)]
        assert pairs[0] == pairs[1]


def _without_identity(vios: VirtualIOServer, field: str) -> list[Element]:
    return [part.evolve(uuid="", parent=None) for part in getattr(vios, field)]


def test_a_lone_feed_of_partitions_gets_their_system() -> None:
    objects = completed(loaded("fake_lpar_feed.txt"))
    system = one(objects, ManagedSystem)
    assert len(of(objects, LogicalPartition)) == 17
    assert {partition.parent for partition in of(objects, LogicalPartition)} == {system.uuid}
    assert not of(objects, SharedProcessorPool), "nothing is made that was not recorded and is not needed"


def test_adapters_get_their_server() -> None:
    objects = completed(loaded("cna_feed1.txt"))
    vios = one(objects, VirtualIOServer)
    assert vios.uuid == "6542B241-3BB1-4CA8-8252-2654A048D528"
    assert vios.id == 2, "as the adapters say"
    assert {adapter.parent for adapter in of(objects, ClientNetworkAdapter)} == {vios.uuid}
    mtms = one(objects, ManagedSystem).mtms
    assert (mtms.machine_type, mtms.model, mtms.serial) == ("8247", "42L", "2120FBA"), "as their location codes say"


def test_logical_units_get_their_tier_and_pool() -> None:
    objects = completed(loaded("lufeed.txt"))
    tier, pool = one(objects, Tier), one(objects, SharedStoragePool)
    assert len(of(objects, LogicalUnit)) == 22
    assert {unit.parent for unit in of(objects, LogicalUnit)} == {tier.uuid}
    assert tier.parent == pool.uuid


def test_units_in_a_pool_become_objects() -> None:
    objects = completed(loaded("ssp.txt"))
    (unit,) = of(objects, LogicalUnit)
    assert unit.name == "neolu1" and one(objects, Tier).uuid == unit.parent


def test_buses_become_mappings() -> None:
    objects = completed(loaded("vscsibus_feed.txt"))
    assert len(of(objects, VirtualSCSIMapping)) == 8


def test_several_files_are_one_system() -> None:
    recording = loaded("vswitch_feed.txt", "cna_feed1.txt")
    systems = {obj.uuid for obj in of(completed(recording), ManagedSystem)}
    assert "95c2990a-e412-3ac8-92f4-058278b32ea2" in systems


def test_the_same_file_twice_is_loaded_once() -> None:
    assert len(loaded("vswitch_feed.txt", "vswitch_feed.txt").elements) == 2


def test_containers_of_groups_that_were_not_asked_for_count_as_absent(tmp_path: Path) -> None:
    source = (FOLDER / "fake_vios_feed2.txt").read_bytes()
    start, end = source.index(b"<VirtualSCSIMappings"), source.index(b"</VirtualSCSIMappings>")
    (tmp_path / "other.xml").write_bytes(
        source[:start] + b'<VirtualSCSIMappings group="ViosSCSIMapping">' + source[end:]
    )
    for order in (["fake_vios_feed2.txt", "other"], ["other", "fake_vios_feed2.txt"]):
        paths = [tmp_path / "other.xml" if name == "other" else FOLDER / name for name in order]
        assert len(of(read_feeds(paths).elements, VirtualSCSIMapping)) == 9


def test_different_recordings_of_one_object_are_refused(tmp_path: Path) -> None:
    source = (FOLDER / "vswitch_feed.txt").read_bytes()
    (tmp_path / "later.xml").write_bytes(source.replace(b">ETHERNET0<", b">OTHER<"))
    with pytest.raises(FixRequest, match=r"later\.xml: VirtualSwitch 2affcc5d.* with other content"):
        read_feeds([FOLDER / "vswitch_feed.txt", tmp_path / "later.xml"])


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", None),
        (b"no XML", "not well-formed"),
        (b"<a/>", "a feed or an entry with content was expected"),
        (b'<!DOCTYPE a><feed xmlns="http://www.w3.org/2005/Atom"/>', "DOCTYPE"),
        (b"BODY{\n<feed\nEND OF SECTION}", "not well-formed"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, cause: str | None) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    if cause is None:
        assert read_feeds([tmp_path / "a.txt"]).elements == []
    else:
        with pytest.raises(FixRequest, match=cause) as refused:
            read_feeds([tmp_path / "a.txt"])
        assert "a.txt" in str(refused.value)


def test_jobs_and_events_are_no_inventory() -> None:
    with pytest.raises(FixRequest, match=r"event_feed\.txt: entry 1 holds a Event"):
        loaded("event_feed.txt")


def test_every_listed_kind_can_be_shown() -> None:
    ops.load()
    recording = loaded("fake_vios_feed.txt")
    world = state(completed(recording), recording.recorded)
    for kind in inventory.KINDS.values():
        assert all(isinstance(obj, kind) for obj in shown_all(world, kind))
