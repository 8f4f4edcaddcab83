"""openlpar workload, monitor and top."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.cli.openlpar.monitoring import MONITORS, SETTINGS
from openlpar.messages import metrics as say
from openlpar.ops.metrics.preferences import SWITCHES
from openlpar.ports.metrics import COMMON, KINDS
from tests.conftest import Server, start_server

Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("monitoring") / "data", clock="stepped")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _asked(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENLPAR_ADMIN_TOKEN", raising=False)
    monkeypatch.setenv("OPENLPAR_URL", served.http)


def done(capsys: Output, *words: str) -> str:
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_options_are_the_settings_there_are() -> None:
    assert [name for name, _ in SETTINGS] == list(
        dict.fromkeys(name for kind in KINDS.values() for name in kind)
    ) + list(COMMON)
    assert set(MONITORS.values()) == set(SWITCHES)


def test_a_workload_is_set_shown_and_taken_back(capsys: Output) -> None:
    done(capsys, "workload", "set", "nova*", "diurnal", "--peak", "1.5", "--hour", "9")
    shown = done(capsys, "workload", "list")
    assert re.search(r"^novalink_212E3CA +diurnal +.*peak=1.5 hour=9$", shown, re.MULTILINE), shown
    assert re.search(r"^nova\* +diurnal +peak=1.5 hour=9$", shown, re.MULTILINE), shown
    done(capsys, "workload", "remove", "nova*")
    assert "rule for" not in done(capsys, "workload", "list")
    assert main(["workload", "remove", "nova*"]) == 1
    assert say.NO_WORKLOAD.id in capsys.readouterr().err
    assert main(["workload", "set", "x", "lazy"]) == 1
    assert "idle, steady, bursty, diurnal" in capsys.readouterr().err


def test_monitors_and_the_table(capsys: Output) -> None:
    assert "'openlpar monitor on'" in done(capsys, "top")
    assert re.findall(r" on$", done(capsys, "monitor"), re.MULTILINE) == []
    shown = done(capsys, "monitor", "on")
    assert re.findall(r"^(\S+) +on$", shown, re.MULTILINE) == ["long-term", "aggregation"]
    assert "first interval" in done(capsys, "top")
    done(capsys, "step", "60")
    for order, first in (("used", "novalink_212E3CA"), ("name", "novalink_212E3CA")):
        lines = done(capsys, "top", "--once", "--sort", order).splitlines()
        assert re.match(r"\S+Z  3 partitions, 3 running, 0\.\d\d of 2\.50 entitled processors used$", lines[0])
        assert lines[2].split()[:4] == ["partition", "id", "state", "mode"] and lines[3].split()[0] == first
    shown = done(capsys, "monitor", "on", "--monitor", "short-term")
    assert re.search(r"^short-term +on$", shown, re.MULTILINE)
    shown = done(capsys, "monitor", "off")
    assert " on" not in shown.replace("monitor", "")
