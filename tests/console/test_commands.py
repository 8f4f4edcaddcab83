"""mkvterm and rmvterm, as they are installed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pexpect
import pytest

from openlpar.cli import mkvterm
from tests.conftest import BIN, start_server
from tests.console.conftest import Run


def test_a_script_talks_to_a_partition(run: Run, vm1: str) -> None:
    done = run("mkvterm", "–m", "gannet", "–p", "vm1", typed="root\nnproc\nhostname\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"The vterm for partition {vm1} is active. Press Control+] to exit.\n")
    assert "Linux version" in done.stdout
    assert "vm1 login: root" in done.stdout
    assert "[root@vm1 ~]# nproc\n2\n" in done.stdout
    assert done.stdout.rstrip().endswith("has ended.")
    run("mkvterm", "-p", "vm1", typed="exit\n")


def test_somebody_at_the_keyboard(run: Run, vm1: str, environment: dict[str, str]) -> None:
    terminal = pexpect.spawn(str(BIN / "mkvterm"), ["--id", vm1], env=environment, timeout=20, encoding="utf-8")
    terminal.expect("Press Control")
    terminal.expect("login: ")
    terminal.send("root\r")
    terminal.expect("# ")

    busy = run("mkvterm", "--id", vm1)
    assert busy.returncode == 3
    assert "is in use by" in busy.stderr
    assert busy.stdout == ""

    terminal.send("echo typed\r")
    terminal.expect("\r\ntyped\r\n")
    terminal.send("\x1d")
    terminal.expect("has ended")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    assert run("mkvterm", "--id", vm1, typed="exit\n").returncode == 0, "it was given back"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_window_that_is_closed_gives_the_console_back(
    number: signal.Signals, run: Run, vm1: str, environment: dict[str, str]
) -> None:
    terminal = pexpect.spawn(str(BIN / "mkvterm"), ["-p", "vm1"], env=environment, timeout=20, encoding="utf-8")
    terminal.expect("Press Control")
    terminal.kill(number)
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 128 + number
    assert run("mkvterm", "--id", vm1, typed="exit\n").returncode == 0


def test_a_service_that_dies_ends_the_console_with_one_message(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    environment = {**os.environ, "OPENLPAR_URL": server.http, "OPENLPAR_LOG_DIR": str(tmp_path)}
    terminal = pexpect.spawn(str(BIN / "mkvterm"), ["--id", "1"], env=environment, timeout=20, encoding="utf-8")
    terminal.expect("to exit.")
    server.kill()
    terminal.expect(pexpect.EOF)
    said = terminal.before
    assert said is not None
    assert "\r\n[PVME01040104-0001] No connection to the service: The REST service at" in said
    assert said.count("PVME01040104-0001") == 1
    assert "session=" not in said
    assert "hint: Is it started?" in said
    terminal.wait()
    assert terminal.exitstatus == 1


def test_rmvterm_ends_the_session_of_somebody_else(run: Run, vm1: str, environment: dict[str, str]) -> None:
    terminal = pexpect.spawn(str(BIN / "mkvterm"), ["-p", "vm1"], env=environment, timeout=20, encoding="utf-8")
    terminal.expect("Press Control")
    done = run("rmvterm", "--id", vm1)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    terminal.expect("closed by another command")
    terminal.expect(pexpect.EOF)
    assert run("rmvterm", "-p", "vm1").returncode == 0, "also when no session is open"


def test_a_virtual_io_server_has_its_own_shell(run: Run) -> None:
    done = run("mkvterm", "-p", "vios1", typed="\nroot\npadmin\nioslevel\nnonsense\nshutdown\nn\nexit\n")
    assert done.returncode == 0, done.stderr
    assert "Login incorrect (this guest knows the user padmin)" in done.stdout
    assert "$ ioslevel\n3.1.2.10\n" in done.stdout
    assert "nonsense" in done.stdout.partition("$ nonsense")[2]
    assert "Continue [y|n]? n\nNothing was done.\n$ exit\n" in done.stdout


def test_a_command_on_the_console_is_a_command_of_the_vios(run: Run) -> None:
    done = run("mkvterm", "-p", "vios1", typed="padmin\nmkvopt -name typed.iso -size 1M\nlsrep\nexit\n")
    assert done.returncode == 0, done.stderr
    assert "typed.iso" in run("viosvrcmd", "--id", "2", "-c", "lsrep").stdout


def test_a_dialog_at_the_keyboard(run: Run, environment: dict[str, str]) -> None:
    """A password is not shown, a screen is drawn anew while somebody looks."""
    terminal = pexpect.spawn(str(BIN / "mkvterm"), ["-p", "vios2"], env=environment, timeout=20, encoding="utf-8")
    terminal.expect("to exit")
    terminal.send("\rpadmin\r")
    terminal.expect_exact("$ ")
    terminal.send("topas -i 1\r")
    for _ in range(3):
        terminal.expect("Topas Monitor for host")
    terminal.send("q")
    terminal.expect_exact("$ ")
    terminal.send("passwd\r")
    for prompt in ("New password: ", "Enter the new password again: "):
        terminal.expect(prompt)
        terminal.send("geheim\r")
    terminal.expect_exact("$ ")
    assert "geheim" not in str(terminal.before)
    terminal.send("exit\r")
    terminal.expect("login: ")
    terminal.send("padmin\r")
    terminal.expect("padmin's Password: ")
    terminal.send("geheim\r")
    terminal.expect_exact("$ ")
    terminal.send("exit\r\x1d")
    terminal.expect(pexpect.EOF)
    assert run("viosvrcmd", "--id", "3", "-c", "passwd -none").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["--id", "4", "--vnc"], 1, "[PVME01080002-0002] A console over VNC is for this machine only"),
        (["--id", "4", "--local"], 1, "[PVME01080002-0002] A console over VNC is for this machine only"),
        (["-p", "nobody"], 1, "[PVME01040001-0001] Partition nobody does not exist."),
        (["--id", "99"], 1, "[PVME01040001-0001] Partition with id 99 does not exist."),
        (["-m", "heron", "--id", "4"], 1, "There is no managed system heron here, only gannet."),
        (["--d", "1"], 2, "[PVME01040123-0009] The parameter --d is not valid."),
        (["--id", "x"], 2, "argument --id: invalid int value"),
        (["--id", "4", "--x", "1"], 2, "[PVME01040123-0009] The parameter --x is not valid."),
        ([], 2, "one of the arguments -p/--partition --id is required"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: list[str], status: int, complaint: str) -> None:
    done = run("mkvterm", *arguments)
    assert done.returncode == status
    assert complaint in done.stderr
    assert done.stdout == ""


class Slow:
    """A console whose guest says one thing at a time."""

    def __init__(self, *says: str) -> None:
        self.says = list(says)
        self.typed: list[str] = []

    def read(self, wait_s: float) -> str:
        return self.says.pop(0) if self.says else ""

    def write(self, text: str) -> None:
        self.typed.append(text)


def test_what_a_guest_says_late_to_what_was_piped_in_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    slow = Slow("login: ", "# nproc", "\n4\n", "# ", "", "of another one")
    source, end = os.pipe()
    os.write(end, b"nproc\n")
    os.close(end)
    mkvterm._piped(slow, source)  # type: ignore[arg-type]
    os.close(source)
    assert slow.typed == ["nproc\n"]
    assert capsys.readouterr().out == "login: # nproc\n4\n# "
