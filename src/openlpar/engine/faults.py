"""Fault rules: data that makes operations fail or wait, or the service die, for tests and exercises."""

from __future__ import annotations

import fnmatch
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from openlpar.messages import Message, general
from openlpar.ops.core import Operation
from openlpar.ports.records import Fault
from openlpar.ports.state import World

if TYPE_CHECKING:
    from openlpar.engine.engine import Engine


class FaultRules:
    """The rules in the state, asked by the engine at each step of each operation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delay(self, operation: Operation, world: World) -> float:
        """Seconds the operation has to wait before it starts."""
        return sum(rule.seconds for rule in self._striking(operation, world, lambda rule: rule.effect == "delay"))

    def strike(self, operation: Operation, step: str, count: int, world: World) -> None:
        """Before the step with this name and number; count -1: after the last one. Raises the rule's Failure, or dies.

        A rule without a step fails the operation before its first one, and crashes the service after it.
        """

        def applies(rule: Fault) -> bool:
            if rule.effect == "delay":
                return False
            if rule.step != "*":
                return count >= 0 and fnmatch.fnmatchcase(step, rule.step)
            return count in (1, -1) if rule.effect == "crash" else count == 0

        for rule in self._striking(operation, world, applies):
            if rule.effect == "crash":
                self._engine.crash(rule)
            message = Message.catalogue.get(rule.message, general.INJECTED)
            raise message.error(
                **_placeholders(message),
                operation=operation.name,
                rule=rule.uuid,
                object=operation.about(world),
            )

    def _striking(self, operation: Operation, world: World, applies: Callable[[Fault], bool]) -> list[Fault]:
        if not self._engine.state.count(Fault):
            return []
        names = (operation.name, getattr(operation, "job", ""))
        striking = []
        for rule in self._engine.state.all(Fault):
            if not applies(rule) or not _is_one_of(names, rule.operation.split()):
                continue
            if rule.subject != "*" and not _is_one_of(self._called(operation, world), [rule.subject]):
                continue
            strikes = (
                rule.seen >= rule.after
                and (rule.times == 0 or rule.struck < rule.times)
                and self._engine.entropy.chance(rule.probability)
            )
            counted = replace(rule, seen=rule.seen + 1, struck=rule.struck + strikes)
            self._engine.put_record(counted)
            if strikes:
                striking.append(counted)
        return striking

    def _called(self, operation: Operation, world: World) -> Iterator[str]:
        """Names by which a rule may know the object: its own, and those of what it is in (a disk's pool, a group's VIOS)."""
        yield operation.about(world)
        for uuid in operation.locks():
            obj = self._engine.state.find_any(uuid)
            while obj is not None:
                yield getattr(obj, "name", "") or getattr(obj, "system_name", "")
                obj = self._engine.state.find_any(obj.parent) if obj.parent else None


def _is_one_of(names: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(name and fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _placeholders(message: Message) -> dict[str, str]:
    """Parameters of a message that a rule names: what its text asks for and nobody knows stands there by its name."""
    names = {name for _, name, _, _ in string.Formatter().parse(message.text + message.remedy) if name}
    return {name: f"({name})" for name in names - {"operation", "rule", "object"}}
