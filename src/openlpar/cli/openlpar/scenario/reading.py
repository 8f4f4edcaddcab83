"""Reads a scenario, and finds every mistake in it at once, each with its line and what would be right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openlpar.cli.openlpar.explain import catalogue
from openlpar.cli.openlpar.scenario import programs
from openlpar.cli.openlpar.scenario.language import (
    BESIDE,
    EXPECT,
    HEAD,
    VERBS,
    Entry,
    Expectation,
    Form,
    Scenario,
    Word,
)
from openlpar.messages import scenario as say

SHIPPED = Path(__file__).parents[3] / "scenarios"
EMBEDDED = "gannet"
_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"\+(\d{1,9})([smhd])")


def shipped() -> dict[str, Path]:
    """The scenarios that come with OpenLPAR, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def path_of(name: str) -> Path:
    """Of one that comes with OpenLPAR, or of a file."""
    return shipped().get(name) or Path(name)


class Mistakes(Exception):
    """All that is wrong with a scenario. lines: ``FILE:LINE: what, and what would be right``."""

    def __init__(self, path: Path, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        self.failure = say.BAD_SCENARIO.error(path=path)
        super().__init__(str(self.failure))


def read(name: str) -> Scenario:
    """name: of one that comes with OpenLPAR, or of a file. Raises Failure when there is none, Mistakes."""
    path = path_of(name)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as wrong:
        raise say.NO_SCENARIO.error(name=name) from wrong
    except UnicodeDecodeError as wrong:
        raise Mistakes(path, [f"{path}: not text in UTF-8"]) from wrong
    reader = _Reader(path)
    made = reader.scenario(text)
    if made is None or reader.mistakes:
        raise Mistakes(path, (f"{path}:{line}: {text}" for line, text in sorted(reader.mistakes)))
    return made


class _Reader:
    """mistakes: line and text, as they are found."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[tuple[int, str]] = []
        self._forms: Mapping[Form, Callable[[Any, str, Word], Any]] = {
            Form.TEXT: self._text,
            Form.NUMBER: self._number,
            Form.DURATION: self._duration,
            Form.COMMAND: self._command,
            Form.COMMANDS: self._commands,
            Form.TEXTS: self._texts,
            Form.MESSAGE: self._message,
            Form.MAPPING: self._mapping,
            Form.FILES: self._texts,
            Form.ENTRIES: self._nodes,
        }

    def scenario(self, text: str) -> Scenario | None:
        """None when nothing can be made of it; the reason is among the mistakes, as every other."""
        import yaml

        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as wrong:
            mark = getattr(wrong, "problem_mark", None)
            self.mistakes.append((mark.line + 1 if mark else 1, f"not YAML: {getattr(wrong, 'problem', wrong)}"))
            return None
        if not isinstance(node, yaml.MappingNode):
            self.mistakes.append((1, f"a scenario is a mapping with {', '.join(HEAD)}"))
            return None
        head = self._values(node, HEAD, "a scenario")
        systems = dict(self._systems(node, head.get("system", ())))
        entries = [self._entry(one, systems) for one in head.get("steps", ())]
        self._in_order(entry for entry in entries if entry is not None)
        return Scenario(
            name=self.path.stem,
            title=head.get("title", ""),
            story=head.get("story", ""),
            seed=head.get("seed", 1),
            systems=systems,
            steps=tuple(entry for entry in entries if entry is not None),
        )

    def _systems(self, node: Any, files: Iterable[str]) -> Iterator[tuple[str, str]]:
        for file in files:
            path = self.path.parent / file
            if not path.is_file():
                self._wrong(node, f"system {file}: there is no such file beside the scenario")
            yield path.stem, str(path)
        if not files:
            yield EMBEDDED, ""

    def _in_order(self, entries: Iterable[Entry]) -> None:
        latest = 0
        for entry in entries:
            if entry.at is not None and entry.at < latest:
                self.mistakes.append((entry.line, f"at lies before the +{latest // 1000}s of an entry above it"))
            latest = max(latest, entry.at or 0)

    def _entry(self, node: Any, systems: Mapping[str, str]) -> Entry | None:
        verbs = [key.value for key, _ in node.value if key.value in VERBS]
        if len(verbs) != 1:
            found = " and ".join(verbs) or "none"
            self._wrong(node, f"an entry holds one of {', '.join(VERBS)}, this one {found}")
            return None
        values = self._values(node, {**VERBS, **BESIDE}, "an entry")
        verb = verbs[0]
        self._fitting(node, verb, values, systems)
        expect = values.pop("expect", None)
        return Entry(
            line=node.start_mark.line + 1,
            verb=verb,
            value=values.pop(verb, ""),
            expect=self._expectation(node, expect),
            **values,
        )

    def _fitting(self, node: Any, verb: str, values: Mapping[str, Any], systems: Mapping[str, str]) -> None:
        of_task = [key for key in ("solution", "check") if key in values]
        if verb == "task" and len(of_task) < 2:
            self._wrong(
                node, "a task needs solution, the commands that do it, and check, the one that tells whether it is done"
            )
        if verb != "task" and of_task:
            self._wrong(node, f"{of_task[0]} belongs to a task")
        if "expect" in values and verb != "task" and VERBS[verb].form is not Form.COMMAND:
            self._wrong(node, f"{verb} prints nothing: expect belongs to a command or a task")
        if values.get("on", "") not in ("", *systems):
            self._wrong(node, f"on: there is no service {values['on']}, only {', '.join(systems)}")

    def _expectation(self, node: Any, content: Any) -> Expectation:
        if content is None:
            return Expectation()
        return Expectation(**self._values(content, EXPECT, "expect"))

    def _values(self, node: Any, words: Mapping[str, Word], where: str) -> dict[str, Any]:
        """The values of a mapping that are right; what is wrong with the others is noted."""
        found: dict[str, Any] = {}
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            word = words.get(name)
            if word is None:
                near = difflib.get_close_matches(name, words, 1)
                right = f"did you mean {near[0]}?" if near else f"it has {', '.join(words)}"
                self._wrong(key, f"{where} has no {name!r}: {right}")
            elif name in seen:
                self._wrong(key, f"{name} stands here twice")
            else:
                right = self._forms[word.form](value, name, word)
                if right is not None:
                    found[name] = right
            seen.add(name)
        for name, word in words.items():
            if word.required and name not in seen:
                self._wrong(node, f"{where} needs {name}: {word.summary}")
        return found

    # values, each None when it is wrong

    def _text(self, node: Any, name: str, word: Word) -> str | None:
        value = self._scalar(node)
        if value is None or not value.strip():
            self._wrong(node, f"{name} has to be a text: {word.summary}")
            return None
        if word.choices and value not in word.choices:
            self._wrong(node, f"{name} is {value!r}, not one of {', '.join(word.choices)}")
            return None
        return value

    def _number(self, node: Any, name: str, word: Word) -> int | None:
        value = self._scalar(node)
        if value is None or not re.fullmatch(r"\d{1,9}", value):
            self._wrong(node, f"{name} has to be a whole number: {word.summary}")
            return None
        return int(value)

    def _duration(self, node: Any, name: str, word: Word) -> int | None:
        match = _DURATION.fullmatch(self._scalar(node) or "")
        if match is None:
            self._wrong(node, f"{name} has to be a {word.form.value}")
            return None
        return int(match[1]) * _UNITS_MS[match[2]]

    def _command(self, node: Any, name: str, word: Word) -> str | None:
        value = self._text(node, name, word)
        mistake = programs.mistake(f"{word.prefix} {value}".strip()) if value is not None else ""
        if mistake:
            self._wrong(node, f"{name}: {mistake}")
            return None
        return value

    def _commands(self, node: Any, name: str, word: Word) -> tuple[str, ...] | None:
        nodes = self._list(node, name, word)
        commands = [self._command(one, name, word) for one in nodes or ()]
        return None if not nodes or None in commands else tuple(filter(None, commands))

    def _texts(self, node: Any, name: str, word: Word) -> tuple[str, ...] | None:
        value = self._scalar(node)
        if value is not None:
            return (value,)
        texts = [self._scalar(one) for one in self._list(node, name, word) or ()]
        if not texts or None in texts:
            self._wrong(node, f"{name} has to be a {word.form.value}")
            return None
        return tuple(filter(None, texts))

    def _message(self, node: Any, name: str, word: Word) -> str | None:
        value = self._scalar(node) or ""
        if value not in catalogue():
            self._wrong(node, f"{name}: there is no message {value!r}; 'openlpar explain' lists them")
            return None
        return value

    def _mapping(self, node: Any, name: str, word: Word) -> Any:
        import yaml

        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{name} has to be a mapping: {word.summary}")
            return None
        return node if name == "expect" else yaml.SafeLoader("").construct_document(node)

    def _nodes(self, node: Any, name: str, word: Word) -> list[Any] | None:
        import yaml

        nodes = self._list(node, name, word)
        for one in nodes or ():
            if not isinstance(one, yaml.MappingNode):
                self._wrong(one, "an entry is a mapping, such as {at: +30s, do: pvmctl lpar list}")
        return [one for one in nodes or () if isinstance(one, yaml.MappingNode)]

    def _list(self, node: Any, name: str, word: Word) -> list[Any] | None:
        import yaml

        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._wrong(node, f"{name} has to be a {word.form.value}, with something in it")
            return None
        return list(node.value)

    def _scalar(self, node: Any) -> str | None:
        import yaml

        return str(node.value) if isinstance(node, yaml.ScalarNode) else None

    def _wrong(self, node: Any, text: str) -> None:
        self.mistakes.append((node.start_mark.line + 1, text))
