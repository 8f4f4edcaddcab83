"""``pvmctl`` starts fast because it loads little."""

import json
import subprocess
import sys

# What may be loaded before the command line is parsed; with these comes what they import themselves.
ALLOWED = ("argparse", "decimal", "enum", "os", "re", "typing")
OURS = ("openlpar.cli", "openlpar.client", "openlpar.messages", "openlpar.uom", "openlpar.wire")

PROBE = """
import importlib, json, sys
for name in {allowed}: importlib.import_module(name)
before = set(sys.modules)
importlib.import_module("openlpar.cli.pvmctl")
json.dump(sorted(set(sys.modules) - before), sys.stdout)
"""


def test_pvmctl_loads_little_before_it_parses() -> None:
    probe = PROBE.format(allowed=ALLOWED)
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"openlpar.cli.pvmctl cannot be imported:\n{run.stderr}"
    heavy = [
        name
        for name in json.loads(run.stdout)
        if name != "openlpar" and not f"{name}.".startswith(tuple(f"{ours}." for ours in OURS))
    ]
    assert not heavy, (
        f"pvmctl --version has 80 ms. Import these inside the function that needs them, or do without: {', '.join(heavy)}"
    )


def test_the_server_loads_no_library_that_only_a_scrape_needs() -> None:
    probe = "import sys, openlpar.services; print('prometheus_client' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
