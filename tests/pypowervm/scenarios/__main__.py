"""Runs scenarios: one request per line on standard input, one result per line on standard output, both JSON.

A request names the scenario as ``module.function`` and where the server is: ``{"scenario", "mode": "file"|"password",
"http", "https", "admin", "user", "password", "scratch", "data", …}``. A result is ``{"scenario", "requests", "changed",
"answer", "traceback"}``: the traceback is null when the scenario held; ``changed`` is how the inventory
differs from before.

Importing the client takes two seconds, so each scenario runs in a fork of a process that has done so once: nothing one
leaves behind in the client (its caches, threads, sessions) reaches the next.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import Any

from . import counting
from .site import Site

LONGEST = 100
"""Seconds for one scenario."""


def main() -> None:
    warnings.simplefilter("ignore")
    for module in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        importlib.import_module(f"{__package__}.{module.stem}")
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as answer:
            child = os.fork()
            if not child:
                json.dump(_run(json.loads(line)), answer)
                answer.flush()
                os._exit(0)
            os.waitpid(child, 0)
            answer.seek(0)
            print(answer.read() or json.dumps({"traceback": "the client's process died"}), flush=True)


def _give_up(*_: Any) -> None:
    raise TimeoutError(f"the scenario took longer than {LONGEST} s")


def _run(wish: dict[str, Any]) -> dict[str, Any]:
    module, _, name = wish["scenario"].partition(".")
    scenario = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    counting.start()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LONGEST)
    problem, changed, answer = None, [], None
    try:
        site = Site(wish)
        before = site.digest(), site.inventory()
        answer = scenario(site)
        if site.digest() != before[0]:
            changed = list(difflib.unified_diff(before[1], site.inventory(), "before", "after", n=0, lineterm=""))
        del site
        gc.collect()  # the client logs off when its session dies
    except BaseException:
        problem = traceback.format_exc()
    return {
        "scenario": wish["scenario"],
        "requests": counting.REQUESTS.total,
        "changed": changed,
        "answer": answer,
        "traceback": problem,
    }


main()
