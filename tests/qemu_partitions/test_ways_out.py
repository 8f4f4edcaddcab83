"""A real guest finds the way out of its virtual network, by whichever Virtual I/O Server runs."""

from __future__ import annotations

import pytest

from tests.qemu_partitions.site import Site
from tests.qemu_scenarios.site import until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

PING = "ping -c1 -W2 10.0.2.2 >/dev/null && echo answers"


def test_a_guest_pings_its_gateway_by_either_server(own_site: Site) -> None:
    site = own_site
    site.cheap("out", vioses=("vios2",), network="--slot 2 --pvid 1 --vswitch ETHERNET0")
    site.power_on("out")
    with site.typist("out") as out:
        out.sh("ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up")
        out.until_sh(PING, "answers")
        site.pvmctl("vios power-off -i name=vios1")
        until(lambda: not site.processes("uplink-2-3"), "the end of the first server's way out")
        assert site.processes("uplink-3-3")
        out.until_sh(PING, "answers")
        site.pvmctl("vios power-off -i name=vios2")
        until(lambda: not site.processes("uplink-"), "the end of both")
        assert out.sh(PING) == "", "nobody leads out"
        site.pvmctl("vios power-on -i name=vios1")
        out.until_sh(PING, "answers")
