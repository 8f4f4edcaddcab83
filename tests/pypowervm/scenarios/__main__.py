"""Runs scenarios: one request per line on standard input, one result per line on standard output, both JSON.

A request names the scenario as ``module.function`` and where the server is: ``{"scenario", "mode": "file"|"password",
"http", "https", "admin", "user", "password", "scratch", "data"}``. A result is ``{"scenario", "requests", "changed", "traceback"}``:
the traceback is null when the scenario held, ``changed`` holds the lines by which the inventory differs from before.

Importing the client takes two seconds, so each scenario runs in a fork of a process that has done so once: nothing one
leaves behind in the client (its caches, threads, sessions) reaches the next.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import json
import os
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from scenarios import counting
from scenarios.site import Site

PATIENCE = 0.05
"""Seconds at most for any of the client's pauses (a second between polls of a job, five before it tries a busy VIOS again)."""


def main() -> None:
    warnings.simplefilter("ignore")
    _shorten_pauses()
    for module in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        importlib.import_module(f"scenarios.{module.stem}")
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


def _run(wish: dict[str, Any]) -> dict[str, Any]:
    module, _, name = wish["scenario"].partition(".")
    scenario = getattr(importlib.import_module(f"scenarios.{module}"), name)
    counting.start()
    problem, changed = None, []
    try:
        site = Site(wish)
        before = site.digest(), site.inventory()
        scenario(site)
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
        "traceback": problem,
    }


def _shorten_pauses() -> None:
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, PATIENCE))


main()
