"""Frames through real sockets and devices."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from openlpar.vswitch.endpoints import Link
from openlpar.vswitch.forwarding import Oversize
from openlpar.vswitch.wanted import LinkEnd
from tests.vswitch.packets import UDP, ipv4
from tests.vswitch.running import BROADCAST, Guest, Switch, eventually, frame, guest, mac, text

Connect = Callable[[str], Guest]
SECRET = b"a secret of some length"


def test_vlans_keep_guests_apart(switch: Switch, connect: Connect) -> None:
    a, b, c, both = (connect(name) for name in ("a", "b", "c", "both"))
    switch.control.configure(
        guest("a", 1), guest("b", 2), guest("c", 3, pvid=2), guest("both", 4, pvid=4094, tagged=[1, 2])
    )
    sent = frame(BROADCAST, mac(1))
    a.send(sent)
    assert b.receive() == sent
    assert both.receive() == frame(BROADCAST, mac(1), vid=1)
    both.send(frame(mac(3), mac(4), vid=2))
    assert c.receive() == frame(mac(3), mac(4)), "and nothing of VLAN 1 before it"
    assert a.waiting() == []


def test_the_largest_frame_passes_and_a_larger_one_is_counted(switch: Switch, connect: Connect) -> None:
    a, b = connect("a"), connect("b")
    a.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    switch.control.configure(guest("a", 1), guest("b", 2, pvid=7, tagged=[1]))
    largest = frame(mac(2), mac(1), bytes(65_600 - 14))
    a.send(largest + b"!")
    a.send(largest)
    assert len(b.receive()) == 65_604
    assert switch.control.port("a")["in"] == {"frames": 2, "bytes": 131_201, "dropped": {"oversize": 1}}


def test_a_guest_that_does_not_read_holds_up_nobody(switch: Switch, connect: Connect) -> None:
    a, slow, brisk = connect("a"), connect("slow"), connect("brisk")
    switch.control.configure(guest("a", 1), guest("slow", 2), guest("brisk", 3))
    for number in range(1000):
        a.send(frame(mac(2), mac(1), number.to_bytes(46, "big")))
    a.send(frame(mac(3), mac(1)))
    assert brisk.receive() == frame(mac(3), mac(1))
    port = switch.control.port("slow")
    dropped = port["out"]["dropped"]["full"]
    assert dropped > 0
    assert port["out"]["frames"] + port["queued"] + dropped == 1000
    kept = [slow.receive() for _ in range(1000 - dropped)]
    assert kept == [frame(mac(2), mac(1), number.to_bytes(46, "big")) for number in range(1000 - dropped)]
    eventually(lambda: switch.control.port("slow")["queued"] == 0)
    a.send(frame(mac(2), mac(1), b"again!"))
    assert slow.receive() == frame(mac(2), mac(1), b"again!")


def test_a_guest_that_starts_again_is_heard_and_hears(switch: Switch, connect: Connect) -> None:
    a, b = connect("a"), connect("b")
    switch.control.configure(guest("a", 1), guest("b", 2))
    b.close()
    a.send(frame(mac(2), mac(1)))
    eventually(lambda: switch.control.port("b")["out"]["dropped"] == {"no_receiver": 1})
    assert not switch.control.port("b")["up"]
    again = connect("b")
    again.send(frame(mac(1), mac(2)))
    assert a.receive() == frame(mac(1), mac(2))
    a.send(frame(mac(2), mac(1)))
    assert again.receive() == frame(mac(2), mac(1))


def test_what_may_not_go_to_a_user_mode_network_is_counted_even_behind_what_waits(
    switch: Switch, connect: Connect
) -> None:
    a, outside = connect("a"), connect("out")
    switch.control.configure(
        guest("a", 1), guest("out", 2, kind="user", network="10.0.2.0/24", trunk=True, trunk_priority=1)
    )
    to_host, beyond = (mac(9) + mac(1) + ipv4(target, UDP, 4444) for target in ("127.0.0.1", "192.0.2.1"))
    a.send(to_host)
    a.send(beyond)
    assert outside.receive() == beyond
    assert switch.control.port("out")["out"]["dropped"] == {"barred": 1}

    def fills() -> bool:
        a.send(beyond)
        return bool(switch.control.port("out")["queued"])

    def drains() -> bool:
        outside.waiting()
        return not switch.control.port("out")["queued"]

    eventually(fills)
    a.send(to_host)
    eventually(drains)
    assert switch.control.port("out")["out"]["dropped"] == {"barred": 2}


def test_a_port_that_becomes_one_of_another_kind_goes_on(switch: Switch, connect: Connect) -> None:
    a, other = connect("a"), connect("b")
    for more in ({}, {"kind": "user", "network": "10.0.2.0/24"}, {}):
        switch.control.configure(guest("a", 1), guest("b", 2, **more))
        other.send(frame(mac(1), mac(2)))
        assert a.receive() == frame(mac(1), mac(2))


def test_a_disabled_port_is_deaf_and_dumb(switch: Switch, connect: Connect) -> None:
    a, b = connect("a"), connect("b")
    switch.control.configure(guest("a", 1), guest("b", 2, enabled=False))
    b.send(frame(BROADCAST, mac(2)))
    a.send(frame(BROADCAST, mac(1)))
    eventually(lambda: switch.control.port("a")["in"]["dropped"] == {"no_receiver": 1})
    eventually(lambda: switch.control.port("b")["in"]["dropped"] == {"disabled": 1})
    switch.control.configure(guest("a", 1), guest("b", 2))
    a.send(frame(BROADCAST, mac(1)))
    assert b.receive() == frame(BROADCAST, mac(1))


def test_the_second_trunk_takes_over_when_the_first_goes_away(switch: Switch, connect: Connect) -> None:
    a, first, second = connect("a"), connect("t1"), connect("t2")
    switch.control.configure(
        guest("a", 1), *(guest(f"t{n}", 10 + n, trunk=True, trunk_priority=n) for n in (1, 2)), mode="Vepa"
    )
    a.send(frame(BROADCAST, mac(1)))
    assert first.receive() == frame(BROADCAST, mac(1))
    first.close()

    def trunk() -> Any:
        return switch.control.do("status")["switches"][0]["vlans"][0]["trunk"]

    eventually(lambda: trunk() == "t2")  # without a frame: the tick finds out
    a.send(frame(BROADCAST, mac(1)))
    assert second.receive() == frame(BROADCAST, mac(1))
    back = connect("t1")
    eventually(lambda: trunk() == "t1")
    a.send(frame(BROADCAST, mac(1)))
    assert back.receive() == frame(BROADCAST, mac(1))


# ---- links


def _free_ports() -> tuple[int, int]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        for sock in (one, two):
            sock.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def test_a_link_joins_the_switches_of_two_hosts(switch: Switch, connect: Connect) -> None:
    here, there = _free_ports()
    folder = Path(tempfile.mkdtemp(prefix="ol"))
    other = Switch(folder)
    far = Guest(folder, "far")
    a = connect("a")
    try:
        for one, near, peer, ports in (
            (switch, here, there, [guest("a", 1)]),
            (other, there, here, [guest("far", 2, pvid=5)]),
        ):
            link = guest("l", 0, mac=None, pvid=None, tagged=[1, 5], kind="link", secret=SECRET.decode())
            one.control.configure(*ports, {**link, "local": f"127.0.0.1:{near}", "peer": f"127.0.0.1:{peer}"})
        other.control.configure(
            guest("far", 2),
            {**link, "local": f"127.0.0.1:{there}", "peer": f"127.0.0.1:{here}"},
        )
        eventually(lambda: switch.control.port("l")["up"] and other.control.port("l")["up"])
        a.send(frame(BROADCAST, mac(1)))
        assert far.receive() == frame(BROADCAST, mac(1))
        far.send(frame(mac(1), mac(2), bytes(60_000)))
        assert len(a.receive()) == 60_014
        other.end()
        eventually(lambda: not switch.control.port("l")["up"])
    finally:
        far.close()
        if other.process.returncode is None:
            other.end()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@contextmanager
def _links(secret: bytes, other: bytes) -> Iterator[tuple[Link, Link]]:
    here, there = _free_ports()
    ends = [
        Link(LinkEnd(("127.0.0.1", near), ("127.0.0.1", far), key))
        for near, far, key in ((here, there, secret), (there, here, other))
    ]
    yield ends[0], ends[1]
    for end in ends:
        end.close()


def _read(link: Link) -> bytes | None:
    end = time.monotonic() + 10
    while True:
        try:
            return link.read()
        except BlockingIOError:
            assert time.monotonic() < end
            time.sleep(0.001)


def test_a_datagram_with_another_secret_is_rejected() -> None:
    with _links(SECRET, SECRET[::-1]) as (one, two):
        one.write(frame(BROADCAST, mac(1)))
        assert _read(two) is None
        assert two.rejected == 1
        assert not two.alive()


def test_a_datagram_is_accepted_once_and_unaltered_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with _links(SECRET, SECRET) as (one, two):
        datagram = (one._sent + 1).to_bytes(8, "big")
        content = frame(BROADCAST, mac(1))
        datagram += one._seal(datagram, content) + content
        raw = one._socket
        for sent in (datagram[:-1] + b"!", datagram[:20], b"", datagram, datagram):
            raw.send(sent)
        assert [_read(two) for _ in range(5)] == [None, None, None, content, None]
        assert two.rejected == 4


def test_only_the_peer_is_heard() -> None:
    with _links(b"", b"") as (one, two), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        number = time.time_ns().to_bytes(8, "big")
        content = frame(BROADCAST, mac(66))
        stranger.sendto(number + one._seal(number, content) + content, two._socket.getsockname())
        one.write(frame(BROADCAST, mac(1)))
        assert _read(two) == frame(BROADCAST, mac(1)), "and not what was sent before it"


def test_a_frame_that_no_datagram_holds_is_refused() -> None:
    with _links(b"", b"") as (one, _), pytest.raises(Oversize):
        one.write(bytes(65_500))


# ---- TAP devices


def _tap_missing() -> str:
    """Why TAP devices cannot be tested here, empty when they can."""
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR)
    except OSError as cause:
        return f"/dev/net/tun cannot be opened: {cause.strerror}"
    try:
        fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"oltest%d", 0x1002))
    except OSError as cause:
        return f"no TAP device can be made: {cause.strerror}; root may"
    finally:
        os.close(tun)
    return ""


TAP_MISSING = _tap_missing()


@pytest.mark.skipif(bool(TAP_MISSING), reason=TAP_MISSING or "there are TAP devices")
def test_a_tap_device_is_a_trunk_to_the_host(switch: Switch, connect: Connect) -> None:
    a = connect("a")
    device = f"ol{os.getpid()}t"
    switch.control.configure(
        guest("a", 1), guest("sea", 2, kind="tap", device=device, trunk=True, trunk_priority=1), mode="Vepa"
    )
    assert switch.control.port("sea")["up"]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5)) as host:
        host.bind((device, 0x88B5))
        host.settimeout(10)
        a.send(frame(BROADCAST, mac(1)))
        assert host.recv(2000) == frame(BROADCAST, mac(1))
        host.send(frame(mac(1), mac(50)))
        while (heard := a.receive()) != frame(mac(1), mac(50)):
            assert heard[12:14] == b"\x86\xdd", "the host's own discovery"
    switch.control.configure(guest("a", 1))
    assert not Path(f"/sys/class/net/{device}").exists()


@pytest.mark.skipif(bool(TAP_MISSING), reason=TAP_MISSING or "there are TAP devices")
def test_a_tap_device_that_was_taken_is_refused(switch: Switch) -> None:
    tun = os.open("/dev/net/tun", os.O_RDWR)
    device = f"ol{os.getpid()}b"
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", device.encode(), 0x1002))
    answer = switch.control.ask(
        "configure",
        switches=[{"name": "ETHERNET0", "mode": "Veb"}],
        ports=[guest("sea", 2, kind="tap", device=device)],
    )
    os.close(tun)
    assert answer == {"refused": "port sea: its tap cannot be opened: Device or resource busy"}


# ---- the responder


def _responder(**more: Any) -> dict[str, Any]:
    return guest("novalink", 200, kind="responder", trunk=True, trunk_priority=1, **more)


def _icmp(source: bytes, destination: bytes, packet: bytes, ethernet: bytes, hops: int = 255) -> bytes:
    """A frame with an ICMPv6 packet, its checksum by the book: sums of 16-bit words with carry around."""
    pseudo = source + destination + len(packet).to_bytes(4, "big") + b"\0\0\0\x3a" + packet + b"\0" * (len(packet) % 2)
    total = 0
    for at in range(0, len(pseudo), 2):
        total += int.from_bytes(pseudo[at : at + 2], "big")
        total = total % 0x10000 + total // 0x10000
    packet = packet[:2] + (total ^ 0xFFFF).to_bytes(2, "big") + packet[4:]
    head = b"\x60\0\0\0" + len(packet).to_bytes(2, "big") + bytes((58, hops))
    return ethernet + b"\x86\xdd" + head + source + destination + packet


GUEST = bytes.fromhex("fe80000000000000485100fffe000001")
NOVALINK = bytes.fromhex("fe80000000000000485100fffe0000c8")
SOLICITED = bytes.fromhex("ff0200000000000000000001ff0000c8")


def test_the_responder_answers_solicitations_and_echoes(switch: Switch, connect: Connect) -> None:
    a = connect("a")
    switch.control.configure(guest("a", 1), _responder(), mode="Vepa")
    ask = b"\x87\0\0\0\0\0\0\0" + NOVALINK + b"\x01\x01" + mac(1)
    a.send(_icmp(GUEST, SOLICITED, ask, b"\x33\x33\xff\0\0\xc8" + mac(1)))
    advertised = b"\x88\0\0\0\x60\0\0\0" + NOVALINK + b"\x02\x01" + mac(200)
    assert a.receive() == _icmp(NOVALINK, GUEST, advertised, mac(1) + mac(200))
    for content in (b"", b"odd", b"payload" * 30):
        a.send(_icmp(GUEST, NOVALINK, b"\x80\0\0\0\x12\x34\0\x07" + content, mac(200) + mac(1)))
        reply = b"\x81\0\0\0\x12\x34\0\x07" + content
        assert a.receive() == _icmp(NOVALINK, GUEST, reply, mac(1) + mac(200))


def test_the_responder_ignores_what_is_wrong_or_not_for_it(switch: Switch, connect: Connect) -> None:
    a = connect("a")
    switch.control.configure(guest("a", 1), _responder(), mode="Vepa")
    echo = b"\x80\0\0\0\x12\x34\0\x07" + b"payload"
    good = _icmp(GUEST, NOVALINK, echo, mac(200) + mac(1))
    ask = b"\x87\0\0\0\0\0\0\0" + NOVALINK + b"\x01\x01" + mac(1)
    for wrong in (
        good[:-1] + b"!",  # checksum
        good[:-3],  # shorter than it says
        _icmp(GUEST, NOVALINK[:-1] + b"\x99", echo, mac(200) + mac(1)),  # somebody else's
        _icmp(GUEST, SOLICITED, ask, b"\x33\x33\xff\0\0\xc8" + mac(1), hops=64),  # came through a router
        _icmp(GUEST, SOLICITED, b"\x87" + bytes(31), b"\x33\x33\xff\0\0\xc8" + mac(1)),  # asks for another
    ):
        a.send(wrong)
    a.send(good)
    assert a.receive() == _icmp(NOVALINK, GUEST, b"\x81" + echo[1:], mac(1) + mac(200))
    assert a.waiting() == []


def test_ping_measures_the_way_to_a_guest_and_back(switch: Switch, connect: Connect) -> None:
    a = connect("a")
    switch.control.configure(guest("a", 1), _responder(), mode="Vepa")
    address = "fe80::4851:ff:fe00:1"
    request = f'{{"id": 5, "do": "ping", "port": "novalink", "address": "{address}", "timeout_ms": 9000}}\n'
    switch.control.socket.sendall(request.encode())
    asked = a.receive()
    assert asked[:6] == b"\x33\x33\xff\0\0\x01"
    assert asked[54] == 135
    assert asked[62:78] == GUEST
    advertised = b"\x88\0\0\0\x60\0\0\0" + GUEST + b"\x02\x01" + mac(1)
    a.send(_icmp(GUEST, NOVALINK, advertised, mac(200) + mac(1)))
    while (echo := a.receive())[54] != 128:
        pass  # it had asked again
    a.send(_icmp(GUEST, NOVALINK, b"\x81" + echo[55:56] + b"\0\0" + echo[58:], mac(200) + mac(1)))
    answer = switch.control.answer()
    assert answer["id"] == 5
    assert answer["ok"]["mac"] == text(mac(1))
    assert 0 < answer["ok"]["round_trip_us"] < 9_000_000


def test_ping_says_when_nobody_answers(switch: Switch, connect: Connect) -> None:
    connect("a")
    switch.control.configure(guest("a", 1), _responder(), mode="Vepa")
    answer = switch.control.ask("ping", port="novalink", address="fe80::1", timeout_ms=50)
    assert answer == {"refused": "no answer of fe80::1 within 50 ms"}
