"""Whatever is done with logical volumes, no physical partition is given twice, and copies lie on separate disks."""

from __future__ import annotations

import contextlib
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VolumeGroup
from openlpar.uom.volume_layout import SYSTEM, Layout, NoRoom, derived, disks_of, lie_apart, relaid

_DISKS = {"a": 20, "b": 12, "c": 7}
_NAMES = ("one", "two", "three")
_STEPS = st.tuples(
    st.sampled_from(("size", "drop", "mirror", "unmirror", "move", "lose", "synchronise")),
    st.sampled_from(_NAMES),
    st.lists(st.sampled_from(sorted(_DISKS)), unique=True, min_size=1),
    st.integers(1, 15),
)


def done(layout: Layout, what: str, name: str, disks: list[str], count: int) -> Layout:
    """The layout after one step; the same when it does not apply."""
    present = layout.volumes.get(name, ())
    if what == "size":
        return layout.sized(name, max(count, sum(run.count for run in present[0]) if present else 0))
    if not present:
        return layout
    if what == "drop":
        return layout.without(name)
    if what == "mirror":
        return layout.mirrored(name, disks) if len(present) == 1 else layout
    if what == "unmirror":
        fewer = layout.unmirrored(name, disks) if len(present) > 1 else layout
        return fewer if fewer.is_intact(name) else layout  # who asks for it looks first
    if what == "move":
        return layout.moved(name, set(_DISKS) - set(disks), disks, beyond=count // 2)
    if what == "lose":
        return layout.lost(disks[0], [name], {disks[0]})
    return layout.synchronised([name], ())


@given(st.lists(_STEPS, max_size=25))
def test_partitions_are_given_once_and_copies_lie_apart(steps: list[tuple[str, str, list[str], int]]) -> None:
    layout = Layout(64, _DISKS, {})
    for step in steps:
        with contextlib.suppress(NoRoom):
            layout = done(layout, *step)
        runs = [run for copies in layout.volumes.values() for copy in copies for run in copy]
        taken = [(run.disk, number) for run in runs for number in range(run.first, run.first + run.count)]
        assert len(taken) == len(set(taken)) == layout.used == sum(layout.used_on(disk) for disk in _DISKS)
        assert all(1 <= number <= _DISKS[disk] for disk, number in taken)
        for name, copies in layout.volumes.items():
            assert lie_apart(copies), name
            assert len({sum(run.count for run in copy) for copy in copies}) == 1, "copies are of one size"
            assert layout.is_intact(name), "what was written is always on some copy"


def group(**sizes_gb: int) -> VolumeGroup:
    disks = tuple(VirtualDisk(name=name, capacity=Decimal(gb)) for name, gb in sizes_gb.items())
    return VolumeGroup(
        name="vg",
        partition_size=1024,
        capacity=Decimal(30),
        free_space=Decimal(30 - 2 - sum(sizes_gb.values())),
        virtual_disks=disks,
        phys_vols=(PhysicalVolume(name="a", capacity=10240), PhysicalVolume(name="b", capacity=20480)),
    )


def test_what_follows_from_a_group() -> None:
    layout = derived(group(one=5, two=6), {"files": 3 * 1024})
    assert list(layout.volumes) == ["one", "two", "files"], "no system: what the group has used is known"
    layout = derived(group(one=5, two=6), {})
    assert [(run.disk, run.first, run.count) for run in layout.volumes["two"][0]] == [("a", 8, 3), ("b", 1, 3)]
    assert layout.volumes[SYSTEM][0][0].count == 2


def test_a_new_volume_of_an_old_name_is_not_mirrored() -> None:
    layout = derived(group(one=5), {}).mirrored("one", ["b"])
    kept, fresh = relaid(layout, group(one=6), {}), relaid(layout, group(one=6), {}, {"one"})
    assert [sum(run.count for run in copy) for copy in kept.volumes["one"]] == [6, 6]
    assert [sum(run.count for run in copy) for copy in fresh.volumes["one"]] == [6]


def test_volumes_move_off_a_disk_that_leaves() -> None:
    without = group(one=5).evolve(phys_vols=(PhysicalVolume(name="b", capacity=20480),))
    layout = relaid(derived(group(one=5), {}), without, {})
    assert set(layout.totals) == disks_of(layout.volumes["one"]) == {"b"}
