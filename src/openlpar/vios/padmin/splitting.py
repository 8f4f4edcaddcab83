"""From the text of a command line to the words of its commands.

The rules are those of a Korn shell as far as padmin may use it: quotes, back slash, pipes. What the restricted shell forbids, or
what would need a real shell, is refused by name instead of being taken for a word.
"""

from __future__ import annotations

import re

from openlpar.vios.padmin.refusal import Refusal, Status

# Hyphen, non-breaking hyphen, figure dash, en dash, em dash, horizontal bar, minus sign: what books make of "-".
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_DASH = re.compile(f"(?<![^\\s|'\"\u201c\u2018])[{_DASHES}]+(?=\\w)")
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})
_FORBIDDEN = {
    ">": "output redirection",
    "<": "input redirection",
    ";": "a second command on the line",
    "&": "running in the background",
    "`": "command substitution",
}
_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | \\(?P<escaped>.)
    | (?P<pipe>\|)
    | (?P<special>[><;&`]|\$\()
    | (?P<plain>[^\s'"\\|><;&`$]+|\$)
    | (?P<open>['"\\])
    """,
    re.VERBOSE | re.DOTALL,
)


def normalised(text: str) -> str:
    """Typographic dashes in front of options, and typographic quotes, made plain: command lines are copied from books."""
    return _DASH.sub("-", text).translate(_QUOTES)


def split(text: str) -> list[list[str]]:
    """The words of each command of a pipeline. Raises Refusal."""
    commands: list[list[str]] = [[]]
    word: str | None = None
    for token in _TOKEN.finditer(normalised(text)):
        kind, value = token.lastgroup, token[token.lastgroup or 0]
        if kind == "double":
            value = re.sub(r'\\(["\\$`])', r"\1", value)
        if kind in ("plain", "single", "double", "escaped"):
            word = (word or "") + value
            continue
        if kind == "special":
            raise _forbidden(value)
        if kind == "open":
            raise Refusal(Status.SYNTAX, f"rksh: 0403-057 Syntax error: `{value}' is not matched.")
        if word is not None:
            commands[-1].append(word)
            word = None
        if kind == "pipe":
            commands.append([])
    if word is not None:
        commands[-1].append(word)
    if len(commands) > 1 and not all(commands):
        raise Refusal(Status.SYNTAX, "rksh: 0403-057 Syntax error: `|' is not expected.")
    return commands


def _forbidden(sign: str) -> Refusal:
    what = _FORBIDDEN.get(sign, "command substitution")
    return Refusal(
        Status.SYNTAX,
        f"rksh: {sign}: 0403-019 The operation is not allowed in a restricted shell: {what}. "
        "Run one command; its output can be piped to grep, awk, cut, sort, head, tail, wc, tee or more.",
    )
