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
        self._asked_for: Operation | None = None

    def delay(self, operation: Operation, world: World) -> float:
        """Seconds the operation has to wait before it starts."""
        return sum(rule.seconds for rule, _ in self._striking(operation, world, lambda rule: rule.effect == "delay"))

    def strike(self, operation: Operation, step: str, count: int, world: World) -> None:
        """Before the step with this name and number; count -1: after the last one. Raises the rule's Failure, or dies.

        A rule without a step fails the operation before its first one, and crashes the service after it.
        """
        self._asked_for = operation
        self._strike(operation, step, count, world, lambda rule: False)

    def strike_inside(self, operation: Operation, step: str, count: int, world: World) -> None:
        """The same for an operation that the last one struck at runs within a step of its own. Nobody asked for it: rules
        that are for that one as a whole pass it by."""
        outer = self._asked_for

        def has_had_it(rule: Fault) -> bool:
            return rule.step == "*" and outer is not None and self._subject(rule, outer, world) is not None

        self._strike(operation, step, count, world, has_had_it)

    def _strike(
        self, operation: Operation, step: str, count: int, world: World, passes_by: Callable[[Fault], bool]
    ) -> None:
        def applies(rule: Fault) -> bool:
            if rule.effect == "delay" or passes_by(rule):
                return False
            if rule.step != "*":
                return count >= 0 and fnmatch.fnmatchcase(step, rule.step)
            return count in (1, -1) if rule.effect == "crash" else count == 0

        for rule, subject in self._striking(operation, world, applies):
            if rule.effect == "crash":
                self._engine.crash(rule)
            message = Message.catalogue.get(rule.message, general.INJECTED)
            raise message.error(
                **_placeholders(message),
                operation=operation.name,
                rule=rule.uuid,
                object=operation.about(world),
                subject=subject,
            )

    def _striking(
        self, operation: Operation, world: World, applies: Callable[[Fault], bool]
    ) -> list[tuple[Fault, str]]:
        """The rules, each with the name by which its subject was found."""
        if not self._engine.state.count(Fault):
            return []
        striking = []
        for rule in self._engine.state.all(Fault):
            subject = self._subject(rule, operation, world) if applies(rule) else None
            if subject is None:
                continue
            strikes = (
                rule.seen >= rule.after
                and (rule.times == 0 or rule.struck < rule.times)
                and self._engine.entropy.chance(rule.probability)
            )
            counted = replace(rule, seen=rule.seen + 1, struck=rule.struck + strikes)
            self._engine.put_record(counted)
            if strikes:
                striking.append((counted, subject))
        return striking

    def _subject(self, rule: Fault, operation: Operation, world: World) -> str | None:
        """The name that a rule knows the operation's object by; None when the rule is for another operation or object."""
        if not any(_match((operation.name, getattr(operation, "job", "")), rule.operation.split())):
            return None
        if rule.subject == "*":
            return operation.about(world)
        return next(_match(self._called(operation, world), [rule.subject]), None)

    def _called(self, operation: Operation, world: World) -> Iterator[str]:
        """Names by which a rule may know the object: its own, and those of what it is in (a disk's pool, a group's VIOS)."""
        yield operation.about(world)
        for uuid in operation.locks():
            obj = self._engine.state.find_any(uuid)
            while obj is not None:
                yield getattr(obj, "name", "") or getattr(obj, "system_name", "")
                obj = self._engine.state.find_any(obj.parent) if obj.parent else None


def _match(names: Iterable[str], patterns: list[str]) -> Iterator[str]:
    return (name for name in names if name and any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def _placeholders(message: Message) -> dict[str, str]:
    """Parameters of a message that a rule names: what its text asks for and nobody knows stands there by its name."""
    names = {name for _, name, _, _ in string.Formatter().parse(message.text + message.remedy) if name}
    return {name: f"({name})" for name in names - {"operation", "rule", "object", "subject"}}
