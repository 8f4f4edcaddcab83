"""mkvterm --vnc --local: the contract of the command, and viewers that others wrote."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from openlpar.cli import mkvtermutil
from openlpar.client.console import ConsoleClosed
from openlpar.client.errors import Unreachable
from openlpar.messages import Failure
from openlpar.messages import console as say
from openlpar.vnc.glyphs import GLYPH_HEIGHT, HEIGHT, WIDTH, Pencil
from openlpar.vnc.terminal import COLUMNS, LINES, NAMED, Cell
from tests.conftest import BIN, Server
from tests.console.conftest import Run

WAIT_S = 20


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what} in vain"
        time.sleep(0.02)


def servers(number: str, url: str) -> list[int]:
    """Process ids of the VNC servers of a partition, by the name and the arguments that pypowervm looks for. url: of their service,
    for others may be tested at the same time."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text().split("\0")
            ours = f"OPENLPAR_URL={url}" in (process / "environ").read_text().split("\0")
            if (process / "comm").read_text() == "mkvtermutil\n" and str(BIN / "mkvtermutil") in words and ours:
                found += [int(process.name)] * (words[words.index("--id") + 1] == number)
    return found


@pytest.fixture
def shown(served: Server, run: Run, vm1: str) -> Iterator[int]:
    """The port of a VNC server of vm1's console."""
    done = run("mkvterm", "--id", vm1, "--vnc", "--local")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(f", port {int(done.stdout)}. End it with 'rmvterm --id {vm1}'.\n")
    yield int(done.stdout)
    run("rmvterm", "--id", vm1)
    until(lambda: not servers(vm1, served.http), "the VNC server's end")


def test_the_port_is_the_first_line_and_again_with_status_3(served: Server, run: Run, vm1: str, shown: int) -> None:
    again = run("mkvterm", "--id", vm1, "--vnc", "--local")
    assert again.returncode == 3
    assert again.stdout == f"{shown}\n"
    assert "The console of partition vm1 is in use by" in again.stderr
    assert run("mkvterm", "--id", vm1).returncode == 3, "there is one session at a time"
    assert len(servers(vm1, served.http)) == 1


def test_a_console_in_a_terminal_has_no_port(run: Run, vm1: str, environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [str(BIN / "mkvterm"), "--id", vm1], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as terminal:
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        assert "active" in terminal.stdout.readline()
        done = run("mkvterm", "--id", vm1, "--vnc", "--local")
        assert (done.returncode, done.stdout) == (3, "")
        terminal.stdin.close()


def test_it_listens_on_the_loopback_address_only(shown: int) -> None:
    listening = re.findall(r"^ *\d+: (\w+):(\w+) \S+ 0A", Path("/proc/net/tcp").read_text(), re.MULTILINE)
    assert [address for address, port in listening if int(port, 16) == shown] == ["0100007F"]
    assert not re.search(rf":{shown:04X} \S+ 0A", Path("/proc/net/tcp6").read_text())


def test_a_viewer_reads_the_login_prompt_and_types(shown: int, environment: dict[str, str], tmp_path: Path) -> None:
    def viewer(*actions: str) -> None:
        command = [str(BIN / "vncdo"), "-s", f"127.0.0.1::{shown}", *actions]
        subprocess.run(command, check=True, timeout=60, env={**environment, "HOME": str(tmp_path)})

    screen = tmp_path / "screen.png"

    def reads(text: str) -> bool:
        viewer("capture", str(screen))
        return text in lines_of(screen)

    until(lambda: reads("vm1 login:"), "the prompt")
    viewer("type", "root", "key", "enter", "type", "echo typed", "key", "enter")
    until(lambda: reads("typed"), "what was typed")
    viewer("type", "exit", "key", "enter")


def lines_of(screen: Path) -> list[str]:
    """The text on a picture of the screen: every cell is compared with the glyphs of the font."""
    pixels = [bytes([number]) for number in range(16)]
    pencil = Pencil(pixels)
    glyphs = {}
    for char in map(chr, range(0x20, 0x7F)):
        cell = Cell(char, NAMED["white"], NAMED["black"], False, False)
        glyphs[pencil.line([cell])] = char
    with Image.open(screen) as image:
        assert image.size == (WIDTH, HEIGHT)
        grey = image.convert("L").point(lambda value: NAMED["white"] if value > 127 else NAMED["black"])
        wide = WIDTH // COLUMNS
        found = []
        for line in range(LINES):
            places = ((column * wide, line * GLYPH_HEIGHT) for column in range(COLUMNS))
            cells = (grey.crop((x, y, x + wide, y + GLYPH_HEIGHT)).tobytes() for x, y in places)
            found.append("".join(glyphs.get(cell, "\0") for cell in cells).rstrip(" \0"))
    return found


def test_rmvterm_ends_it_and_viewers_are_let_go(served: Server, run: Run, vm1: str, shown: int) -> None:
    with socket.create_connection(("127.0.0.1", shown), timeout=WAIT_S) as viewer:
        assert viewer.recv(12) == b"RFB 003.008\n"
        viewer.sendall(b"RFB 003.008\n\x01\x01")
        assert run("rmvterm", "--id", vm1).returncode == 0
        while viewer.recv(65536):
            pass
    until(lambda: not servers(vm1, served.http), "its end")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_was_killed_makes_way(
    served: Server, run: Run, vm1: str, shown: int, number: signal.Signals
) -> None:
    (pid,) = servers(vm1, served.http)
    os.kill(pid, number)
    until(lambda: not servers(vm1, served.http), "its end")
    done = run("mkvterm", "--id", vm1, "--vnc", "--local")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("heard", "shown"), [(["a", "", "b"], "aAWAYb"), (["a", ""], "aAWAY")], ids=["back", "gone"])
async def test_a_service_that_is_away_is_waited_for_and_the_viewers_know(
    monkeypatch: pytest.MonkeyPatch, heard: list[str], shown: str
) -> None:
    """heard: what each answer brings, nothing for an answer that does not come; afterwards none comes, or the console closes."""
    answers = iter(heard)

    class Away:
        def read(self) -> str:
            text = next(answers, None)
            if text is None and "b" in heard:
                raise ConsoleClosed("closed")
            if not text:
                raise Unreachable("nobody listens.")
            return text

    class Screen:
        text = ""

        def show(self, text: str) -> None:
            assert text in ("a", "b") or (say.AWAY.id in text and "nobody listens. It is waited for" in text)
            self.text += text if len(text) == 1 else "AWAY"

    monkeypatch.setattr(mkvtermutil, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(mkvtermutil, "_RETRY_S", 0.01)
    screen = Screen()
    await mkvtermutil._read(Away(), screen)  # type: ignore[arg-type]
    assert screen.text == shown


def test_without_its_extra_it_says_what_to_install(vm1: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openlpar.vnc.rfb", None)
    with pytest.raises(Failure) as caught:
        mkvtermutil._serve(mkvtermutil._parser().parse_args(["--id", vm1, "--vnc", "--local"]))
    assert caught.value.message is say.NO_SCREEN
    assert "openlpar[vnc]" in caught.value.text


def test_an_ibm_i_console_in_a_code_page_is_refused(run: Run, served: Server) -> None:
    words = ["--name", "ibmi1", "--type", "OS400", "--mem", "1024", "--proc-type", "shared", "--proc", "1"]
    assert run("pvmctl", "lpar", "create", *words).returncode == 0
    done = run("mkvterm", "-p", "ibmi1", "--vnc", "--local", "--consolesettings", "codepage=037")
    assert done.returncode == 1
    assert (
        "[PVME01080002-0004] The 5250 console of the IBM i partition ibmi1 (code page 037) is not built." in done.stderr
    )
    assert run("pvmctl", "lpar", "delete", "-i", "name=ibmi1").returncode == 0
