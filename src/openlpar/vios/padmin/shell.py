"""The restricted shell of user padmin: one command line in, what it printed and its exit status out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.messages import Failure
from openlpar.ports.io_server import CommandResult
from openlpar.vios.padmin import filters
from openlpar.vios.padmin.asking import Asked
from openlpar.vios.padmin.command import Command, find, load
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.screen import CLEARED
from openlpar.vios.padmin.server import Server
from openlpar.vios.padmin.splitting import split
from openlpar.vios.padmin.users import PRIME

_DISPATCHERS = ("ioscli", "/usr/ios/cli/ioscli")
_RESTRICTED = "0403-019 The operation is not allowed in a restricted shell."


def run(server: Server, text: str) -> CommandResult:
    """Runs a command line. Whatever goes wrong is in the result; then nothing that the command changed has stayed."""
    errors: list[str] = []
    lines: list[str] = []
    pages = False
    try:
        pipeline = split(text)
        words = _without_dispatcher(pipeline[0])
        status = _run_command(server, text, words, lines, errors)
        for words in pipeline[1:]:
            filtered = filters.apply(words, lines, server.home)
            lines, status = filtered.lines, filtered.status
        last = (words or [""])[0]
        pages = not status and (last == filters.PAGER if len(pipeline) > 1 else _is_paged(last))
    except Asked as asked:
        server.operator.take_back()
        return CommandResult(question=asked.question)
    except Refusal as refusal:
        # Without its filter the output is not what was asked for, and what was done cannot be seen.
        server.operator.take_back()
        lines, status = [], refusal.status
        errors.append(refusal.text)
    return CommandResult(_text(lines), _text(errors), int(status), pages=pages)


def run_within(server: Server, text: str) -> Iterator[str]:
    """Runs a command line for another command, which shows what it printed, errors after output. Raises Asked."""
    lines: list[str] = []
    errors: list[str] = []
    try:
        _run_command(server, text, _without_dispatcher(split(text)[0]), lines, errors)
    except Refusal as refusal:
        errors.append(refusal.text)
    server.log.add(server.now, server.sitting.user, text)
    yield from [*lines, *errors]


def _text(lines: Sequence[str]) -> str:
    return "".join(line if line == CLEARED else f"{line}\n" for line in lines)


def _without_dispatcher(words: list[str]) -> list[str]:
    return words[1:] if words and words[0] in _DISPATCHERS else words


def _run_command(server: Server, text: str, words: list[str], lines: list[str], errors: list[str]) -> int:
    """Runs the first command of a command line, adding to what was printed; its exit status."""
    command: type[Command] | None = None
    try:
        if not words or words[0] in ("help", "man"):
            lines += _help(words[1:])
            return Status.DONE
        _check_shell(words)
        if server.sitting.is_first_run:
            server.log.add(server.now, server.sitting.user, text)
        command = find(words[0])
        if words[1:] in (["-help"], ["-?"], ["-h"]):
            lines += command.help().splitlines()
            return Status.DONE
        _check_licence(server, command)
        _check_role(server, command)
        call = command(server, words[1:])
    except Refusal as refusal:
        errors.append(refusal.text)
        if command is not None and refusal.status == Status.SYNTAX:
            errors += ["", *command.usage().splitlines()]
        return refusal.status
    try:
        printed = list(call.run())
    except (Refusal, Failure) as stop:
        server.operator.take_back()  # and nothing is printed of what has not stayed
        reason = stop if isinstance(stop, Refusal) else Refusal.of(stop)
        errors.append(reason.text)
        return reason.status
    lines += printed
    return call.exit_status


def _is_paged(name: str) -> bool:
    command = Command.registry.get(name)
    return command is not None and command.paged


def _check_shell(words: list[str]) -> None:
    """What a shell would do itself, or what the restricted one forbids."""
    name = words[0]
    if name == "oem_setup_env":
        raise Refusal(
            Status.DENIED,
            "oem_setup_env: there is no root shell on this Virtual I/O Server. Use the commands of padmin; 'help' lists them.",
        )
    if name in ("cd", "exec", "export", "set", "su", "umask") or "/" in name or "=" in name:
        raise Refusal(Status.SYNTAX, f"rksh: {name}: {_RESTRICTED}")
    if name == "exit":
        raise Refusal(Status.SYNTAX, "rksh: exit: there is no session to leave: every command runs by itself.")


def _check_licence(server: Server, command: type[Command]) -> None:
    vios = server.vios
    if vios.has("is_license_accepted") and not vios.is_license_accepted and not command.before_licence:
        raise Refusal(
            Status.DENIED,
            "Access to run command is not valid: the licence was not accepted. Accept it with 'license -accept'.",
        )


def _check_role(server: Server, command: type[Command]) -> None:
    if command.prime and server.role != PRIME:
        raise Refusal(Status.DENIED, f"{command.name}: only padmin may run this command.")


def _help(names: list[str]) -> list[str]:
    load()
    if names:
        return [line for name in names for line in find(name).help().splitlines()]
    groups: dict[str, list[str]] = {}
    for command in sorted(Command.registry.values(), key=lambda command: command.name):
        groups.setdefault(command.group, []).append(command.name)
    lines = []
    width = max(map(len, Command.registry))
    for group, members in sorted(groups.items()):
        lines += [f"{group} Commands", *(f"  {name:<{width}} {Command.registry[name].purpose}" for name in members), ""]
    return [
        *lines,
        "'help COMMAND' explains a command. Output can be piped to grep, awk, cut, sort, head, tail, wc, tee or more.",
    ]
