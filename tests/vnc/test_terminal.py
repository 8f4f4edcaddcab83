"""What a console's text looks like on a terminal."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openlpar.vnc.terminal import COLUMNS, LINES, NAMED, TextTerminal


def ignored(_: str) -> None:
    pass


def test_text_stands_where_the_console_puts_it() -> None:
    terminal = TextTerminal(ignored)
    assert terminal.show("\r\nvm1 login: ") == {0, 1}
    assert terminal.text[:2] == ["", "vm1 login:"]
    assert terminal.show("root") == {1}
    assert terminal.show("\x1b[5;1Hthere") == {1, 4}, "the cursor has left the second line"


def test_colours_and_the_cursor() -> None:
    terminal = TextTerminal(ignored)
    terminal.show("\x1b[31;1mred\x1b[0m\x1b[7mback\x1b[0m\x1b[38;5;46mgreen\x1b[0m\x1b[4munder")
    cells = terminal.line(0)
    assert (cells[0].ink, cells[0].ground, cells[0].bold) == (NAMED["red"], NAMED["black"], True)
    assert (cells[3].ink, cells[3].ground) == (NAMED["black"], NAMED["white"])
    assert cells[7].ink == NAMED["brightgreen"], "the nearest of the sixteen"
    assert cells[12].underlined
    assert (cells[17].ink, cells[17].ground) == (NAMED["black"], NAMED["white"]), "the cursor"
    terminal.show("\x1b[?25l")
    assert terminal.line(0)[17].ground == NAMED["black"], "the cursor is hidden"


def test_a_terminal_answers_where_its_cursor_is_and_rings() -> None:
    answers: list[str] = []
    rung: list[bool] = []
    terminal = TextTerminal(answers.append, lambda: rung.append(True))
    terminal.show("ab\x1b[6n\a")
    assert answers == ["\x1b[1;3R"]
    assert rung == [True]


def test_programs_may_ask_for_the_other_cursor_keys() -> None:
    terminal = TextTerminal(ignored)
    assert not terminal.cursor_keys_are_for_programs
    terminal.show("\x1b[?1h")
    assert terminal.cursor_keys_are_for_programs


SEQUENCES = st.builds(
    "\x1b[{}{}{}{}".format,
    st.sampled_from(["", "?", ">", "!"]),
    st.lists(st.sampled_from(["", "0", "1", "7", "80", "9999", "\xb2"]), max_size=4).map(";".join),
    st.sampled_from(["", "$", " "]),
    st.sampled_from("ABCDEFGHJKLMPXacdefghlmnr`@"),
)
"""Control sequences, most of them with numbers that mean nothing to the command they end in."""
TEXTS = st.text("ab\x1b[]0123;?mHJKrhlABCD\r\n\t\x08\x0e\x0f(0é─漢\u0301", max_size=30)


@given(st.lists(st.one_of(TEXTS, SEQUENCES)))
@example(["\x1b[?0A", "\x1b[1;2;3H", "\x1b[7J", "\x1b[\xb2m"])
def test_no_text_breaks_a_terminal(pieces: list[str]) -> None:
    terminal = TextTerminal(ignored)
    for piece in pieces:
        assert terminal.show(piece) <= set(range(LINES))
        assert all(len(terminal.line(number)) == COLUMNS for number in range(LINES))
        assert len(terminal.text) == LINES


@pytest.mark.parametrize("odd", ["\x1b[?5A", "\x1b[1;2;3H", "\x1b[7J", "\x1b[?6n", "\x1b[9;9K"])
def test_what_follows_a_sequence_without_meaning_is_shown(odd: str) -> None:
    terminal = TextTerminal(ignored)
    terminal.show(f"one{odd} two")
    assert terminal.text[0] == "one two"
