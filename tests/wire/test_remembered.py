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
from openlpar.wire import reader, writer

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
    monkeypatch.setattr(reader, "_KNOWN_KEPT", 5)
    writer._written.clear()
    reader._known_items.clear()
    vios = server(*(mapping(number) for number in range(20)))
    body = writer.render(vios, GROUPS).body
    read = reader.decode(etree.fromstring(body), VirtualIOServer, GROUPS)
    assert len(writer._written) == len(reader._known_items) == 5
    assert read.scsi_mappings == vios.scsi_mappings


def test_the_same_text_is_the_same_element_and_another_text_is_another() -> None:
    body = writer.render(server(mapping(1), mapping(2)), GROUPS).body
    one, two = (reader.decode(reader.parse(body), VirtualIOServer, GROUPS) for _ in range(2))
    assert one.scsi_mappings[0] is two.scsi_mappings[0]
    other = reader.decode(reader.parse(body.replace(b"hdisk1", b"hdisk7")), VirtualIOServer, GROUPS)
    names = [each.backing_storage.physical_volume.name for each in other.scsi_mappings]
    assert names == ["hdisk7", "hdisk2"]


def test_a_namespace_that_is_not_ours_is_no_match_for_the_same_text() -> None:
    body = writer.render(server(mapping(1)), GROUPS).body
    reader.decode(reader.parse(body), VirtualIOServer, GROUPS)
    foreign = body.replace(b"firmware/uom/mc", b"firmware/other/mc")
    with pytest.raises(reader.BadDocument, match="namespace"):
        reader.decode(reader.parse(foreign), VirtualIOServer, GROUPS)
