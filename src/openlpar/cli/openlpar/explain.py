"""``openlpar explain``: the catalogue of messages, for people."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import textwrap
from difflib import get_close_matches

from openlpar.cli.command import complain
from openlpar.cli.openlpar.grammar import Commands, Declaration, command
from openlpar.messages.core import Kind, Message

# What can be done about a message of this kind.
_KINDS = {
    Kind.INVALID: "the request is wrong; change it",
    Kind.NOT_FOUND: "the object does not exist; name another",
    Kind.EXISTS: "the object exists already; name another",
    Kind.UNSUPPORTED: "this system cannot do it",
    Kind.DENIED: "it is not allowed",
    Kind.STALE: "somebody changed the object meanwhile; read it again",
    Kind.WRONG_STATE: "the object is not in the state for it; change that first",
    Kind.IN_USE: "something else uses the object; remove that first",
    Kind.NO_ROOM: "there is not enough of something; make room first",
    Kind.BUSY: "the same request may succeed in a moment",
    Kind.UNAVAILABLE: "a part of the system is away; the same request may succeed later",
    Kind.INTERNAL: "the system failed; its log knows more",
}
_COMMANDS_OWN = ("openlpar.cli.pvmctl.messages",)


def catalogue() -> dict[str, Message]:
    """All messages there are: of every module of ``messages``, and those of the commands."""
    import openlpar.messages

    for module in pkgutil.iter_modules(openlpar.messages.__path__, "openlpar.messages."):
        importlib.import_module(module.name)
    for name in _COMMANDS_OWN:
        importlib.import_module(name)
    return Message.catalogue


def run(args: argparse.Namespace) -> int:
    messages = catalogue()
    wanted = args.message.strip("[]").upper()
    if not wanted:
        for identity in sorted(messages):
            print(f"{identity:<18} {textwrap.shorten(messages[identity].text, 100, placeholder=' …')}")
        return 0
    message = messages.get(wanted)
    if message is None:
        near = [one for one in sorted(messages) if one.startswith(wanted)][:3] or get_close_matches(wanted, messages, 3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "'openlpar explain' lists all messages."
        return complain(f"openlpar: there is no message {args.message}.", hint)
    for name, text in (
        ("message", message.id),
        ("text", message.text),
        ("kind", f"{message.kind.value}: {_KINDS[message.kind]}"),
        ("remedy", message.remedy or "none"),
        ("origin", message.origin or "OpenLPAR's own message"),
    ):
        print(textwrap.fill(text, 110, initial_indent=f"{name:<8} ", subsequent_indent=" " * 9, break_on_hyphens=False))
    if "{" in message.text + message.remedy:
        print("\nWords in braces stand for what the message is about.")
    return 0


def _declare_explain(commands: Commands) -> None:
    made = command(
        commands, "explain", "what a message means and what to do about it", "explain PVME01050010-0056", run
    )
    made.add_argument("message", nargs="?", default="", metavar="MESSAGE-ID", help="without it all are listed")


COMMANDS: tuple[Declaration, ...] = (_declare_explain,)
