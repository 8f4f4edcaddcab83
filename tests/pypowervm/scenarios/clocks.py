"""What needs a clock that only moves when it is told to: run against a server of its own, see ``test_own_servers.py``."""

from __future__ import annotations

import contextlib
import gc
import json
import threading
from collections.abc import Iterator
from pathlib import Path

from pypowervm import adapter as adp
from pypowervm import exceptions as exc
from pypowervm.tasks import power
from pypowervm.wrappers import base_partition as bp

from . import counting
from .site import Site, raises


def _step(site: Site, seconds: float) -> None:
    site.admin("clock/step", "POST", {"seconds": seconds})


@contextlib.contextmanager
def _running(site: Site) -> Iterator[None]:
    """The clock runs for the length of a block, a minute at a time."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.02):
            _step(site, 60)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()


def _token_files(site: Site) -> set[Path]:
    return set((site.data / "sessions").iterdir())


def a_job_that_takes_too_long_is_cancelled(site: Site) -> None:
    with site.partition("slow") as lpar:
        with raises(exc.VMPowerOnTimeout, "slow"):
            power.PowerOp.start(lpar, timeout=0.2)
        # The client waits for the end of the cancelled job in a thread of its own, and deletes it.
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(30)
                assert not thread.is_alive(), "the cancelled job does not end"
        jobs = [line for line in counting.REQUESTS.recorded if "uom/jobs/" in line and not line.startswith("GET")]
        assert [line.split()[0] for line in jobs] == ["POST", "DELETE"], jobs
        with _running(site):
            power.PowerOp.stop(lpar.refresh(), opts=power.popts.PowerOffOpts().vsp_hard())
        assert lpar.refresh().state == bp.LPARState.NOT_ACTIVATED


def a_partition_boots_by_stages(site: Site) -> None:
    with site.partition("staged") as lpar:
        power.PowerOp.start(lpar, synchronous=False)
        states = [lpar.refresh().state]
        with counting.aside():
            for _ in range(40):
                _step(site, 5)
                lpar = lpar.refresh()
                states.append(lpar.state)
                if lpar.rmc_state == bp.RMCState.ACTIVE:
                    break
        assert lpar.state == bp.LPARState.RUNNING and states[0] == bp.LPARState.STARTING, states
        assert lpar.rmc_state == bp.RMCState.ACTIVE, states
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(30)
        power.PowerOp.stop(lpar, opts=power.popts.PowerOffOpts().vsp_hard(), synchronous=False)
        _step(site, 60)
        assert lpar.refresh().state == bp.LPARState.NOT_ACTIVATED


def a_session_idle_for_hours_ends_with_its_token_file(site: Site) -> None:
    before = _token_files(site)
    leaked = site.session()
    leaked.__class__ = type("Leaked", (object,), {})  # never logs off, as at the end of an interpreter
    (file,) = _token_files(site) - before
    assert file.stat().st_mode & 0o007 == 0, "others may not read it"
    _step(site, 3 * 60 * 60)
    assert site.system().system_name == "gannet", "the client has logged on again by itself"
    assert file not in _token_files(site)
    other = adp.Adapter(site.session())
    with raises(exc.HttpUnauth):
        other.session._sessToken = leaked._sessToken
        other.session.request("GET", "/rest/api/uom/ManagedSystem", relogin=False)


def logging_off_removes_the_token_file(site: Site) -> None:
    before = _token_files(site)
    session = site.session()
    assert len(_token_files(site) - before) == 1
    del session
    gc.collect()
    assert _token_files(site) == before


def the_clock_is_told(site: Site) -> None:
    before = json.loads(site.admin("clock"))["now"]
    _step(site, 90)
    assert json.loads(site.admin("clock"))["now"] == before + 90_000
