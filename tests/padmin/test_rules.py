"""Files of rules go from server to server."""

from __future__ import annotations

from openlpar.vios.padmin.device_rules import FILE
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin


def test_rules_of_a_newer_level(padmin: Padmin) -> None:
    """They may name what this one does not have: it takes them only when it is told to."""
    padmin.out("rules -o capture")
    server, vios = padmin.engine.edges.io_server, padmin.vios("vios1")
    own = server.read_file(vios, FILE)
    assert b'ioslevel="3.1.2.10"' in own
    for level, status in ((b"3.1.2.9", 0), (b"3.1.2.20", Status.INCOMPLETE), (b"3.2", Status.INCOMPLETE), (b"", 0)):
        server.write_file(vios, "other.xml", own.replace(b"3.1.2.10", level))
        assert padmin.run("rules -o import -f other.xml").status == status
        assert padmin.out("rules -o import -f other.xml -F") == "9 rules were imported.\n"
