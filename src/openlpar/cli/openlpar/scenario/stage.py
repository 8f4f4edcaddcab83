"""Where a scenario plays: services with a stepped clock, started for it or running already, and the commands that ask them.

The clock of a service that is started for it begins at the same moment each time: what is printed does not depend on the day.
Commands are processes of their own, as an administrator's are. One that has to wait for the clock does so in a job; the stage
knows by the number of unfinished jobs that the clock may go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from openlpar.cli.openlpar.scenario.programs import PROGRAMS, split
from openlpar.client.admin import Administration
from openlpar.client.errors import ClientError
from openlpar.messages import scenario as say

# A Monday morning.
BEGIN = datetime(2040, 1, 2, 8, tzinfo=UTC)
# How long a command may need, in simulated time.
PATIENCE_MS = 3_600_000
_TICK_MS = 1000
# Real seconds between two looks at what runs, at first and at last.
_LOOK_S = (0.01, 0.1)
# Real seconds until a command that neither ends nor makes a job is taken to wait for the clock all the same.
_STUCK_S = 20.0
_START_S = 60.0
COLUMNS = 100


@dataclass(slots=True)
class Running:
    """A command that was started. output: what it has printed, errors included, when it has ended."""

    words: list[str]
    process: subprocess.Popen[bytes]
    printed: IO[bytes]
    began_ms: int

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def output(self) -> str:
        self.printed.seek(0)
        return self.printed.read().decode(errors="replace").replace("\r", "")


@dataclass(slots=True)
class Service:
    """url: empty before it runs. process: None for one that somebody else has started. begun_ms, now_ms: what its clock showed
    at the beginning, and shows now."""

    name: str
    system: str = ""
    url: str = ""
    process: subprocess.Popen[bytes] | None = None
    begun_ms: int = 0
    now_ms: int = 0

    @property
    def runs(self) -> bool:
        return bool(self.url) and (self.process is None or self.process.poll() is None)


class Stage:
    """Use as a context manager. folder: where services keep their state, and where commands run."""

    def __init__(self, folder: Path, systems: Mapping[str, str], seed: int) -> None:
        self.services = {name: Service(name, system) for name, system in systems.items()}
        self.now_ms = 0
        self.is_own = True
        self.folder = folder
        self._seed = seed
        self._commands: list[Running] = []
        self._jobs_before = 0

    def __enter__(self) -> Stage:
        try:
            for service in self.services.values() if self.is_own else ():
                self.start(service)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for command in self._commands:
            command.process.kill()
            command.process.wait()
            command.printed.close()
        for service in self.services.values():
            if service.process is not None:
                service.process.kill()  # nobody needs its state any more
                service.process.wait()

    # services

    def use(self, url: str, name: str) -> None:
        """Plays on a service that runs already. Raises Failure when its clock cannot be stepped."""
        with Administration(url) as admin:
            clock = admin.get("/clock")
        if clock["mode"] != "stepped":
            raise say.NOT_STEPPED.error(name=name, url=url, cause=f"its clock is {clock['mode']}, not stepped")
        self.services = {
            one: Service(one, url=url, begun_ms=clock["now"], now_ms=clock["now"]) for one in self.services
        }
        self.is_own = False

    def start(self, service: Service) -> None:
        """On its state, or anew; its clock then shows what all of them show. Raises Failure."""
        words = ["serve", "--data", str(self._data(service)), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
        now = BEGIN + timedelta(milliseconds=self.now_ms)
        words += ["--clock", f"stepped:{now.isoformat()}", "--seed", str(self._seed_of(service))]
        words += ["--backups", str(self.folder / "backups")]
        words += ["--system", service.system] if service.system else []
        log = self.folder / f"{service.name}.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                _program("openlpar", words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env=self._environment(),
            )
        service.process = process
        assert process.stdout is not None
        with process.stdout:
            line = process.stdout.readline()
        if not line:
            last = (log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
            raise say.NO_SERVICE.error(cause=last.rstrip("."))
        service.url = json.loads(line)["http"]
        service.begun_ms = int(BEGIN.timestamp() * 1000)
        self._synchronise()

    def _seed_of(self, service: Service) -> int:
        """Two services with one seed would make up the same UUIDs."""
        return self._seed + list(self.services).index(service.name)

    def restart(self, service: Service) -> None:
        self._kill(service)
        self.start(service)

    def lose(self, service: Service) -> None:
        """Its state is gone; it begins as it was installed."""
        self._kill(service)
        shutil.rmtree(self._data(service))
        self.start(service)

    def _kill(self, service: Service) -> None:
        assert service.process is not None
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()

    def _data(self, service: Service) -> Path:
        return self.folder / f".{service.name}"

    def _catch_up(self, service: Service) -> None:
        with Administration(service.url) as admin:
            step = service.begun_ms + self.now_ms - service.now_ms
            if step > 0:
                service.now_ms = admin.send("POST", "/clock/step", {"seconds": step / 1000})["now"]

    def behave(self, service: Service, wish: Mapping[str, Any]) -> None:
        """Replaces parts of the behaviour of partitions. Raises ClientError."""
        with Administration(service.url) as admin:
            admin.send("PUT", "/behaviour", {**admin.get("/behaviour"), **wish})

    # commands

    def run(self, service: Service, command: str) -> Running:
        """Starts it, and returns when it has ended or waits for the clock."""
        words = split(command)
        if not any(not one.has_ended for one in self._commands):
            self._commands = []
            self._jobs_before = self._jobs()
        printed = (self.folder / f"printed-{time.monotonic_ns()}").open("w+b")
        addressed = [self._filled(word) for word in words]
        process = subprocess.Popen(
            _program(addressed[0], addressed[1:]),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env={**self._environment(), "OPENLPAR_URL": service.url},
        )
        running = Running(words, process, printed, self.now_ms)
        self._commands.append(running)
        self.settle()
        return running

    def _filled(self, word: str) -> str:
        for service in self.services.values():
            word = word.replace(f"{{{service.name}}}", service.url)
        return word

    def told(self, text: str) -> str:
        """What a command printed, without what differs between two runs: addresses and the folder."""
        for service in self.services.values():
            if service.url:
                text = text.replace(service.url, f"{{{service.name}}}")
        return text.replace(f"{self.folder}/", "")

    def _environment(self) -> dict[str, str]:
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith("OPENLPAR_") or not self.is_own
        }
        place = {"OPENLPAR_LOG_DIR": str(self.folder), "COLUMNS": str(COLUMNS), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        return {**ours, **place}

    # time

    def advance(self, until_ms: int, command: Running | None = None) -> None:
        """Until then, or until the command has ended. In small steps while anything runs: commands look at each of them."""
        self.settle()
        while self.now_ms < until_ms and not (command and command.has_ended):
            runs = any(not one.has_ended for one in self._commands)
            self.step(min(_TICK_MS, until_ms - self.now_ms) if runs else until_ms - self.now_ms)
            self.settle()

    def step(self, ms: int) -> None:
        self.now_ms += ms
        for service in self.services.values():
            if service.runs:
                try:
                    self._catch_up(service)
                except ClientError:
                    if not self._has_died(service):
                        raise

    @staticmethod
    def _has_died(service: Service) -> bool:
        """A fault rule may have made it so."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return service.process is not None and service.process.wait(timeout=5) is not None
        return False

    def settle(self) -> None:
        """Returns when every command has ended or waits for the clock."""
        patience = time.monotonic() + _STUCK_S
        pause, longest = _LOOK_S
        before: list[str] | None = None
        while time.monotonic() < patience:
            running = sum(not one.has_ended for one in self._commands)
            if not running:
                self._synchronise()
                return
            jobs = self._jobs()
            self._jobs_before = min(self._jobs_before, jobs)
            if jobs - self._jobs_before >= running:
                if len(self.services) == 1:
                    return
                now = self._digests()  # two that talk to each other have not done so yet when the job is there
                if now == before:
                    return
                before, pause = now, longest
            time.sleep(pause)
            pause = min(pause * 1.5, longest)

    def _digests(self) -> list[str]:
        digests = []
        for service in self.services.values():
            if service.runs:
                with Administration(service.url) as admin:
                    digests.append(admin.get("/digest")["sha256"])
        return digests

    def _synchronise(self) -> None:
        """A command may have stepped the clock of a service: the others follow."""
        for service in self.services.values():
            if service.runs:
                with Administration(service.url) as admin:
                    service.now_ms = admin.get("/clock")["now"]
                self.now_ms = max(self.now_ms, service.now_ms - service.begun_ms)
        for service in self.services.values():
            if service.runs:
                self._catch_up(service)

    def _jobs(self) -> int:
        count = 0
        for service in self.services.values():
            if service.runs:
                try:
                    with Administration(service.url) as admin:
                        count += admin.get("/health")["jobs"]
                except ClientError:
                    if not self._has_died(service):
                        raise
        return count


def _program(name: str, words: list[str]) -> list[str]:
    return [sys.executable, "-c", f"from {PROGRAMS[name]} import main; raise SystemExit(main())", *words]
