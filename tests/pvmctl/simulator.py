"""A simulated managed system in a process of its own, for commands that need a real service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START = "import sys; from openlpar.cli.openlpar import main; sys.exit(main())"


@contextmanager
def simulated(data: Path, system: Path | None = None) -> Iterator[str]:
    """The address of a fresh service; it ends with the block. system: an inventory file, default the embedded system."""
    command = [sys.executable, "-c", _START, "serve", "--data", str(data), "--clock", "immediate"]
    command += ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", *(("--system", str(system)) if system else ())]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENLPAR_")}
    with (data.parent / f"{data.name}.log").open("w+") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                log.seek(0)
                raise AssertionError(f"the service did not start:\n{log.read()[-3000:]}")
            yield json.loads(line)["http"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
