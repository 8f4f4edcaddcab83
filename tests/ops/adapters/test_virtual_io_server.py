"""A Virtual I/O Server as a resource: what it shows, and which parts of a client's version count."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.messages import partition as say_partition
from openlpar.messages import storage as say_storage
from openlpar.messages.core import ChangeFirst, FixRequest
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.scsi.slots import adapter_uuid, used_slots
from openlpar.ops.scsi.storage import name_of, target_of
from openlpar.ops.vios.remove_device import RemoveDevice
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import BackingDeviceChoice, SharedEthernetAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.wire.reader import decode, parse
from openlpar.wire.writer import BASE, render
from tests.effort import calls
from tests.ops.adapters.plant import FMAP, SMAP, VIOS1, VIOS2, VM1, VM3, StoragePlant, bare, clone, fibre, fresh, post

ALL = frozenset({"All"})
SEA = SharedEthernetAdapter(
    dev_name="ent5",
    backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name="ent0")),
)


def over_the_wire(element: Element, groups: frozenset[str]) -> Element:
    """As a client reads it and sends it back."""
    body = render(element, groups).body.replace(BASE.encode(), b"https://novalink:12443")
    return decode(parse(body), type(element), groups).evolve(uuid=element.uuid, parent=element.parent)


@pytest.fixture
def busy(plant: StoragePlant) -> StoragePlant:
    """Something in every container."""
    trunk = ClientNetworkAdapter(
        uuid="t1", parent=VIOS1, slot=30, mac="0A0B0C0D0E0F", pvid=1, trunk_pri=1, dev_name="ent4"
    )
    plant.put(trunk, plant.state.get(VirtualIOServer, VIOS1).evolve(seas=(SEA,)))
    plant.add(fresh("vdisk1"), fresh("hdisk3", VM3), fibre("fcs0"), fibre("", VM3))
    plant.add(clone(plant.scsi()[0], "a.iso"))
    return plant


def test_the_view(busy: StoragePlant) -> None:
    seen = busy.seen()
    assert [name_of(mapping.backing_storage) for mapping in seen.scsi_mappings] == ["vdisk1", "hdisk3", "a.iso"]
    assert len(seen.vfc_mappings) == 2
    assert {volume.name: volume.avail_for_use for volume in seen.phys_vols} == {
        "hdisk1": False,
        "hdisk2": True,
        "hdisk3": False,
        "hdisk4": True,
        "hdisk5": False,
    }
    assert [media.name for media in seen.media_repositories[0].optical_media] == ["a.iso", "b.iso", "ro.iso"]
    assert len(seen.storage_pools) == 1
    (trunk,) = seen.trunk_adapters
    assert (trunk.mac, trunk.virtual_slot_number, trunk.trunk_pri, trunk.dev_name) == ("0A0B0C0D0E0F", 30, 1, "ent4")
    assert seen.seas == (SEA,)
    assert seen.managed_system.startswith("ManagedSystem/")
    assert len(seen.client_network_adapters) == 1


@pytest.mark.parametrize(
    "groups",
    [ALL, frozenset({"None"}), SMAP, FMAP, frozenset({"ViosNetwork"}), frozenset({"ViosStorage"}), SMAP | FMAP],
)
@pytest.mark.parametrize("strict", [True, False])
def test_sent_back_as_read_it_stays(busy: StoragePlant, groups: frozenset[str], strict: bool) -> None:
    version = busy.state.version
    busy.same_after(post(over_the_wire(busy.seen(), groups), groups, strict))
    assert busy.state.version == version


def test_groups_that_were_not_asked_for_say_nothing(busy: StoragePlant) -> None:
    emptied = busy.seen().evolve(
        scsi_mappings=(), vfc_mappings=(), phys_vols=(), media_repositories=(), seas=(), trunk_adapters=()
    )
    busy.same_after(post(emptied, frozenset({"None"})))
    busy.same_after(post(emptied.evolve(scsi_mappings=bare(busy.scsi())), SMAP))
    busy.do(post(emptied, SMAP))
    assert (busy.scsi(), len(busy.vfc())) == ([], 2)
    busy.do(post(emptied, FMAP))
    assert busy.vfc() == []
    busy.do(post(busy.seen().evolve(scsi_mappings=None), SMAP))


def test_one_request_may_change_all(busy: StoragePlant) -> None:
    seen = busy.seen()
    wish = seen.evolve(
        name="vios-one",
        scsi_mappings=(*bare(busy.scsi()), fresh("vdisk2")),
        vfc_mappings=(*bare(busy.vfc()), fibre("fcs1")),
    )
    busy.do(post(wish, SMAP | FMAP))
    assert busy.state.get(VirtualIOServer, VIOS1).name == "vios-one"
    slots = [busy.scsi()[-1].client_adapter.lpar_slot_num, busy.vfc()[-1].client_adapter.lpar_slot_num]
    assert slots == [4, 5]
    assert len(used_slots(busy.state, VM1)) == 4
    busy.unwinds(lambda: post(wish.evolve(name="vios-two", scsi_mappings=(), vfc_mappings=()), ALL))


@pytest.mark.parametrize("name", ["seas", "trunk_adapters"])
def test_bridges_are_not_changed_here(busy: StoragePlant, name: str) -> None:
    network = frozenset({"ViosNetwork"})
    busy.refuses(post(busy.seen().evolve(**{name: ()}), network), general.UNSUPPORTED, "vios1")
    changed = tuple(item.evolve(pvid=77) for item in busy.seen().get(name))
    busy.refuses(post(busy.seen().evolve(**{name: changed}), network), general.UNSUPPORTED)
    if name == "trunk_adapters":
        moved_on = tuple(item.evolve(varied_on=True) for item in busy.seen().get(name))
        busy.same_after(post(busy.seen().evolve(**{name: moved_on}), network))


def test_storage_is_not_changed_here(busy: StoragePlant) -> None:
    busy.refuses(
        post(busy.seen().evolve(phys_vols=()), frozenset({"ViosStorage"})), general.UNSUPPORTED, "PhysicalVolumes"
    )


def test_the_partition_part_has_its_own_rules(busy: StoragePlant) -> None:
    seen = busy.seen()
    smaller = seen.evolve(mem_config=seen.mem_config.evolve(max=seen.mem_config.max - 256))
    busy.refuses(post(smaller, SMAP), say_partition.NEEDS_POWER_OFF, "MaximumMemory")
    busy.refuses(post(seen.evolve(uuid="gone"), SMAP), general.NOT_FOUND)
    busy.do(post(seen.evolve(is_mover_service_partition=True), frozenset({"None"})))
    assert busy.state.get(VirtualIOServer, VIOS1).is_mover_service_partition


def test_events_are_told_only_for_changes(busy: StoragePlant) -> None:
    told = len(busy.engine._pending.events)
    busy.do(post(busy.seen(), ALL))
    assert len(busy.engine._pending.events) == told
    busy.add(fresh("vdisk2"))
    new = busy.engine._pending.events[told:]
    assert [event.detail for event in new] == ["VirtualSCSIMappings"]
    assert VIOS1 in new[0].data


# devices by name


def test_removing_a_target_device_keeps_its_adapter(busy: StoragePlant) -> None:
    busy.do(RemoveDevice.from_job(VIOS1, {"devName": "vtopt0"}))
    assert [name_of(mapping.backing_storage) for mapping in busy.scsi()] == ["vdisk1", "hdisk3"]
    busy.do(RemoveDevice(VIOS1, "vtscsi0"))
    left = next(mapping for mapping in busy.scsi() if mapping.server_adapter.name == "vhost0")
    assert not left.has("target_dev")


def test_removing_an_adapter_takes_its_devices(busy: StoragePlant) -> None:
    busy.do(RemoveDevice(VIOS1, "vhost0"))
    assert [name_of(mapping.backing_storage) for mapping in busy.scsi()] == ["hdisk3"]
    busy.do(RemoveDevice(VIOS1, "vfchost0"))
    assert [mapping.server_adapter.name for mapping in busy.vfc()] == ["vfchost1"]


def test_removing_a_disk(busy: StoragePlant) -> None:
    busy.refuses(RemoveDevice(VIOS1, "hdisk3"), say_storage.VOLUME_TAKEN, "vm3")
    busy.unwinds(lambda: RemoveDevice(VIOS1, "hdisk4"))
    assert "hdisk4" not in {volume.name for volume in busy.state.all(PhysicalVolume, VIOS1)}


def test_devices_that_cannot_be_removed(busy: StoragePlant) -> None:
    busy.refuses(RemoveDevice(VIOS1, "ent0"), say.NO_DEVICE, "ent0", "vios1")
    with pytest.raises(Exception, match="devName"):
        RemoveDevice.from_job(VIOS1, {})
    vm3 = busy.state.get(LogicalPartition, VM3)
    busy.put(vm3.evolve(rmc_state="inactive"))
    busy.refuses(RemoveDevice(VIOS1, "vhost1"), say_partition.DLPAR_NO_RMC, "vm3")
    busy.unwinds(lambda: RemoveDevice(VIOS1, "vhost0"))


# with the partition


def test_a_deleted_partition_leaves_no_mappings(busy: StoragePlant) -> None:
    busy.add(fresh("vdisk1"), fibre("fcs0"), vios=VIOS2)
    busy.do(DeletePartition(VM1))
    assert [mapping.client_adapter.lpar_id for mapping in busy.scsi()] == [6]
    assert [mapping.client_adapter.lpar_id for mapping in busy.vfc()] == [6]
    assert (busy.scsi(VIOS2), busy.vfc(VIOS2)) == ([], [])
    assert len(busy.vios.devices) == 2


def test_identities_are_stable() -> None:
    first = adapter_uuid("VirtualSCSIBus", VIOS1, 2)
    assert first == adapter_uuid("VirtualSCSIBus", VIOS1, 2)
    assert len({first, adapter_uuid("VirtualSCSIBus", VIOS1, 3), adapter_uuid("VirtualSCSIBus", VIOS2, 2)}) == 3


# many


def test_thousands_of_mappings(plant: StoragePlant) -> None:
    """What it costs to send a server back, and to show it, grows with its mappings and not with their square."""
    plant.add(fresh("lu1"))
    (pattern,) = plant.scsi()
    rows = []
    for number in range(10_000):
        unit = pattern.backing_storage.logical_unit.evolve(name=f"many{number}", udid=f"27{number:060x}")
        server = pattern.server_adapter.evolve(
            vios_slot_num=100 + number, name=f"vhost{number + 1}", udid=f"1eU8247.21L.212E3CA-V2-C{100 + number}"
        )
        rows.append(
            pattern.evolve(
                uuid=f"many{number}",
                server_adapter=server,
                client_adapter=pattern.client_adapter.evolve(lpar_slot_num=100 + number, vios_slot_num=100 + number),
                backing_storage=pattern.backing_storage.evolve(logical_unit=unit),
            )
        )
    plant.put(*rows)
    wish = plant.seen().evolve(scsi_mappings=bare(plant.scsi()))
    effort = calls(lambda: plant.engine.perform(post(wish, SMAP))) + calls(plant.seen)
    assert plant.state.count(VirtualSCSIMapping) == 10_001
    assert effort < 100 * 10_000


# anything, in any order

NAMES = ("vdisk1", "vdisk2", "hdisk3", "lu1", "lu2", "a.iso")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["map", "share", "unmap", "detach", "fibre", "lose"]),
            st.sampled_from(NAMES),
            st.integers(0, 5),
        ),
        max_size=12,
    )
)
def test_whatever_clients_do_adapters_stay_consistent(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, str, int]]
) -> None:
    plant = StoragePlant(tmp_path_factory.mktemp("any") / "data")
    for action, name, number in actions:
        scsi, vfc = list(bare(plant.scsi())), list(bare(plant.vfc()))
        if action == "map":
            scsi.append(fresh(name, (VM1, VM3)[number % 2]))
        elif scsi and action == "share":
            scsi.append(clone(scsi[number % len(scsi)], name))
        elif scsi and action == "unmap":
            scsi.pop(number % len(scsi))
        elif scsi and action == "detach":
            scsi[number % len(scsi)] = clone(scsi[number % len(scsi)], "")
        elif action == "fibre":
            vfc.append(fibre(("fcs0", "fcs1")[number % 2]))
        elif vfc and action == "lose":
            vfc.pop(number % len(vfc))
        operation = post(plant.seen().evolve(scsi_mappings=scsi, vfc_mappings=vfc), SMAP | FMAP)
        try:
            plant.engine.perform(operation)
        except (ChangeFirst, FixRequest) as failure:
            assert failure.message in (say.STORAGE_TAKEN, say.PORT_FULL)
        _check(plant)


def _check(plant: StoragePlant) -> None:
    buses: dict[int, list[VirtualSCSIMapping]] = {}
    for mapping in plant.scsi():
        buses.setdefault(mapping.server_adapter.vios_slot_num, []).append(mapping)
    ends: list[tuple[str, int]] = []
    for slot, mappings in buses.items():
        assert len({m.server_adapter.name for m in mappings}) == len({m.client_adapter.loc_code for m in mappings}) == 1
        devices = [target_of(m.target_dev) for m in mappings if m.has("target_dev")]
        assert len({device.lua for device in devices}) == len(devices)
        assert len(devices) == len(mappings) or len(mappings) == 1
        ends += [(VIOS1, slot), (mappings[0].client_lpar_href, mappings[0].client_adapter.lpar_slot_num)]
    for channel in plant.vfc():
        ends += [(VIOS1, channel.server_adapter.vios_slot_num)]
        ends += [(channel.client_lpar_href, channel.client_adapter.lpar_slot_num)]
    assert len(set(ends)) == len(ends)
    names = [target_of(m.target_dev).name for m in plant.scsi() if m.has("target_dev")]
    assert len(set(names)) == len(names)
    stored = {mapping.uuid: mapping.server_adapter.vios_slot_num for mapping in plant.scsi()}
    stored |= {mapping.uuid: mapping.server_adapter.vios_slot_num for mapping in plant.vfc()}
    assert {uuid: slot for uuid, (slot, _) in plant.vios.devices.items()} == stored
    plant.same_after(post(plant.seen().evolve(scsi_mappings=bare(plant.scsi())), SMAP | FMAP))
