"""Whatever the declarations allow survives being written and read, in every form an element has."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Element
from openlpar.wire import inventory
from openlpar.wire.atom import addressed
from openlpar.wire.reader import decode, parse
from openlpar.wire.writer import render
from tests.wire.declared import elements

ON_THE_WIRE = sorted(name for name, kind in element_types.items() if kind.fields)
BASE = "https://192.0.2.10:12443"
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", ON_THE_WIRE)
@few
@given(data=st.data())
def test_xml(name: str, data: st.DataObject) -> None:
    element = data.draw(elements(element_types[name]))
    body = addressed(render(element).body, BASE)
    assert decode(parse(body), type(element)) == element


@pytest.mark.parametrize("name", ON_THE_WIRE)
@few
@given(data=st.data())
def test_same_content_same_etag(name: str, data: st.DataObject) -> None:
    """An ETag depends on the content alone, so it survives a round trip."""
    element = data.draw(elements(element_types[name]))
    rendering = render(element)
    again = decode(parse(addressed(rendering.body, BASE)), type(element))
    assert render(again) == rendering


@pytest.mark.parametrize("name", inventory.KINDS)
@few
@given(data=st.data())
def test_inventory(name: str, data: st.DataObject) -> None:
    element = data.draw(elements(inventory.KINDS[name])).evolve(uuid="0a", parent=data.draw(st.none() | st.just("0b")))
    for text, file in ((inventory.dump([element]), "a.yaml"), (inventory.dump_json([element]), "a.json")):
        again = inventory.load(text, file)
        assert again.elements == [element]
        assert again.elements[0].parent == element.parent
        assert inventory.dump(again.elements) == inventory.dump([element])


def test_unknown_elements_are_kept() -> None:
    kind = element_types["VirtualSwitch"]
    known = addressed(render(kind(uuid="1", name="ETHERNET0")).body, BASE)
    body = known.replace(b"    <SwitchName", b'    <Colour kb="CUD">blue &amp; <b>green</b></Colour>\n    <SwitchName')
    first = decode(parse(body), kind)
    assert len(first.extras) == 1 and "blue &amp; <b>green</b>" in first.extras[0]
    second = decode(parse(addressed(render(first).body, BASE)), kind)
    assert second == first
    assert inventory.load(inventory.dump([first]), "a.yaml").elements == [first]


@few
@given(st.text(max_size=200))
def test_no_text_breaks_the_inventory_reader(text: str) -> None:
    _refused_or_read(text)


@few
@given(st.text(alphabet="{}[]:-,&*!|>'\" \n#%@?aß1.~", max_size=60))
def test_no_yaml_breaks_the_inventory_reader(text: str) -> None:
    _refused_or_read("openlpar: 1\n" + text)


def _refused_or_read(text: str) -> None:
    from openlpar.messages.core import FixRequest

    try:
        found = inventory.load(text, "a.yaml")
    except FixRequest as refused:
        assert "a.yaml" in str(refused)
    else:
        assert all(isinstance(element, Element) for element in found.elements)
