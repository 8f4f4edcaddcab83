"""One server per worker process, started the way scripts start it (the pinned interface)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

# How long an example takes depends on the machine, and on who else is busy there. `make test` draws the same examples each
# time, so that it says the same of the same code; `make soak` draws new ones, and more.
hypothesis.settings.register_profile("openlpar", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "openlpar"))

USER, PASSWORD = "admin", "correct horse battery staple"
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Server:
    """A running ``openlpar serve``."""

    process: subprocess.Popen[str]
    http: str
    https: str
    admin: str
    data: Path

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=20)


def start_server(data: Path, *options: str, clock: str = "immediate", file_limit: int | None = None) -> Server:
    """Starts a server and returns when it is ready. Its log is beside ``data``. file_limit: bytes that no file of it may
    grow beyond, as on a disk that is full."""
    command = [str(BIN / "openlpar"), "serve", "--data", str(data), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
    if file_limit is not None:
        command = ["prlimit", f"--fsize={file_limit}", *command]
    command += ["--clock", clock, "--user", USER, "--password-stdin", *options]
    data.parent.mkdir(parents=True, exist_ok=True)
    with (data.parent / f"{data.name}.log").open("a") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(PASSWORD + "\n")
    process.stdin.close()
    line = process.stdout.readline()
    assert line, f"the server did not start:\n{(data.parent / f'{data.name}.log').read_text()}"
    ready = json.loads(line)
    return Server(process, ready["http"], ready["https"], ready["admin"], Path(ready["data"]))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on the default system that tests share: they leave it as they found it."""
    running = start_server(tmp_path_factory.mktemp("server") / "data")
    yield running
    running.stop()
