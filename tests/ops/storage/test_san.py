"""The simulated storage network: who sees which volume, and how its disks come to the Virtual I/O Servers."""

from __future__ import annotations

import ast
import base64
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.hypervisor.sim.shell import run
from openlpar.messages import Failure, general
from openlpar.messages import adapters as say_adapters
from openlpar.messages import san as say
from openlpar.messages import storage as say_storage
from openlpar.ops.core import JobOperation
from openlpar.ops.redundancy.losses import paths_of
from openlpar.ops.simulation import san
from openlpar.ops.storage.san_disks import udid_of
from openlpar.ops.vios.configure_devices import ConfigureDevices
from openlpar.ops.vios.remove_device import RemoveDevice
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import IscsiSession, Job, SanVolume
from openlpar.ports.san import initiator_name, npiv_volumes
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
)
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from tests.closing.gannet import Gannet, request
from tests.closing.samples import with_everything
from tests.closing.san_samples import (
    CHAP,
    IQN,
    NETWORK,
    OTHER_IQN,
    OTHER_PORTAL,
    PORTAL,
    TARGET,
    discovery,
    itls,
    job,
    with_network,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    with_network(made)
    yield made
    await made.engine.stop()


def port(house: Gannet, vios: str = "vios1", number: int = 0) -> str:
    ports = house.partition(vios).io_config.io_slots[0].slot.related_io_adapter.fc_adapter.fc_ports
    wwpn: str = ports[number].wwpn
    return wwpn


def names(house: Gannet, vios: str = "vios1") -> set[str]:
    return {disk.name for disk in house.state.all(PhysicalVolume, house.partition(vios).uuid)}


def set_san(house: Gannet, action: Any, *arguments: Any) -> None:
    with house.engine.alter() as change:
        action(change, *arguments)


def volume(house: Gannet, name: str = "ds8k/vol1") -> SanVolume:
    found: SanVolume = house.state.get(SanVolume, name)
    return found


async def found(house: Gannet, *paths: tuple[str, str, int], vios: str = "vios1", device: str = "") -> tuple[Any, ...]:
    """Status, name and UDID that LUARecovery answers."""
    operation = job("LUARecovery", house.partition(vios).uuid, inputXML=itls(*paths, device=device))
    await house.engine.run(operation)
    root = ElementTree.fromstring(operation.results["OutputXML"])
    return tuple(root.findtext(f"deviceList/device/{name}") for name in ("status", "pvName", "udid"))


# Fibre Channel


async def test_a_masked_volume_becomes_a_disk_where_it_is_masked(house: Gannet) -> None:
    before, udid = names(house), udid_of(volume(house))
    assert await found(house, (port(house), TARGET, 1)) == ("3", "hdisk8", udid)
    assert names(house) - before == {"hdisk8"}
    disk = house.below(PhysicalVolume, "vios1", name="hdisk8")
    assert (disk.capacity, disk.is_fc_backed, disk.udid) == (20480, True, udid)
    assert base64.b64decode(disk.pg83).decode() == volume(house).naa
    assert await found(house, (port(house), TARGET, 1)) == ("3", "hdisk8", udid), "it is there already"
    assert await found(house, (port(house, "vios2"), TARGET, 1), vios="vios2") == ("2", None, None)
    set_san(house, san.mask, "ds8k/vol1", {"add": ["vios2"]})
    assert await found(house, (port(house, "vios2"), TARGET, 1), vios="vios2") == ("3", "hdisk8", udid)


async def test_the_statuses_of_a_discovery(house: Gannet) -> None:
    first, second = port(house), port(house, number=1)
    set_san(house, san.mask, "ds8k/vol2", {"add": [first], "remove": ["vios1"]})
    assert (await found(house, (first, TARGET, 2), (second, TARGET, 2)))[0] == "8", "one port alone sees it"
    assert (await found(house, (first, TARGET, 2), (first, TARGET, 1))) == ("6", None, None), "two devices"
    assert (await found(house, (port(house, "vios2"), TARGET, 1)))[0] == "6", "no port of this server"
    assert (await found(house, (first, TARGET, 99)))[0] == "2"
    wrong = base64.b64encode(b"6" * 32).decode()
    assert (await found(house, (first, TARGET, 2), device=wrong))[0] == "2"
    right = base64.b64encode(volume(house, "ds8k/vol2").naa.encode()).decode()
    assert (await found(house, (first, TARGET, 2), device=right))[0] == "3"
    set_san(house, san.put, "volumes", {"name": "ds8k/odd", "size_gb": 1, "naa": "none", "hosts": ["vios1"], "lun": 77})
    assert await found(house, (first, TARGET, 77)) == ("7", "hdisk9", "")
    assert await found(house, (first, TARGET, 77)) == ("7", "hdisk9", "")
    group = VolumeGroup(parent=house.partition("vios1").uuid, name="onsan", phys_vols=[PhysicalVolume(name="hdisk8")])
    await house.engine.run(request("create", group))
    assert (await found(house, (first, TARGET, 2)))[0] == "1"


async def test_looking_for_devices_finds_what_is_masked(house: Gannet) -> None:
    before, other = names(house), names(house, "vios2")
    vios = house.partition("vios1").uuid
    await house.engine.run(RunCommand(vios, "cfgdev"))
    assert names(house) - before == {"hdisk8", "hdisk9", "hdisk10"}
    await house.engine.run(RunCommand(vios, "cfgdev"))
    await house.engine.run(ConfigureDevices(house.partition("vios2").uuid))
    assert len(names(house)) == len(before) + 3 and names(house, "vios2") == other


async def test_a_removed_disk_comes_back_only_while_it_is_masked(house: Gannet) -> None:
    vios, path = house.partition("vios1").uuid, (port(house), TARGET, 1)
    await found(house, path)
    uuid = house.below(PhysicalVolume, "vios1", name="hdisk8").uuid
    await house.engine.run(RemoveDevice(vios, "hdisk8"))
    set_san(house, san.mask, "ds8k/vol1", {"remove": ["vios1"]})
    await house.engine.run(ConfigureDevices(vios))
    assert not any(disk.uuid == uuid for disk in house.state.all(PhysicalVolume, vios))
    assert (await found(house, path))[0] == "2"
    set_san(house, san.mask, "ds8k/vol1", {"add": ["vios1"]})
    assert (await found(house, path))[0] == "3"
    assert house.state.get(PhysicalVolume, uuid).udid == udid_of(volume(house)), "the same disk as before"


async def test_a_disk_without_a_path_is_missing(house: Gannet) -> None:
    await found(house, (port(house), TARGET, 1))
    for change, state in (("remove", "missing"), ("add", "active")):
        set_san(house, san.mask, "ds8k/vol1", {change: ["vios1"]})
        assert house.below(PhysicalVolume, "vios1", name="hdisk8").state == state
    set_san(house, san.remove, "volumes", "ds8k/vol1")
    assert house.below(PhysicalVolume, "vios1", name="hdisk8").state == "missing"


# NPIV


async def test_a_partition_sees_its_volumes_over_its_own_ports(house: Gannet) -> None:
    client = await with_everything(house, "vm1")
    with house.engine.alter() as change:
        running = change.get(LogicalPartition, client.uuid).evolve(state="running")
        change.put(running)
        before = run(change, running, "lsblk").text
    mapping = next(m for m in house.state.all(VirtualFibreChannelMapping) if m.client_adapter.lpar_id == client.id)
    first, second = mapping.client_adapter.wwpns.split()
    assert npiv_volumes(house.state, client) == []
    set_san(house, san.mask, "ds8k/vol1", {"add": [second]})
    assert npiv_volumes(house.state, client) == [], "the second port name logs in after a migration"
    turned = mapping.client_adapter.evolve(wwpns=f"{second} {first}")
    with house.engine.alter() as change:
        change.put(mapping.evolve(client_adapter=turned))
    assert [one.uuid for one in npiv_volumes(house.state, client)] == ["ds8k/vol1"]
    with house.engine.alter() as change:
        change.put(mapping)
    set_san(house, san.mask, "ds8k/vol1", {"remove": [second]})
    for name in (first, client.name):
        set_san(house, san.mask, "ds8k/vol1", {"add": [name]})
        assert [one.uuid for one in npiv_volumes(house.state, client)] == ["ds8k/vol1"]
        shown = {one["name"]: one["seen_by"] for one in san.shown(house.state)["volumes"]}
        assert shown["ds8k/vol1"] == ["vios1", "vm1"]
        with house.engine.alter() as change:
            assert "20G" in run(change, running, "lsblk").text.removeprefix(before)
        set_san(house, san.mask, "ds8k/vol1", {"remove": [name]})
    set_san(house, san.mask, "ds8k/vol1", {"add": [first]})
    with house.engine.alter() as change:
        change.put(change.get(VirtualIOServer, mapping.parent or "").evolve(state="not activated"))
    assert npiv_volumes(house.state, client) == [], "its Virtual I/O Server is off"


# iSCSI


def code(operation: JobOperation) -> str:
    return operation.results["RETURN_CODE"]


async def refused(house: Gannet, operation: JobOperation, message: Any) -> str:
    """The return code of a refusal with this message."""
    before = house.everything()
    with pytest.raises(Failure) as caught:
        await house.engine.run(operation)
    assert caught.value.message is message, str(caught.value)
    assert house.everything() == before
    return operation.failure_results["RETURN_CODE"]


def devices(operation: JobOperation) -> list[list[str]]:
    return [line.split() for line in ast.literal_eval(operation.results["DEV_OUTPUT"])]


async def test_the_initiator_tells_its_name(house: Gannet) -> None:
    vios = house.partition("vios1")
    operation = job("ISCSIDiscovery", vios.uuid)
    await house.engine.run(operation)
    assert operation.results == {"RETURN_CODE": "0", "InitiatorName": initiator_name(vios)}


async def test_an_iscsi_disk_is_found_and_removed(house: Gannet) -> None:
    before, udid = house.everything(), udid_of(volume(house))
    first = discovery(house)
    await house.engine.run(first)
    assert code(first) == "0" and devices(first) == [[IQN, "hdisk8", udid]]
    disk = house.below(PhysicalVolume, "vios1", name="hdisk8")
    assert not disk.is_fc_backed and disk.capacity == 20480
    again = discovery(house)
    await house.engine.run(again)
    assert code(again) == "15" and devices(again) == devices(first), "the session is there"
    vios = house.partition("vios1").uuid
    gone = job("ISCSIRemove", vios, targetIQN=IQN, targetLUN="1", targetPORTAL=PORTAL)
    await house.engine.run(gone)
    assert code(gone) == "0" and house.everything() == before
    await house.engine.run(nothing := job("ISCSIRemove", vios, targetIQN=IQN))
    assert code(nothing) == "21"


async def test_several_paths_lead_to_one_disk(house: Gannet) -> None:
    both = {"targetIQN": f"[{IQN},{OTHER_IQN}]", "hostIP": f"[{PORTAL},{OTHER_PORTAL}]", "targetLUN": "[1,1]"}
    operation = discovery(house, multipath="True", **both)
    await house.engine.run(operation)
    assert [line[:2] for line in devices(operation)] == [[IQN, "hdisk8"], [OTHER_IQN, "hdisk8"]]
    vios = house.partition("vios1").uuid
    await house.engine.run(job("ISCSIRemove", vios, targetIQN=OTHER_IQN))
    assert "hdisk8" in names(house), "the other path is left"
    half = {**both, "hostIP": f"[{PORTAL},192.0.2.99]"}
    await house.engine.run(operation := discovery(house, multipath="true", **half))
    assert code(operation) == "15" and len(devices(operation)) == 1
    await house.engine.run(job("ISCSIRemove", vios, targetIQN=both["targetIQN"], multipath="true"))
    assert "hdisk8" not in names(house) and not list(house.state.all(IscsiSession))


async def test_the_return_codes_of_refusals(house: Gannet) -> None:
    for operation, message, wanted in (
        (discovery(house, password="wrong"), say.ISCSI_REFUSED, "24"),
        (discovery(house, auth="None"), say.ISCSI_REFUSED, "24"),
        (discovery(house, hostIP="192.0.2.99"), say.ISCSI_FAILED, "8"),
        (discovery(house, hostIP="array.example.com"), say.ISCSI_BAD_PARAMETER, "23"),
        (discovery(house, targetIQN="iqn.2024-01.com.example:none"), say.ISCSI_FAILED, "21"),
        (discovery(house, targetLUN="99"), say.ISCSI_FAILED, "21"),
        (discovery(house, targetLUN="one"), say.ISCSI_BAD_PARAMETER, "7"),
        (discovery(house, hostIP="[192.0.2.50,192.0.2.51]", targetLUN="[1,1,1]"), say.ISCSI_BAD_PARAMETER, "7"),
    ):
        assert await refused(house, operation, message) == wanted
    array = {**NETWORK["arrays"][0], "discovery_chap": ["finder", "hidden"]}
    set_san(house, san.put, "arrays", array)
    assert await refused(house, discovery(house, multipath="true"), say.ISCSI_REFUSED) == "24"
    await house.engine.run(discovery(house, multipath="true", discoveryUser="finder", discoveryPassword="hidden"))


async def test_an_old_server_has_no_initiator(house: Gannet) -> None:
    with house.engine.alter() as change:
        vios = change.get(VirtualIOServer, house.partition("vios1").uuid)
        change.put(vios.evolve(operating_system="VIOS 2.2.6.32"))
    assert await refused(house, discovery(house), say.ISCSI_TOO_OLD) == "127"
    assert await refused(house, job("ISCSIRemove", vios.uuid, targetIQN=IQN), say.ISCSI_TOO_OLD) == "127"


async def test_a_stale_disk_is_removed_before_another_takes_its_number(house: Gannet) -> None:
    await house.engine.run(discovery(house))
    set_san(house, san.remove, "volumes", "ds8k/vol1")
    set_san(house, san.put, "volumes", {"name": "ds8k/new", "size_gb": 5, "lun": 1, "hosts": ["vios1"]})
    assert await refused(house, discovery(house), say.ISCSI_STALE) == "27"
    await house.engine.run(job("ISCSIRemove", house.partition("vios1").uuid, targetIQN=IQN, targetLUN="1"))
    await house.engine.run(operation := discovery(house))
    assert devices(operation) == [[IQN, "hdisk8", udid_of(volume(house, "ds8k/new"))]]


async def test_a_disk_in_use_is_not_taken_away(house: Gannet) -> None:
    await house.engine.run(discovery(house))
    vios = house.partition("vios1").uuid
    group = VolumeGroup(parent=vios, name="oniscsi", phys_vols=[PhysicalVolume(name="hdisk8")])
    await house.engine.run(request("create", group))
    assert await refused(house, job("ISCSIRemove", vios, targetIQN=IQN), say_storage.VOLUME_TAKEN) == "1"


async def test_disks_found_over_a_session_go_with_it(house: Gannet) -> None:
    set_san(house, san.put, "arrays", {**NETWORK["arrays"][0], "ports": []})
    await house.engine.run(discovery(house))
    vios = house.partition("vios1").uuid
    await house.engine.run(ConfigureDevices(vios))
    assert {"hdisk8", "hdisk9", "hdisk10"} <= names(house)
    await house.engine.run(job("ISCSIRemove", vios, targetIQN=IQN))
    assert not {"hdisk8", "hdisk9", "hdisk10"} & names(house)


async def test_an_iscsi_job_ends_with_its_code(house: Gannet) -> None:
    """Clients read the code of a failed job."""
    parameters = {"targetIQN": IQN, "hostIP": PORTAL, "user": CHAP[0], "password": "wrong"}
    submitted = await house.jobs.submit(
        "VirtualIOServer", house.partition("vios1").uuid, "ISCSIDiscovery", parameters, NOBODY
    )
    await house.engine.step(1000)
    ended = house.state.get(Job, submitted.uuid)
    assert ended.status == "COMPLETED_WITH_ERROR" and ended.results["RETURN_CODE"] == "24"


# what an administrator sets


@pytest.mark.parametrize(
    ("kind", "wish", "cause"),
    [
        ("arrays", {"name": "a b"}, "letters"),
        ("arrays", {"name": "new"}, "neither ports"),
        ("arrays", {"name": "new", "ports": ["12"]}, "16 hex digits"),
        ("arrays", {"name": "new", "ports": TARGET}, "list of texts"),
        ("arrays", {"name": "new", "ports": [TARGET]}, "array ds8k already"),
        ("arrays", {"name": "new", "portals": ["somewhere"]}, "an address"),
        ("arrays", {"name": "new", "portals": ["192.0.2.7"], "chap": ["x"]}, "pair"),
        ("arrays", {"name": "new", "portals": ["192.0.2.7"], "speed": 8}, "no 'speed'"),
        ("volumes", {"name": "vol", "size_gb": 1}, "array/volume"),
        ("volumes", {"name": "none/vol", "size_gb": 1}, "none of that name"),
        ("volumes", {"name": "ds8k/new", "size_gb": 0}, "whole MB"),
        ("volumes", {"name": "ds8k/new"}, "size_gb is missing"),
        ("volumes", {"name": "ds8k/new", "size_gb": 1, "lun": 1}, "number 1 already"),
        ("volumes", {"name": "ds8k/new", "size_gb": 1, "lun": "x"}, "not a number"),
        ("volumes", {"name": "ds8k/new", "size_gb": 1, "naa": "77"}, "hex digits"),
        ("volumes", {"name": "ds8k/vol1", "size_gb": 10}, "can grow, but not shrink"),
        ("volumes", {"name": "ds8k/vol1", "naa": "6005076" + 25 * "0"}, "another identifier"),
        ("images", {"name": "disk1", "size_gb": 1}, "pool/image"),
    ],
)
async def test_what_cannot_be_on_the_network(house: Gannet, kind: str, wish: dict[str, Any], cause: str) -> None:
    before = house.everything()
    with pytest.raises(Failure, match=cause) as caught:
        set_san(house, san.put, kind, wish)
    assert caught.value.message is say.BAD_SAN
    assert house.everything() == before


async def test_members_go_when_nothing_needs_them(house: Gannet) -> None:
    with pytest.raises(Failure) as caught:
        set_san(house, san.remove, "arrays", "ds8k")
    assert caught.value.message is say.ARRAY_IN_USE
    for kind, name in (("volumes", "ds8k/none"), ("arrays", "none"), ("images", "a/b")):
        with pytest.raises(Failure) as caught:
            set_san(house, san.remove, kind, name)
        assert caught.value.message is say.NO_SAN_MEMBER
    for name in ("ds8k/vol0", "ds8k/vol1", "ds8k/vol2"):
        set_san(house, san.remove, "volumes", name)
    set_san(house, san.remove, "arrays", "ds8k")
    set_san(house, san.remove, "images", "volumes/disk1")
    assert san.shown(house.state)["arrays"] == []


async def test_an_image_of_the_ceph_cluster_exists(house: Gannet) -> None:
    for name, exists in (("volumes/disk1", "true"), ("volumes/disk2", "false")):
        operation = job("RBDExists", house.partition("vios1").uuid, name=name)
        await house.engine.run(operation)
        assert operation.results == {"exists": exists}


def rbd(name: str, **fields: Any) -> VirtualSCSIStorage:
    return VirtualSCSIStorage(
        virtual_disk=VirtualDisk(name=name, label=name, vdtype="RBD", backstore_type="user:rbd", **fields)
    )


def lend(house: Gannet, vios: str, client: Any, storage: VirtualSCSIStorage) -> VirtualSCSIMapping:
    """To a partition, as ``RBD.bld_ref`` of pypowervm asks for it."""
    server = house.partition(vios)
    wish = VirtualSCSIMapping(
        client_lpar_href=f"LogicalPartition/{client.uuid}",
        client_adapter=VirtualSCSIClientAdapter(side="Client", use_next_slot=True),
        server_adapter=VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
        backing_storage=storage,
    )
    house.update(server.evolve(scsi_mappings=[*server.scsi_mappings, wish]), "ViosSCSIMapping")
    found: VirtualSCSIMapping = list(house.state.all(VirtualSCSIMapping, server.uuid))[-1]
    return found


async def test_an_image_is_lent_by_every_server(house: Gannet) -> None:
    """One disk with two paths; another partition may have it too, twice by one server it is refused."""
    client, other = house.lpar("vm1"), house.lpar("vm2")
    made = [lend(house, vios, client, rbd("volumes/disk1", rbd_user="nova")) for vios in ("vios1", "vios2")]
    disk = made[0].backing_storage.virtual_disk
    assert (disk.name, disk.capacity, disk.vdtype, disk.rbd_user) == ("volumes/disk1", Decimal(10), "RBD", "nova")
    assert made[0].storage_udid == made[1].storage_udid != ""
    assert made[0].target_dev.virtual_disk.name.startswith("vtscsi")
    (seen,) = paths_of(house.state).disks(client.id)
    assert [path.server for path in seen.paths] == ["vios1", "vios2"] and seen.name == "volumes/disk1"
    lend(house, "vios1", other, rbd("volumes/disk1"))
    with pytest.raises(Failure) as caught:
        lend(house, "vios1", client, rbd("volumes/disk1"))
    assert caught.value.message is say_adapters.STORAGE_TAKEN and "RBD image volumes/disk1" in str(caught.value)
    with pytest.raises(Failure) as caught:
        lend(house, "vios1", client, rbd("volumes/none"))
    assert caught.value.message is say_adapters.NO_STORAGE
    with pytest.raises(Failure) as caught:
        set_san(house, san.remove, "images", "volumes/disk1")
    assert caught.value.message is say_storage.MAPPED and "vios2" in str(caught.value)


async def test_an_image_is_not_made_in_a_volume_group(house: Gannet) -> None:
    group = house.below(VolumeGroup, "vios1", name="rootvg")
    wish = rbd("volumes/disk1").virtual_disk.evolve(capacity=Decimal(1), name="disk1")
    with pytest.raises(Failure) as caught:
        house.update(group.evolve(virtual_disks=[*group.virtual_disks, wish]))
    assert caught.value.message is general.BAD_VALUE


async def test_a_disk_that_has_grown_is_found_larger(house: Gannet) -> None:
    vios = house.partition("vios1")
    request_xml = itls((port(house), TARGET, 1))
    await house.engine.run(job("LUARecovery", vios.uuid, inputXML=request_xml))
    udid = udid_of(house.state.get(SanVolume, "ds8k/vol1"))

    def size() -> int:
        return next(disk.capacity for disk in house.state.all(PhysicalVolume, vios.uuid) if disk.udid == udid)

    set_san(house, san.put, "volumes", {"name": "ds8k/vol1", "size_gb": 30})
    assert size() == 20 * 1024, "nobody has looked"
    await house.engine.run(job("LUARecovery", vios.uuid, inputXML=request_xml))
    assert size() == 30 * 1024
