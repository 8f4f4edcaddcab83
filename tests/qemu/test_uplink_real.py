"""Ways out with real processes: a switch, and QEMUs without a machine. The test is the guest."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.world import State
from openlpar.hypervisor.qemu import ending, network, uplink
from openlpar.hypervisor.qemu import host as hosts
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from openlpar.hypervisor.qemu.uplink import Uplinks
from openlpar.ports.options import Uplink
from openlpar.qemu_host.probe import Answer
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.inventory.worlds import gannet, one, state
from tests.qemu.conftest import PATIENCE_S, alive, pid_in, until
from tests.qemu.real_guest import kit
from tests.vswitch.packets import ARP_TYPE, arp_request, dhcp_answer, dhcp_discover, echo_request, tcp_syn
from tests.vswitch.running import BROADCAST, Guest

pytestmark = pytest.mark.qemu

MAC = bytes.fromhex("4A5100000502")
GATEWAY = bytes.fromhex("52550A000202")
ADDRESS, GATEWAY_ADDRESS = "10.0.2.15", "10.0.2.2"


class Site:
    """The network of the default system, with a partition that is the test's. What pvm-core does at each commit, and again
    when a way out is lost, is ``round``."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.folder, self.host = folder, host
        partition = LogicalPartition(uuid="vm", id=5, name="vm")
        adapter = ClientNetworkAdapter(uuid="vm2", parent="vm", slot=2, pvid=1, mac=MAC.hex().upper(), vswitch_id=0)
        self.world: State = state([*gannet(), partition, adapter])
        self.lost = 0
        self.switch = Switch(folder / "n", lambda: None)
        self.uplinks: Uplinks

    def open(self, wish: Uplink | None) -> None:
        self.uplinks = Uplinks(self.world, wish, self.host, self.folder, self.folder / "n", self._lose)

    def _lose(self) -> None:
        self.lost += 1

    async def round(self) -> bool:
        return await self.uplinks.carry(self.switch, network.wanted(self.world))

    async def settled(self) -> None:
        await until_true(self.round, "all to be as it is wanted")

    def put(self, name: str, **values: Any) -> None:
        vios = one(self.world.all(VirtualIOServer), VirtualIOServer, name=name)
        self.world.swap(VirtualIOServer, vios.uuid, vios.evolve(**values))

    def pid(self, name: str) -> int:
        return pid_in(self.folder / "u" / f"{name}.pid")

    async def until_pid(self, name: str) -> int:
        return int(await until(lambda: self.pid(name), f"the pid of {name}"))

    async def port(self, name: str) -> dict[str, Any]:
        return next(dict(port) for port in (await self.switch.request("status"))["ports"] if port["name"] == name)

    async def trunk(self) -> Any:
        """The port that leads out of VLAN 1 of ETHERNET0."""
        told = (await self.switch.request("status"))["switches"][0]["vlans"]
        return next(vlan["trunk"] for vlan in told if vlan["vid"] == 1)

    async def until_trunk(self, name: str) -> None:
        async def leads() -> bool:
            return await self.trunk() == name and bool((await self.port(name))["up"])

        await until_true(leads, f"{name} to lead out")


async def until_true(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def host() -> Host:
    kit()
    return hosts.found()


@pytest.fixture
async def site(host: Host) -> AsyncIterator[Site]:
    """At the end ``halt`` ends all there is; nothing else may be left."""
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    site = Site(folder, host)
    yield site
    await site.uplinks.close()
    await site.switch.close()
    await ending.end_all(folder)
    left = [place for place in Path("/proc").glob("[0-9]*") if str(folder).encode() in words(place)]
    assert not left, [words(place) for place in left]
    shutil.rmtree(folder)


def words(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def guest(site: Site) -> Iterator[Guest]:
    (site.folder / "n").mkdir(mode=0o700)
    guest = Guest(site.folder / "n", "5-2")
    yield guest
    guest.close()


async def answer(guest: Guest, frame: bytes, wish: Callable[[bytes], bool]) -> bytes:
    """Sends it again and again until an answer is as wished."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            guest.send(frame)
            await asyncio.sleep(0.05)
            for heard in guest.waiting():
                if wish(heard):
                    return heard


def to(target: bytes, rest: bytes) -> bytes:
    return target + MAC + rest


async def gateway_answers(guest: Guest) -> bytes:
    request = to(BROADCAST, arp_request(MAC, ADDRESS, GATEWAY_ADDRESS))
    return await answer(guest, request, lambda heard: heard[12:14] == ARP_TYPE and heard[6:12] == GATEWAY)


async def test_a_guest_gets_an_address_and_pings_its_gateway(site: Site, guest: Guest) -> None:
    site.open(None)
    await site.settled()
    await site.until_trunk("2-3")
    offer = await answer(guest, to(BROADCAST, dhcp_discover(MAC)), lambda heard: heard[34:36] == b"\0\x43")
    address, options = dhcp_answer(offer)
    assert address == ADDRESS and options[1] == bytes((255, 255, 255, 0))
    assert 3 not in options, "there is no way beyond the gateway"
    await gateway_answers(guest)
    ping = to(GATEWAY, echo_request(ADDRESS, GATEWAY_ADDRESS))
    await answer(guest, ping, lambda heard: heard[23] == 1 and heard[34] == 0)


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind((address, 0))
        listener.listen()
        listener.setblocking(False)
        yield listener


async def reaches(guest: Guest, target: str, listener: socket.socket) -> None:
    """Waits until somebody has connected there for the guest."""
    syn = to(GATEWAY, tcp_syn(ADDRESS, target, 40_000, listener.getsockname()[1]))
    await answer(guest, syn, lambda heard: heard[23] == 6 and heard[47] == 0x12)
    listener.accept()[0].close()


async def test_outside_is_past_the_host_and_not_into_it(site: Site, guest: Guest) -> None:
    site.open(Uplink.OUTSIDE)
    await site.settled()
    await site.until_trunk("2-3")
    offer = await answer(guest, to(BROADCAST, dhcp_discover(MAC)), lambda heard: heard[34:36] == b"\0\x43")
    assert dhcp_answer(offer)[1][3] == bytes((10, 0, 2, 2)), "the gateway leads on"
    await gateway_answers(guest)
    with listening("127.0.0.1") as inside:
        for number, target in enumerate((GATEWAY_ADDRESS, "127.0.0.1"), 1):
            guest.send(to(GATEWAY, tcp_syn(ADDRESS, target, 40_000, inside.getsockname()[1])))

            async def barred(number: int = number) -> bool:
                return bool((await site.port("2-3"))["out"]["dropped"].get("barred", 0) == number)

            await until_true(barred, f"{target} to be barred")
        with pytest.raises(BlockingIOError):
            inside.accept()
        # Without the shield the very same would be let in.
        carried = uplink.led_out(
            network.wanted(site.world), uplink.wanted(site.world), site.uplinks.uplink, site.folder
        )
        for port in carried["ports"]:
            if port.pop("network", ""):
                port["kind"] = "guest"
        await site.switch.configure(carried)
        await site.until_trunk("2-3")
        await reaches(guest, GATEWAY_ADDRESS, inside)


def own_address() -> str:
    """An address of this host that is not loopback; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this host has no network")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("wish", [Uplink.OUTSIDE, Uplink.USER])
async def test_only_outside_leads_to_the_networks_of_the_host(site: Site, guest: Guest, wish: Uplink) -> None:
    site.open(wish)
    await site.settled()
    await site.until_trunk("2-3")
    await gateway_answers(guest)
    with listening(own_address()) as there:
        target = there.getsockname()[0]
        if wish is Uplink.OUTSIDE:
            await reaches(guest, target, there)
        else:
            guest.send(to(GATEWAY, tcp_syn(ADDRESS, target, 40_000, there.getsockname()[1])))
            await gateway_answers(guest)  # what was sent before has been looked at
            with pytest.raises(BlockingIOError):
                there.accept()


async def test_the_second_server_takes_over_when_the_first_is_powered_off(site: Site, guest: Guest) -> None:
    site.open(Uplink.USER)
    await site.settled()
    await site.until_trunk("2-3")
    await gateway_answers(guest)
    first = await site.until_pid("2-3")
    site.put("vios1", state="not activated")
    await site.settled()
    assert not alive(first)
    assert await site.trunk() == "3-3"
    names = {port["name"] for port in (await site.switch.request("status"))["ports"]}
    assert "2-3" not in names, "the port of a server that is off has gone"
    await gateway_answers(guest)
    other = await answer(guest, to(BROADCAST, dhcp_discover(MAC)), lambda heard: heard[34:36] == b"\0\x43")
    assert dhcp_answer(other)[0] == "10.0.2.31", "an address that the first one never gave away"
    site.put("vios1", state="running")
    await site.settled()
    await site.until_trunk("2-3")
    await gateway_answers(guest)


async def test_one_that_is_killed_is_replaced_and_another_leads_out_meanwhile(site: Site, guest: Guest) -> None:
    site.open(Uplink.USER)
    await site.settled()
    await site.until_trunk("2-3")
    first = await site.until_pid("2-3")
    os.kill(first, signal.SIGKILL)
    await until(lambda: site.lost, "the loss to be noticed")
    await site.until_trunk("3-3")
    await gateway_answers(guest)
    await site.settled()
    await site.until_trunk("2-3")
    assert await site.until_pid("2-3") != first
    await gateway_answers(guest)


async def test_they_outlive_the_service_and_are_taken_up_again(site: Site, guest: Guest) -> None:
    site.open(Uplink.USER)
    await site.settled()
    pids = [await site.until_pid(name) for name in ("2-3", "3-3")]
    await site.uplinks.close()
    site.open(Uplink.USER)
    await site.settled()
    assert [site.pid(name) for name in ("2-3", "3-3")] == pids and all(map(alive, pids))
    assert site.lost == 0
    os.kill(pids[0], signal.SIGKILL)
    await until(lambda: site.lost, "the loss of one that was found to be noticed")
    await site.settled()
    await site.uplinks.close()
    others = [await site.until_pid(name) for name in ("2-3", "3-3")]
    site.open(Uplink.OUTSIDE)
    await site.settled()
    assert not any(map(alive, others)), "they led elsewhere than is wanted now"
    last = [await site.until_pid(name) for name in ("2-3", "3-3")]
    await site.uplinks.close()
    site.open(Uplink.NONE)
    await site.settled()
    assert not any(map(alive, last))
    assert list((site.folder / "u").iterdir()) == []
    assert not (site.folder / "n/2-3.g").exists()


async def test_a_pid_of_somebody_else_is_left_alone(site: Site, guest: Guest) -> None:
    (site.folder / "u").mkdir()
    (site.folder / "u/2-3.pid").write_text(f"{os.getpid()}\n")
    (site.folder / "u/9-9.pid").write_text(f"{os.getpid()}\n")
    site.open(Uplink.USER)
    await site.settled()
    await until(lambda: site.pid("2-3") not in (0, os.getpid()), "a process of our own")


async def test_one_that_cannot_run_is_tried_again_in_peace(
    site: Site, guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    broken = site.folder / "broken"
    broken.write_text("#!/bin/sh\necho no such network >&2\necho >>$0.count\nexit 1\n")
    broken.chmod(0o700)
    site.host = replace(site.host, command=(str(broken),))
    site.open(Uplink.USER)
    await site.round()
    await until(lambda: site.lost == 2, "both to end")
    assert "port 2-3 ended: no such network" in caplog.text
    assert not any([await site.round() for _ in range(20)])
    assert (site.folder / "broken.count").read_text() == "\n\n", "each was started once"
    assert await site.trunk() == "2-3" and not (await site.port("2-3"))["up"], "partitions are switched all the same"


async def test_a_tap_that_cannot_be_had_cuts_nobody_off(
    site: Site, guest: Guest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(uplink, "device", lambda folder, name: {"2-3": "lo", "3-3": "ol-3-3"}[name])  # lo is none
    site.host = replace(site.host, tap=Answer(True))
    site.open(Uplink.TAP)
    assert not await site.round()
    assert "cannot be opened" in caplog.text
    assert (await site.port("5-2"))["up"]


async def test_a_tap_leads_out(site: Site, guest: Guest) -> None:
    if not site.host.tap:
        pytest.skip(site.host.tap.reason)
    site.open(Uplink.TAP)
    try:
        assert await site.round()
    except SwitchError as refused:
        pytest.skip(str(refused))
    name = uplink.device(site.folder, "2-3")
    assert (Path("/sys/class/net") / name / "tun_flags").exists()
    await site.until_trunk("2-3")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as wire:
        wire.bind((name, 0))
        wire.setblocking(False)
        request = to(BROADCAST, arp_request(MAC, "192.0.2.10", "192.0.2.1"))

        async def seen() -> bool:
            guest.send(request)
            await asyncio.sleep(0.02)
            try:
                while wire.recv(2048) != request:
                    pass
            except BlockingIOError:
                return False
            return True

        await until_true(seen, "the guest's frame on the TAP device")
    site.put("vios1", state="not activated")
    await site.settled()
    assert not (Path("/sys/class/net") / name).exists(), "the port of a server that is off has gone"
    await site.until_trunk("3-3")
