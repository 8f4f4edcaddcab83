"""A server, and one for each process of tests that is started the way scripts start it (the pinned interface)."""

from __future__ import annotations

import contextlib
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

from tests import forked

# How long an example takes depends on the machine, and on who else is busy there. `make test` draws the same examples each
# time, so that it says the same of the same code; `make soak` draws new ones, and more.
hypothesis.settings.register_profile("openlpar", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "openlpar"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Several processes of tests: those that share a fixture of their module stay together, so that it is made once; and what may
    take longest, as its timeout tells, begins: else one process would be at it long after the others have ended."""
    if not hasattr(config, "workerinput"):
        return
    longest: dict[str, float] = {}
    for item in items:
        if item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
        unit, limit = _unit(item), item.get_closest_marker("timeout")
        longest[unit] = max(longest.get(unit, 0.0), limit.args[0] if limit else 0.0)
    items.sort(key=lambda item: -longest[_unit(item)])


def _shares(item: pytest.Item) -> bool:
    made = item._fixtureinfo.name2fixturedefs.values() if isinstance(item, pytest.Function) else ()
    return any(fixtures[-1].scope in {"module", "package", "class"} for fixtures in made if fixtures)


def _unit(item: pytest.Item) -> str:
    """What goes to one process."""
    group = item.get_closest_marker("xdist_group")
    return str(group.args[0]) if group else item.nodeid


USER, PASSWORD = "admin", "correct horse battery staple"
BIN = Path(sys.executable).parent


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """pytest hands the name of a test to each program that it starts, and a system bounds what they can be handed."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 200 else None


@dataclass(frozen=True)
class Server:
    """A running ``openlpar serve``."""

    process: subprocess.Popen[bytes] | forked.Forked
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


def start_server(
    data: Path, *options: str, clock: str = "immediate", file_limit: int | None = None, by_script: bool = False
) -> Server:
    """Starts a server and returns when it is ready. Its log is beside ``data``. file_limit: bytes that no file of it may
    grow beyond, as on a disk that is full; by_script: run the installed script, not a fork that has imported it all."""
    words = ["serve", "--data", str(data), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
    words += ["--clock", clock, "--user", USER, "--password-stdin", *options]
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    ready_end, told_end = os.pipe()
    password_end, typed_end = os.pipe()
    with (
        log.open("a") as errors,
        os.fdopen(ready_end) as told,
        os.fdopen(told_end, "w") as ready,
        os.fdopen(password_end) as password,
        os.fdopen(typed_end, "w") as typed,
    ):
        process: subprocess.Popen[bytes] | forked.Forked
        if by_script or file_limit is not None:
            command = [str(BIN / "openlpar"), *words]
            if file_limit is not None:
                command = ["prlimit", f"--fsize={file_limit}", *command]
            environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
            process = subprocess.Popen(command, stdin=password, stdout=ready, stderr=errors, env=environment)
        else:
            process = forked.start(words, stdin=password.fileno(), stdout=ready.fileno(), stderr=errors.fileno())
        ready.close()
        password.close()
        with contextlib.suppress(BrokenPipeError):
            typed.write(PASSWORD + "\n")
            typed.close()
        line = told.readline()
    assert line, f"the server did not start:\n{log.read_text()}"
    addresses = json.loads(line)
    return Server(process, addresses["http"], addresses["https"], addresses["admin"], Path(addresses["data"]))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on the default system that tests share: they leave it as they found it."""
    running = start_server(tmp_path_factory.mktemp("server") / "data", by_script=True)
    yield running
    running.stop()
