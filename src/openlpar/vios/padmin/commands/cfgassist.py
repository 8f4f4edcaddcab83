"""cfgassist: menus for those who do not know the commands by heart.

Groups, commands, forms and fields are those that the commands declare: what ``help`` says is what is offered here. A genuine
server has a full-screen program (SMIT) with a selection of tasks; this one asks line by line.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from openlpar.vios.padmin.asking import AGAIN
from openlpar.vios.padmin.command import Command, load
from openlpar.vios.padmin.options import Flag, Operands, Part, Values, form
from openlpar.vios.padmin.shell import run_within


class _Back(Exception):
    """He does not want this command after all."""


class Cfgassist(Command, name="cfgassist", group="System"):
    """Leads through the commands by menus: choose one, fill in its fields, see the command line, and run it."""

    instead = "'help' lists the commands, 'help COMMAND' their options."

    @form()
    def lead(self) -> Iterator[str]:
        load()
        sitting = self.server.sitting
        offered = [command for command in Command.registry.values() if command is not type(self)]
        groups = sorted({command.group for command in offered})
        while (group := sitting.choose("Config Assist for VIOS", groups, "out")) is not None:
            before = sitting.taken
            within = (command for command in offered if command.group == groups[group])
            commands = sorted(within, key=lambda command: command.name)
            texts = [f"{command.name:<14} {command.purpose}" for command in commands]
            while (chosen := sitting.choose(f"{groups[group]} Commands", texts)) is not None:
                try:
                    line = self._filled_in(commands[chosen])
                except _Back:
                    continue
                yield from run_within(self.server, line)
                sitting.go_on((*before, AGAIN))
                return

    def _filled_in(self, command: type[Command]) -> str:
        """The command line. Raises _Back."""
        chosen = self._pick([part for part, _ in command.forms], command.name)
        line = shlex.join([command.name, *self._words(chosen)])
        answer = self.server.sitting.ask(f"\nCommand: {line}\nRun it [y|N]? ").strip().lower()
        if answer not in ("y", "yes"):
            raise _Back
        return line

    def _pick(self, parts: Sequence[Part], what: str = "One of these is needed:") -> Part:
        if len(parts) == 1:
            return parts[0]
        texts = [part.usage or "without options" for part in parts]
        found = self.server.sitting.choose(what, texts)
        if found is None:
            raise _Back
        return parts[found]

    def _words(self, part: Part) -> Iterator[str]:
        sitting = self.server.sitting
        for option, is_needed in part.fields(self._pick):
            text = f"{option.usage}: {option.text}"
            if isinstance(option, Flag):
                wish = "y" if is_needed else sitting.ask(f"{text} [y|N]? ").strip().lower()
                yield from [option.word] if wish in ("y", "yes") else []
                continue
            value = sitting.ask(f"{text}{' (needed)' if is_needed else ''}\n  = ").strip()
            if value:
                yield from [option.word] if option.word else []
                yield from _several(value) if isinstance(option, Values | Operands) else [value]


def _several(value: str) -> list[str]:
    """Values with blanks between them; one that has blanks itself is in quotes."""
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()
