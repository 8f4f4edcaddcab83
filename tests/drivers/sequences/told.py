"""Runs a sequence and prints one line of JSON: ``{"said": what it says, "requests", "traceback"}``.

The traceback is null when every step held.
"""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.pypowervm.scenarios import counting


def tell(sequence: Callable[[Path], dict[str, Any]]) -> None:
    counting.start()
    said, problem = {}, None
    try:
        with tempfile.TemporaryDirectory() as scratch:
            said = sequence(Path(scratch))
    except BaseException:
        problem = traceback.format_exc()
    print(json.dumps({"said": said, "requests": counting.REQUESTS.total, "traceback": problem}), flush=True)
    os._exit(0)  # the client's session lives in threads that nova-compute would never end
