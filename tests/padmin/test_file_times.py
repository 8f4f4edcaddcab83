"""Times of files that padmin writes."""

from __future__ import annotations

from openlpar.ports.records import ViosSettings
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.padmin.conftest import Padmin


def test_files_have_the_time_of_the_servers_own_clock(padmin: Padmin) -> None:
    vios: VirtualIOServer = padmin.vios("vios1")
    with padmin.engine.alter() as change:
        ahead_s = 1_900_000_000 - padmin.engine.clock.now() // 1000
        change.put(ViosSettings(uuid=vios.uuid, clock_offset_s=ahead_s))
    assert padmin.out("date").startswith("Sun Mar 17 17:46")
    padmin.out("viosbr -backup -file night")
    assert "Mar 17 17:46 night.tar.gz" in padmin.out("ls -l cfgbackups")
