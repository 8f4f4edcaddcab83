"""What is made of a console: sightings from real recordings (QEMU 11.1, SLOF 20260627, Debian's kernel 6.1), ring and log."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.hypervisor.qemu.bounded_log import BoundedLog
from openlpar.hypervisor.qemu.console import Ring
from openlpar.hypervisor.qemu.console_parser import ConsoleParser, Sighting

RECORDINGS = Path(__file__).parent / "console"
PROGRESS = re.findall(
    "C0...",
    "C0000 C0100 C0120 C0140 C0200 C0240 C0260 C02E0 C0300 C0320 C0340 C0360 C0370 C0380 C0371 C0373 C0374 C03F0 C0400 C0480"
    " C04C0 C04D0 C0500 C05A0 C0600 C06C0 C0700 C0800 C0880 C0890 C08A0 C08A8 C08B0 C08C0 C08D0 C08E0 C08E8 C08FF",
)
PANEL = [
    Sighting("linux", {"banner": "Linux ppc64le #1 SMP Debian 6."}),
    Sighting("ref_code", {"code": "Linux ppc64le", "text": "#1 SMP Debian 6."}),
]
NO_DEVICE = Sighting("ref_code", {"code": "E3405", "text": "No such device"})
ENDS = {
    "no-disk": [
        *[NO_DEVICE] * 3,
        Sighting("ref_code", {"code": "E3407", "text": "Load failed"}),
        Sighting("prompt", {"where": "firmware"}),
    ],
    "menu": [Sighting("prompt", {"where": "menu"})],
    "linux": [*PANEL, Sighting("running", {"by": "shell"})],
    "debian": [*PANEL, Sighting("running", {"by": "login"})],
    "panic": [*PANEL, Sighting("running", {"by": "shell"})],
}


def recording(name: str) -> str:
    return (RECORDINGS / f"{name}.txt").read_bytes().decode()


def pieces(text: str, seed: int) -> list[str]:
    chance = random.Random(seed)
    cut = []
    while text:
        length = chance.choice((1, 1, 2, 3, 7, 200, 5000))
        cut.append(text[:length])
        text = text[length:]
    return cut


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ENDS)
def test_recorded_boots(name: str, seed: int) -> None:
    parser = ConsoleParser()
    seen = [sighting for piece in pieces(recording(name), seed) for sighting in parser.feed(piece)]
    assert seen[0] == Sighting("firmware")
    codes = [Sighting("ref_code", {"code": code, "text": ""}) for code in PROGRESS]
    assert seen[1:] == codes + ENDS[name]


def test_restarted_partition_goes_through_it_all_again() -> None:
    parser = ConsoleParser()
    first = parser.feed(recording("linux"))
    assert parser.feed("\r\nlpar# echo 'C0000'\r\nC0000\r\nE3407: Load failed\r\nLinux ppc64le\r\nlpar# ") == []
    assert parser.feed("\r\n" + recording("linux")) == first, "the banner of the firmware is enough"
    parser.restart()
    assert parser.feed("\r\n" + recording("linux")) == first


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Debian GNU/Linux 12 lpar1 hvc0\r\n\r\nlpar1 login: ", "login"),
        ("\x1b[01;32mroot@lpar1\x1b[0m:~# ", "shell"),
        ("lpar$ \x1b[6n", "shell"),
        ("# ", "shell"),
        ("[root@lpar1 ~]# ", "shell"),
        ("lpar1 login: root (automatic login)\r\n", "login"),
        (
            "[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mmulti-user.target\x1b[0m - Multi-User System.\r\n",
            "systemd",
        ),
        ("[  OK  ] Reached target Login Prompts.\r\n", "systemd"),
    ],
)
def test_operating_system_has_come_up(text: str, by: str) -> None:
    parser = ConsoleParser()
    boot = recording("linux").partition("READY")[0]
    assert parser.feed(boot)[-2:] == PANEL
    assert parser.feed(text) == [Sighting("running", {"by": by})]
    assert parser.feed(text) == [], "once"


@pytest.mark.parametrize(
    "text",
    [
        "Run /init as init process\r\n",
        "ALERT!  LABEL=root does not exist.  Dropping to a shell!\r\n(initramfs) ",
        "[    1.000000] usb 1-1: new device #\r\n",
        "login: root of all\r\n",
    ],
)
def test_not_every_text_is_a_system_that_has_come_up(text: str) -> None:
    parser = ConsoleParser()
    parser.feed(recording("linux").partition("READY")[0])
    assert parser.feed(text) == []


def test_somebody_else_may_have_seen_it() -> None:
    parser = ConsoleParser()
    parser.came_up()
    assert parser.feed("lpar1 login: ") == []


@given(st.lists(st.text("CE0123 >\r\n\x1b[mSLOF*Linuxpc64#:$", max_size=40)))
def test_no_text_is_too_odd(texts: list[str]) -> None:
    parser = ConsoleParser()
    for text in texts:
        parser.feed(text)
    parser.feed("x" * 10_000)
    assert len(parser._rest) <= 2048


@given(st.integers(1, 20), st.lists(st.text("ab\n", min_size=1, max_size=12)), st.integers(0, 60))
def test_ring_keeps_the_last_characters(kept: int, texts: list[str], since: int) -> None:
    ring = Ring(kept)
    for text in texts:
        ring.add(text)
    everything = "".join(texts)
    position, text = ring.since(since)
    assert position == min(max(since, len(everything) - kept, 0), len(everything))
    assert text == everything[position:]


def test_log_is_bounded(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "log", 100)
    for number in range(100):
        log.write(b"%03d\n" % number)
    log.write(b"x" * 300)
    log.close()
    assert (tmp_path / "log").read_bytes() == b"x" * 100
    assert (tmp_path / "log.1").read_bytes() == b"".join(b"%03d\n" % number for number in range(75, 100))
    again = BoundedLog(tmp_path / "log", 300)
    again.write(b"y")
    again.close()
    assert (tmp_path / "log").stat().st_size == 101
