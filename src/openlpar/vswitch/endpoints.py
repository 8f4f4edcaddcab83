"""Where the frames of a port come from and go to."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import socket
import stat
import struct
import time
from collections import deque
from pathlib import Path
from typing import ClassVar

from openlpar.vswitch import frames
from openlpar.vswitch.forwarding import Barred, Endpoint, Oversize
from openlpar.vswitch.responder import Responder
from openlpar.vswitch.shield import Shield
from openlpar.vswitch.wanted import End, GuestEnd, LinkEnd, Refused, ResponderEnd, TapEnd, UserEnd

_BUFFER = frames.LONGEST + 5
"""One byte more than the longest frame with a tag, so that what is longer still shows."""

_SOCKET_BUFFER = 4 << 20
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33


class Guest(Endpoint):
    """A pair of datagram sockets. What the guest sends arrives at one bound to ``<name>.s``; what it receives leaves from another,
    connected to ``<name>.g``: connected sending costs a third less, but a connected socket would refuse what a guest
    sends that was started anew.

    All guests make their ends in one folder. One that was taken over might make a link to another's, or an end in the name of one
    that does not run: it is an end only when it is a socket of the user to whom this port's own socket was given.
    """

    queues: ClassVar[bool] = True

    def __init__(self, folder: Path, end: GuestEnd | UserEnd) -> None:
        self._guest, self._path = str(folder / f"{end.name}.g"), str(folder / f"{end.name}.s")
        if len(os.fsencode(self._path)) + 1 > 107:
            raise Refused(f"port {end.name}: the path of its socket would be longer than 107 bytes: {self._path}")
        with contextlib.ExitStack() as undo:
            self._in = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
            self._out = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
            # Renamed into place: a guest that sends finds the old socket or the new one, never none.
            new = f"{self._path}~"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(new)
            self._in.bind(new)
            os.rename(new, self._path)
            self._inode = os.stat(self._path).st_ino
            undo.pop_all()
        _enlarge(self._out)
        self.reads, self.writes = self._in.fileno(), self._out.fileno()

    def read(self) -> bytes | None:
        return os.read(self.reads, _BUFFER)

    def write(self, frame: bytes) -> object:
        return os.write(self.writes, frame)

    def alive(self) -> bool:
        try:
            place = os.open(self._guest, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return self._is_its_own(os.fstat(place)) and self._connects(place)
        finally:
            os.close(place)

    def _is_its_own(self, end: os.stat_result) -> bool:
        try:
            ours = os.lstat(self._path)
        except OSError:
            return False
        return stat.S_ISSOCK(end.st_mode) and ours.st_ino == self._inode and end.st_uid == ours.st_uid

    def _connects(self, place: int) -> bool:
        """To what was looked at: by its name it might be another one by now."""
        try:
            self._out.connect(f"/proc/self/fd/{place}")
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._in.close()
        self._out.close()
        with contextlib.suppress(FileNotFoundError):
            if os.stat(self._path).st_ino == self._inode:  # not the one of a port of the same name, made meanwhile
                os.unlink(self._path)


class User(Guest):
    """A user-mode network at the guest's end of the sockets."""

    def __init__(self, folder: Path, end: UserEnd) -> None:
        self._passes = Shield(end.network).passes
        super().__init__(folder, end)

    def write(self, frame: bytes) -> object:
        if not self._passes(frame):
            raise Barred
        return super().write(frame)


class Tap(Endpoint):
    """A TAP device: one that exists is used as it is, else it lives as long as the port. Needs CAP_NET_ADMIN, unless the
    device exists and belongs to our user."""

    _TUNSETIFF, _SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x400454CA, 0x8913, 0x8914
    _IFF_TAP, _IFF_NO_PI, _IFF_UP = 0x0002, 0x1000, 0x1

    def __init__(self, end: TapEnd) -> None:
        self._name = end.device.encode()
        self.reads = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            fcntl.ioctl(
                self.reads, self._TUNSETIFF, struct.pack("16sH22x", self._name, self._IFF_TAP | self._IFF_NO_PI)
            )
            flags = self._flags()
            if not flags & self._IFF_UP:
                fcntl.ioctl(self._control, self._SIOCSIFFLAGS, struct.pack("16sH22x", self._name, flags | self._IFF_UP))
        except OSError:
            self.close()
            raise

    def _flags(self) -> int:
        answer = fcntl.ioctl(self._control, self._SIOCGIFFLAGS, struct.pack("16sH22x", self._name, 0))
        return int(struct.unpack("16sH22x", answer)[1])

    def read(self) -> bytes | None:
        try:
            return os.read(self.reads, _BUFFER)
        except BlockingIOError:
            raise
        except OSError:
            self.broken = True  # somebody deleted the device
            raise

    def write(self, frame: bytes) -> object:
        return os.write(self.reads, frame)

    def alive(self) -> bool:
        try:
            return not self.broken and bool(self._flags() & self._IFF_UP)
        except OSError:
            return False

    def close(self) -> None:
        os.close(self.reads)
        self._control.close()


class Link(Endpoint):
    """A UDP path to the switch of another host. The kernel passes on only what comes from the peer's address and port.

    A datagram is 8 bytes of ascending number, a seal of 16 bytes, and the frame; without a frame it says that the sender is
    alive. The seal is a keyed BLAKE2b of number and frame: with a secret nobody else can make, alter or repeat a datagram while
    the link is up. Frames are not encrypted, and a datagram that was overtaken by a later one is not accepted.
    """

    _HEAD, _LARGEST = 24, 65_507
    _SILENCE_S = 3.0
    _IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _DO_NOT = 10, 23, 0

    def __init__(self, end: LinkEnd) -> None:
        family = socket.AF_INET6 if ":" in end.local[0] else socket.AF_INET
        self._secret = end.secret
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            # The port's former socket is closed after this one is open: see Service.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, self._IPV6_MTU_DISCOVER, self._DO_NOT)
            else:
                self._socket.setsockopt(socket.IPPROTO_IP, self._IP_MTU_DISCOVER, self._DO_NOT)
            self._socket.bind(end.local)
            self._socket.connect(end.peer)
        except OSError:
            self._socket.close()
            raise
        _enlarge(self._socket)
        self.reads = self._socket.fileno()
        # From the clock, so that numbers ascend over a restart as well.
        self._sent = time.time_ns()
        self._received = 0
        self._heard = self._said = float("-inf")

    def read(self) -> bytes | None:
        try:
            datagram = self._socket.recv(_BUFFER)
        except ConnectionRefusedError:
            return None  # an earlier datagram found nobody
        number, frame = datagram[:8], datagram[self._HEAD :]
        count = int.from_bytes(number, "big")
        if count <= self._received or not hmac.compare_digest(datagram[8 : self._HEAD], self._seal(number, frame)):
            self.rejected += 1
            return None
        self._received, self._heard = count, time.monotonic()
        return frame or None

    def write(self, frame: bytes) -> object:
        if len(frame) + self._HEAD > self._LARGEST:
            raise Oversize
        self._sent += 1
        number = self._sent.to_bytes(8, "big")
        datagram = number + self._seal(number, frame) + frame
        try:
            return self._socket.send(datagram)
        except ConnectionRefusedError:
            return self._socket.send(datagram)  # the refusal was of an earlier one

    def _seal(self, number: bytes, frame: bytes) -> bytes:
        return hashlib.blake2b(number + frame, digest_size=16, key=self._secret).digest()

    def alive(self) -> bool:
        now = time.monotonic()
        if now - self._said >= self._SILENCE_S / 6:
            self._said = now
            with contextlib.suppress(OSError):
                self.write(b"")
        return now - self._heard < self._SILENCE_S

    def close(self) -> None:
        self._socket.close()


class Presence(Endpoint):
    """The responder. What it says is in `said`, for the loop to take."""

    def __init__(self, end: ResponderEnd) -> None:
        self.responder = Responder(end.mac, end.address)
        self.said: deque[bytes] = self.responder.said

    def write(self, frame: bytes) -> object:
        self.responder.hear(frame)
        return None

    def alive(self) -> bool:
        return True


def open_endpoint(folder: Path, end: End) -> Endpoint:
    """Raises Refused, OSError."""
    match end:
        case GuestEnd():
            return Guest(folder, end)
        case UserEnd():
            return User(folder, end)
        case TapEnd():
            return Tap(end)
        case LinkEnd():
            return Link(end)
        case ResponderEnd():
            return Presence(end)


def _enlarge(sock: socket.socket) -> None:
    """As large buffers as we are allowed: root may go beyond the system's limit."""
    for forced, plain in ((_SO_SNDBUFFORCE, socket.SO_SNDBUF), (_SO_RCVBUFFORCE, socket.SO_RCVBUF)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, forced, _SOCKET_BUFFER)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, plain, _SOCKET_BUFFER)
