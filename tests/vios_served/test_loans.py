"""What is lent, as daemons are to have it; no program is started and no file is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_scsi import (
    LogicalVolumeVirtualTargetDevice,
    SharedStoragePoolLogicalUnitVirtualTargetDevice,
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualOpticalMedia
from openlpar.vios.served import loans
from openlpar.vios.served.contents import Layer
from openlpar.vios.served.daemon import DaemonError
from openlpar.vios.served.loans import Backing, Form, Key, Loan
from openlpar.vios.served.nodes import Wanted, wanted

GB = 1024**3
POOLS = Path("/run/pools/nbd.sock")
DISK = loans.of_disk("vios1", VirtualDisk(name="disk", udid="0300ab.1", capacity=Decimal(1)))
UNIT = loans.of_unit(LogicalUnit(name="lu", udid="27ab", capacity=Decimal(2), is_thin=True))
CLONE = loans.of_unit(LogicalUnit(name="vm", udid="27cd", capacity=Decimal(2), is_thin=True))
MEDIA = loans.of_media("vios1", VirtualOpticalMedia(name="a.iso", udid="0ea.iso", size=Decimal(1)))


def files(backing: Backing) -> Sequence[Layer]:
    form = Form.QCOW2 if backing.key == CLONE.key else Form.RAW
    return (Layer(Path("/disks") / backing.key.folder / backing.key.stem / "top", form, hash(backing.key)),)


def plan(*lent: Loan) -> tuple[Wanted, Wanted]:
    """What the only partition is lent, and what is shared."""
    own, shared, failed = wanted(lent, files, POOLS)
    assert not failed and list(own) == [4]
    return own[4], shared


@pytest.mark.parametrize("udid", ["0e../../etc/passwd", "0eMy ISO", "01M0lCTTkx/+==", "..", "0e" + "a" * 200])
def test_what_a_client_typed_is_no_part_of_a_name(udid: str) -> None:
    stem = Key.of("pv", udid).stem
    assert len(stem) == 40 and set(stem) <= set("0123456789abcdef")
    assert stem == Key.of("pv", udid).stem != Key.of("pv", udid + "x").stem


def test_udids_of_our_own_are_names() -> None:
    assert DISK.key == Key("vg/vios1", "0300ab.1")
    assert UNIT.key == Key("ssp", "27ab")


@pytest.mark.parametrize(
    ("size", "mib"), [("1", 1024), ("0.25", 256), ("0.100586", 103), ("0.000381", 1), ("49.9375", 51136)]
)
def test_sizes_are_whole_mb(size: str, mib: int) -> None:
    assert loans.gigabytes(Decimal(size)) == mib * loans.MIB


def test_a_disk_on_the_san_is_one_disk_for_all_servers() -> None:
    volume = PhysicalVolume(name="hdisk3", udid="01SAN+3", capacity=10240)
    one, other = loans.of_volume("vios1", volume), loans.of_volume("vios2", volume.evolve(name="hdisk13"))
    assert one.key == other.key and one.shared and one.size == 10 * GB
    assert loans.serial_of(one) == loans.serial_of(other)
    nameless = PhysicalVolume(name="hdisk0", capacity=1)
    assert loans.of_volume("vios1", nameless).key != loans.of_volume("vios2", nameless).key


def test_a_thick_unit_has_its_whole_size_reserved() -> None:
    thick = loans.of_unit(LogicalUnit(name="lu", udid="27ab", capacity=Decimal(2), is_thin=False))
    assert thick.thick and not UNIT.thick


def _mapping(udid: str, lua: str = "0x8300000000000000") -> VirtualSCSIMapping:
    device = LogicalVolumeVirtualTargetDevice(udid=udid, lua=lua)
    storage = VirtualSCSIStorage(virtual_disk=VirtualDisk(udid="0300ab.1", capacity=Decimal(1)))
    return VirtualSCSIMapping(
        parent="vios1", target_dev=VirtualSCSITargetDevice(virtual_disk=device), backing_storage=storage
    )


def test_an_export_is_named_after_the_target_device() -> None:
    name = loans.export_of(_mapping("09aa"))
    assert name == loans.export_of(_mapping("09aa", "0x8400000000000000"))
    assert name != loans.export_of(_mapping("09ab"))
    assert name != loans.export_of(_mapping("09aa").evolve(parent="vios2"))
    assert len(name) == 32 and "09aa" not in name


@pytest.mark.parametrize(("lua", "number"), [("0x8100000000000000", 1), ("0xBF00000000000000", 63), ("", 0)])
def test_the_target_is_in_the_address(lua: str, number: int) -> None:
    device = SharedStoragePoolLogicalUnitVirtualTargetDevice(lua=lua)
    assert loans.target_number(device) == number


def test_a_virtual_disk_is_opened_by_its_own_server() -> None:
    own, shared = plan(Loan(DISK, "export", 4))
    assert not shared.nodes and not shared.exports
    (node,) = own.nodes.values()
    assert node.size == GB and node.options["driver"] == "raw"
    assert node.options["file"]["filename"] == "/disks/vg/vios1/0300ab.1/top"
    (export,) = own.exports.values()
    assert (export.name, export.node, export.writable) == ("export", node.name, True)


def test_a_qcow2_file_is_opened_once_and_served_as_a_client() -> None:
    own, shared = plan(Loan(CLONE, "one", 4), Loan(CLONE, "two", 4))
    (file,), (client,) = shared.nodes.values(), own.nodes.values()
    assert (file.options["driver"], file.options["backing"], file.size) == ("qcow2", None, 2 * GB)
    assert client.options["server"] == {"type": "unix", "path": str(POOLS)}
    (export,) = shared.exports.values()
    assert export.name == client.options["export"]
    assert {each.name for each in own.exports.values()} == {"one", "two"}


def test_each_partition_gets_its_own_and_nothing_else() -> None:
    own, shared = wanted([Loan(DISK, "a", 4), Loan(CLONE, "b", 5), Loan(MEDIA, "c", 5)], files, POOLS)[:2]
    assert {client: [each.name for each in disks.exports.values()] for client, disks in own.items()} == {
        4: ["a"],
        5: ["b", "c"],
    }
    assert not own[4].nodes.keys() & own[5].nodes.keys() and len(shared.exports) == 1


@pytest.mark.parametrize(("at_client", "at_server"), [(4, 0), (4, 9), (0, 4)])
def test_the_client_is_who_has_the_adapter(at_client: int, at_server: int) -> None:
    mapping = VirtualSCSIMapping(
        client_adapter=VirtualSCSIClientAdapter(lpar_id=at_client),
        server_adapter=VirtualSCSIServerAdapter(lpar_id=at_server),
    )
    assert loans.client_of(mapping) == 4


def test_a_raw_file_is_opened_by_every_server() -> None:
    """Which must not lock the others out; a virtual disk is one server's own."""
    own, shared = plan(Loan(UNIT, "one", 4))
    (node,) = own.nodes.values()
    assert node.options["file"]["locking"] == "off" and not shared.nodes
    (node,) = plan(Loan(DISK, "one", 4))[0].nodes.values()
    assert "locking" not in node.options["file"]


def test_media_are_read_only_and_keep_their_size() -> None:
    own, _ = plan(Loan(MEDIA, "dvd", 4))
    (node,), (export,) = own.nodes.values(), own.exports.values()
    assert node.size == 0 and node.options["read-only"] and node.options["file"]["read-only"]
    assert not export.writable


def test_bases_come_first_and_are_read_only() -> None:
    chain = (Layer(Path("top"), Form.QCOW2, 1), Layer(Path("base1"), Form.QCOW2, 2), Layer(Path("base2"), Form.RAW, 3))
    _, shared, _ = wanted([Loan(UNIT, "x", 4)], lambda backing: chain, POOLS)
    names = list(shared.nodes)
    options = [node.options for node in shared.nodes.values()]
    assert [each["file"]["filename"] for each in options] == ["base2", "base1", "top"]
    assert [each["read-only"] for each in options] == [True, True, False]
    assert [each.get("backing") for each in options] == [None, names[0], names[1]]


def test_clones_of_one_image_share_its_node() -> None:
    base = Layer(Path("base1"), Form.RAW, 9)
    tops = {"a": Layer(Path("a"), Form.QCOW2, 1), "b": Layer(Path("b"), Form.QCOW2, 2)}
    units = [loans.of_unit(LogicalUnit(name=name, udid=name, capacity=Decimal(1), is_thin=True)) for name in tops]
    lent = [Loan(unit, unit.key.stem, 4) for unit in units]
    _, shared, _ = wanted(lent, lambda backing: (tops[backing.key.stem], base), POOLS)
    assert len(shared.nodes) == 3 and len(shared.exports) == 2


def test_what_changed_has_another_name() -> None:
    def names(size: int, inode: int) -> set[str]:
        backing = Backing(UNIT.key, size, "lu", shared=True)
        own, shared, _ = wanted([Loan(backing, "x", 4)], lambda _: (Layer(Path("t"), Form.QCOW2, inode),), POOLS)
        return {*own[4].nodes, *shared.nodes, *own[4].exports, *shared.exports}

    assert names(GB, 1) == names(GB, 1)
    assert not names(GB, 1) & names(2 * GB, 1)
    assert not names(GB, 1) & names(GB, 2)


def test_one_that_cannot_be_served_leaves_the_others() -> None:
    def broken(backing: Backing) -> Sequence[Layer]:
        if backing is DISK:
            raise DaemonError("gone")
        return files(backing)

    own, _, failed = wanted([Loan(DISK, "a", 4), Loan(UNIT, "b", 4)], broken, POOLS)
    assert [str(exc) for exc in failed] == ["gone"]
    assert [export.name for export in own[4].exports.values()] == ["b"]
