"""Guests of two systems talk over the link between their virtual switches, whoever of them is restarted or moved."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import pytest

from openlpar.qemu_host.kit import GuestKit
from tests.qemu_partitions.neighbours import Neighbour, Neighbours, neighbours
from tests.qemu_partitions.site import Typist
from tests.qemu_scenarios.site import until

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

ADDRESSES = {"left": "192.0.2.11", "right": "192.0.2.12"}
VLAN = 77


@pytest.fixture(scope="module")
def two(kit: GuestKit) -> Iterator[Neighbours]:
    with neighbours(kit, linked=True) as made:
        for number, (name, system) in enumerate(zip(ADDRESSES, made.both, strict=True), 1):
            adapter = f"--slot 2 --pvid {VLAN} --mac 32250307CC0{number} --vswitch ETHERNET0"
            system.cheap(name, network=adapter)
            system.power_on(name)
        for name, system in zip(ADDRESSES, made.both, strict=True):
            with system.typist(name) as typist:
                typist.sh(f"ip addr add {ADDRESSES[name]}/24 dev eth0; ip link set eth0 up")
        yield made
        for name in ADDRESSES:
            (here,) = made.where(name)
            here.remove(name)


def reaches(typist: Typist, other: str) -> None:
    typist.until_sh(f"ping -c1 -W1 {ADDRESSES[other]} >/dev/null && echo answers", "answers")


def link(system: Neighbour) -> dict[str, object]:
    done = json.loads(system.run("openlpar links --json"))
    (found,) = done
    return dict(found)


def both_ways(two: Neighbours) -> None:
    for name, other in (("left", "right"), ("right", "left")):
        (here,) = two.where(name)
        with here.typist(name) as typist:
            reaches(typist, other)


def test_they_reach_each_other_and_administrators_see_by_what(two: Neighbours) -> None:
    both_ways(two)
    for system in two.both:
        found = link(system)
        assert found["up"] and VLAN in found["vlans"]  # type: ignore[operator]
        assert "up" in system.run("openlpar links")


def test_the_link_is_back_when_a_service_or_a_switch_was_killed(two: Neighbours) -> None:
    for system in two.both:
        system.restart()
        both_ways(two)
        os.kill(system.switch(), signal.SIGKILL)
        both_ways(two)


def test_a_guest_that_moves_keeps_its_peer(two: Neighbours) -> None:
    """While it moves and after it: at most a few seconds of its pings are lost."""
    here, there = two.both
    with there.typist("right") as right:
        for source, target in ((here, there), (there, here)):
            right.sh(f"ping -i 0.2 {ADDRESSES['left']} >/run/pings 2>&1 & echo $! >/run/pinging")
            source.move("left", target)
            until(lambda: two.where("left") == [target], "its arrival")  # noqa: B023
            reaches(right, "left")
            right.sh("kill -INT $(cat /run/pinging); sleep 1")
            sent, heard = right.sh("sed -n 's/ packets transmitted, / /; s/ packets received.*//p' /run/pings").split()
            assert int(heard) > 0 and (int(sent) - int(heard)) * 0.2 < 5, f"{heard} of {sent} pings were answered"
    both_ways(two)
