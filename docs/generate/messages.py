"""The catalogue of messages."""

from __future__ import annotations

import importlib
import pkgutil

import openlpar.messages
from docs.generate.markdown import code, docstring, page, plain, prose, table
from openlpar.cli.openlpar.explain import catalogue
from openlpar.faces.novalink.answers import status_of
from openlpar.messages.core import Failure, Kind, Message

_INTRO = """\
What the server and the commands say when they refuse or fail. `openlpar explain ID` prints one of these; a REST error document
carries id and text in `Message` and the remedy in the header `X-OpenLPAR-Hint`. Words in braces stand for what the message
is about. A message whose origin is given is an original one, said in its own words; the others are OpenLPAR's."""

_WHAT_TO_DO = {
    Kind.INVALID: "change the request",
    Kind.NOT_FOUND: "name something that exists",
    Kind.EXISTS: "choose another name",
    Kind.UNSUPPORTED: "do without",
    Kind.DENIED: "ask with the right to do it",
    Kind.STALE: "read again and repeat the change",
    Kind.WRONG_STATE: "change the state first",
    Kind.IN_USE: "remove what uses it first",
    Kind.NO_ROOM: "make room first",
    Kind.BUSY: "repeat in a few seconds",
    Kind.UNAVAILABLE: "repeat later",
    Kind.INTERNAL: "read the service's log",
}


def pages() -> dict[str, str]:
    everything = catalogue()
    parts = [
        _INTRO,
        "## Kinds",
        table(("kind", "what to do"), ((kind.value, what) for kind, what in _WHAT_TO_DO.items())),
    ]
    listed: set[str] = set()
    modules = [info.name for info in pkgutil.iter_modules(openlpar.messages.__path__, "openlpar.messages.")]
    for name in [*sorted(modules), "openlpar.cli.pvmctl.messages"]:
        module = importlib.import_module(name)
        own = [value for value in vars(module).values() if isinstance(value, Message) and value.id not in listed]
        if own:
            listed |= {message.id for message in own}
            title = name.removeprefix("openlpar.").replace("messages.", "").replace("cli.pvmctl.messages", "pvmctl")
            rows = [_row(message) for message in sorted(own, key=lambda message: message.id)]
            head = ("id", "text", "kind", "status", "remedy", "origin")
            parts += [f"## {title.capitalize()}", prose(docstring(module)), table(head, rows)]
    missing = set(everything) - listed
    assert not missing, f"messages that no module of the page has: {missing}"
    return {"messages.md": page("Messages", *parts)}


def _row(message: Message) -> tuple[str, ...]:
    status = str(status_of(_Said(message)))
    origin = plain(message.origin or "")
    return code(message.id), plain(message.text), message.kind.value, status, plain(message.remedy), origin


class _Said(Failure):
    """A failure of which only the message matters."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.parameters = {}
