"""The master role through thousands of requests, operations, disconnections and restarts, beside a small reference model.

The model knows one thing the product does not: why. It keeps a list of owners, of which the last is master; a temporary one is
put upon the list, a lasting one replaces it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from openlpar.engine.engine import NOBODY
from openlpar.engine.roles import Roles
from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.core import JobOperation, Operation
from openlpar.ops.mastery import MODES
from openlpar.ops.system import hmc
from openlpar.ports.records import CoManagement, Job
from openlpar.uom.managed_system import ManagedSystem
from tests.closing.gannet import Gannet, request
from tests.ops.small_system import SYSTEM

US = CoManagement.NOVALINK
WORK_S = 30
any_console = st.sampled_from(("hmc1", "hmc2"))
any_mode = st.sampled_from(["temp", *MODES])


@dataclass
class Role:
    """owners: a lasting one, and perhaps a temporary one after it. wanted: (who gets it, how), None when nobody waits."""

    consoles: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=lambda: [US])
    mode: str = "norm"
    wanted: tuple[str, str] | None = None
    at_work: set[str] = field(default_factory=set)

    @property
    def master(self) -> str:
        return self.owners[-1]

    def take(self, side: str, mode: str, *, force: bool) -> bool:
        if side != US and side not in self.consoles:
            return False
        if not self.consoles:
            return True
        if not force and (self.promised_to_another(side) or (self.mode == "keep" and side != self.master)):
            return False
        if side == self.master:
            self.owners, self.wanted = self.owners if mode == "temp" else [side], None
            self.mode = mode
        else:
            self.wanted = (side, mode)
            self.settle(force=force)
        return True

    def promised_to_another(self, side: str) -> bool:
        return self.wanted is not None and self.wanted[0] != side

    def release(self, side: str) -> bool:
        if not self.consoles or (side != US and side not in self.consoles):
            return False
        if self.wanted is not None and self.wanted[0] == side:
            self.wanted = None
            return True
        if side != self.master:
            return False
        self.wanted = (self.heir(), "norm")
        self.settle()
        return True

    def heir(self) -> str:
        if len(self.owners) > 1:
            return self.owners[0]
        return US if self.master != US else self.consoles[0]

    def settle(self, *, force: bool = False) -> None:
        if self.wanted is None or (self.master in self.at_work and not force):
            return
        side, mode = self.wanted
        if self.master != US:
            self.at_work.discard(self.master)
        lasting = self.owners[0] if self.mode == "temp" else self.master
        self.owners = [lasting, side] if mode == "temp" and lasting != side else [side]
        self.mode, self.wanted = mode, None

    def disconnect(self, console: str) -> None:
        if console == self.master:
            self.wanted = self.wanted or (self.heir(), "norm")
            self.settle(force=True)
        self.consoles.remove(console)
        self.at_work.discard(console)
        self.owners = [one for one in self.owners if one != console]
        if self.wanted is not None and self.wanted[0] == console:
            self.wanted = None
        if not self.consoles:
            self.owners, self.mode, self.wanted = [US], "norm", None


class RoleMachine(RuleBasedStateMachine):
    """The system on disk and the model, and what is done to both."""

    @initialize(consoles=st.lists(any_console, unique=True, min_size=1))
    def begin(self, consoles: list[str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="role"))
        self.loop = asyncio.new_event_loop()
        self.model = Role()
        self.open()
        for console in consoles:
            self.connect(console)

    def open(self) -> None:
        self.house = Gannet(self.folder)
        self.wait(self.house.engine.start())
        Roles(self.house.engine).start()

    def wait(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(doing)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.wait(self.house.engine.stop())
            self.loop.close()
            shutil.rmtree(self.folder)

    def attempt(self, operation: Operation, allowed: bool) -> None:
        refusal = self.house.refusal(operation)
        note(f"{operation.name}: {refusal or 'done'}")
        assert refusal is None or refusal.message is not general.INTERNAL, refusal
        assert (refusal is None) == allowed, f"the model {'allows' if allowed else 'refuses'} it: {refusal}"

    @rule(console=any_console)
    def connect(self, console: str) -> None:
        self.attempt(hmc.Connect(console), True)
        if console not in self.model.consoles:
            self.model.consoles.append(console)

    @precondition(lambda self: self.model.wanted is not None or len(self.model.owners) > 1)
    @rule(console=any_console)
    def disconnect(self, console: str) -> None:
        there = console in self.model.consoles
        self.attempt(hmc.Disconnect(console), there)
        if there:
            self.model.disconnect(console)

    @rule(console=any_console, mode=any_mode, force=st.booleans())
    def an_hmc_takes(self, console: str, mode: str, force: bool) -> None:
        self.attempt(hmc.TakeRole(console, mode, force), self.model.take(console, mode, force=force))

    @rule(first=any_console, second=any_console, mode=any_mode)
    def one_takes_after_the_other(self, first: str, second: str, mode: str) -> None:
        """And gives it back: who gets it then depends on how both held it."""
        self.an_hmc_takes(first, mode, force=True)
        self.an_hmc_takes(second, "temp", force=True)
        self.an_hmc_releases(second)

    @rule(console=any_console)
    def an_hmc_releases(self, console: str) -> None:
        self.attempt(hmc.ReleaseRole(console), self.model.release(console))

    @precondition(lambda self: self.model.master != US)
    @rule()
    def the_master_releases(self) -> None:
        self.an_hmc_releases(self.model.master)

    @rule(console=any_console)
    def an_hmc_works(self, console: str) -> None:
        allowed = console in self.model.consoles and console == self.model.master
        self.attempt(hmc.Work(console, WORK_S), allowed)
        if allowed:
            self.model.at_work.add(console)

    @rule(mode=any_mode, force=st.booleans())
    def we_take(self, mode: str, force: bool) -> None:
        kind = JobOperation.by_job["ManagedSystem", "RequestMaster"]
        parameters = {"coManagementMasterStatus": mode, "force": str(force).lower()}
        self.attempt(kind.from_job(SYSTEM.uuid, parameters), self.model.take(US, mode, force=force))

    @rule()
    def we_release(self) -> None:
        kind = JobOperation.by_job["ManagedSystem", "ReleaseMaster"]
        self.attempt(kind.from_job(SYSTEM.uuid, {}), self.model.release(US))

    @rule()
    def we_work(self) -> None:
        """A job that takes its time; only the master, and only while it is not about to pass the role on, may begin."""
        submitted = self.wait(
            self.house.jobs.submit("ManagedSystem", SYSTEM.uuid, "Rehearse", {"seconds": str(WORK_S)}, NOBODY)
        )
        self.wait(self.house.engine.step(0))
        allowed = self.model.master == US and self.model.wanted is None
        status = self.house.state.get(Job, submitted.uuid).status
        assert (status == "RUNNING") == allowed, status
        if allowed:
            self.model.at_work.add(US)

    @rule(name=st.text("abc", min_size=1, max_size=3))
    def we_change_something(self, name: str) -> None:
        """What is not ours is refused, with the name of the one to turn to."""
        model, system = self.model, self.house.only(ManagedSystem)
        refusal = self.house.refusal(request("update", system.evolve(system_name=name)))
        if model.master != US:
            assert refusal is not None and refusal.message is say.NOT_MASTER and model.master in refusal.text
        elif model.wanted is not None:
            assert refusal is not None and refusal.message is say.PASSING_ON and model.wanted[0] in refusal.text
        else:
            assert refusal is None

    @rule()
    def time_passes(self) -> None:
        """Whatever was under way ends."""
        self.wait(self.house.engine.step((WORK_S + 1) * 1000))
        self.model.at_work.clear()
        self.model.settle()

    @rule()
    def restart(self) -> None:
        self.wait(self.house.engine.settled())
        before = self.house.everything()
        self.wait(self.house.engine.stop())
        self.open()
        assert self.house.everything() == before

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "model"):
            return
        self.wait(self.house.engine.settled())
        model, seen = self.model, hmc.plain(self.house.state)
        assert seen["master"] == model.master
        assert self.house.only(ManagedSystem).session_is_master is (model.master == US)
        assert seen["co_managed"] is bool(model.consoles)
        if model.consoles:
            wanted = (seen["requested"], seen["requested_mode"])
            assert wanted == (model.wanted or ("", ""))
            assert seen["mode"] == model.mode
            assert (seen["former"] or None) == (model.owners[0] if len(model.owners) > 1 else None)


quick = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(300)
def test_the_role_agrees_with_the_model() -> None:
    run_state_machine_as_test(RoleMachine, settings=quick)


@pytest.mark.slow
def test_the_role_agrees_with_the_model_for_long() -> None:
    long = settings(quick, max_examples=500, stateful_step_count=100, derandomize=False)
    run_state_machine_as_test(RoleMachine, settings=long)
