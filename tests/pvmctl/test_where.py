"""Conditions, assignments and field names."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.cli.pvmctl import objects, where
from openlpar.cli.pvmctl.entry import load
from openlpar.cli.pvmctl.fields import names, resolve, show
from openlpar.cli.pvmctl.noun import Noun, Row
from openlpar.messages.core import Failure
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import PartitionProcessorConfiguration, SharedProcessorConfiguration
from openlpar.uom.sriov import SRIOVAdapter, SRIOVEthernetPhysicalPort

FIELD = st.from_regex(r"[A-Za-z_]\w{0,8}(\.[a-z_]\w{0,8})?", fullmatch=True)


def noun(word: str) -> Noun:
    found = objects.find(word)
    assert found is not None
    return load(found)


LPAR = noun("lpar")


def lpar(**values: Any) -> Row:
    return Row({"LogicalPartition": LogicalPartition(**values)})


@given(FIELD, st.booleans(), st.text())
def test_conditions_come_apart_as_they_were_put_together(left: str, equal: bool, right: str) -> None:
    term = where.split(f"{left}{'=' if equal else '!='}'{right}'")
    assert term == (left, equal, right, True)


@pytest.mark.parametrize("text", ["", "name", "=x", "!=x", "a b=c", "name<3"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(where.Malformed):
        where.split(text)


@pytest.mark.parametrize("text", ["name!=x", "name"])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(where.Malformed):
        where.assignment(text)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("state=not activated", True),
        ("LogicalPartition.state=running", False),
        ("LogicalPartition.state!=running", True),
        ("id=4", True),
        ("id=04", True),
        ('name="vm1"', True),
        ("PartitionMemoryConfiguration.desired=1024", True),
        ("PartitionMemoryConfiguration.desired=PartitionMemoryConfiguration.max", True),
        ("PartitionMemoryConfiguration.desired!=PartitionMemoryConfiguration.min", True),
        ("SharedProcessorConfiguration.desired_units=.5", True),
        ("SharedProcessorConfiguration.desired_units=0.50", True),
        ("DedicatedProcessorConfiguration.desired=2", False),
        ("DedicatedProcessorConfiguration.desired!=2", True),
        ("is_service_partition=false", True),
        ("rmc_ip=", True),
        ("uuid=4", False),
    ],
)
def test_conditions(condition: str, expected: bool) -> None:
    row = lpar(
        name="vm1",
        id=4,
        state="not activated",
        is_service_partition=False,
        mem_config=PartitionMemoryConfiguration(desired=1024, max=1024, min=512),
        proc_config=PartitionProcessorConfiguration(
            shared_proc_cfg=SharedProcessorConfiguration(desired_units=Decimal("0.50"))
        ),
    )
    assert where.condition(LPAR, condition)(row) is expected


def test_the_right_side_is_a_field_only_when_there_is_one() -> None:
    assert where.condition(LPAR, "name=LogicalPartition.nothing")(lpar(name="LogicalPartition.nothing"))
    assert where.condition(LPAR, "name='LogicalPartition.id'")(lpar(name="LogicalPartition.id"))


def test_a_port_condition_of_published_samples() -> None:
    sriov = noun("sriov")
    port = SRIOVEthernetPhysicalPort(cfg_lps=1, cfg_max_lps=4, link_status=True, loc_code="U1-P1-C1-T1")
    row = Row({"SRIOVAdapter": SRIOVAdapter(mode="Sriov"), "PhysicalPort": port})
    for text in (
        "PhysicalPort.cfg_lps!=PhysicalPort.cfg_max_lps",
        'PhysicalPort.link_status="Up"',
        'SRIOVAdapter.mode="Sriov"',
    ):
        assert where.condition(sriov, text)(row), text
    assert resolve(sriov, "loc_code").read(row) == "U1-P1-C1-T1"


@pytest.mark.parametrize(
    ("word", "field", "kind", "path"),
    [
        ("lpar", "name", "LogicalPartition", ("name",)),
        ("lpar", "PartitionMemoryConfiguration.desired", "LogicalPartition", ("mem_config", "desired")),
        ("lpar", "uuid", "LogicalPartition", ("uuid",)),
        ("lv", "LogicalVolume.capacity", "LogicalVolume", ("capacity",)),
        ("lv", "VirtualDisk.udid", "LogicalVolume", ("udid",)),
        ("lv", "VolumeGroup.name", "VolumeGroup", ("name",)),
        ("scsi", "VirtualDisk.udid", "VirtualSCSIMapping", ("backing_storage", "virtual_disk", "udid")),
        ("scsi", "LogicalVolume.name", "VirtualSCSIMapping", ("backing_storage", "virtual_disk", "name")),
        ("vea", "ClientNetworkAdapter.pvid", "VirtualEthernetAdapter", ("pvid",)),
        ("vswitch", "id", "VirtualSwitch", ("switch_id",)),
        ("media", "VirtualOpticalMedia.media_name", "VirtualOpticalMedia", ("name",)),
        ("sys", "memory_free", "ManagedSystem", ("memory_config", "memory_free")),
        ("sys", "ManagedSystem.proc_units", "ManagedSystem", ("proc_config", "proc_units")),
    ],
)
def test_field_names(word: str, field: str, kind: str, path: tuple[str, ...]) -> None:
    ref = resolve(noun(word), field)
    assert (ref.type, ref.path) == (kind, path)


@pytest.mark.parametrize("name", objects.NOUNS, ids=lambda name: name.aliases[0])
def test_every_name_that_help_shows_is_understood(name: objects.NounName) -> None:
    declared = load(name)
    for field in names(declared):
        resolve(declared, field)


def test_an_unknown_field_is_answered_with_a_near_one() -> None:
    with pytest.raises(Failure, match=r"Did you mean LogicalPartition\.state"):
        resolve(LPAR, "LogicalPartition.stat")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "True"),
        (Decimal("0.50"), "0.5"),
        (Decimal("20.000000"), "20.0"),
        (Decimal(1), "1.0"),
        (4, "4"),
        (("a", "b"), "a b"),
        ("\n    ", ""),
    ],
)
def test_values_are_shown_as_python_shows_them(value: Any, shown: str) -> None:
    assert show(value) == shown


@given(st.decimals(0, 10**6, places=6, allow_nan=False) | st.integers(0, 10**9) | st.booleans())
def test_a_shown_value_selects_itself(value: Any) -> None:
    assert where.same(value, show(value))
