"""A guest's end of an adapter is a socket of its own user: not a link to another's, nor what somebody else made in its name."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.vswitch.endpoints import Guest
from openlpar.vswitch.wanted import GuestEnd
from tests.vswitch import running
from tests.vswitch.running import Switch, eventually, frame, guest, mac

OTHER = 0x70000001


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ol") as name:
        yield Path(name)


@pytest.fixture
def ends(folder: Path) -> Iterator[tuple[Guest, Guest]]:
    made = Guest(folder, GuestEnd("a")), Guest(folder, GuestEnd("b"))
    yield made
    for end in made:
        end.close()


def bound(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(path))
    return made


def test_a_link_to_another_s_end_is_none(folder: Path, ends: tuple[Guest, Guest]) -> None:
    a, b = ends
    with bound(folder / "b.g"):
        assert b.alive()
        (folder / "a.g").symlink_to("b.g")
        assert not a.alive()
        (folder / "a.g").unlink()
        (folder / "a.g").touch()
        assert not a.alive(), "nor is a file"
    (folder / "a.g").unlink()
    with bound(folder / "a.g") as own:
        assert a.alive()
        a.write(b"frame")
        assert own.recv(9) == b"frame"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be two users")
def test_an_end_of_another_user_is_none(folder: Path, ends: tuple[Guest, Guest]) -> None:
    a, _ = ends
    with bound(folder / "a.g"), bound(folder / "b.g"):
        os.chown(folder / "a.s", OTHER, 0)
        assert not a.alive(), "it is not of the user who has the port"
        os.chown(folder / "a.g", OTHER, 0)
        assert a.alive()
        (folder / "a.g").unlink()
        os.link(folder / "b.g", folder / "a.g")
        assert not a.alive()
        os.unlink(folder / "a.s")  # who has the port may take it away
        os.link(folder / "b.s", folder / "a.s")
        assert not a.alive()
        os.unlink(folder / "a.s")
        assert not a.alive()


def test_frames_do_not_follow_a_link(switch: Switch) -> None:
    a, b, c = (running.Guest(switch.folder, name) for name in "abc")
    switch.control.configure(guest("a", 1), guest("b", 2, pvid=7), guest("c", 3))
    c.send(frame(mac(1), mac(3)))
    assert a.receive() == frame(mac(1), mac(3))
    (switch.folder / "a.g").unlink()
    (switch.folder / "a.g").symlink_to("b.g")
    eventually(lambda: not switch.control.port("a")["up"])
    for _ in range(5):
        c.send(frame(mac(1), mac(3)))
    eventually(lambda: switch.control.port("c")["in"]["frames"] == 6)
    assert b.waiting() == []
    for each in (a, b, c):
        each.close()
