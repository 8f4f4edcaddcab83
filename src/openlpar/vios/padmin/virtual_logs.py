"""Virtual logs: what a server is to keep of its clients' audit and system logs, and how they are shown.

What is kept is their configuration: guests here write no such logs, so all of them are empty. A repository in a shared storage pool
is not modelled, only the server's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from openlpar.ports.records import VirtualLog
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Server

Limits = tuple[int, int, int, int]
LIMITS = ("lf", "lfs", "sf", "sfs")
"""How many log files, of how many bytes, how many state files, of how many bytes; as options call them."""
_USUAL: Limits = (10, 2097152, 10, 1048576)
_LABELS = ("Maximum Log Files", "Maximum Log File Size", "Maximum State Files", "Maximum State File Size")
_ROOT = "/var/vio/vlogs"
STATES = ("enabled", "disabled")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a server keeps its logs, and the limits of new ones."""

    state: str
    path: str
    limits: Limits

    def fields(self) -> dict[str, str]:
        return {"state": self.state, "path": self.path, **_numbers(self.limits)}

    def described(self) -> Iterator[str]:
        yield "Local Repository:"
        rows = [("State", self.state), ("Repository Root", self.path), *limit_rows(self.limits)]
        yield from (f"{label + ':':<25}{value}" for label, value in rows)


def repository(server: Server) -> Repository:
    limits = [int(server.text(f"vlrepo_{name}") or usual) for name, usual in zip(LIMITS, _USUAL, strict=True)]
    return Repository(
        server.text("vlrepo_state", STATES[0]),
        server.text("vlrepo_path", _ROOT),
        (limits[0], limits[1], limits[2], limits[3]),
    )


def keep_repository(server: Server, wanted: Repository) -> None:
    texts = {f"vlrepo_{name}": value for name, value in wanted.fields().items()}
    server.keep(texts={**server.settings.texts, **texts})


def logs(server: Server) -> list[VirtualLog]:
    """By client and name. One whose adapter is gone is attached no longer."""
    there = {vhost.name for vhost in server.vhosts()}
    found = [
        log if log.adapter in there else replace(log, adapter="", device="", defined=False)
        for log in server.change.where(VirtualLog, vios=server.uuid)
    ]
    return sorted(found, key=lambda log: (log.client, log.name, log.uuid))


def find_log(server: Server, uuid: str, device: str = "") -> VirtualLog:
    """By UUID, or by the name of its device."""
    for log in logs(server):
        if log.uuid == uuid.lower() if uuid else log.device == device:
            return log
    kind = "Virtual log" if uuid else "Virtual log device"
    raise no_such(kind, uuid or device, "lsvlog lists the virtual logs.")


def take_device(server: Server, log: VirtualLog, *, defined: bool) -> str:
    """Takes the device of an attached log away, or (defined) out of use. Returns what is said about it."""
    after = replace(log, defined=True) if defined else replace(log, adapter="", device="", defined=False)
    server.operator.keep(after)
    return f"{log.device} {'Defined' if defined else 'deleted'}"


def fields_of(server: Server, log: VirtualLog) -> dict[str, str]:
    return {
        "client": log.client,
        "name": log.name,
        "uuid": log.uuid,
        "dev": log.device,
        "parent": log.adapter,
        "state": log.state,
        "path": f"{repository(server).path.rstrip('/')}/{log.client}/{log.name}",
        **_numbers(log.limits),
    }


def limit_rows(limits: Limits) -> list[tuple[str, str]]:
    return [(label, str(value)) for label, value in zip(_LABELS, limits, strict=True)]


def _numbers(limits: Limits) -> dict[str, str]:
    return {name: str(value) for name, value in zip(LIMITS, limits, strict=True)}


def formatted(pattern: str, fields: Mapping[str, str]) -> str:
    """A line as -field asks for it: names of fields, and between them what is to stand there. Raises Refusal."""

    def value(match: re.Match[str]) -> str:
        if match[0] not in fields:
            raise Refusal(Status.SYNTAX, f'Field name "{match[0]}" is not valid. The fields are: {", ".join(fields)}.')
        return fields[match[0]]

    return re.sub(r"[A-Za-z0-9]+", value, pattern)


def checked_state(state: str) -> str:
    if state not in STATES:
        raise Refusal(Status.SYNTAX, f'State "{state}" is not valid. Use {" or ".join(STATES)}.')
    return state


def checked_name(what: str, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,96}", name):
        raise Refusal(Status.SYNTAX, f'{what} "{name}" is not valid. Use up to 96 letters, digits, ".", "_" and "-".')
    return name


class LogCommand(Command):
    """Base of commands that set the limits of logs."""

    lf = Value("-lf", "FileCount", "how many log files there may be, 1 to 1000")
    lfs = Value("-lfs", "FileSize", "how large each may be, in bytes, 1024 or more")
    sf = Value("-sf", "FileCount", "how many state files there may be, 1 to 1000")
    sfs = Value("-sfs", "FileSize", "how large each may be, in bytes, 1024 or more")

    limits = (may(lf), may(lfs), may(sf), may(sfs))

    def changed_limits(self, present: Limits) -> Limits:
        """Raises Refusal."""
        found = [self._limit(name, number) for name, number in zip(LIMITS, present, strict=True)]
        return found[0], found[1], found[2], found[3]

    def _limit(self, name: str, present: int) -> int:
        text: str = getattr(self, name)
        if not text:
            return present
        least, most = (1024, 2**40) if name.endswith("s") else (1, 1000)
        if not text.isdecimal() or not least <= int(text) <= most:
            raise Refusal(Status.SYNTAX, f'-{name} "{text}" is not valid. Use a number from {least} to {most}.')
        return int(text)


class RepositoryCommand(LogCommand):
    """Base of those that say which repository they mean as well."""

    sp = Value("-sp", "StoragePool", "a repository in a shared storage pool; there is none here")

    def check_local(self) -> None:
        if self.sp:
            raise Refusal(
                Status.INCOMPLETE,
                f'Shared storage pool "{self.sp}" has no virtual log repository: only the local one is there. Leave -sp out.',
            )


class LogReport(Command):
    """Base of commands that list logs or repositories."""

    detail = Flag("-detail", "everything about each")
    field = Value("-field", "FieldList", "these fields, with what stands between them: 'state-path lf'")
