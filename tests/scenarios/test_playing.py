"""What a run tells, what it waits for, and what it makes of expectations that are not met."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from openlpar.cli.openlpar import main
from openlpar.cli.openlpar.scenario.language import Expectation
from openlpar.cli.openlpar.scenario.play import different
from openlpar.messages import scenario as say
from tests.conftest import BIN, Server, start_server

HEAD = "title: A trial\nstory: Learn.\n"


def _written(folder: Path, steps: str, head: str = HEAD) -> str:
    path = folder / "trial.yaml"
    path.write_text(f"{head}steps:\n{steps}")
    return str(path)


def test_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that waits for the clock goes on while others look; a service that a fault rule kills comes back on its state."""
    path = _written(
        tmp_path,
        """\
- do: pvmctl lpar create --name vm1 --mem 1024 --proc 1
- {at: +10s, do: pvmctl lpar power-on -i name=vm1}
- {at: +12s, do: pvmctl lpar list -d name state, expect: {shows: "name=vm1,state=starting"}}
- {at: +2m, do: pvmctl lpar list -d name state, expect: {shows: "name=vm1,state=running"}}
- {fault: crash --operation lpar.delete}
- {do: pvmctl lpar delete -i name=vm1, expect: {exit: 1}}
- {at: +1h, service: restart}
- {do: openlpar fault remove all}
- {do: openlpar health, expect: {shows: "2040-01-02T09:00:00.000Z"}}
- {do: pvmctl lpar list -d name, expect: {shows: name=vm2, lacks: name=vm1}}
- {do: pvmctl lpar list -d name, expect: {message: PVME01040001-0001}}
""",
    )
    assert main(["scenario", "run", path]) == 1
    printed = capsys.readouterr().out
    goes_on = printed.index("(goes on)")
    starting, ended = printed.index("name=vm1,state=starting"), printed.index("Partition vm1 power-on successful.")
    assert goes_on < starting < ended < printed.index("name=vm1,state=running")
    failed = [line.strip() for line in printed.splitlines() if "≠" in line]
    assert failed[0].startswith("≠ exit status") or failed[0] == (
        "≠ no line shows 'name=vm2'; the nearest is 'name=vm1'"
    )
    assert "≠ 'name=vm1' was not expected in 'name=vm1'" in failed
    assert "≠ exit status 0, expected a refusal with PVME01040001-0001" in failed
    assert printed.endswith("8 of 10 expectations were met.\n")


def test_differences() -> None:
    assert list(different(Expectation(), 0, "")) == []
    assert list(different(Expectation(), None, "")) == ["it did not end within 60 minutes"]
    assert list(different(Expectation(), 2, "")) == ["exit status 2, expected 0"]
    assert list(different(Expectation(message="M1"), 1, "[M1] no")) == []
    assert list(different(Expectation(message="M1"), 1, "[M2] no")) == ["message M1 was expected"]
    assert list(different(Expectation(shows=("vm1  running",)), 0, "vm1     running")) == []


def test_an_exercise(tmp_path: Path) -> None:
    """Somebody presses Enter too early, does the task, and presses it again; shows the solution of the next one."""
    path = _written(
        tmp_path,
        """\
- task: Make vm1.
  solution: [pvmctl lpar create --name vm1 --mem 512 --proc 1]
  check: pvmctl lpar list -d name
  expect: {shows: name=vm1}
- task: Make vm2.
  solution: [pvmctl lpar create --name vm2 --mem 512 --proc 1]
  check: pvmctl lpar list -d name
  expect: {shows: name=vm2}
""",
    )
    with subprocess.Popen(
        [BIN / "openlpar", "scenario", "run", "--interactive", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as exercise:
        assert exercise.stdin is not None
        assert exercise.stdout is not None
        exercise.stdin.write("\n")
        exercise.stdin.flush()
        lines: list[str] = []
        while not any("not yet: no line shows 'name=vm1'" in line for line in lines):
            lines.append(exercise.stdout.readline())
            assert lines[-1], lines
        url = next(line.partition("OPENLPAR_URL=")[2].strip() for line in lines if "OPENLPAR_URL=" in line)
        environment = {**os.environ, "OPENLPAR_URL": url}
        create = [str(BIN / "pvmctl"), "lpar", "create", "--name", "vm1", "--mem", "1024", "--proc", "1"]
        subprocess.run(create, env=environment, check=True)
        printed = exercise.communicate("\nsolution\n")[0]
    assert exercise.returncode == 0, printed
    assert "pvmctl lpar create --name vm1" not in printed
    assert "pvmctl lpar create --name vm2" in printed
    assert printed.endswith("3 of 3 expectations were met.\n")


def test_on_a_service_that_runs_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _written(tmp_path, "- {at: +1m, do: openlpar health, expect: {shows: status ok}}\n")
    lost = tmp_path / "lost.yaml"
    lost.write_text(f"{HEAD}steps:\n- service: lost\n")
    stepped = start_server(tmp_path / "stepped", clock="stepped:2041-05-06T07:08:09Z")
    try:
        assert main(["scenario", "run", path, "--url", stepped.http]) == 0
        assert "2041-05-06T07:09:09.000Z" in capsys.readouterr().out
        for wrong in (str(lost), "migration"):
            assert main(["scenario", "run", wrong, "--url", stepped.http]) == 1
            assert say.NOT_STEPPED.id in capsys.readouterr().err
    finally:
        assert stepped.stop() == 0


def test_not_on_a_service_whose_clock_runs(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _written(tmp_path, "- do: pvmctl lpar list\n")
    assert main(["scenario", "run", path, "--url", server.http]) == 1
    assert "its clock is immediate, not stepped" in capsys.readouterr().err


def test_a_service_that_does_not_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.yaml").write_text("openlpar: 99\n")
    path = _written(tmp_path, "- do: pvmctl lpar list\n", f"{HEAD}system: broken.yaml\n")
    assert main(["scenario", "run", path]) == 1
    assert say.NO_SERVICE.id in capsys.readouterr().err
