"""What a key of a viewer's keyboard sends down a terminal line. Keys are X11 keysyms (RFC 6143, 7.5.4)."""

from __future__ import annotations

_CONTROL = {0xFFE3, 0xFFE4}
_ALT = {0xFFE9, 0xFFEA, 0xFFE7, 0xFFE8}

_CURSOR = {0xFF51: "D", 0xFF52: "A", 0xFF53: "C", 0xFF54: "B", 0xFF50: "H", 0xFF57: "F"}
_CURSOR |= {0xFF96: "D", 0xFF97: "A", 0xFF98: "C", 0xFF99: "B", 0xFF95: "H", 0xFF9C: "F"}  # on the keypad
_PLAIN = {0xFF08: "\x7f", 0xFF09: "\t", 0xFF0A: "\n", 0xFF0D: "\r", 0xFF1B: "\x1b", 0xFF8D: "\r", 0xFF89: "\t"}
_PLAIN |= {0xFE20: "\x1b[Z"}  # Shift with Tab
_PLAIN |= {0xFF63: "\x1b[2~", 0xFFFF: "\x1b[3~", 0xFF55: "\x1b[5~", 0xFF56: "\x1b[6~"}
_PLAIN |= {0xFFBE + number: f"\x1bO{final}" for number, final in enumerate("PQRS")}  # F1 to F4
_PLAIN |= {0xFFC2 + number: f"\x1b[{code}~" for number, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24))}
_PLAIN |= {0xFFAA + number: sign for number, sign in enumerate("*+,-./0123456789")}  # the keypad

_LATIN = (range(0x20, 0x7F), range(0xA0, 0x100))
_UNICODE = 0x01000000


class Keyboard:
    """One viewer's keyboard; it remembers which modifiers are down."""

    def __init__(self) -> None:
        self._down: set[int] = set()

    def key(self, keysym: int, down: bool, for_programs: bool = False) -> str:
        """What the key sends, "" for nothing. for_programs: the guest wants the other form of the cursor keys."""
        if keysym in _CONTROL or keysym in _ALT:
            (self._down.add if down else self._down.discard)(keysym)
            return ""
        if not down:
            return ""
        if keysym in _CURSOR:
            return f"\x1b{'O' if for_programs else '['}{_CURSOR[keysym]}"
        sent = _PLAIN.get(keysym, "") or _char(keysym)
        if len(sent) == 1 and self._down & _CONTROL:
            sent = _controlled(sent)
        if sent and self._down & _ALT:
            sent = "\x1b" + sent
        return sent


def _char(keysym: int) -> str:
    if any(keysym in part for part in _LATIN):
        return chr(keysym)
    code = keysym - _UNICODE
    return chr(code) if 0x100 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else ""


def _controlled(char: str) -> str:
    upper = char.upper()
    if upper == " ":
        return "\0"
    return chr(ord(upper) & 0x1F) if "@" <= upper <= "_" else char
