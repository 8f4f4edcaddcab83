"""The loop: frames of whoever is ready, requests, and what time brings."""

from __future__ import annotations

import logging
import os
import select
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from openlpar.vswitch import frames
from openlpar.vswitch.control import Answer, Connection, Listener
from openlpar.vswitch.endpoints import Presence, open_endpoint
from openlpar.vswitch.forwarding import Endpoint, Fabric, Port
from openlpar.vswitch.wanted import (
    End,
    GuestEnd,
    Refused,
    TapEnd,
    UserEnd,
    Wanted,
    WantedPort,
    link_local,
    wanted,
)

TICK_S = 0.5
"""How often receivers are looked for that were not there, and links say that they are."""

_AGE_EVERY_S = 30
_BATCH = 32
"""Frames read of one port before the next one has its turn."""

_MOST_ENTRIES = 10_000
_LONGEST_PING_MS = 60_000

_log = logging.getLogger("vswitch")


class Service:
    """The switches of a run folder. Nothing of them is kept on disk: after a start nothing is switched until `configure`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fabric = Fabric()
        self._ends: dict[End, Endpoint] = {}
        self._configured = False
        self._presences: list[tuple[Port, Presence]] = []
        self._poll = select.epoll()
        self._ready: dict[int, Callable[[int], None]] = {}
        self._watched: dict[int, int] = {}
        self._congested: dict[Port, int] = {}
        self._running = False
        self._listener = Listener(folder / "control.sock", self._perform, self._watch_connection)
        self._watch(self._listener.fileno(), select.EPOLLIN, self._listener.ready)

    # ---- the loop

    def run(self, wake: int) -> None:
        """Runs until a byte can be read from the file `wake`."""
        self._running = True
        self._watch(wake, select.EPOLLIN, self._stop)
        tick = age = time.monotonic()
        while self._running:
            now = time.monotonic()
            self._fabric.now = int(now)
            if now >= tick:
                tick = now + TICK_S
                self._tick()
            if now >= age:
                age = now + _AGE_EVERY_S
                self._fabric.age()
            dues = [due for _, presence in self._presences if (due := presence.responder.due()) is not None]
            for fd, event in self._poll.poll(max(0.0, min(tick - now, *dues, TICK_S))):
                ready = self._ready.get(fd)  # closed meanwhile: another one's doing in this very round
                if ready is not None:
                    ready(event)
            for port, presence in self._presences:
                presence.responder.expire()
                while presence.said:
                    self._fabric.switch(port, presence.said.popleft())
            if self._fabric.congested or self._congested:
                self._watch_congested()

    def close(self) -> None:
        """Removes its sockets from the folder."""
        self._listener.close()
        for endpoint in self._ends.values():
            endpoint.close()
        self._poll.close()

    def _stop(self, event: int) -> None:
        self._running = False

    def _watch(self, fd: int, events: int, ready: Callable[[int], None]) -> None:
        """events 0: no more."""
        if events == self._watched.get(fd, 0):
            pass
        elif not events:
            self._poll.unregister(fd)
            del self._watched[fd], self._ready[fd]
            return
        elif fd in self._watched:
            self._poll.modify(fd, events)
        else:
            self._poll.register(fd, events)
        if events:
            self._watched[fd], self._ready[fd] = events, ready

    def _watch_connection(self, connection: Connection, events: int) -> None:
        self._watch(connection.fileno(), events, connection.ready)

    def _watch_congested(self) -> None:
        """Learns of room at those for whom frames wait, and only at those."""
        for port in self._fabric.congested - self._congested.keys():
            self._congested[port] = port.endpoint.writes
            self._watch(port.endpoint.writes, select.EPOLLOUT, partial(self._drain, port))
        for port in self._congested.keys() - self._fabric.congested:
            self._watch(self._congested.pop(port), 0, self._stop)

    def _drain(self, port: Port, event: int) -> None:
        self._fabric.drain(port)

    def _receive(self, port: Port, event: int) -> None:
        endpoint = port.endpoint
        read, switch = endpoint.read, self._fabric.switch
        if not port.up:
            self._fabric.set_up(port, endpoint.alive())  # a guest that sends is there again
        try:
            for _ in range(_BATCH):
                frame = read()
                if frame is not None:
                    switch(port, frame)
        except BlockingIOError:
            pass
        except OSError as cause:
            if endpoint.broken:
                _log.warning("port %s: %s; it is opened again at the next configure", port.wanted.name, cause.strerror)
                self._watch(endpoint.reads, 0, self._stop)
                self._fabric.set_up(port, False)

    def _tick(self) -> None:
        for port in self._fabric.ports.values():
            up = port.endpoint.alive()
            if up != port.up:
                if port.trunk:
                    _log.info("trunk %s of %s is %s", port.wanted.name, port.wanted.switch, "up" if up else "down")
                self._fabric.set_up(port, up)

    # ---- requests

    def _perform(self, name: str, request: dict[str, Any], answer: Answer) -> None:
        match name:
            case "configure":
                answer(self._configure(wanted(request)))
            case "status":
                _only(request)
                answer(self._status())
            case "table":
                answer(self._table(self._switch(request)))
            case "flush":
                answer({"forgotten": self._fabric.flush(self._switch(request))})
            case "ping":
                self._ping(request, answer)
            case _:
                raise Refused(f"unknown request '{name[:64]}'")

    def _configure(self, wish: Wanted) -> dict[str, Any]:
        """Makes the ports what is wanted; those that did not change are not touched. What cannot be opened refuses all."""
        kept = {
            end: endpoint
            for port in wish.ports.values()
            if (end := port.end) in self._ends and not (endpoint := self._ends[end]).broken
        }
        opened: dict[End, Endpoint] = {}
        for port in wish.ports.values():
            if port.end not in kept:
                try:
                    opened[port.end] = open_endpoint(self._folder, port.end)
                except (OSError, Refused) as cause:
                    for endpoint in opened.values():
                        endpoint.close()
                    raise cause if isinstance(cause, Refused) else _unopened(port, cause) from None
        closed = [endpoint for end, endpoint in self._ends.items() if end not in kept]
        self._ends = kept | opened
        for endpoint in closed:
            self._watch(endpoint.reads, 0, self._stop)
            self._watch(endpoint.writes, 0, self._stop)
            endpoint.close()
        # The numbers of closed files are given to new ones.
        self._congested = {port: fd for port, fd in self._congested.items() if fd in self._watched}
        self._fabric.configure(wish, {port.name: self._ends[port.end] for port in wish.ports.values()})
        self._attend()
        if not self._configured:
            self._sweep()
            self._configured = True
        if opened or closed:
            _log.info(
                "%d ports on %d switches: %d new, %d gone",
                len(wish.ports),
                len(wish.switches),
                len(opened),
                len(closed),
            )
        return {"ports": len(wish.ports), "opened": len(opened), "closed": len(closed), "kept": len(kept)}

    def _attend(self) -> None:
        """Listens to every port."""
        self._presences = []
        for port in self._fabric.ports.values():
            if isinstance(port.endpoint, Presence):
                self._presences.append((port, port.endpoint))
            else:
                self._watch(port.endpoint.reads, select.EPOLLIN, partial(self._receive, port))

    def _sweep(self) -> None:
        """Removes the sockets that a killed predecessor left and nobody wants any more."""
        mine = {f"{end.name}.s" for end in self._ends if isinstance(end, GuestEnd | UserEnd)}
        for path in self._folder.iterdir():
            if path.suffix in (".s", ".s~") and path.name not in mine and path.is_socket():
                path.unlink(missing_ok=True)

    def _switch(self, request: dict[str, Any]) -> str | None:
        """The one switch that is meant, None for all."""
        name = None if "switch" not in request else _text(request, "switch")
        _only(request)
        if name is not None and name not in self._fabric.modes:
            raise Refused(f"there is no switch '{name}'")
        return name

    def _status(self) -> dict[str, Any]:
        fabric = self._fabric
        return {
            "pid": os.getpid(),
            "configured": self._configured,
            "switches": [
                {
                    "name": name,
                    "mode": str(mode),
                    "vlans": [
                        {
                            "vid": vid,
                            "trunk": None if vlan.trunk is None else vlan.trunk.wanted.name,
                            "addresses": len(vlan.table),
                        }
                        for (switch, vid), vlan in sorted(fabric.vlans.items())
                        if switch == name
                    ],
                }
                for name, mode in fabric.modes.items()
            ],
            "ports": [_port_status(port) for port in fabric.ports.values()],
        }

    def _table(self, switch: str | None) -> dict[str, Any]:
        entries = [
            {
                "switch": name,
                "vid": vid,
                "mac": frames.mac_text(address),
                "port": entry.port.wanted.name,
                "static": entry.static,
                "age_s": 0 if entry.static else self._fabric.now - entry.seen,
            }
            for name, vid, address, entry in self._fabric.entries()
            if switch in (None, name)
        ]
        return {"entries": entries[:_MOST_ENTRIES], "total": len(entries)}

    def _ping(self, request: dict[str, Any], answer: Answer) -> None:
        name, text = _text(request, "port"), _text(request, "address")
        timeout_ms = request.pop("timeout_ms", 1000)
        _only(request)
        if type(timeout_ms) is not int or not 0 < timeout_ms <= _LONGEST_PING_MS:
            raise Refused(f"timeout_ms is a whole number from 1 to {_LONGEST_PING_MS}")
        port = self._fabric.ports.get(name)
        if port is None or not isinstance(port.endpoint, Presence):
            raise Refused(f"there is no responder '{name}'")

        def answered(mac: bytes | None, round_trip_s: float | None) -> None:
            if mac is None or round_trip_s is None:
                answer(Refused(f"no answer of {text} within {timeout_ms} ms"))
            else:
                answer({"mac": frames.mac_text(mac), "round_trip_us": round(round_trip_s * 1e6)})

        if not port.endpoint.responder.ping(link_local("address", text), timeout_ms / 1000, answered):
            raise Refused(f"responder '{name}' has too many questions under way")


def _port_status(port: Port) -> dict[str, Any]:
    wish = port.wanted
    return {
        "name": wish.name,
        "switch": wish.switch,
        "kind": wish.kind,
        "enabled": wish.enabled,
        "up": port.up,
        "trunk_priority": wish.trunk_priority,
        "vlans": sorted(wish.vlans),
        "learned": len(port.learned),
        "copies": port.copies,
        "queued": len(port.queue),
        "rejected": port.endpoint.rejected,
        "in": {"frames": port.frames_in, "bytes": port.bytes_in, "dropped": port.dropped_in},
        "out": {"frames": port.frames_out, "bytes": port.bytes_out, "dropped": port.dropped_out},
    }


def _only(request: dict[str, Any]) -> None:
    if request:
        raise Refused(f"unknown {', '.join(sorted(request))}")


def _text(request: dict[str, Any], name: str) -> str:
    """Takes a text out of the request."""
    value = request.pop(name, None)
    if not isinstance(value, str):
        raise Refused(f"{name} is missing or not text")
    return value


def _unopened(port: WantedPort, cause: OSError) -> Refused:
    text = f"port {port.name}: its {port.kind} cannot be opened: {cause.strerror or cause}"
    if isinstance(port.end, TapEnd) and isinstance(cause, PermissionError):
        text += "; it needs CAP_NET_ADMIN, or a TAP device that was made for this user"
    return Refused(text)
