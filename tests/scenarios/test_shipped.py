"""The scenarios that come with OpenLPAR: each can be played to its end, its solutions solve its tasks, and it repeats exactly."""

from __future__ import annotations

import contextlib
import functools
import io

import pytest

from openlpar.cli.openlpar import main
from openlpar.cli.openlpar.scenario.reading import read, shipped

NAMES = sorted(shipped())


def _played(name: str, *options: str) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = main(["scenario", "run", name, *options])
    return status, said.getvalue()


_first = functools.cache(_played)


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_as_it_says(name: str) -> None:
    status, transcript = _first(name)
    assert status == 0, transcript


@pytest.mark.parametrize("name", ["migration", "bursty-workload"])
def test_the_same_scenario_and_seed_make_the_same_transcript(name: str) -> None:
    assert _played(name) == _first(name)


def test_another_seed_makes_up_other_identifiers() -> None:
    assert _played("vios-busy", "--seed", "7")[1] != _first("vios-busy")[1]


def test_there_are_ten_exercises_and_each_has_something_to_do_and_to_learn() -> None:
    assert len(NAMES) >= 10
    for name in NAMES:
        scenario = read(name)
        assert "Learn" in scenario.story
        assert any(entry.verb == "task" for entry in scenario.steps), name
