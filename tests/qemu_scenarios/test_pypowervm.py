"""The unmodified pypowervm client's scenarios on QEMU: all but those that the documentation lists, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.qemu_host.kit import GuestKit
from tests.pypowervm.clients import PYTHON, Client, scenarios_of_one_server
from tests.qemu.real_guest import kit
from tests.qemu_scenarios.site import Site, new_site

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.slow,
    pytest.mark.pypowervm,
    pytest.mark.xdist_group("qemu pypowervm"),
]

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "real-partitions.md"
LIMITS = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE))
"""Scenarios that do not hold, with the reason: the page's table is where they are written."""
SCENARIOS = scenarios_of_one_server()
PARAMETERS = [pytest.param(name, marks=pytest.mark.slow if name in LIMITS else ()) for name in SCENARIOS]
"""That a limit is still there is worth a look now and then."""


class Sites:
    """A site for scenarios one after the other: each leaves it as it was, or there is a new one for the next."""

    def __init__(self, kit: GuestKit) -> None:
        self._kit = kit
        self._site: Site | None = None

    def get(self) -> Site:
        self._site = self._site or new_site(self._kit)
        return self._site

    def close(self) -> None:
        if self._site:
            self._site.close()
        self._site = None


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    made = Sites(kit())
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON} is missing: the client has an environment of its own; `make setup` makes it")
    running = Client.start(tmp_path_factory.mktemp("client"))
    yield running
    running.stop()


@pytest.mark.parametrize("scenario", PARAMETERS)
def test_scenario(scenario: str, client: Client, sites: Sites) -> None:
    result = client.run(scenario, "file", sites.get().server)
    failed = result["traceback"] or "\n".join(result["changed"])
    if failed:
        sites.close()
    if scenario in LIMITS:
        assert failed, f"it holds now: take it out of {PAGE.name} ({LIMITS[scenario]})"
    else:
        assert not failed, f"\n{failed}"


def test_the_list_names_no_scenario_that_is_gone() -> None:
    assert LIMITS, f"{PAGE.name} has no table of scenarios"
    assert set(LIMITS) <= set(SCENARIOS)
