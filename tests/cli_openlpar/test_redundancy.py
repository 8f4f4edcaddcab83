"""``openlpar redundancy`` and ``openlpar maintenance`` on the default system; how they go on is in the guide, which is played."""

from __future__ import annotations

import json
import sys

import pytest

from openlpar.cli.openlpar.entry import main

pytestmark = pytest.mark.usefixtures("found")


def test_a_system_without_single_points_of_failure_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redundancy"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["vios1", "running", "active", "-"] in lines
    assert ["novalink_212E3CA", "running", "2/2", "-", "-"] in lines
    assert main(["redundancy", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["servers"]] == ["vios1", "vios2"]


def test_a_server_goes_and_what_then_depends_on_the_other_is_an_exit_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["maintenance", "status", "vios2"]) == 0
    assert main(["maintenance", "begin", "vios2"]) == 0
    assert main(["redundancy", "novalink_212E3CA"]) == 1
    shown = capsys.readouterr().out
    assert "Virtual I/O Server vios2 is out of service." in shown
    assert "Single point of failure: Virtual I/O Server vios1: disk novalink_lv1" in shown
    assert "Lost: novalink_lv2, because Virtual I/O Server vios2 is not activated." in shown
    assert main(["maintenance", "status", "vios1"]) == 1
    assert main(["maintenance", "begin", "vios1"]) == 1
    told = capsys.readouterr().err
    assert "cluster cluster1 would have no node that runs" in told
    assert "minutes" not in told, "only who sits there is told that he will have to wait"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["maintenance", "end", "vios2"]) == 0
    assert capsys.readouterr().err == "This may take a few minutes.\n"
    assert main(["redundancy"]) == 0


@pytest.mark.parametrize(
    "words", [["redundancy", "nobody"], ["maintenance", "status", "nobody"], ["maintenance", "begin", "nobody"]]
)
def test_what_is_not_there_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 1
    shown = capsys.readouterr()
    assert "nobody" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("words", [["redundancy"], *(["maintenance", verb] for verb in ("begin", "end", "status"))])
def test_every_command_has_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"]) == 0
    assert f"openlpar {' '.join(words)}" in capsys.readouterr().out.partition("example:")[2]
