"""Where the recorded responses lie: in the installed pypowervm, whose wheel carries them."""

import functools
import os
from pathlib import Path

from openlpar.wire.recording import bodies

ROOT = Path(__file__).parents[2]
REMEDY = (
    "The recordings of the pypowervm wheel are not there: run `make setup`, or set OPENLPAR_RECORDINGS to the folder "
    "pypowervm/tests/data of an installed pypowervm 1.1.27."
)


def folder() -> Path | None:
    named = os.environ.get("OPENLPAR_RECORDINGS")
    if named:
        return Path(named) if Path(named).is_dir() else None
    found = sorted(ROOT.glob(".venv-pypowervm/lib/python3*/site-packages/pypowervm/tests/data"))
    return found[0] if found else None


@functools.cache
def documents() -> dict[str, bytes]:
    """File name to XML body, of every recording that has one."""
    place = folder()
    found: dict[str, bytes] = {}
    for path in sorted(place.iterdir()) if place else ():
        for number, body in enumerate(bodies(path.read_bytes())):
            if body.lstrip()[:1] == b"<":
                found[path.name if number == 0 else f"{path.name}#{number}"] = body
    return found
