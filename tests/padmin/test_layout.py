"""Listings stay readable, for people and scripts, however long the names are."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from openlpar.uom.volume_group import VirtualDisk, VolumeGroup
from openlpar.vios.padmin.layout import Column, line, listing, report
from tests.padmin.conftest import Padmin

WORDS = st.integers(1, 40).map(lambda length: ("name_of_device." * 3)[:length])
COLUMNS = st.lists(
    st.builds(
        Column, name=st.just("x"), heading=WORDS, width=st.integers(1, 30), right=st.booleans(), gap=st.integers(0, 3)
    ),
    min_size=1,
    max_size=6,
).map(lambda found: [Column(f"c{n}", c.heading, c.width, c.right, c.gap) for n, c in enumerate(found)])


@given(COLUMNS, st.data())
def test_cells_come_apart_again(columns: list[Column], data: st.DataObject) -> None:
    values = [data.draw(WORDS) for _ in columns]
    row = {column.name: value for column, value in zip(columns, values, strict=True)}
    assert line(columns, row).split() == values


@given(COLUMNS, st.data())
def test_short_cells_stand_below_their_headings(columns: list[Column], data: st.DataObject) -> None:
    """Where everything fits, and columns do not touch, each begins (or ends) where its heading does."""
    fitting = [(column, max(column.width, 3)) for column in columns]
    columns = [Column(c.name, c.heading[: width - 1], width, c.right, c.gap + 1) for c, width in fitting]
    row = {column.name: data.draw(WORDS)[: column.width - 1] for column in columns}
    head, body = listing(columns, [row])
    position = 0
    for column in columns:
        end = position + column.gap + column.width
        cells = head[position:end].rstrip(), body[position:end].rstrip()
        assert cells[0].strip() == column.heading
        assert cells[1].strip() == row[column.name]
        position = end


@given(st.lists(st.tuples(WORDS, WORDS), max_size=4), st.booleans())
def test_delimited_lines_have_all_fields(rows: list[tuple[str, str]], header: bool) -> None:
    columns = [Column("a", "A", 5), Column("b", "B", 5)]
    plain = [dict(zip("ab", row, strict=True)) for row in rows]
    lines = list(report(plain, columns, columns, title="t", delimiter=":", header=header))
    assert lines == ["A:B"] * header + [f"{a}:{b}" for a, b in rows]


LONGEST = "a23456789012345"  # logical volumes and volume groups have at most 15 characters


def test_the_longest_names_there_can_be(padmin: Padmin) -> None:
    vios = padmin.vios("vios1").uuid
    group = next(padmin.engine.state.where(VolumeGroup, parent=vios, name="datavg"))
    disk = VirtualDisk(name="b" * 15, udid="03long.1", capacity=Decimal(10), vdtype="LogicalVolume")
    with padmin.engine.alter() as change:
        change.put(group.evolve(name=LONGEST, virtual_disks=(disk,)))
    assert f"{LONGEST} " in padmin.out("lssp")
    assert padmin.out(f"lsvg -lv {LONGEST}").splitlines()[2].split()[0] == "b" * 15
    assert padmin.out(f"lssp -bd -sp {LONGEST}").splitlines()[1].split()[:2] == ["b" * 15, "10240"]
    assert re.search(rf"VOLUME GROUP: +{LONGEST} ", padmin.out(f"lsvg {LONGEST}"))
    row = next(line for line in padmin.out("lspv").splitlines() if LONGEST in line)
    assert row.split() == ["hdisk1", row.split()[1], LONGEST, "active"]
