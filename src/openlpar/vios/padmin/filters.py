"""The filters that a command's output may be piped to: grep, awk, cut, sort, head, tail, wc, tee and more, in a small form.

Each supports what listings are usually cut with and refuses the rest by name. Patterns are kept simple (no groups, few
repetitions), so that none can keep the server busy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from openlpar.vios.padmin.files import Home
from openlpar.vios.padmin.refusal import Refusal, Status

PAGER = "more"
_MOST_REPETITIONS = 3
_LONGEST_PATTERN = 200


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a filter lets through, and its exit status."""

    lines: list[str]
    status: int = 0


def apply(words: Sequence[str], lines: list[str], home: Home) -> Filtered:
    """Sends lines through one filter. Raises Refusal."""
    name, rest = words[0], list(words[1:])
    if name == "tee":
        return _tee(rest, lines, home)
    filter_ = _FILTERS.get(name)
    if filter_ is None:
        known = ", ".join(sorted([*_FILTERS, "tee"]))
        raise Refusal(Status.NO_COMMAND, f"rksh: {name}:  not found as a filter. Output can be piped to {known}.")
    return filter_(rest, lines)


def _letters(words: list[str], valued: str, plain: str, name: str) -> dict[str, str]:
    """Takes ``-in``, ``-k2``, ``-d :`` off the front of the words. valued: letters that take a value."""
    found: dict[str, str] = {}
    while words and re.match(r"-[A-Za-z]", words[0]):
        cluster = words.pop(0)[1:]
        while cluster:
            letter, cluster = cluster[0], cluster[1:]
            if letter in valued:
                if not cluster and not words:
                    raise Refusal(Status.SYNTAX, f"{name}: -{letter} requires an argument.")
                found[letter], cluster = cluster or words.pop(0), ""
            elif letter in plain:
                found[letter] = ""
            else:
                raise Refusal(Status.SYNTAX, f"{name}: -{letter} is not supported here.")
    return found


def _pattern(text: str, flags: dict[str, str]) -> re.Pattern[str]:
    """A grep pattern. Basic patterns take + ? | { } ( ) literally; extended ones know +, ? and |."""
    if len(text) > _LONGEST_PATTERN:
        raise Refusal(Status.SYNTAX, f"grep: a pattern may have {_LONGEST_PATTERN} characters here.")
    if "F" in flags:
        return re.compile(re.escape(text))
    made, repetitions, extended = "", 0, "E" in flags
    for token in re.findall(r"\\.|\[\^?\]?[^\]]*\]|.", text, re.DOTALL):
        if token.startswith("[") and len(token) > 1:
            made += "[" + token[1:-1].replace("\\", "\\\\").replace("[", "\\[") + "]"
        elif token in (".", "^", "$"):
            made += token
        elif made and (token == "*" or (extended and token in "+?")):
            made, repetitions = made + token, repetitions + 1
        elif extended and token == "|":
            made += "|"
        elif extended and token in "(){}":
            raise Refusal(Status.SYNTAX, "grep: groups and counts are not supported here.")
        else:
            made += re.escape(token[-1])
    if repetitions > _MOST_REPETITIONS:
        raise Refusal(Status.SYNTAX, f"grep: a pattern may have {_MOST_REPETITIONS} repetitions here.")
    try:
        return re.compile(made)
    except re.error as error:
        raise Refusal(Status.SYNTAX, f"grep: the pattern {text!r} is not valid: {error}.") from error


def _grep(words: list[str], lines: list[str]) -> Filtered:
    flags = _letters(words, "e", "ivcwnqEF", "grep")
    texts = [flags["e"]] if "e" in flags else words[:1]
    if not texts or len(words) > ("e" not in flags):
        raise Refusal(Status.SYNTAX, "Usage: grep [-i] [-v] [-c] [-w] [-n] [-q] [-E | -F] Pattern")
    pattern = _pattern(texts[0], flags)
    if "i" in flags or "w" in flags:
        source = rf"\b(?:{pattern.pattern})\b" if "w" in flags else pattern.pattern
        pattern = re.compile(source, re.IGNORECASE if "i" in flags else 0)
    numbered = [(n, line) for n, line in enumerate(lines, 1) if bool(pattern.search(line)) != ("v" in flags)]
    status = 0 if numbered else 1
    if "q" in flags:
        return Filtered([], status)
    if "c" in flags:
        return Filtered([str(len(numbered))], status)
    return Filtered([f"{n}:{line}" if "n" in flags else line for n, line in numbered], status)


_AWK = re.compile(
    r"""\s*(?: /(?P<pattern>[^/]*)/ | NR\s*(?P<compare>==|>=|<=|>|<)\s*(?P<number>\d+) )?
        \s*(?: \{ \s* print \b \s* (?P<items>[^{}]*?) \s* ;? \s* \} )? \s*""",
    re.VERBOSE,
)
_ITEM = re.compile(r'\s*(?:\$(?P<field>\d+|NF)|(?P<variable>NR|NF)|"(?P<text>[^"]*)")\s*(?P<comma>,?)')
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


def _awk(words: list[str], lines: list[str]) -> Filtered:
    flags = _letters(words, "F", "", "awk")
    match = _AWK.fullmatch(words[0]) if len(words) == 1 else None
    if match is None or not words[0].strip():
        raise Refusal(
            Status.SYNTAX,
            'awk: only [/pattern/ or NR==N] and {print $1, $NF, "text"} are supported here, with -F Character.',
        )
    pattern = _pattern(match["pattern"], {"E": ""}) if match["pattern"] is not None else None
    made = []
    for number, line in enumerate(lines, 1):
        if pattern is not None and not pattern.search(line):
            continue
        if match["compare"] and not _COMPARE[match["compare"]](number, int(match["number"])):
            continue
        fields = line.split(flags["F"]) if flags.get("F") else line.split()
        made.append(_printed(match["items"], [line, *fields], number) if match["items"] else line)
    return Filtered(made)


def _printed(items: str, fields: Sequence[str], number: int) -> str:
    printed, position = "", 0
    while position < len(items):
        item = _ITEM.match(items, position)
        if item is None or item.end() == position:
            raise Refusal(
                Status.SYNTAX, f'awk: {items[position:]!r} is not supported here: use $1, $NF, NR, NF or "text".'
            )
        if item["field"]:
            index = len(fields) - 1 if item["field"] == "NF" else int(item["field"])
            printed += fields[index] if index < len(fields) else ""
        elif item["variable"]:
            printed += str(number if item["variable"] == "NR" else len(fields) - 1)
        else:
            printed += item["text"]
        printed += " " if item["comma"] else ""
        position = item.end()
    return printed


def _cut(words: list[str], lines: list[str]) -> Filtered:
    flags = _letters(words, "dfc", "s", "cut")
    wanted = flags.get("f") or flags.get("c", "")
    ranges = [re.fullmatch(r"(\d*)(-?)(\d*)", part) for part in wanted.split(",")]
    if words or not wanted or any(part is None or not part[0].strip("-") for part in ranges):
        raise Refusal(Status.SYNTAX, "Usage: cut {-d Character -f List | -c List}, List as 1,3-5")
    made = []
    delimiter = flags.get("d", "\t") if "f" in flags else ""
    for line in lines:
        if delimiter and delimiter not in line:
            made += [] if "s" in flags else [line]
            continue
        parts = line.split(delimiter) if delimiter else list(line)
        chosen = sorted({i for part in ranges if part for i in _range(part, len(parts))})
        made.append(delimiter.join(parts[i] for i in chosen))
    return Filtered(made)


def _range(part: re.Match[str], count: int) -> Iterable[int]:
    first = int(part[1] or 1)
    last = int(part[3] or count) if part[2] else first
    return range(max(first, 1) - 1, min(last, count))


def _sort(words: list[str], lines: list[str]) -> Filtered:
    flags = _letters(words, "kt", "nruf", "sort")
    position = flags.get("k", "0").partition(",")[0]
    if words or not position.isdigit():
        raise Refusal(Status.SYNTAX, "Usage: sort [-n] [-r] [-u] [-f] [-t Character] [-k Field]")

    def key(line: str) -> tuple[float, str]:
        fields = line.split(flags["t"]) if flags.get("t") else line.split()
        text = line if position == "0" else " ".join(fields[int(position) - 1 :])
        number = re.match(r"\s*(-?\d+(?:\.\d+)?)", text)
        return (float(number[1]) if number and "n" in flags else 0.0, text.lower() if "f" in flags else text)

    made = sorted(lines, key=key, reverse="r" in flags)
    return Filtered(list(dict.fromkeys(made)) if "u" in flags else made)


def _count(words: list[str], name: str) -> int:
    if words and re.fullmatch(r"-\d+", words[0]):
        return int(words[0][1:])
    flags = _letters(words, "n", "", name)
    if words or not flags.get("n", "10").isdigit():
        raise Refusal(Status.SYNTAX, f"Usage: {name} [-n Number]")
    return int(flags.get("n", "10"))


def _head(words: list[str], lines: list[str]) -> Filtered:
    return Filtered(lines[: _count(words, "head")])


def _tail(words: list[str], lines: list[str]) -> Filtered:
    count = _count(words, "tail")
    return Filtered(lines[-count:] if count else [])


def _wc(words: list[str], lines: list[str]) -> Filtered:
    flags = _letters(words, "", "lwc", "wc") or {"l": "", "w": "", "c": ""}
    if words:
        raise Refusal(Status.SYNTAX, "Usage: wc [-l] [-w] [-c]")
    counts = {
        "l": len(lines),
        "w": sum(len(line.split()) for line in lines),
        "c": sum(len(line.encode()) + 1 for line in lines),
    }
    return Filtered(["".join(f"{counts[letter]:>8}" for letter in "lwc" if letter in flags)])


def _more(words: list[str], lines: list[str]) -> Filtered:
    """Page by page only on a terminal, which looks after that itself."""
    if words:
        raise Refusal(Status.SYNTAX, "Usage: COMMAND | more")
    return Filtered(lines)


def _tee(words: list[str], lines: list[str], home: Home) -> Filtered:
    append = words[:1] == ["-a"]
    names = words[append:]
    if len(names) != 1 or names[0].startswith("-"):
        raise Refusal(Status.SYNTAX, "Usage: tee [-a] File")
    text = "".join(f"{line}\n" for line in lines)
    before = home.read(names[0]) if append and home.exists(names[0]) else b""
    home.write(names[0], before + text.encode())
    return Filtered(lines)


_FILTERS: dict[str, Callable[[list[str], list[str]], Filtered]] = {
    "grep": _grep,
    "awk": _awk,
    "cut": _cut,
    "sort": _sort,
    "head": _head,
    "tail": _tail,
    "wc": _wc,
    PAGER: _more,
}
