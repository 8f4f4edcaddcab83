"""Plays a scenario and tells what happens: the transcript. The same scenario with the same seed makes the same one."""

from __future__ import annotations

import difflib
import select
import sys
import textwrap
from collections.abc import Callable, Iterator

from openlpar.cli.openlpar.scenario.language import VERBS, Entry, Expectation, Form, Scenario
from openlpar.cli.openlpar.scenario.stage import PATIENCE_MS, Running, Service, Stage
from openlpar.messages import scenario as say

_INDENT = " " * 9
_WIDTH = 100
Tell = Callable[[str], None]


class Player:
    """held, failed: how many expectations were met and not."""

    def __init__(self, stage: Stage, scenario: Scenario, tell: Tell, *, interactive: bool = False) -> None:
        self.held = 0
        self.failed = 0
        self._stage = stage
        self._scenario = scenario
        self._tell = tell
        self._interactive = interactive
        self._open: list[tuple[Running, Entry]] = []

    def play(self) -> bool:
        """Whether everything came as expected."""
        scenario, steps = self._scenario, self._scenario.steps
        self._tell(f"{scenario.name}: {scenario.title}")
        self._paragraphs(scenario.story)
        for entry, following in zip(steps, (*steps[1:], None), strict=True):
            if entry.at is not None:
                self._stage.advance(entry.at)
            self._report_ended()
            self._act(entry, following.at if following else None)
        for running, _ in self._open:
            self._stage.advance(running.began_ms + PATIENCE_MS, running)
        self._report_ended(all_of_them=True)
        total = self.held + self.failed
        self._tell("")
        self._tell(f"{self.held} of {total} expectations were met.")
        return not self.failed

    def _act(self, entry: Entry, until_ms: int | None) -> None:
        """until_ms: when the next one happens; None: when this one has ended."""
        service = self._service(entry)
        self._tell("")
        label = _moment(entry.at) if entry.at is not None else "then"
        if entry.note:
            self._paragraph(entry.note, f"{label:<{len(_INDENT)}}")
            label = ""
        if entry.verb == "task":
            self._task(entry, service, label)
        elif VERBS[entry.verb].form is Form.COMMAND:
            self._command(entry, service, label, until_ms)
        else:
            self._tell(f"{label:<{len(_INDENT)}}{entry.verb}{self._of(service)}: {entry.value}")
            if entry.verb == "behaviour":
                self._stage.behave(service, entry.value)
            elif entry.value == "lost":
                self._stage.lose(service)
            else:
                self._stage.restart(service)

    def _service(self, entry: Entry) -> Service:
        services = self._stage.services
        return services[entry.on] if entry.on else next(iter(services.values()))

    def _of(self, service: Service) -> str:
        return f" of {service.name}" if len(self._stage.services) > 1 else ""

    def _prompt(self, label: str, service: Service, command: str) -> None:
        name = f"{service.name} " if len(self._stage.services) > 1 else ""
        self._tell(f"{label:<{len(_INDENT)}}{name}$ {command}")

    def _command(self, entry: Entry, service: Service, label: str, until_ms: int | None) -> None:
        self._prompt(label, service, entry.command)
        running = self._stage.run(service, entry.command)
        limit = self._stage.now_ms + PATIENCE_MS if until_ms is None else until_ms
        self._stage.advance(limit, running)
        if running.has_ended:
            self._report(running, entry)
        else:
            self._tell(f"{_INDENT}(goes on)")
            self._open.append((running, entry))

    def _report_ended(self, *, all_of_them: bool = False) -> None:
        for running, entry in list(self._open):
            if running.has_ended or all_of_them:
                self._open.remove((running, entry))
                self._tell("")
                self._tell(f"{_INDENT}{'ended' if running.has_ended else 'did not end'}: {entry.command}")
                self._report(running, entry)

    def _report(self, running: Running, entry: Entry) -> None:
        printed = self._stage.told(running.output())
        for line in printed.splitlines():
            self._tell(f"{_INDENT}{line}".rstrip())
        self._judge(entry.expect, running.process.poll(), printed)

    def _judge(self, expected: Expectation, status: int | None, printed: str) -> bool:
        differences = list(different(expected, status, printed))
        for line in differences or ["ok"]:
            self._tell(f"{_INDENT}{'= ' if line == 'ok' else '≠ '}{line}")
        self.failed += bool(differences)
        self.held += not differences
        return not differences

    # exercises

    def _task(self, entry: Entry, service: Service, label: str) -> None:
        self._paragraph(f"Task: {entry.value}", f"{label:<{len(_INDENT)}}")
        if self._interactive and self._done_by_hand(entry, service):
            return
        for command in entry.solution:
            self._prompt("", service, command)
            running = self._ended(service, command)
            self._report(running, Entry(line=entry.line, verb="do", value=command))
        self._prompt("", service, entry.check)
        self._report(self._ended(service, entry.check), entry)

    def _ended(self, service: Service, command: str) -> Running:
        running = self._stage.run(service, command)
        self._stage.advance(self._stage.now_ms + PATIENCE_MS, running)
        return running

    def _done_by_hand(self, entry: Entry, service: Service) -> bool:
        """False when somebody wants to see the solution."""
        self._tell(f"{_INDENT}In another terminal: cd {self._stage.folder}; export OPENLPAR_URL={service.url}")
        while True:
            self._tell(f"{_INDENT}Press Enter when it is done; 'solution' and Enter shows how.")
            answer = self._answer()
            if answer is None or answer == "solution":
                return False
            self._prompt("", service, entry.check)
            running = self._ended(service, entry.check)
            printed = self._stage.told(running.output())
            for line in printed.splitlines():
                self._tell(f"{_INDENT}{line}".rstrip())
            differences = list(different(entry.expect, running.process.poll(), printed))
            if not differences:
                self._judge(entry.expect, running.process.poll(), printed)
                return True
            for line in differences:
                self._tell(f"{_INDENT}not yet: {line}")

    def _answer(self) -> str | None:
        """What is typed; None at the end of the input. The clock runs like that of the wall meanwhile."""
        while not select.select([sys.stdin], [], [], 1.0)[0]:
            self._stage.step(1000)
        line = sys.stdin.readline()
        return line.strip().lower() if line else None

    # texts

    def _paragraphs(self, text: str) -> None:
        for paragraph in text.strip().split("\n\n"):
            self._tell("")
            self._paragraph(paragraph, "")

    def _paragraph(self, text: str, first: str) -> None:
        indent = " " * len(first)
        for line in textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent=first, subsequent_indent=indent):
            self._tell(line)


def different(expected: Expectation, status: int | None, printed: str) -> Iterator[str]:
    """What is not as expected, each with what was there instead. status: None for a command that has not ended."""
    if status is None:
        yield f"it did not end within {PATIENCE_MS // 60_000} minutes"
        return
    if expected.exit is not None or not expected.message:
        wanted = expected.exit or 0
        if status != wanted:
            yield f"exit status {status}, expected {wanted}"
    elif status == 0:
        yield f"exit status 0, expected a refusal with {expected.message}"
    if expected.message and f"[{expected.message}]" not in printed:
        yield f"message {expected.message} was expected"
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    for text in expected.shows:
        wish = " ".join(text.split())
        if not any(wish in line for line in lines):
            near = difflib.get_close_matches(wish, lines, 1, 0.3)
            yield f"no line shows {wish!r}" + (f"; the nearest is {near[0]!r}" if near else "")
    for text in expected.lacks:
        wish = " ".join(text.split())
        for line in lines:
            if wish in line:
                yield f"{wish!r} was not expected in {line!r}"


def _moment(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if number]
    return f"+{''.join(parts) or '0s'}"


def refuse_what_needs_a_service_of_its_own(scenario: Scenario, url: str) -> None:
    """On a service that runs already, nobody kills it, and there is only one. Raises Failure."""
    cause = ""
    if len(scenario.systems) > 1:
        cause = f"it plays on {len(scenario.systems)} services"
    elif any(scenario.systems.values()):
        cause = "it brings an inventory of its own"
    elif any(entry.verb == "service" for entry in scenario.steps):
        cause = "the service is killed in it"
    if cause:
        raise say.NOT_STEPPED.error(name=scenario.name, url=url, cause=cause)
