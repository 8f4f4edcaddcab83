"""What is wrong with a scenario is said all at once, with the lines, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from openlpar.cli.openlpar import main
from openlpar.cli.openlpar.scenario.language import BESIDE, EXPECT, HEAD, VERBS
from openlpar.cli.openlpar.scenario.reading import read
from openlpar.messages import scenario as say

MISTAKEN = """\
titel: x
story: x
seed: seven
system: [nowhere.yaml]
steps:
- do: pvmctl lpar lost
- {at: 30s, do: pvmctl lpar list}
- {at: +1m, do: pvmctl lpar list}
- {at: +30s, do: pvmctl lpar list}
- {fault: vios-busy, hmc: show}
- fault: vios-busy --tiems 2
- do: rm -r folder
- do: openlpar serve --data x
- {task: bring it back, expect: {shows: x}}
- {do: pvmctl lpar list, check: pvmctl lpar list, on: heron}
- {do: pvmctl lpar list, expect: {message: PVME1, exit: one}}
- {service: stop}
- {service: lost, expect: {exit: 0}}
- {do: "viosvrcmd --id 2 -c 'lsvg"}
- {behaviour: much}
- {do: pvmctl lpar list, do: pvmctl lpar list}
- once
"""
FOUND = (
    (1, "a scenario has no 'titel': did you mean title?"),
    (1, "a scenario needs title: what it is about, in a line"),
    (1, "system nowhere.yaml: there is no such file beside the scenario"),
    (3, "seed has to be a whole number"),
    (6, "do: pvmctl: LogicalPartition has no verb 'lost'."),
    (7, "at has to be a time, such as +30s, +5m, +2h"),
    (9, "at lies before the +60s of an entry above it"),
    (10, "this one fault and hmc"),
    (11, "fault: openlpar: unrecognized arguments: --tiems 2"),
    (12, "do: 'rm' is none of pvmctl,"),
    (13, "do: openlpar serve asks no running service"),
    (14, "a task needs solution, the commands that do it, and check"),
    (15, "check belongs to a task"),
    (15, "on: there is no service heron, only nowhere"),
    (16, "message: there is no message 'PVME1'"),
    (16, "exit has to be a whole number"),
    (17, "service is 'stop', not one of restart, lost"),
    (18, "service prints nothing: expect belongs to a command or a task"),
    (19, "cannot be split into words: no closing quotation"),
    (20, "behaviour has to be a mapping"),
    (21, "this one do and do"),
    (22, "an entry is a mapping"),
)


def test_every_mistake_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MISTAKEN)
    for verb in ("check", "run", "show"):
        assert main(["scenario", verb, str(path)]) == 2
        said = capsys.readouterr().err.splitlines()
        for line, text in FOUND:
            assert any(one.startswith(f"{path}:{line}: ") and text in one for one in said), (line, text, said)
        assert len(said) == len(FOUND) + 1
        assert said[-1].startswith(f"[{say.BAD_SCENARIO.id}] {path} has mistakes")


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"title: [", ":1: not YAML: "),
        (b"- title", ":1: a scenario is a mapping with title, "),
        (b"\xff", ": not text in UTF-8"),
        (b"title: x\nstory: x\nsteps: []\n", ":3: steps has to be a list of entries, with something in it"),
    ],
)
def test_a_file_that_is_no_scenario(
    content: bytes, mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert main(["scenario", "check", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}{mistake}")


def test_a_scenario_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "run", "vios-up"]) == 2
    assert say.NO_SCENARIO.id in capsys.readouterr().err


def test_list_show_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "list"]) == 0
    assert read("vios-down").title in capsys.readouterr().out
    assert main(["scenario", "show", "vios-down"]) == 0
    assert capsys.readouterr().out.startswith(f"title: {read('vios-down').title}\n")
    assert main(["scenario", "words"]) == 0
    printed = capsys.readouterr().out
    for words in (HEAD, VERBS, BESIDE, EXPECT):
        assert all(f"\n{word} " in printed for word in words)
