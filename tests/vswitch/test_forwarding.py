"""Who hears a frame: the switching compared with its rules, written down a second time in the plainest way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.vswitch import forwarding, frames
from openlpar.vswitch.forwarding import Drop, Endpoint, Fabric
from openlpar.vswitch.wanted import Mode, Wanted, WantedPort, wanted
from tests.vswitch.running import BROADCAST, frame, guest, mac, text

LEARNABLE = [mac(n) for n in range(1, 8)]
DESTINATIONS = [*LEARNABLE, BROADCAST, b"\x33\x33\0\0\0\x01"]


class Sink(Endpoint):
    """Takes what it is sent. room: how many frames until it is full."""

    queues = True

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.up = True
        self.room = 1 << 30

    def write(self, frame: bytes) -> object:
        if not self.up:
            raise ConnectionRefusedError
        if len(self.got) >= self.room:
            raise BlockingIOError
        self.got.append(frame)
        return None

    def alive(self) -> bool:
        return self.up


class Rig:
    """A fabric whose ports end in sinks."""

    def __init__(self, *ports: dict[str, Any], mode: str = "Veb") -> None:
        self.fabric = Fabric()
        self.sinks: dict[str, Sink] = {}
        self.configure(*ports, mode=mode)

    def configure(self, *ports: dict[str, Any], mode: str = "Veb") -> Wanted:
        wish = wanted({"switches": [{"name": "ETHERNET0", "mode": mode}], "ports": list(ports)})
        self.sinks = {name: self.sinks.get(name) or Sink() for name in wish.ports}
        self.fabric.configure(wish, dict(self.sinks))
        return wish

    def send(self, name: str, content: bytes) -> dict[str, list[bytes]]:
        """What each port got of it, those that got nothing left out."""
        self.fabric.switch(self.fabric.ports[name], content)
        heard = {name: sink.got for name, sink in self.sinks.items() if sink.got}
        for sink in self.sinks.values():
            sink.got = []
        return heard

    def dropped(self, name: str) -> dict[Drop, int]:
        return dict(self.fabric.ports[name].dropped_in)


@dataclass
class Reference:
    """The rules, without a thought for speed."""

    wish: Wanted
    up: dict[str, bool]
    learned: dict[tuple[int, bytes], str]

    def trunk(self, vid: int) -> str | None:
        here = [port for port in self.wish.ports.values() if port.enabled and port.trunk and vid in port.vlans]
        alive = [port for port in here if self.up[port.name]] or here
        return min(alive, key=lambda port: port.trunk_priority).name if alive else None

    def members(self, vid: int) -> list[WantedPort]:
        return [
            port
            for port in self.wish.ports.values()
            if port.enabled and vid in port.vlans and (not port.trunk or port.name == self.trunk(vid))
        ]

    def place(self, vid: int, address: bytes) -> str | None:
        for port in self.members(vid):
            if address in _kept(port):
                return port.name
        return self.learned.get((vid, address))

    def settle(self) -> None:
        """What was learned at ports that no longer belong, or of addresses that somebody has now, is gone."""
        for (vid, address), name in list(self.learned.items()):
            names = {port.name for port in self.members(vid)}
            if name not in names or any(address in _kept(port) for port in self.members(vid)):
                del self.learned[vid, address]

    def hears(self, name: str, content: bytes) -> dict[str, list[bytes]]:
        port = self.wish.ports[name]
        destination, source, rest, control = content[:6], content[6:12], content[12:], 0
        if rest.startswith(b"\x81\x00"):
            control, rest = int.from_bytes(rest[2:4], "big"), rest[4:]
        vid = (control & 0xFFF) or port.pvid
        if not port.enabled or vid is None or vid not in port.vlans or (port.trunk and self.trunk(vid) != name):
            return {}
        vepa = self.wish.switches[port.switch] is Mode.VEPA
        origin = self.place(vid, source)
        if vepa and port.trunk and origin not in (None, name):
            silent = {name, origin}
        else:
            silent = {name}
            owned = any(source in _kept(other) for other in self.members(vid) if other is not port)
            free = port.allowed_macs is None or source in port.addresses
            if source[0] & 1 or owned or not free:
                return {}
            if source not in _kept(port):
                self.learned[vid, source] = name
        others = [other for other in self.members(vid) if other.name not in silent]
        if vepa:
            others = [other for other in others if other.trunk != port.trunk]
        target = self.place(vid, destination)
        if not destination[0] & 1 and (port.trunk or not vepa):
            if target is not None:
                others = [other for other in others if other.name == target]
            else:
                others = [other for other in others if other.allowed_macs is None or other.roaming]
        others = [other for other in others if not {port.kind, other.kind} <= {"link", "user"}]
        tag = b"\x81\x00" + ((control & 0xF000) | vid).to_bytes(2, "big")
        return {
            other.name: [destination + source + (b"" if other.pvid == vid else tag) + rest]
            for other in others
            if self.up[other.name]
        }


def _kept(port: WantedPort) -> frozenset[bytes]:
    """Addresses that nobody else has."""
    return frozenset() if port.roaming else port.addresses


VIDS = st.integers(1, 3)
KINDS: tuple[dict[str, str], ...] = (
    {},
    {"kind": "user", "network": "10.0.2.0/24"},
    {"kind": "link"},
)


@st.composite
def ports(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(2, 5))
    made = []
    for n in range(count):
        trunk = draw(st.booleans()) if n >= 2 else False
        own = draw(st.booleans())
        made.append(
            {
                "name": f"p{n}",
                "switch": "ETHERNET0",
                "pvid": draw(VIDS),
                "tagged": draw(st.lists(VIDS, max_size=2)),
                "trunk": trunk,
                "trunk_priority": n + 1 if trunk else 0,
                "mac": text(mac(n + 1)) if own else None,
                "allowed_macs": "none" if own and not trunk and draw(st.booleans()) else "all",
                "enabled": draw(st.sampled_from([True, True, True, False])),
                "roaming": draw(st.sampled_from([False, False, True])),
                **_end(draw(st.sampled_from(KINDS)), n),
            }
        )
    return made


def _end(kind: dict[str, str], n: int) -> dict[str, str]:
    addresses = {"local": f"127.0.0.1:{7000 + n}", "peer": f"127.0.0.1:{8000 + n}"}
    return kind | addresses if kind.get("kind") == "link" else kind


STEP = st.one_of(
    st.tuples(
        st.just("frame"),
        st.integers(0, 4),
        st.builds(
            lambda destination, source, control: (
                destination
                + source
                + (b"" if control is None else b"\x81\x00" + control.to_bytes(2, "big"))
                + b"\x88\xb5payload"
            ),
            st.sampled_from(DESTINATIONS),
            st.sampled_from(LEARNABLE),
            st.none() | st.builds(lambda priority, vid: priority << 13 | vid, st.integers(0, 7), st.integers(0, 4)),
        ),
    ),
    st.tuples(st.just("up"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("enabled"), st.integers(0, 4), st.booleans()),
)


@settings(max_examples=300, deadline=None)
@given(ports(), st.sampled_from(["Veb", "Vepa"]), st.lists(STEP, min_size=1, max_size=25))
def test_frames_go_where_the_rules_say(
    config: list[dict[str, Any]], mode: str, steps: list[tuple[str, int, Any]]
) -> None:
    rig = Rig(*config, mode=mode)
    reference = Reference(rig.configure(*config, mode=mode), {port["name"]: True for port in config}, {})
    for what, number, argument in steps:
        config_of = config[number % len(config)]
        name = config_of["name"]
        if what == "up":
            rig.sinks[name].up = reference.up[name] = argument
            rig.fabric.set_up(rig.fabric.ports[name], argument)
        elif what == "enabled":
            if config_of["enabled"] != argument:
                reference.learned = {key: at for key, at in reference.learned.items() if at != name}
            config_of["enabled"] = argument
            reference.wish = rig.configure(*config, mode=mode)
        else:
            assert rig.send(name, argument) == reference.hears(name, argument)
        reference.settle()
    _adds_up(rig.fabric)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=80)), max_size=20))
def test_garbage_is_counted_and_harms_nothing(datagrams: list[tuple[int, bytes]]) -> None:
    rig = Rig(guest("a", 1), guest("b", 2, tagged=[2, 3]), guest("c", 3, trunk=True, trunk_priority=1))
    for number, content in datagrams:
        rig.send("abc"[number], content)
    _adds_up(rig.fabric)


def _adds_up(fabric: Fabric) -> None:
    """Every frame that came in was dropped or copied; every copy was sent or dropped or waits."""
    all_ports = fabric.ports.values()
    for port in all_ports:
        forwarded = port.frames_in - sum(port.dropped_in.values())
        assert 0 <= forwarded <= port.copies
        assert bool(forwarded) == bool(port.copies)
    copies = sum(port.copies for port in all_ports)
    assert copies == sum(port.frames_out + sum(port.dropped_out.values()) + len(port.queue) for port in all_ports)


def test_a_frame_is_counted_once_on_its_way_in() -> None:
    rig = Rig(guest("a", 1, allowed_macs="none"), guest("b", 2))
    good = frame(mac(2), mac(1))
    for content in (
        good,
        frame(mac(2), mac(9)),
        good[:13],
        bytes(65_601),
        frame(mac(2), mac(1), vid=7),
        frame(mac(1), mac(1)),
    ):
        rig.send("a", content)
    port = rig.fabric.ports["a"]
    assert rig.dropped("a") == {Drop.MAC: 1, Drop.RUNT: 1, Drop.OVERSIZE: 1, Drop.VLAN: 1, Drop.NO_RECEIVER: 1}
    assert port.frames_in == 6
    assert port.copies == 1


def test_a_tag_below_the_tag_goes_nowhere() -> None:
    rig = Rig(guest("a", 1), guest("t", 2, tagged=[20], trunk=True, trunk_priority=1))
    hop = frame(BROADCAST, mac(1))[:12] + b"\x81\x00\x00\x01\x81\x00\x00\x14\x88\xb5" + bytes(46)
    service = frame(BROADCAST, mac(1))[:12] + b"\x88\xa8\x00\x14\x88\xb5" + bytes(46)
    assert rig.send("a", hop) == {}
    assert rig.send("a", service) == {}
    assert rig.dropped("a") == {Drop.VLAN: 2}


def test_reserved_groups_stay_at_the_port() -> None:
    rig = Rig(guest("a", 1), guest("b", 2))
    assert rig.send("a", frame(bytes.fromhex("0180c2000000"), mac(1))) == {}
    assert rig.dropped("a") == {Drop.RESERVED: 1}


def test_nobody_sends_from_a_groups_address() -> None:
    rig = Rig(guest("a", 1), guest("b", 2))
    for source in (BROADCAST, bytes(6)):
        assert rig.send("a", frame(BROADCAST, source)) == {}
    assert rig.dropped("a") == {Drop.MALFORMED: 2}


def test_a_guest_that_floods_addresses_loses_only_its_own() -> None:
    rig = Rig(guest("a", 1), guest("b", 2), guest("c", 3))
    rig.send("c", frame(BROADCAST, mac(77)))
    for number in range(20_000):
        rig.send("a", frame(BROADCAST, b"\x02\0\0" + number.to_bytes(3, "big")))
    learned = rig.fabric.ports["a"].learned
    assert len(learned) == forwarding.LEARNED
    assert sum(1 for _ in rig.fabric.entries()) == forwarding.LEARNED + 4  # three adapters, and what c had
    assert rig.send("a", frame(mac(77), mac(1))) == {"c": [frame(mac(77), mac(1))]}
    assert rig.send("a", frame(mac(2), mac(1))) == {"b": [frame(mac(2), mac(1))]}


def test_an_adapters_address_cannot_be_taken() -> None:
    rig = Rig(guest("a", 1), guest("b", 2), guest("c", 3))
    assert rig.send("a", frame(BROADCAST, mac(2))) == {}
    assert rig.dropped("a") == {Drop.MAC: 1}
    assert list(rig.send("c", frame(mac(2), mac(3)))) == ["b"]


def test_listed_addresses_may_be_used_and_are_the_ports_own() -> None:
    rig = Rig(guest("a", 1, allowed_macs=[text(mac(8))]), guest("b", 2))
    assert list(rig.send("a", frame(mac(2), mac(8)))) == ["b"]
    assert rig.send("a", frame(mac(2), mac(9))) == {}
    assert list(rig.send("b", frame(mac(8), mac(2)))) == ["a"]


def test_an_unknown_address_is_not_looked_for_where_it_cannot_be() -> None:
    rig = Rig(guest("a", 1), guest("b", 2, allowed_macs="none"), guest("c", 3))
    assert list(rig.send("a", frame(mac(66), mac(1)))) == ["c"]


def test_what_was_not_seen_for_long_is_forgotten() -> None:
    rig = Rig(guest("a", 1), guest("b", 2), guest("c", 3))
    rig.send("c", frame(BROADCAST, mac(77)))
    rig.fabric.now = forwarding.AGE_S
    rig.fabric.age()
    assert list(rig.send("a", frame(mac(77), mac(1)))) == ["c"]
    rig.fabric.now += 1
    rig.fabric.age()
    assert list(rig.send("a", frame(mac(77), mac(1)))) == ["b", "c"]


def _link(name: str, number: int) -> dict[str, Any]:
    ends = {"local": f"127.0.0.1:{7000 + number}", "peer": f"127.0.0.1:{8000 + number}"}
    return {"name": name, "switch": "ETHERNET0", "tagged": [1], "kind": "link", **ends}


def test_links_and_user_mode_networks_hear_partitions_and_not_each_other() -> None:
    """Three systems that are all linked with each other are no ring."""
    user = guest("u", 9, kind="user", network="10.0.2.0/24", trunk=True, trunk_priority=1)
    rig = Rig(guest("a", 1), _link("l1", 1), _link("l2", 2), user)
    tagged = frame(BROADCAST, mac(7), vid=1)
    assert list(rig.send("a", frame(BROADCAST, mac(1)))) == ["l1", "l2", "u"]
    assert list(rig.send("l1", tagged)) == ["a"]
    assert list(rig.send("u", frame(BROADCAST, mac(9)))) == ["a"]
    assert rig.send("l2", frame(mac(7), mac(6), vid=1)) == {}, "not though it is known where that is"


def test_a_guest_that_is_being_moved_is_found_where_it_was_heard_last() -> None:
    """On the other system as long as it runs there, then here."""
    arriving = guest("a", 1, allowed_macs="none", roaming=True)
    rig = Rig(arriving, guest("b", 2), _link("l", 1))
    assert list(rig.send("l", frame(mac(2), mac(1), vid=1))) == ["b"], "its address is not kept for it here"
    assert list(rig.send("b", frame(mac(1), mac(2)))) == ["l"]
    assert rig.send("a", frame(BROADCAST, mac(66))) == {}, "its rules hold all the same"
    assert list(rig.send("a", frame(BROADCAST, mac(1)))) == ["b", "l"], "it says that it is here"
    assert list(rig.send("b", frame(mac(1), mac(2)))) == ["a"]
    rig.configure({**arriving, "roaming": False}, guest("b", 2), _link("l", 1))
    assert rig.send("l", frame(mac(2), mac(1), vid=1)) == {}


def test_flush_forgets_what_was_learned_and_nothing_else() -> None:
    rig = Rig(guest("a", 1), guest("b", 2))
    rig.send("b", frame(BROADCAST, mac(77)))
    assert rig.fabric.flush("ETHERNET0") == 1
    assert {address for _, _, address, _ in rig.fabric.entries()} == {mac(1), mac(2)}


def test_a_full_guest_gets_a_queue_then_drops() -> None:
    rig = Rig(guest("a", 1), guest("b", 2))
    sink, port = rig.sinks["b"], rig.fabric.ports["b"]
    sink.room = 3
    numbered = [frame(mac(2), mac(1), n.to_bytes(46, "big")) for n in range(forwarding.QUEUE_FRAMES + 10)]
    for content in numbered:
        rig.fabric.switch(rig.fabric.ports["a"], content)
    assert port.dropped_out == {Drop.FULL: 7}
    assert rig.fabric.congested == {port}
    sink.room = 1 << 30
    rig.fabric.drain(port)
    assert sink.got == numbered[:-7], "in order"
    assert not rig.fabric.congested
    assert port.queued_bytes == 0
    _adds_up(rig.fabric)


def test_large_frames_fill_a_queue_earlier() -> None:
    rig = Rig(guest("a", 1), guest("b", 2))
    rig.sinks["b"].room = 0
    for _ in range(forwarding.QUEUE_FRAMES):
        rig.fabric.switch(rig.fabric.ports["a"], frame(mac(2), mac(1), bytes(60_000)))
    assert rig.fabric.ports["b"].queued_bytes <= forwarding.QUEUE_BYTES
    _adds_up(rig.fabric)


def test_what_waits_for_a_guest_that_dies_is_counted() -> None:
    rig = Rig(guest("a", 1), guest("b", 2))
    rig.sinks["b"].room = 0
    rig.fabric.switch(rig.fabric.ports["a"], frame(mac(2), mac(1)))
    rig.sinks["b"].up = False
    rig.fabric.drain(rig.fabric.ports["b"])
    assert rig.fabric.ports["b"].dropped_out == {Drop.NO_RECEIVER: 1}
    assert not rig.fabric.congested
    _adds_up(rig.fabric)


def _two_trunks() -> list[dict[str, Any]]:
    return [
        guest("a", 1),
        guest("t1", 11, trunk=True, trunk_priority=1, tagged=[2]),
        guest("t2", 12, trunk=True, trunk_priority=2, tagged=[2, 3]),
    ]


def test_the_best_trunk_is_active_on_each_vlan() -> None:
    rig = Rig(*_two_trunks())
    assert list(rig.send("a", frame(BROADCAST, mac(1)))) == ["t1"]
    assert rig.send("t2", frame(BROADCAST, mac(50))) == {}
    assert rig.dropped("t2") == {Drop.STANDBY: 1}
    assert rig.fabric.vlans["ETHERNET0", 3].trunk is rig.fabric.ports["t2"]


def test_another_trunk_takes_over_when_sending_finds_it_dead() -> None:
    rig = Rig(*_two_trunks())
    rig.sinks["t1"].up = False
    assert rig.send("a", frame(BROADCAST, mac(1))) == {}
    assert list(rig.send("a", frame(BROADCAST, mac(1)))) == ["t2"]
    rig.sinks["t1"].up = True
    rig.fabric.set_up(rig.fabric.ports["t1"], True)
    assert list(rig.send("a", frame(BROADCAST, mac(1)))) == ["t1"], "the better one is back"


def test_what_was_learned_at_a_trunk_goes_with_it() -> None:
    rig = Rig(*_two_trunks(), guest("b", 2))
    rig.send("t1", frame(BROADCAST, mac(50)))
    assert list(rig.send("a", frame(mac(50), mac(1)))) == ["t1"]
    rig.fabric.set_up(rig.fabric.ports["t1"], False)
    assert list(rig.send("a", frame(mac(50), mac(1)))) == ["t2", "b"]


def test_a_reflected_broadcast_does_not_come_back_to_its_sender() -> None:
    rig = Rig(guest("a", 1), guest("b", 2), guest("t", 3, trunk=True, trunk_priority=1), mode="Vepa")
    sent = frame(BROADCAST, mac(1))
    assert list(rig.send("a", sent)) == ["t"]
    assert list(rig.send("t", sent)) == ["b"]


def test_a_change_of_one_port_leaves_the_others_alone() -> None:
    rig = Rig(guest("a", 1), guest("b", 2), guest("c", 3))
    rig.send("b", frame(BROADCAST, mac(77)))
    rig.send("c", frame(BROADCAST, mac(78)))
    rig.configure(guest("a", 1), guest("b", 2), guest("c", 3, tagged=[9]), guest("d", 4))
    known = {address for _, vid, address, _ in rig.fabric.entries() if vid == 1}
    assert known == {mac(1), mac(2), mac(3), mac(4), mac(77)}
    assert rig.fabric.ports["c"].frames_in == 1, "the counters go on"


def test_priorities_pass_and_no_vlan_stays_untagged() -> None:
    rig = Rig(guest("a", 1), guest("b", 2), guest("t", 3, pvid=2, tagged=[1], trunk=True, trunk_priority=1))
    plain = frame(BROADCAST, mac(1))
    assert rig.send("a", frame(BROADCAST, mac(1), vid=0xA000)) == {
        "b": [plain],
        "t": [frames.tag(plain, 0xA001)],
    }
