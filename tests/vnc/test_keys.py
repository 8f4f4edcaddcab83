"""What keys send; the keysyms are those of X11's keysymdef.h."""

import pytest

from openlpar.vnc.keys import Keyboard

CONTROL, ALT, UP, F1, F12, HOME = 0xFFE3, 0xFFE9, 0xFF52, 0xFFBE, 0xFFC9, 0xFF50


@pytest.mark.parametrize(
    ("keysym", "sent"),
    [
        (ord("a"), "a"),
        (ord("~"), "~"),
        (0xE9, "é"),
        (0x010020AC, "€"),
        (0xFF0D, "\r"),
        (0xFF08, "\x7f"),
        (0xFF09, "\t"),
        (0xFE20, "\x1b[Z"),
        (0xFF1B, "\x1b"),
        (UP, "\x1b[A"),
        (HOME, "\x1b[H"),
        (0xFFFF, "\x1b[3~"),
        (F1, "\x1bOP"),
        (F12, "\x1b[24~"),
        (0xFFB7, "7"),
        (0xFF8D, "\r"),
        (0xFFE1, ""),
        (0x0100D800, ""),
        (0xFF14, ""),
    ],
)
def test_a_key_sends(keysym: int, sent: str) -> None:
    keyboard = Keyboard()
    assert keyboard.key(keysym, down=True) == sent
    assert keyboard.key(keysym, down=False) == ""


def test_control_and_alt_hold_until_they_are_let_go() -> None:
    keyboard = Keyboard()
    keyboard.key(CONTROL, down=True)
    assert [keyboard.key(ord(key), down=True) for key in "cC[ 1"] == ["\x03", "\x03", "\x1b", "\0", "1"]
    keyboard.key(CONTROL, down=False)
    keyboard.key(ALT, down=True)
    assert keyboard.key(ord("x"), down=True) == "\x1bx"
    keyboard.key(ALT, down=False)
    assert keyboard.key(ord("x"), down=True) == "x"


def test_cursor_keys_for_programs() -> None:
    assert Keyboard().key(UP, down=True, for_programs=True) == "\x1bOA"
