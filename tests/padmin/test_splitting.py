"""From the text of a command line to its words."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.splitting import split

WORDS = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=1))
def test_quoted_words_come_back(words: list[str]) -> None:
    assert split(shlex.join(words)) == [words]


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_pipes_separate_commands(commands: list[list[str]]) -> None:
    assert split(" | ".join(map(shlex.join, commands))) == commands


@given(st.text(max_size=60))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        split(text)
    except Refusal as refusal:
        assert refusal.status == Status.SYNTAX
        assert refusal.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  lspv   -free ", ["lspv", "-free"]),
        ('lsvg rootvg -field "TOTAL PPs"', ["lsvg", "rootvg", "-field", "TOTAL PPs"]),
        (r"lu -create -lu a\ b", ["lu", "-create", "-lu", "a b"]),
        ('vfcmap -vadapter vfchost0 -fcp ""', ["vfcmap", "-vadapter", "vfchost0", "-fcp", ""]),
        ("viosbr –backup –file /home/padmin/x", ["viosbr", "-backup", "-file", "/home/padmin/x"]),
        ("lsvg —lv “root vg”", ["lsvg", "-lv", "root vg"]),
        ("mkvopt -name a–b -size 1G", ["mkvopt", "-name", "a–b", "-size", "1G"]),
        ("awk '{print $1}'", ["awk", "{print $1}"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split(text) == [words]


@pytest.mark.parametrize(
    "text", ["lspv > x", "lspv < x", "lspv ; id", "lspv &", "lspv `id`", "lspv $(id)", "| wc", "a ||b"]
)
def test_what_the_restricted_shell_forbids(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        split(text)
    assert refused.value.status == Status.SYNTAX
