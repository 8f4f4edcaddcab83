"""Passwords of a server's users. What is kept of each is its argon2 hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import argon2

from openlpar.ports.records import Logins
from openlpar.vios.padmin.refusal import Refusal, Status

LONGEST = 255
# The smallest of OWASP's recommended parameters (Password Storage Cheat Sheet): everything waits while a password is hashed.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def is_right(kept: Logins, name: str, password: str) -> bool:
    """False for a user without a password: there is none that would be right."""
    try:
        return _HASHER.verify(kept.passwords.get(name, ""), password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def without(kept: Logins, name: str) -> Logins:
    """That this user has no password any more, nor ever failed."""
    return replace(
        kept,
        passwords={user: known for user, known in kept.passwords.items() if user != name},
        changed={user: at for user, at in kept.changed.items() if user != name},
        failures={user: count for user, count in kept.failures.items() if user != name},
    )


def check_strength(password: str, rules: Mapping[str, str]) -> None:
    """By the user's attributes minlen, minalpha, minother and maxrepeats; 0 asks for nothing. Raises Refusal."""
    letters = sum(sign.isalpha() for sign in password)
    most = max((password.count(sign) for sign in password), default=0)
    broken = ""
    if len(password) < max(1, int(rules["minlen"])):
        broken = f"it must have at least {max(1, int(rules['minlen']))} characters (minlen)"
    elif len(password) > LONGEST:
        broken = f"it may have {LONGEST} characters"
    elif letters < int(rules["minalpha"]):
        broken = f"it must have at least {rules['minalpha']} letters (minalpha)"
    elif len(password) - letters < int(rules["minother"]):
        broken = f"it must have at least {rules['minother']} characters that are no letters (minother)"
    elif most > int(rules["maxrepeats"]) > 0:
        broken = f"no character may be in it more than {rules['maxrepeats']} times (maxrepeats)"
    if broken:
        raise Refusal(Status.SYNTAX, f"The new password is not valid: {broken}. Nothing was changed.")
