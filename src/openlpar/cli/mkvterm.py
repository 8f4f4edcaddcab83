"""``mkvterm``: an interactive console of a partition, in this terminal or (``--vnc --local``) for a VNC viewer.

Exit status 3: somebody has it already. With ``--vnc`` the first line on standard output is the port of the VNC server, also with
status 3 when it is one that has the console (contract 1.3).
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from openlpar.cli.command import call, complain

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser
    from openlpar.client.connection import Connection
    from openlpar.client.console import Terminal
    from openlpar.client.partitions import Found

BUSY = 3
_LEAVE = b"\x1d"  # Control+]
_PAUSE_S, _ANSWER_S = 0.5, 10
"""A real guest takes its time for an answer to what was piped in: so long a pause ends it, and so long it may take altogether."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    return call(_parser, _open, arguments)


def partition_parser(prog: str, description: str, epilog: str) -> Parser:
    """A parser with the ways of naming a partition that mkvterm and rmvterm share."""
    import argparse
    from typing import Any, NoReturn

    from openlpar.cli.pvmctl.grammar import Parser
    from openlpar.messages import console as say

    class NamingParser(Parser):
        """A NovaLink answers an unknown parameter with a message of its own, whatever else is missing."""

        def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
            self.given = list(args or ())
            return super().parse_args(args, namespace)

        def error(self, message: str) -> NoReturn:
            unknown = next((word for word in self.given if self._is_unknown(word)), "")
            _, _, found = message.partition("unrecognized arguments: ")
            if parameter := unknown or found.partition(" ")[0]:
                self.exit(2, f"{say.BAD_PARAMETER.error(parameter=parameter, command=self.prog)}\n")
            super().error(message)

        def _is_unknown(self, word: str) -> bool:
            option = word.partition("=")[0]
            return option.startswith("--") and not any(
                known.startswith(option) for known in self._option_string_actions
            )

    parser = NamingParser(
        prog=prog, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-m", "--managed-system", dest="system", metavar="SYS", help="the managed system")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("-p", "--partition", dest="name", metavar="NAME", help="the partition's name")
    which.add_argument("--id", type=int, metavar="N", help="the partition's id")
    return parser


def _parser() -> Parser:
    parser = partition_parser(
        "mkvterm",
        "Opens an interactive console of a partition. Leave it with Control+]. With --vnc it prints the port where a VNC viewer\n"
        "finds it; rmvterm ends that.",
        "examples:\n  mkvterm -m gannet -p vm1\n  mkvterm --id 4\n  printf 'root\\nlsblk\\n' | mkvterm --id 4\n"
        "  vncviewer 127.0.0.1::$(mkvterm --id 4 --vnc --local)",
    )
    parser.add_argument("--vnc", action="store_true", help="serve the console to VNC viewers; print the port")
    parser.add_argument("--local", action="store_true", help="with --vnc: at the loopback address only")
    parser.add_argument(
        "--consolesettings",
        dest="settings",
        metavar="codepage=C",
        help="of the 5250 console of an IBM i partition, which is not built",
    )
    return parser


def find(connection: Connection, args: argparse.Namespace) -> Found:
    """The partition that the command line names. Raises ClientError, Failure."""
    from openlpar.client import partitions
    from openlpar.client.profile import system_named

    if args.system:
        system_named(connection, args.system)
    return partitions.find(connection, name=args.name or "", id=args.id or 0)


def _open(args: argparse.Namespace) -> int:
    from openlpar.cli.pvmctl import access
    from openlpar.client.connection import connect
    from openlpar.client.console import ConsoleBusy, Terminal
    from openlpar.client.errors import NotFound
    from openlpar.messages import console as say
    from openlpar.uom.partition import PartitionType

    if args.vnc != args.local:
        raise say.NOT_LOCAL.error()
    access.check()
    with connect() as connection:
        found = find(connection, args)
        codepage = (args.settings or "").removeprefix("codepage=")
        if codepage and found.env == PartitionType.OS400:
            raise say.NO_5250.error(partition=found.name, codepage=codepage)
        if args.vnc:
            return _serve(found)
        try:
            terminal = Terminal(connection, found.uuid)
        except ConsoleBusy as busy:
            return complain(busy.text, status=BUSY)
        except NotFound as missing:
            raise say.NO_ENDPOINT.error(url=connection.origin) from missing
        _end_on_signals()
        with terminal:
            return _converse(terminal)


def _serve(found: Found) -> int:
    """Leaves a VNC server behind that has the console: its first line is the port; without one it has ended, and said why."""
    import shutil
    import subprocess

    own = shutil.which("mkvtermutil", path=os.path.dirname(os.path.abspath(sys.argv[0]))) or shutil.which("mkvtermutil")
    command = [own] if own else [sys.executable, "-m", "openlpar.cli.mkvtermutil"]
    server = subprocess.Popen(
        [*command, "--id", str(found.id), "--vnc", "--local"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdout is not None
    assert server.stderr is not None
    port, said = server.stdout.read().decode(), server.stderr.read().decode()  # it closes both when it serves
    sys.stdout.write(port)
    if said:
        sys.stderr.write(said)
        return server.wait()
    sys.stdout.flush()
    print(
        f"The console of partition {found.name} is served to VNC viewers at 127.0.0.1, port {port.strip()}. "
        f"End it with 'rmvterm --id {found.id}'.",
        file=sys.stderr,
    )
    return 0


def _end_on_signals() -> None:
    """A window that is closed, or a connection that is lost, gives the console back."""
    import signal

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))


def _converse(terminal: Terminal) -> int:
    from openlpar.client.console import ConsoleClosed
    from openlpar.client.errors import ClientError

    why = ""
    print(f"The vterm for partition {terminal.id} is active. Press Control+] to exit.", flush=True)
    source = sys.stdin.fileno()
    try:
        if os.isatty(source):
            with _raw(source):
                _interactive(terminal, source)
        else:
            _piped(terminal, source)
    except ConsoleClosed:
        why = ": closed by another command"
    except ClientError:
        print(flush=True)  # what the partition shows seldom ends a line
        raise
    print(f"\nThe vterm for partition {terminal.id} has ended{why}.")
    return 0


@contextlib.contextmanager
def _raw(source: int) -> Iterator[None]:
    """Every key goes to the partition, Control+C too."""
    import termios
    import tty

    before = termios.tcgetattr(source)
    tty.setraw(source)
    try:
        yield
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)


def _interactive(terminal: Terminal, source: int) -> None:
    """Until Control+], or until somebody closes the session. Raises ConsoleClosed, ClientError."""
    import signal

    from openlpar.client.errors import ClientError

    over: list[ClientError] = []
    awake, wake = os.pipe()
    # A signal that comes in the moment before the wait begins would else be seen when the next key is typed.
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def show() -> None:
        try:
            while not over:
                _show(terminal.read())
        except ClientError as ended:
            over.append(ended)
        os.write(wake, b"x")

    # A daemon: it may be in the middle of a wait for output that will never come.
    threading.Thread(target=show, daemon=True).start()
    while not over:
        ready, _, _ = select.select([source, awake], [], [])
        if awake in ready:
            os.read(awake, 64)
            continue
        typed = os.read(source, 4096)
        before, leave, _ = typed.partition(_LEAVE)
        if before:
            terminal.write(before.decode(errors="replace"))
        if leave or not typed:
            return
    raise over[0]


def _piped(terminal: Terminal, source: int) -> None:
    """A script: what it says is typed as it comes; at its end, what the partition still shows is printed until it pauses."""
    import time

    _show(terminal.read(wait_s=0))
    while typed := os.read(source, 4096):
        before, leave, _ = typed.partition(_LEAVE)
        if before:
            terminal.write(before.decode(errors="replace"))
            _show(terminal.read(wait_s=1))
        if leave:
            break
    until = time.monotonic() + _ANSWER_S
    while (text := terminal.read(wait_s=_PAUSE_S)) and time.monotonic() < until:
        _show(text)
    _show(text)


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
