"""``openlpar backup``: backups of partitions and Virtual I/O Servers, made now, listed, copied back.

With ``--directory`` it is this command that writes the files, as whoever it runs as: so the timers of an installed system make
them root's, which the service itself could not.
"""

from __future__ import annotations

import argparse
import base64
import os
import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from openlpar.cli.command import complain
from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, count, running, sentence
from openlpar.cli.openlpar.simulation import table
from openlpar.client.admin import Administration

GROUP = "pvm_admin"
_MODE = 0o640


def run(args: argparse.Namespace) -> int:
    """Exit status 1 when a backup is missing; the others are made all the same."""
    from openlpar.messages import Failure

    with Administration(args.url, args.data) as service:
        # Files are named by the clock that times them: of this machine, or of the service.
        now = datetime.now() if args.directory else datetime.fromtimestamp(service.get("/clock")["now"] / 1000, UTC)
        label = f"daily_{now:%d}" if args.kind == "daily" else f"hourly_{now:%H}"
        answer = service.send("POST", "/backups", {"label": label, "keep": not args.directory})
        place = args.directory or service.get("/backups")["directory"]
        missing = list(answer["missing"])
        for file in answer["files"]:
            path = os.path.join(place, answer["folder"], file["name"])
            try:
                if args.directory:
                    _keep(path, base64.b64decode(file["content"]))
            except Failure as failure:
                service.send("POST", "/backups/lost", {"name": file["name"], "cause": failure.text})
                missing.append({"name": file["name"], "id": failure.message.id, "message": failure.text, "remedy": ""})
            else:
                print(path)
    for lost in missing:
        complain(f"{lost['name']}: [{lost['id']}] {lost['message']}", _beyond(lost["remedy"], lost["message"]))
    return 1 if missing else 0


def _keep(path: str, content: bytes) -> None:
    from openlpar import durable
    from openlpar.messages import backup as say

    try:
        os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
        durable.write(path, content, _MODE, GROUP)
    except OSError as wrong:
        raise say.NOT_WRITTEN.error(path=path, cause=wrong.strerror or wrong) from wrong


def _beyond(remedy: str, text: str) -> str:
    return "" if remedy in text else remedy


def list_all(args: argparse.Namespace) -> int:
    """Exit status 1 when the last backup of something failed."""
    with Administration(args.url, args.data) as service:
        found = service.get("/backups")
    files = found["files"]
    if args.directory:
        files = list(_files(os.path.join(args.directory, found["folder"])))
    place = os.path.join(args.directory or found["directory"], found["folder"])
    print(
        f"{place}:"
        if args.directory or found["directory"]
        else "The service keeps no backups of its own: name --directory."
    )
    table(
        ("backup", "size", "written"),
        [
            (one["name"], one["size"], _moment(one["modified"]))
            for one in sorted(files, key=lambda one: str(one["name"]))
        ],
    )
    print()
    table(
        ("of", "last backup", "made", "since then"),
        [
            (one["subject"], one["file"] or "none", _moment(one["succeeded"]), _state(one))
            for one in sorted(found["outcomes"], key=lambda one: str(one["file"] or one["missing"]))
        ],
    )
    for one in found["outcomes"]:
        if one["failed"]:
            complain(f"{one['missing']}: [{one['message']}] {one['cause']}", _beyond(one["remedy"], one["cause"]))
    return 1 if any(one["failed"] for one in found["outcomes"]) else 0


def _state(outcome: dict[str, Any]) -> str:
    return f"FAILED {_moment(outcome['failed'])}" if outcome["failed"] else ""


def _files(folder: str) -> Iterable[dict[str, Any]]:
    from openlpar.messages import backup as say

    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        for name in names:
            status = os.stat(os.path.join(folder, name))
            if stat.S_ISREG(status.st_mode):
                yield {"name": name, "size": status.st_size, "modified": status.st_mtime_ns // 1_000_000}
    except OSError as wrong:
        raise say.UNREADABLE.error(path=wrong.filename or folder, cause=wrong.strerror) from wrong


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if ms else "never"


def copy(args: argparse.Namespace) -> int:
    from openlpar.messages import backup as say

    try:
        with open(args.file, "rb") as file:
            content = file.read()
    except OSError as wrong:
        raise say.UNREADABLE.error(path=args.file, cause=wrong.strerror) from wrong
    with Administration(args.url, args.data) as service:
        where = f"/backups/vios/{args.id}/{os.path.basename(args.file)}"
        copied = service.send("PUT", where, {"content": base64.b64encode(content).decode()})
    print(f"{copied['vios']}:{copied['path']}")
    return 0


def _declare_backup(commands: Commands) -> None:
    summary = "back up partitions and Virtual I/O Servers, and see what backups there are"
    backup = commands.add_parser("backup", help=summary, description=sentence(summary))
    verbs = backup.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    now = command(
        verbs,
        "run",
        "back up now: profile.bak of the system, and viosbr of each Virtual I/O Server",
        "backup run\n  openlpar backup run daily --directory /var/backups/pvm --data /var/lib/openlpar",
        run,
    )
    now.add_argument("kind", nargs="?", choices=["hourly", "daily"], default="hourly", help="default: hourly")
    listed = command(verbs, "list", "the backups there are, and how the last ones went", "backup list", list_all)
    for parser in (now, listed):
        parser.add_argument(
            "--directory", metavar="DIR", help="where they are kept; default: where the service keeps its own"
        )
    copied = command(
        verbs,
        "copy",
        "copy a backup onto a Virtual I/O Server, into /home/padmin/cfgbackups, to restore it there with viosbr",
        "backup copy vios_2_daily_01.viosbr.tar.gz --id 2",
        copy,
    )
    copied.add_argument("file", metavar="FILE", help="a backup that viosbr wrote, or an image of backupios (.mksysb)")
    copied.add_argument("--id", type=count, required=True, metavar="N", help="partition id of the Virtual I/O Server")
    for parser in (now, listed, copied):
        running(parser)


COMMANDS: tuple[Declaration, ...] = (_declare_backup,)
