"""How storage may be called."""

from __future__ import annotations

import re

from openlpar.messages import storage as say

# Longest names: rest-contract 2.14; logical units: the VIOS's own limit for file names of a pool.
LOGICAL_VOLUME = 15
MEDIA = 37
LOGICAL_UNIT = 127
_SAFE = re.compile(r"[A-Za-z0-9_.\-]+")


def check_name(kind: str, name: str, longest: int) -> None:
    """Names become names of devices and files on the Virtual I/O Server, and words of its command line."""
    if not name:
        cause = "it is empty"
    elif len(name) > longest:
        cause = f"it has {len(name)} characters"
    elif not _SAFE.fullmatch(name):
        cause = "it has other characters than letters, digits, '_', '.' and '-'"
    elif name[0] in "-.":
        cause = f"it begins with {name[0]!r}"
    else:
        return
    wanted = f"1 to {longest} letters, digits, '_', '.' and '-', and begin with one of the first three"
    raise say.BAD_NAME.error(kind=kind, name=name, cause=cause, wanted=wanted)
