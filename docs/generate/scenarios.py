"""What may stand in a scenario, and the exercises that come with OpenLPAR."""

from __future__ import annotations

import html
from collections.abc import Iterator

from docs.generate.markdown import anchor, block, code, page, plain, table
from openlpar.cli.openlpar.scenario.language import Entry, Scenario, Word
from openlpar.cli.openlpar.scenario.programs import PROGRAMS
from openlpar.cli.openlpar.scenario.reading import path_of, read, shipped
from openlpar.cli.openlpar.scenario.stage import BEGIN, PATIENCE_MS
from openlpar.cli.openlpar.scenarios import WORDS

_LANGUAGE = """\
A scenario scripts a day in the life of a server. `openlpar scenario run FILE` starts a service of its own for it, with a stepped
clock, plays it, and compares what comes of each command with what is expected. [Run and write
scenarios](../how-to/run-scenarios.md) shows how; the [exercises](exercises.md) are the scenarios that come with OpenLPAR."""
_EXERCISES = """\
Scenarios that come with OpenLPAR, each an exercise. `openlpar scenario run NAME --interactive` sets the stage and waits while you
do the tasks; without `--interactive` it shows how it goes. [Run and write scenarios](../how-to/run-scenarios.md) has the rest."""
_RULES = f"""\
- Commands are {", ".join(map(code, PROGRAMS))}, those of them that ask a service. There is no shell: no pipes, no variables, no
  patterns of file names. They run in a folder of the scenario's own.
- The clock begins at {BEGIN:%Y-%m-%dT%H:%M:%SZ}, a Monday. It goes on while a command waits, for {PATIENCE_MS // 60_000} minutes at
  most, and to the time of the next entry.
- The folder `backups` holds what the service has backed up by its clock.
- The same scenario with the same seed makes the same transcript, to the byte."""


def pages() -> dict[str, str]:
    return {"scenarios.md": _language(), "exercises.md": _exercises()}


def _language() -> str:
    parts = []
    for heading, words in WORDS:
        parts += [f"## {heading[:1].upper()}{heading[1:]}", table(("", "", ""), map(_word, words.items()))]
    statuses = table(
        ("exit status", ""),
        [("0", "every expectation was met"), ("1", "one was not, or it could not be played"), ("2", "it has mistakes")],
    )
    return page("Scenarios", _LANGUAGE, *parts, "## Rules", _RULES, statuses)


def _word(named: tuple[str, Word]) -> tuple[str, str, str]:
    name, word = named
    text = f"{code(word.prefix)} …: {word.summary}" if word.prefix else plain(word.summary)
    return code(name), word.form.value + (", required" if word.required else ""), text


def _exercises() -> str:
    found = [read(name) for name in shipped()]
    index = table(("", ""), [(f"[{one.name}](#{anchor(one.name)})", plain(one.title)) for one in found])
    return page("Exercises", _EXERCISES, index, *(part for one in found for part in _exercise(one)))


def _exercise(one: Scenario) -> Iterator[str]:
    yield f"## {one.name}"
    yield f"**{plain(one.title)}.**"
    yield from map(plain, one.story.strip().split("\n\n"))
    yield block(f"openlpar scenario run {one.name} --interactive", "sh")
    for entry in one.steps:
        if entry.verb == "task":
            yield f"*Task.* {plain(entry.value)}"
            yield _below_a_fold("Solution", "\n".join(_solution(entry)))
    yield _below_a_fold("The whole scenario", path_of(one.name).read_text(encoding="utf-8"))


def _solution(entry: Entry) -> Iterator[str]:
    yield from entry.solution
    yield entry.check


def _below_a_fold(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n<pre><code>{html.escape(text.rstrip(), quote=False)}</code></pre>\n\n</details>"
