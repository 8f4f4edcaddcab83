"""Who hears a frame, and tagged how: the switching itself, without files and sockets.

Within the switch a frame is untagged and has a VLAN and a priority beside it. It gets its tag when it leaves through a port
whose PVID is another VLAN.

Every frame that comes in is either dropped, and counted so at the port it came from, or copied to one port or more; every
copy is sent, or dropped and counted so at the port it was meant for, or waits in that port's queue.
"""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from openlpar.vswitch import frames
from openlpar.vswitch.wanted import Mode, Wanted, WantedPort

QUEUE_FRAMES, QUEUE_BYTES = 256, 4 << 20
"""What waits at most for a guest that does not read."""

LEARNED, LEARNED_BY_TRUNK = 256, 8192
"""Addresses that the table holds at most for one port; a port over it loses its own oldest."""

AGE_S = 300


class Drop(StrEnum):
    """Why a frame went no further."""

    RUNT = "runt"
    OVERSIZE = "oversize"
    MALFORMED = "malformed"
    VLAN = "vlan_not_allowed"
    MAC = "mac_not_allowed"
    DISABLED = "disabled"
    STANDBY = "standby"
    RESERVED = "reserved"
    NO_RECEIVER = "no_receiver"
    FULL = "full"
    BARRED = "barred"


class Undeliverable(OSError):
    """An endpoint does not carry this frame, though it carries others."""

    reason: ClassVar[Drop]


class Oversize(Undeliverable):
    """It is too large."""

    reason = Drop.OVERSIZE


class Barred(Undeliverable):
    """It is addressed to where nothing may go from here."""

    reason = Drop.BARRED


class Endpoint:
    """Where a port's frames come from and go to. This one is nobody; those of endpoints.py are somebody.

    queues: whether a full receiver tells when it has room again; without that a frame it cannot take is dropped. reads: the
    file to watch for frames, -1 for none. writes: the file to watch while frames wait. broken: it will not work again, open
    another one. rejected: datagrams that were no frames of the peer's.
    """

    queues: ClassVar[bool] = False
    reads = -1
    writes = -1
    broken = False
    rejected = 0

    def read(self) -> bytes | None:
        """A frame; None for a datagram that holds none. Raises BlockingIOError when there is no more, OSError."""
        raise BlockingIOError

    def write(self, frame: bytes) -> object:
        """Raises BlockingIOError when the receiver is full, Undeliverable, OSError when there is none."""
        raise ConnectionRefusedError

    def alive(self) -> bool:
        """Whether there is a receiver; looks for a new one. Called at each tick, and when sending failed."""
        return False

    def close(self) -> None:
        """Gives up what it holds of the host."""


class Port:
    """A port in use: what is wanted of it, and what has become of its frames."""

    __slots__ = (
        "apart", "bytes_in", "bytes_out", "copies", "dropped_in", "dropped_out", "endpoint", "frames_in", "frames_out",
        "learned", "native", "pvid", "queue", "queued_bytes", "trunk", "up", "vlans", "wanted",
    )  # fmt: skip

    def __init__(self, wanted: WantedPort, endpoint: Endpoint) -> None:
        self.frames_in = self.bytes_in = self.frames_out = self.bytes_out = self.copies = 0
        self.dropped_in: Counter[Drop] = Counter()
        self.dropped_out: Counter[Drop] = Counter()
        self.queue: deque[bytes] = deque()
        self.queued_bytes = 0
        self.learned: dict[tuple[int, bytes], None] = {}
        self.vlans: dict[int, Vlan] = {}
        self.native: Vlan | None = None
        self.become(wanted, endpoint)
        self.up = endpoint.alive()

    def become(self, wanted: WantedPort, endpoint: Endpoint) -> None:
        """Takes a changed configuration; the counters go on."""
        self.wanted, self.endpoint = wanted, endpoint
        self.pvid, self.trunk, self.apart = wanted.pvid, wanted.trunk, wanted.apart


class Entry:
    """Where an address is. seen: seconds of the clock passed to the fabric."""

    __slots__ = ("port", "seen", "static")

    def __init__(self, port: Port, seen: int, static: bool) -> None:
        self.port, self.seen, self.static = port, seen, static


class Vlan:
    """One VLAN of one switch. everyone: who hears what is for all. strangers: those of them that may have addresses we do
    not know. clients_reach: in Vepa, what a port that is no trunk reaches instead."""

    __slots__ = ("clients_reach", "everyone", "strangers", "table", "trunk", "vid")

    def __init__(self, vid: int) -> None:
        self.vid = vid
        self.table: dict[bytes, Entry] = {}
        self.trunk: Port | None = None
        self.everyone: list[Port] = []
        self.strangers: list[Port] = []
        self.clients_reach: list[Port] | None = None

    def arrange(self, mode: Mode, ports: list[Port]) -> None:
        """Elects the trunk among the VLAN's enabled ports and sets who hears whom."""
        trunks = sorted((port for port in ports if port.trunk), key=lambda port: port.wanted.trunk_priority)
        self.trunk = next((port for port in trunks if port.up), trunks[0] if trunks else None)
        clients = [port for port in ports if not port.trunk]
        uplink = [] if self.trunk is None else [self.trunk]
        # New lists: a loop over the old ones may be what found the trunk dead.
        self.everyone = clients + uplink
        self.clients_reach = uplink if mode is Mode.VEPA else None
        self.strangers = [port for port in self.everyone if port.wanted.allowed_macs is None or port.wanted.roaming]
        hearing = {*clients, *uplink}
        for address, entry in list(self.table.items()):
            if entry.static or entry.port not in hearing:
                entry.port.learned.pop((self.vid, address), None)
                del self.table[address]
        for port in hearing:
            for address in () if port.wanted.roaming else port.wanted.addresses:
                former = self.table.get(address)
                if former is not None:
                    former.port.learned.pop((self.vid, address), None)
                self.table[address] = Entry(port, 0, static=True)


class Fabric:
    """All switches of the managed system. now: seconds of any clock, set by whoever runs it. congested: ports whose queue
    is not empty, for the loop to watch."""

    def __init__(self) -> None:
        self.now = 0
        self.modes: dict[str, Mode] = {}
        self.ports: dict[str, Port] = {}
        self.vlans: dict[tuple[str, int], Vlan] = {}
        self.congested: set[Port] = set()

    # ---- configuration

    def configure(self, wanted: Wanted, endpoints: dict[str, Endpoint]) -> None:
        """endpoints: by name of port, all of them open."""
        for name in [name for name in self.ports if name not in wanted.ports]:
            self._forget(self.ports[name])
            self.congested.discard(self.ports.pop(name))
        for name, spec in wanted.ports.items():
            port = self.ports.get(name)
            if port is None:
                self.ports[name] = Port(spec, endpoints[name])
            elif spec != port.wanted or endpoints[name] is not port.endpoint:
                self._forget(port)
                replaced = endpoints[name] is not port.endpoint
                port.become(spec, endpoints[name])
                if replaced:
                    port.up = port.endpoint.alive()
                    self._give_up(port, Drop.NO_RECEIVER)
                if not spec.enabled:
                    self._give_up(port, Drop.DISABLED)
        self.modes = dict(wanted.switches)
        self._arrange(self.modes)

    def _arrange(self, switches: dict[str, Mode] | list[str]) -> None:
        members: dict[tuple[str, int], list[Port]] = {}
        for port in self.ports.values():
            if port.wanted.switch in switches:
                for vid in port.wanted.vlans:
                    here = members.setdefault((port.wanted.switch, vid), [])
                    if port.wanted.enabled:
                        here.append(port)
        for key in [
            key for key in self.vlans if key[0] not in self.modes or (key[0] in switches and key not in members)
        ]:
            del self.vlans[key]
        for key, ports in members.items():
            vlan = self.vlans.setdefault(key, Vlan(key[1]))
            vlan.arrange(self.modes[key[0]], ports)
        for port in self.ports.values():
            switch = port.wanted.switch
            if switch in switches:
                port.vlans = {vid: self.vlans[switch, vid] for vid in port.wanted.vlans}
                port.native = None if port.pvid is None else port.vlans[port.pvid]

    def set_up(self, port: Port, up: bool) -> None:
        """A receiver came or went; another trunk may have to take over."""
        if up == port.up:
            return
        port.up = up
        if not up:
            self._give_up(port, Drop.NO_RECEIVER)
        if port.trunk:
            self._arrange([port.wanted.switch])

    # ---- the way of a frame

    def switch(self, port: Port, frame: bytes) -> None:
        """Takes a frame that came in through a port to whoever hears it."""
        size = len(frame)
        port.frames_in += 1
        port.bytes_in += size
        if not frames.SHORTEST <= size <= frames.LONGEST:
            port.dropped_in[Drop.RUNT if size < frames.SHORTEST else Drop.OVERSIZE] += 1
            return
        if not port.wanted.enabled:
            port.dropped_in[Drop.DISABLED] += 1
            return
        vlan, control = port.native, 0
        if frame[12:14] in frames.TAGS:
            control = int.from_bytes(frame[14:16], "big")
            vlan = self._vlan_of_tag(port, frame, control)
            frame = frame[:12] + frame[16:]
        if vlan is None:
            port.dropped_in[Drop.VLAN] += 1
            return
        if port.trunk and vlan.trunk is not port:
            port.dropped_in[Drop.STANDBY] += 1
            return
        entry = vlan.table.get(frame[6:12])
        sender: Port | None = port
        if entry is not None and entry.port is port:
            entry.seen = self.now
        else:
            sender = self._meet(port, vlan, frame[6:12], entry)
            if sender is None:
                return
        hearers: list[Port] | tuple[Port, ...]
        if frame[0] & 1:
            if frames.is_reserved(frame[:6]):
                port.dropped_in[Drop.RESERVED] += 1
                return
            hearers = vlan.everyone
        else:
            known = vlan.table.get(frame[:6])
            hearers = vlan.strangers if known is None else (known.port,)
        if vlan.clients_reach is not None and not port.trunk:
            hearers = vlan.clients_reach
        self._copy(port, sender, vlan, control, frame, hearers)

    def _copy(
        self,
        port: Port,
        sender: Port | None,
        vlan: Vlan,
        control: int,
        frame: bytes,
        hearers: list[Port] | tuple[Port, ...],
    ) -> None:
        tagged = None
        copies = 0
        for hearer in hearers:
            if hearer is port or hearer is sender or (hearer.apart and port.apart):
                continue
            copies += 1
            if hearer.pvid == vlan.vid:
                self._send(hearer, frame)
            else:
                if tagged is None:
                    tagged = frames.tag(frame, control & ~frames.VID | vlan.vid)
                self._send(hearer, tagged)
        if copies:
            port.copies += copies
        else:
            port.dropped_in[Drop.NO_RECEIVER] += 1

    def _vlan_of_tag(self, port: Port, frame: bytes, control: int) -> Vlan | None:
        """The VLAN of a tagged frame, None when the port may not use it. VLAN id 0 says a priority only."""
        # A tag below the tag would come to light when ours is removed, and carry the frame into a VLAN of the sender's choice.
        if frame[12:14] == frames.S_TAG or frame[16:18] in frames.TAGS or len(frame) < frames.SHORTEST + 4:
            return None
        vid = control & frames.VID
        return port.vlans.get(vid) if vid else port.native

    def _meet(self, port: Port, vlan: Vlan, source: bytes, entry: Entry | None) -> Port | None:
        """A frame from an address that was not known to be at this port: learns it. The port that must not hear the frame;
        None when it was dropped."""
        if frames.is_nobodys(source):
            port.dropped_in[Drop.MALFORMED] += 1
            return None
        if entry is not None and vlan.clients_reach is not None and port.trunk:
            return entry.port  # the outside switch reflects what a client sent
        allowed = port.wanted.allowed_macs
        if (entry is not None and entry.static) or (allowed is not None and source not in port.wanted.addresses):
            port.dropped_in[Drop.MAC] += 1
            return None
        if entry is not None:
            del entry.port.learned[vlan.vid, source]
        limit = LEARNED_BY_TRUNK if port.trunk or port.wanted.kind in ("tap", "link") else LEARNED
        if len(port.learned) >= limit:
            self._unlearn(port, *next(iter(port.learned)))
        port.learned[vlan.vid, source] = None
        vlan.table[source] = Entry(port, self.now, static=False)
        return port

    # ---- sending

    def _send(self, port: Port, frame: bytes) -> None:
        if port.queue:
            self._enqueue(port, frame)
            return
        if not port.up:
            port.dropped_out[Drop.NO_RECEIVER] += 1
            return
        try:
            port.endpoint.write(frame)
        except BlockingIOError:
            self._enqueue(port, frame)
        except Undeliverable as cause:
            port.dropped_out[cause.reason] += 1
        except OSError:
            self._send_again(port, frame)
        else:
            port.frames_out += 1
            port.bytes_out += len(frame)

    def _send_again(self, port: Port, frame: bytes) -> None:
        """The receiver seems gone. A guest that was started again listens under the same name."""
        with contextlib.suppress(OSError):
            if port.endpoint.alive():
                port.endpoint.write(frame)
                port.frames_out += 1
                port.bytes_out += len(frame)
                return
            self.set_up(port, False)
        port.dropped_out[Drop.NO_RECEIVER] += 1

    def _enqueue(self, port: Port, frame: bytes) -> None:
        if not port.endpoint.queues or len(port.queue) >= QUEUE_FRAMES or port.queued_bytes + len(frame) > QUEUE_BYTES:
            port.dropped_out[Drop.FULL] += 1
            return
        port.queue.append(frame)
        port.queued_bytes += len(frame)
        self.congested.add(port)

    def drain(self, port: Port) -> None:
        """Sends what waits, as the receiver has room again."""
        while port.queue:
            try:
                port.endpoint.write(port.queue[0])
            except BlockingIOError:
                return
            except OSError as cause:
                reason = cause.reason if isinstance(cause, Undeliverable) else Drop.NO_RECEIVER
                if reason is Drop.NO_RECEIVER and not port.endpoint.alive():
                    self.set_up(port, False)
                    break
                port.dropped_out[reason] += 1
                port.queued_bytes -= len(port.queue.popleft())
            else:
                size = len(port.queue.popleft())
                port.queued_bytes -= size
                port.frames_out += 1
                port.bytes_out += size
        self.congested.discard(port)

    def _give_up(self, port: Port, reason: Drop) -> None:
        """Drops what waits."""
        port.dropped_out[reason] += len(port.queue)
        port.queue.clear()
        port.queued_bytes = 0
        self.congested.discard(port)

    # ---- the table

    def entries(self) -> Iterator[tuple[str, int, bytes, Entry]]:
        """Switch, VLAN id, address, entry."""
        for (switch, vid), vlan in self.vlans.items():
            for address, entry in vlan.table.items():
                yield switch, vid, address, entry

    def age(self) -> None:
        """Forgets what was not seen for long."""
        for port in self.ports.values():
            for vid, address in list(port.learned):
                if port.vlans[vid].table[address].seen + AGE_S < self.now:
                    self._unlearn(port, vid, address)

    def flush(self, switch: str | None) -> int:
        """Forgets what was learned, of one switch or of all; how many."""
        before = sum(len(port.learned) for port in self.ports.values())
        for port in self.ports.values():
            if switch in (None, port.wanted.switch):
                self._forget(port)
        return before - sum(len(port.learned) for port in self.ports.values())

    def _forget(self, port: Port) -> None:
        for vid, address in list(port.learned):
            self._unlearn(port, vid, address)

    def _unlearn(self, port: Port, vid: int, address: bytes) -> None:
        del port.learned[vid, address]
        del port.vlans[vid].table[address]
