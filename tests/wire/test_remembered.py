"""What is remembered of containers that come and go whole: the same document and the same elements as without it."""

from __future__ import annotations

import pytest
from lxml import etree

from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
)
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.wire import reader, remembered, writer

GROUPS = frozenset({"ViosSCSIMapping"})


def mapping(number: int, varied_on: bool = True) -> VirtualSCSIMapping:
    return VirtualSCSIMapping(
        client_adapter=VirtualSCSIClientAdapter(lpar_id=number, is_varied_on=varied_on, loc_code=f"U-C{number}"),
        server_adapter=VirtualSCSIServerAdapter(lpar_id=number, is_varied_on=varied_on, name=f"vhost{number}"),
        backing_storage=VirtualSCSIStorage(physical_volume=PhysicalVolume(name=f"hdisk{number}")),
    )


def server(*mappings: VirtualSCSIMapping) -> VirtualIOServer:
    return VirtualIOServer(uuid="v", name="vios1", scsi_mappings=mappings)


def afresh(vios: VirtualIOServer) -> writer.Rendering:
    writer._written.clear()
    return writer.render(vios, GROUPS)


def test_what_is_remembered_is_what_would_be_written() -> None:
    kept = [mapping(number) for number in range(20)]
    first = afresh(server(*kept))
    assert writer.render(server(*kept), GROUPS) == first
    changed = server(*kept[:7], mapping(99), *kept[8:])
    again = writer.render(changed, GROUPS)
    assert again == afresh(changed)
    assert again.etag != first.etag


def test_what_is_volatile_is_still_left_out_of_the_etag() -> None:
    one, other = server(mapping(1), mapping(2)), server(mapping(1, False), mapping(2, False))
    for _ in range(2):  # written, and remembered
        shown, without = writer.render(one, GROUPS), writer.render(other, GROUPS)
        assert shown.body != without.body
        assert shown.etag == without.etag


def test_no_more_is_remembered_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_REMEMBERED", 5)
    monkeypatch.setattr(remembered, "_KEPT", 5)
    writer._written.clear()
    remembered._kept.clear()
    vios = server(*(mapping(number) for number in range(20)))
    body = writer.render(vios, GROUPS).body
    read = remembered.read(body, VirtualIOServer, GROUPS)
    assert len(writer._written) == len(remembered._kept) == 5
    assert read.scsi_mappings == vios.scsi_mappings


def whole(body: bytes) -> VirtualIOServer:
    return reader.decode(reader.parse(body), VirtualIOServer, GROUPS)


def again(body: bytes) -> VirtualIOServer:
    return remembered.read(body, VirtualIOServer, GROUPS)


def test_the_same_text_is_the_same_element_and_another_text_is_another() -> None:
    body = writer.render(server(mapping(1), mapping(2)), GROUPS).body
    one, two = again(body), again(body)
    assert one.scsi_mappings[0] is two.scsi_mappings[0]
    other = again(body.replace(b"hdisk1", b"hdisk7"))
    names = [each.backing_storage.physical_volume.name for each in other.scsi_mappings]
    assert names == ["hdisk7", "hdisk2"]


def test_only_what_is_new_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counterpart of what the writer remembers: one mapping more costs one mapping."""
    remembered._kept.clear()
    again(writer.render(server(*map(mapping, range(50))), GROUPS).body)
    parsed: list[int] = []
    parse = reader.parse

    def counting(body: bytes, **options: bool) -> etree._Element:
        parsed.append(len(body))
        return parse(body, **options)

    monkeypatch.setattr(remembered, "parse", counting)
    body = writer.render(server(*map(mapping, range(51))), GROUPS).body
    assert len(again(body).scsi_mappings) == 51
    assert sum(parsed) < len(body) / 10


def test_a_namespace_that_is_not_ours_is_no_match_for_the_same_text() -> None:
    body = writer.render(server(mapping(1)), GROUPS).body
    again(body)
    foreign = body.replace(b"firmware/uom/mc", b"firmware/other/mc")
    with pytest.raises(reader.BadDocument, match="namespace"):
        again(foreign)
    inside = body.replace(b"<VirtualSCSIMappings ", b'<v:VirtualSCSIMappings xmlns="urn:other" xmlns:v="%b" ' % UOM)
    inside = inside.replace(b"</VirtualSCSIMappings>", b"</v:VirtualSCSIMappings>")
    assert again(inside) == whole(inside)
    assert not again(inside).scsi_mappings


UOM = writer.NAMESPACE.format("uom").encode()
ITEM = b'<VirtualSCSIMapping><AssociatedLogicalPartition href="%b"/></VirtualSCSIMapping>'
A, B = ITEM % b"a", ITEM % b"b"
ODD = {
    "a comment": b"<!-- %b -->%b" % (A, B),
    "a comment inside": b"%b%b" % (A, B.replace(b"<Assoc", b"<!-- </VirtualSCSIMapping> --><Assoc")),
    "a section": b"<X><![CDATA[%b]]></X>%b" % (A, B),
    "an instruction": b"%b<?kept?>%b" % (A, B),
    "an instruction inside": B.replace(b"<Assoc", b"<?x </VirtualSCSIMapping>?><Assoc"),
    "a member in another place": b"<Metadata>%b</Metadata>%b" % (B, A),
    "one in another place, and an empty one": b"<Metadata>%b</Metadata><VirtualSCSIMapping />" % B,
    "an empty one first": b"<VirtualSCSIMapping />%b<Metadata>%b</Metadata>" % (A, B),
    "one without a blank": b"<VirtualSCSIMapping/>%b<VirtualSCSIMapping/>" % A,
    "one within another": b"<VirtualSCSIMapping>%b</VirtualSCSIMapping>%b" % (A, B),
    "one of another prefix": b'<q:VirtualSCSIMapping xmlns:q="%b"/>%b%b' % (UOM, A, B),
    "one that is not ours": b'%b<VirtualSCSIMapping xmlns="urn:other">x</VirtualSCSIMapping>%b' % (A, B),
    "a longer name": b"<VirtualSCSIMappingX>%b</VirtualSCSIMappingX>%b" % (A, B),
    "a sign in a value": ITEM % b"a>b" + B,
    "a blank in an end tag": A + B.replace(b"</VirtualSCSIMapping>", b"</VirtualSCSIMapping >") + A,
    "a repeated container": b"%b</VirtualSCSIMappings><VirtualSCSIMappings>%b" % (A, B),
}


@pytest.mark.parametrize("inside", ODD.values(), ids=ODD.keys())
def test_odd_documents_are_read_as_they_are_without_memory(inside: bytes) -> None:
    def document(content: bytes) -> bytes:
        return (
            b'<VirtualIOServer xmlns="%b"><VirtualSCSIMappings group="ViosSCSIMapping">%b</VirtualSCSIMappings>'
            b"</VirtualIOServer>" % (UOM, content)
        )

    for known in ((), (A,), (A, B)):
        remembered._kept.clear()
        if known:
            again(document(b"".join(known)))
        for _ in range(2):
            assert again(document(inside)) == whole(document(inside))
        for clean in (A, B, A + B):  # and nothing wrong was learnt from it
            assert again(document(clean)) == whole(document(clean))


BROKEN = (
    b"%b<VirtualSCSIMapping></VirtualSCSIMappings>",
    b"%b<VirtualSCSIMapping></X></VirtualSCSIMapping></VirtualSCSIMappings>",
    b'<VirtualSCSIMapping a="%b"/></VirtualSCSIMappings>',
    b"<Metadata>%b</VirtualSCSIMappings></Metadata>",
    b"%b<VirtualSCSIMapping><ServerAdapter><LocalPartitionID>x</LocalPartitionID></ServerAdapter></VirtualSCSIMapping>"
    b"</VirtualSCSIMappings>",
    b"%b<undeclared:x/></VirtualSCSIMappings>",
    b"%b<!DOCTYPE x></VirtualSCSIMappings>",
)


@pytest.mark.parametrize("inside", BROKEN)
def test_what_is_wrong_is_told_as_without_memory(inside: bytes) -> None:
    body = b'<VirtualIOServer xmlns="%b"><VirtualSCSIMappings>' % UOM
    again(body + A + b"</VirtualSCSIMappings></VirtualIOServer>")
    broken = body + inside % A + b"</VirtualIOServer>"
    with pytest.raises((reader.BadDocument, reader.BadValue)) as told:
        again(broken)
    with pytest.raises(type(told.value)) as wanted:
        whole(broken)
    assert str(told.value) == str(wanted.value)


def test_a_document_in_another_encoding_is_read_by_its_own() -> None:
    vios = server(*(mapping(number) for number in range(3)), mapping(4))
    text = writer.render(vios, GROUPS).body.decode().replace("hdisk4", "h\u00e4")
    for encoding in ("utf-8", "UTF-8", "iso-8859-1", "utf-16"):
        body = f'<?xml version="1.0" encoding="{encoding}"?>\n{text}'.encode(encoding)
        for _ in range(2):
            assert again(body).scsi_mappings[3].backing_storage.physical_volume.name == "h\u00e4"
