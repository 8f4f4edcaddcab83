"""``openlpar authorized-keys``: the keys of other systems' consoles that may move partitions here, and the own one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, sentence
from openlpar.cli.openlpar.simulation import table

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from openlpar.client.atom import Entry
    from openlpar.client.connection import Connection
    from openlpar.uom.management_console import ManagementConsole


def show(args: argparse.Namespace) -> int:
    """The own key as a whole line: it is for copying."""
    from openlpar.client.connection import Connection
    from openlpar.uom.management_console import key_name

    with Connection(args.url) as service:
        console = _console(service).element
    print(f"key of this console: {console.ssh_public_key}")
    rows = [(key_name(line), " ".join(line.split()[2:])) for line in console.authorized_keys.ssh_authorized_keys]
    if rows:
        table(("authorized keys", ""), rows)
    else:
        print("authorized keys: none")
    return 0


def add(args: argparse.Namespace) -> int:
    """One that is there already stays as it is."""
    from openlpar.client.connection import Connection
    from openlpar.uom.management_console import bare_key

    with Connection(args.url) as service:
        entry = _console(service)
        lines = entry.element.authorized_keys.ssh_authorized_keys
        if bare_key(args.key) not in map(bare_key, lines):
            _keep(service, entry, (*lines, args.key.strip()))
    return 0


def remove(args: argparse.Namespace) -> int:
    """By the whole line, its digest, or its comment when only one key has that."""
    from openlpar.client.connection import Connection
    from openlpar.messages import trust as say
    from openlpar.uom.management_console import bare_key, key_name

    with Connection(args.url) as service:
        entry = _console(service)
        lines = entry.element.authorized_keys.ssh_authorized_keys
        found = [line for line in lines if args.key == key_name(line) or bare_key(args.key) == bare_key(line)]
        found = found or [line for line in lines if " ".join(line.split()[2:]) == args.key]
        if len({bare_key(line) for line in found}) != 1:
            raise say.NO_SUCH_KEY.error(key=args.key[:80])
        _keep(service, entry, tuple(line for line in lines if line not in found))
    return 0


def _console(service: Connection) -> Entry[ManagementConsole]:
    """Raises NotFound for a system without a NovaLink."""
    from openlpar.client.errors import NotFound
    from openlpar.uom.management_console import ManagementConsole

    for entry in service.feed("ManagementConsole", ManagementConsole):
        return entry
    raise NotFound(404, "The system has no management console.")


def _keep(service: Connection, entry: Entry[ManagementConsole], lines: tuple[str, ...]) -> None:
    from openlpar.client import edit
    from openlpar.uom.management_console import AuthorizedKeys, ManagementConsole

    def change(tree: ET.Element) -> None:
        edit.drop(tree, ManagementConsole, ("authorized_keys",))
        edit.add(
            tree, ManagementConsole, ("authorized_keys",), AuthorizedKeys(ssh_authorized_keys=lines), service.origin
        )

    service.update(entry, change)


def _declare(commands: Commands) -> None:
    summary = "the keys of other systems' management consoles that may move partitions here"
    group = commands.add_parser("authorized-keys", help=summary, description=sentence(summary))
    verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    listed = command(verbs, "list", "the key of this console, and those it lets in", "authorized-keys list", show)
    added = command(
        verbs,
        "add",
        "let a console in by its PublicSSHKey",
        "authorized-keys add 'ecdsa-sha2-nistp256 AAAA… gannet'",
        add,
    )
    removed = command(
        verbs, "remove", "let a console in no longer, from now on", "authorized-keys remove SHA256:8QfU…", remove
    )
    added.add_argument("key", metavar="KEY", help="a line of authorized_keys: type, key, comment")
    removed.add_argument("key", metavar="KEY", help="the line, its SHA256 digest, or its comment")
    for verb in (listed, added, removed):
        verb.add_argument("--url", default="", help="the service (default: OPENLPAR_URL, or the local one)")


COMMANDS: tuple[Declaration, ...] = (_declare,)
