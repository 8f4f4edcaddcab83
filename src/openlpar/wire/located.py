"""YAML read as it is written: scalars as text, so that ``serial: 0123`` keeps its zero, and every entry with its place.

It works on the parser's events, not on PyYAML's node trees: those are built recursively in C, where deep nesting ends the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

Step = str | int
DEPTH = 100
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class Unreadable(Exception):
    """The text is no YAML, or more than is accepted of it. cause, wanted: what is there, and what would be right ("" when it
    is no YAML). path, line, column: where (from 1; 0 when not known)."""

    def __init__(self, cause: str, wanted: str = "", path: Sequence[Step] = (), line: int = 0, column: int = 0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.wanted = wanted
        self.path = tuple(path)
        self.line = line
        self.column = column


class _Frame:
    """A mapping or list that is being read: where in it we are."""

    __slots__ = ("holder", "key", "mark")

    def __init__(self, holder: dict[str, Any] | list[Any]) -> None:
        self.holder = holder
        self.key: Step | None = None if isinstance(holder, dict) else -1
        self.mark: yaml.Mark | None = None


def read(text: str) -> Any:
    """The document as dicts, lists, texts and None. Raises Unreadable."""
    root: Any = None
    for frames, event, mark in _walk(text):
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = None if event.style is None and event.tag is None and event.value in _NULLS else event.value
        else:
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        if not frames:
            root = value
        else:
            frame = frames[-1]
            if isinstance(frame.holder, dict):
                if frame.key in frame.holder:
                    raise _at(mark, "written twice", frames=frames)
                frame.holder[str(frame.key)] = value
            else:
                frame.holder.append(value)
        if not isinstance(event, yaml.ScalarEvent):
            frames.append(_Frame(value))
    return root


def position(text: str, path: Sequence[Step]) -> tuple[int, int] | None:
    """(line, column), from 1, of the entry at a path, or of the last one above it that is there. Of a key that is written
    twice the second counts."""
    wanted = tuple(path)
    best, found = 0, None
    try:
        for frames, event, mark in _walk(text):
            here = _steps(frames)
            if len(here) >= best and here == wanted[: len(here)]:
                best, found = len(here), (mark.line + 1, mark.column + 1)
            if not isinstance(event, yaml.ScalarEvent):
                frames.append(_Frame({} if isinstance(event, yaml.MappingStartEvent) else []))
    except Unreadable:
        pass  # what was found so far is what the complaint is about
    return found


def _at(mark: Any, cause: str, wanted: str = "", frames: Sequence[_Frame] = ()) -> Unreadable:
    return Unreadable(cause, wanted, _steps(frames), mark.line + 1, mark.column + 1)


def _steps(frames: Sequence[_Frame]) -> tuple[Step, ...]:
    return tuple(frame.key for frame in frames if frame.key is not None)


def _walk(text: str) -> Iterator[tuple[list[_Frame], Any, yaml.Mark]]:
    """(frames down to a value, the event that begins it, where its entry begins) of every value.

    The caller appends a frame for each value that is a mapping or list; it is taken off here at its end.
    """
    frames: list[_Frame] = []
    documents = 0
    for event in _events(text):
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            frames.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _at(event.start_mark, "a second document begins")
        elif isinstance(event, yaml.AliasEvent):
            mark = _enter(frames, event) or event.start_mark
            raise _at(mark, "an alias", "the value itself", frames)
        elif isinstance(event, yaml.NodeEvent):
            mark = _enter(frames, event)
            if mark is not None:
                if len(frames) > DEPTH:
                    raise _at(mark, "nested too deeply", "at most a hundred levels", frames)
                yield frames, event, mark


def _enter(frames: list[_Frame], event: Any) -> yaml.Mark | None:
    """Moves on in the innermost frame; None when the event was a key and its value is still to come."""
    mark: yaml.Mark = event.start_mark
    if not frames:
        return mark
    frame = frames[-1]
    if isinstance(frame.key, int):
        frame.key += 1
        return mark
    if frame.key is None or frame.mark is None:
        if not isinstance(event, yaml.ScalarEvent):
            raise _at(mark, "a key that is no word", "a word", frames)
        frame.key, frame.mark = event.value, mark
        return None
    mark, frame.mark = frame.mark, None
    return mark


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        cause = exc.problem or exc.context or "it is no YAML"
        raise (_at(mark, cause) if mark else Unreadable(cause)) from None
    except (yaml.YAMLError, ValueError) as exc:
        raise Unreadable(str(exc).splitlines()[0]) from None
