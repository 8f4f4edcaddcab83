"""Elements are immutable values; absent fields read as zero; texts that make no sense are named."""

from __future__ import annotations

import enum
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.uom.core import (
    Access,
    BadValue,
    Bool,
    Child,
    Children,
    Collection,
    Element,
    Enum,
    Int,
    Links,
    Number,
    Percent,
    Text,
)


class Colour(enum.StrEnum):
    RED = "red"


class Wheel(Element):
    size = Int("Size", unit="cm")


class Vehicle(Element, metadata="id"):
    name = Text("VehicleName", access="CUR")
    weight = Number("Weight")
    load = Percent("Load")
    sold = Bool("IsSold")
    colour = Enum("Colour", Colour)
    owners = Links("Owners")


class Car(Vehicle, schema="V1_4_0"):
    sold = Bool("IsSold", access="ROR")
    wheels = Collection("Wheels", Wheel)
    spare = Child("SpareWheel", Wheel)
    old = Children("OldWheel", lambda: Wheel)


def test_absent_fields_read_as_zero() -> None:
    car = Car()
    assert (car.name, car.weight, car.sold, car.colour) == ("", Decimal(0), False, "")
    assert not (car.owners or car.wheels or car.old)
    assert car.spare.size == 0
    assert not car.spare
    assert not car.has("name")
    assert car.get("name") is None


def test_zero_is_not_absence() -> None:
    car = Car(name="", sold=False, wheels=[])
    assert [field.tag for field, _ in car.present()] == ["VehicleName", "IsSold", "Wheels"]
    assert car.has("sold")


def test_elements_are_immutable() -> None:
    car = Car(name="a")
    with pytest.raises(AttributeError, match=r"Car\.name: elements are immutable, use evolve\(\)"):
        car.name = "b"
    assert car.evolve(name="b").name == "b"
    assert car.name == "a"


def test_evolve_keeps_identity_and_removes_with_none() -> None:
    car = Car(uuid="1", parent="2", extras=("<x/>",), name="a", sold=True)
    changed = car.evolve(sold=None, wheels=[Wheel(size=3)])
    assert (changed.uuid, changed.parent, changed.extras, changed.name) == ("1", "2", ("<x/>",), "a")
    assert not changed.has("sold")
    assert changed.wheels == (Wheel(size=3),)
    assert car.evolve(uuid="3", parent="4").parent == "4"


def test_elements_compare_by_content() -> None:
    assert Car(name="a") == Car(name="a")
    assert Car(name="a") != Car(name="a", sold=False)
    assert Car(uuid="1") != Car(uuid="2")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Car())


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(TypeError, match="Car has no field 'color'"):
        Car(color="red")


def test_inherited_fields_come_first_and_keep_their_place() -> None:
    tags = [field.tag for field in Car.fields]
    assert tags == ["VehicleName", "Weight", "Load", "IsSold", "Colour", "Owners", "Wheels", "SpareWheel", "OldWheel"]
    assert [field.position for field in Car.fields] == list(range(9))
    assert (Car.sold.access, Vehicle.sold.access) == (Access.ROR, Access.NONE)
    assert (Car.metadata, Car.schema, Vehicle.schema, Car.tag) == ("id", "V1_4_0", "V1_3_0", "Car")


def test_a_field_cannot_serve_two_places() -> None:
    with pytest.raises(TypeError, match=r"Odd\.name: an inherited field would move"):
        type("Odd", (Element,), {"other": Text("Other"), "name": Vehicle.name})


WIDE = "a number with at most 15 digits before the point, or zeros behind it"


@pytest.mark.parametrize(
    ("parse", "text", "complaint"),
    [
        (Wheel.size.parse, "big", "Wheel.Size: 'big' is not a whole number."),
        (Wheel.size.parse, "", "Wheel.Size: '' is not a whole number."),
        (Vehicle.weight.parse, "1,5", "Vehicle.Weight: '1,5' is not a number."),
        (Vehicle.weight.parse, "1_5", "Vehicle.Weight: '1_5' is not a number."),
        (Vehicle.weight.parse, "\u0663", "Vehicle.Weight: '\u0663' is not a number."),
        (Vehicle.weight.parse, "NaN", "Vehicle.Weight: 'NaN' is not a finite number."),
        (Vehicle.weight.parse, "1e15", f"Vehicle.Weight: '1e15' is not {WIDE}."),
        (Vehicle.weight.parse, "1e999999999", f"Vehicle.Weight: '1e999999999' is not {WIDE}."),
        (Vehicle.weight.parse, "0e-999999999", f"Vehicle.Weight: '0e-999999999' is not {WIDE}."),
        (Vehicle.weight.parse, "1." + "0" * 90, f"Vehicle.Weight: '1.{'0' * 78}…' is not {WIDE}."),
        (Vehicle.sold.parse, "yes", "Vehicle.IsSold: 'yes' is not true or false."),
    ],
)
def test_bad_values_name_field_text_and_remedy(parse: object, text: str, complaint: str) -> None:
    assert callable(parse)
    with pytest.raises(BadValue) as caught:
        parse(text)
    assert str(caught.value) == complaint


def test_words_outside_an_enumeration_are_read_but_not_allowed() -> None:
    assert Vehicle.colour.parse("green") == "green"
    assert Vehicle.colour.allows("red")
    assert not Vehicle.colour.allows("green")


@given(st.integers())
def test_whole_numbers_survive(value: int) -> None:
    assert Wheel.size.parse(Wheel.size.format(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_numbers_keep_their_digits(value: Decimal) -> None:
    text = Vehicle.weight.format(value)
    assert Vehicle.weight.format(Vehicle.weight.parse(text)) == text
    assert Vehicle.load.format(Vehicle.load.parse(f"{text}%")) == f"{text}%"


@given(st.booleans())
def test_truth_survives(value: bool) -> None:
    assert Vehicle.sold.parse(Vehicle.sold.format(value)) is value


@given(st.text(), st.booleans(), st.lists(st.integers()))
def test_what_is_set_is_read(name: str, sold: bool, sizes: list[int]) -> None:
    car = Car(name=name, sold=sold, wheels=[Wheel(size=size) for size in sizes])
    assert (car.name, car.sold, [wheel.size for wheel in car.wheels]) == (name, sold, sizes)
    assert Car.from_values([car.get(field.name) for field in Car.fields]) == car
    assert car.evolve() == car


@pytest.mark.parametrize(
    ("access", "create", "update"),
    [("ROR", False, False), ("COD", True, False), ("CUD", True, True), ("UOD", False, True), ("", True, True)],
)
def test_access_tells_when_a_client_may_set(access: str, create: bool, update: bool) -> None:
    assert (Access(access).on_create, Access(access).on_update) == (create, update)
