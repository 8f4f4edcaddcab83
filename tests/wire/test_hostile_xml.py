"""What an attacker sends instead of an element: refused quickly, with a clear error, and nothing is looked up for it."""

import time

import pytest

from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.wire.reader import BadDocument, decode, parse

NS = "http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"


def switch(name: str, namespace: str = NS) -> str:
    return f'<VirtualSwitch xmlns="{namespace}"><SwitchName>{name}</SwitchName></VirtualSwitch>'


def laughs() -> str:
    lines = ['<!ENTITY l0 "ha">'] + [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)]
    return f"<!DOCTYPE lolz [{''.join(lines)}]>{switch('&l11;')}"


HOSTILE = {
    "billion laughs": laughs().encode(),
    "quadratic blow-up": f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]>{switch("&e;" * 50_000)}'.encode(),
    "external entity": f'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>{switch("&e;")}'.encode(),
    "external entity over the network": f'<!DOCTYPE a [<!ENTITY e SYSTEM "http://192.0.2.1/">]>{switch("&e;")}'.encode(),
    "parameter entity": f'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>{switch("x")}'.encode(),
    "external DTD": f'<!DOCTYPE a SYSTEM "file:///etc/passwd">{switch("x")}'.encode(),
    "plain DOCTYPE": f"<!DOCTYPE VirtualSwitch>{switch('x')}".encode(),
    "DOCTYPE after a long comment": f'<!--{"x" * 5000}--><!DOCTYPE a [<!ENTITY e "v">]>{switch("&e;")}'.encode(),
    "DOCTYPE in UTF-16": f'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY e "v">]>{switch("&e;")}'.encode(
        "utf-16"
    ),
    "attribute defaults": f'<!DOCTYPE a [<!ATTLIST VirtualSwitch xmlns CDATA "{NS}">]><VirtualSwitch/>'.encode(),
    "undeclared entity": switch("&nope;").encode(),
    "depth": b"<a>" * 10_000 + b"</a>" * 10_000,
    "huge attribute": b'<a b="' + b"x" * 20_000_000 + b'"/>',
    "huge text": switch("x" * 20_000_000).encode(),
    "invalid UTF-8": switch("x").encode().replace(b">x<", b">\xff\xfe<"),
    "overlong UTF-8": switch("x").encode().replace(b">x<", b">\xc0\xaf<"),
    "unknown encoding": f'<?xml version="1.0" encoding="no-such"?>{switch("x")}'.encode(),
    "NUL": switch("x\0y").encode(),
    "control character": switch("x\x01y").encode(),
    "control character as reference": switch("&#1;").encode(),
    "wrong namespace": switch("x", "http://example.com/").encode(),
    "no namespace but another name": b"<Nothing/>",
    "cut off": switch("x").encode()[:-20],
    "two roots": switch("x").encode() * 2,
    "same attribute twice": b'<a b="1" b="2"/>',
    "undeclared prefix": b"<uom:VirtualSwitch/>",
    "not XML": b'{"SwitchName": "x"}',
    "nothing": b"",
    "blanks": b" \n\t ",
    "only a declaration": b'<?xml version="1.0"?>',
    "HTML": b"<!DOCTYPE html><html><body><p>hello</body></html>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused(name: str) -> None:
    started = time.process_time()
    with pytest.raises(BadDocument) as refused:
        decode(parse(HOSTILE[name]), VirtualSwitch)
    assert time.process_time() - started < 2
    assert len(str(refused.value)) < 500
    assert "root:" not in str(refused.value), "the content of a file came back"


def test_xinclude_is_not_followed() -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    found = decode(parse(switch(include).encode()), VirtualSwitch)
    assert "root" not in found.name


def test_wrong_namespace_is_named() -> None:
    with pytest.raises(BadDocument, match=r"of namespace http://example\.com/"):
        decode(parse(switch("x", "http://example.com/").encode()), VirtualSwitch)


def test_comments_and_instructions_in_a_value_are_nothing() -> None:
    assert decode(parse(switch("a<!-- b --><?c d?>e").encode()), VirtualSwitch).name == "ae"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{switch("é")}'.encode(encoding)
    assert decode(parse(body), VirtualSwitch).name == "é"


def test_many_unknown_elements_cost_time_in_proportion() -> None:
    started = time.process_time()
    body = switch("x").replace("<SwitchName>", "<x/>" * 200_000 + "<SwitchName>")
    assert decode(parse(body.encode()), VirtualSwitch).name == "x"
    assert time.process_time() - started < 5


def test_what_is_no_xml_is_told_by_its_place_alone() -> None:
    with pytest.raises(BadDocument) as caught:
        parse(b"no XML")
    assert str(caught.value).endswith("Start tag expected, '<' not found, line 1, column 1")
