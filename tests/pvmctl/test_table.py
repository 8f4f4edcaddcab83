"""The layout of listings, against those printed in the NovaLink tutorial (seed 000)."""

from hypothesis import given
from hypothesis import strategies as st

from openlpar.cli.pvmctl import objects
from openlpar.cli.pvmctl.entry import load
from openlpar.cli.pvmctl.table import WIDTH, fit, render

LPAR = ["Name", "ID", "State", "Env", "Ref Code", "Mem", "CPU", "Ent"]
NOVALINK = ["novalink", "2", "running", "AIX/Linux", "Linux ppc64le", "2560", "2", "0.5"]
PVC = ["pvc", "3", "running", "AIX/Linux", "Linux ppc64le", "11264", "2", "1.0"]
VM1 = ["vm1", "4", "not activated", "AIX/Linux", "00000000", "1024", "1", "0.5"]


def test_three_partitions_are_shortened_as_in_the_tutorial() -> None:
    assert render("Logical Partitions", LPAR, [NOVALINK, PVC, VM1]) == (
        "Logical Partitions\n"
        "+----------+----+----------+----------+----------+-------+-----+-----+\n"
        "| Name     | ID | State    | Env      | Ref Code | Mem   | CPU | Ent |\n"
        "+----------+----+----------+----------+----------+-------+-----+-----+\n"
        "| novalink | 2  | running  | AIX/Lin> | Linux p> | 2560  | 2   | 0.5 |\n"
        "| pvc      | 3  | running  | AIX/Lin> | Linux p> | 11264 | 2   | 1.0 |\n"
        "| vm1      | 4  | not act> | AIX/Lin> | 00000000 | 1024  | 1   | 0.5 |\n"
        "+----------+----+----------+----------+----------+-------+-----+-----+\n"
    )


def test_one_partition_fits() -> None:
    assert render("Logical Partitions", LPAR, [NOVALINK]) == (
        "Logical Partitions\n"
        "+----------+----+---------+-----------+---------------+------+-----+-----+\n"
        "| Name     | ID | State   | Env       | Ref Code      | Mem  | CPU | Ent |\n"
        "+----------+----+---------+-----------+---------------+------+-----+-----+\n"
        "| novalink | 2  | running | AIX/Linux | Linux ppc64le | 2560 | 2   | 0.5 |\n"
        "+----------+----+---------+-----------+---------------+------+-----+-----+\n"
    )


def test_a_long_name_is_shortened_as_in_the_tutorial() -> None:
    novalink = ["novalink_212E3CA", "1", "running", "AIX/Linux", "Linux ppc64le", "2560", "2", "0.5"]
    vm1 = ["vm1", "4", "not activated", "AIX/Linux", "00000000", "1024", "2", "0.1"]
    assert render("Logical Partitions", LPAR, [novalink, vm1]) == (
        "Logical Partitions\n"
        "+-----------+----+-----------+-----------+-----------+------+-----+-----+\n"
        "| Name      | ID | State     | Env       | Ref Code  | Mem  | CPU | Ent |\n"
        "+-----------+----+-----------+-----------+-----------+------+-----+-----+\n"
        "| novalink> | 1  | running   | AIX/Linux | Linux pp> | 2560 | 2   | 0.5 |\n"
        "| vm1       | 4  | not acti> | AIX/Linux | 00000000  | 1024 | 2   | 0.1 |\n"
        "+-----------+----+-----------+-----------+-----------+------+-----+-----+\n"
    )


def test_what_is_typed_or_pasted_is_never_cut() -> None:
    """Of every object whose table shows such an identifier, beside texts of any length."""
    identifiers = {"MAC": 12, "Loc Code": 29, "DRC Name": 27, "WWPNs": 33, "MTMS": 16}
    seen = set()
    for noun in map(load, objects.NOUNS):
        whole = [place for place, column in enumerate(noun.columns) if column.whole]
        natural = [identifiers.get(column.title, 40) for column in noun.columns]
        widths = fit(natural, WIDTH, whole)
        for column, wide in zip(noun.columns, widths, strict=True):
            if column.title in identifiers:
                seen.add(column.title)
                assert wide == identifiers[column.title], f"{noun.title}: {column.title}"
    assert seen == set(identifiers)


def test_switches_fit() -> None:
    rows = [["ETHERNET0", "0", "Veb", "VLAN1-ETHERNET0"], ["MGMTSWITCH", "1", "Vepa", "VLAN4094-MGMTSWITCH"]]
    assert render("Virtual Switches", ["Name", "ID", "Mode", "VNets"], rows) == (
        "Virtual Switches\n"
        "+------------+----+------+---------------------+\n"
        "| Name       | ID | Mode | VNets               |\n"
        "+------------+----+------+---------------------+\n"
        "| ETHERNET0  | 0  | Veb  | VLAN1-ETHERNET0     |\n"
        "| MGMTSWITCH | 1  | Vepa | VLAN4094-MGMTSWITCH |\n"
        "+------------+----+------+---------------------+\n"
    )


def test_adapters_fit() -> None:
    header = ["PVID", "VSwitch", "LPAR", "MAC", "Slot", "Trunk", "Tagged VLANs"]
    row = ["4094", "MGMTSWITCH", "1", "CE46F57C513F", "6", "True", ""]
    assert render("Virtual Ethernet Adapters", header, [row]).splitlines()[1:3] == [
        "+------+------------+------+--------------+------+-------+--------------+",
        "| PVID | VSwitch    | LPAR | MAC          | Slot | Trunk | Tagged VLANs |",
    ]


def test_zero_width_means_never_shorten() -> None:
    long = "x" * 200
    assert long in render("T", ["A"], [[long]], 0)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(0, 200))
def test_a_table_fits_or_was_left_alone(natural: list[int], width: int) -> None:
    widths = fit(natural, width)
    assert all(0 < got <= had for got, had in zip(widths, natural, strict=True))
    total = sum(widths) + 3 * len(widths) + 1
    crowded = any(wide == 2 for wide in widths)  # no column is cut below two characters
    assert width == 0 or widths == natural or total <= width or crowded


@given(st.lists(st.integers(1, 10), min_size=1, max_size=6))
def test_what_fits_keeps_its_width(natural: list[int]) -> None:
    if sum(natural) + 3 * len(natural) + 1 <= WIDTH:
        assert fit(natural, WIDTH) == natural
