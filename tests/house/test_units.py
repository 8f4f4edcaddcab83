"""The systemd units that we ship: what they promise an administrator, and whether systemd reads them."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from openlpar.cli.openlpar import backups
from openlpar.cli.openlpar.entry import _parser
from openlpar.ops.backup import rotation
from tests.house import tree

PACKAGING = tree.ROOT / "packaging"
SERVICES = ("pvm-core", "pvm-rest")
UNITS = [PACKAGING / "systemd" / f"{service}.service" for service in SERVICES]
BACKUP = PACKAGING / "systemd" / "pvm-backup@.service"
TIMERS = sorted((PACKAGING / "systemd").glob("*.timer"))
PREFIX = "/opt/openlpar/bin"


def settings(unit: Path) -> dict[str, list[str]]:
    """Key to the words of all its lines; sections do not matter here, no key stands in two."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        key, equals, text = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).extend(text.split())
    return found


def test_restarting_the_core_restarts_the_front() -> None:
    rest = settings(UNITS[1])
    for relation in ("Requires", "PartOf", "After"):
        assert "pvm-core.service" in rest[relation], f"pvm-rest.service lacks {relation}=pvm-core.service"


@pytest.mark.parametrize("unit", UNITS, ids=SERVICES)
def test_service_runs_an_installed_command_as_its_own_user(unit: Path) -> None:
    found = settings(unit)
    scripts = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    command = found["ExecStart"]
    assert command[0] == f"{PREFIX}/{unit.stem}"
    assert unit.stem in scripts
    environment = {pair.partition("=")[0] for pair in found["Environment"]}
    assert environment == set(re.findall(r"\$\{(\w+)\}", " ".join(command))), "each variable has its default here"
    sysusers = (PACKAGING / "sysusers.d" / "openlpar.conf").read_text(encoding="utf-8")
    assert re.search(rf"^u {found['User'][0]}\s", sysusers, re.MULTILINE)
    assert re.search(rf"^g {found['Group'][0]}\s", sysusers, re.MULTILINE)


def test_the_drop_in_for_real_partitions_runs_the_same_command() -> None:
    unit, drop_in = settings(UNITS[0]), settings(PACKAGING / "systemd" / "pvm-core.service.d" / "qemu.conf")
    assert drop_in["ExecStart"] == [*unit["ExecStart"], "--hypervisor", "qemu"]
    assert drop_in["KillMode"] == ["process"], "partitions must go on when the service restarts"


def test_the_backup_runs_as_root_with_a_command_that_there_is() -> None:
    """The files are root's, for members of the group; the words are taken by the command as it is."""
    found = settings(BACKUP)
    assert (found["User"], found["Group"], found["UMask"]) == (["root"], ["pvm_admin"], ["0027"])
    program, *words = found["ExecStart"]
    assert program == f"{PREFIX}/openlpar"
    defaults = dict(pair.split("=") for pair in found["Environment"])
    assert set(defaults) == set(re.findall(r"\$\{(\w+)\}", " ".join(words)))
    for kind in ("hourly", "daily"):
        told = [re.sub(r"\$\{(\w+)\}", lambda name: defaults[name[1]], word).replace("%i", kind) for word in words]
        args = _parser().parse_args(told)
        assert (args.act, args.kind) == (backups.run, kind)
        assert args.directory in found["ReadWritePaths"]


def test_the_timers_run_when_the_tutorial_shows_backups() -> None:
    times = {timer.stem: settings(timer) for timer in TIMERS}
    assert {stem: found["OnCalendar"] for stem, found in times.items()} == {
        "pvm-backup-daily": ["*-*-*", f"00:{rotation.MINUTE}:00"],
        "pvm-backup-hourly": ["*-*-*", f"01..23:{rotation.MINUTE}:00"],
    }
    for stem, found in times.items():
        assert found["Unit"] == [f"pvm-backup@{stem.removeprefix('pvm-backup-')}.service"]


@pytest.mark.parametrize("unit", [*UNITS, BACKUP], ids=lambda unit: unit.stem)
def test_service_finds_every_folder_it_may_write(unit: Path) -> None:
    found = settings(unit)
    made = set(
        re.findall(r"^d (\S+)", (PACKAGING / "tmpfiles.d" / "openlpar.conf").read_text(encoding="utf-8"), re.MULTILINE)
    )
    made |= {f"/var/lib/{name}" for name in settings(UNITS[0])["StateDirectory"]}
    missing = [path for path in found["ReadWritePaths"] if path not in made]
    tree.complain(
        f"{unit.name} does not start when one of these is not there: make it in packaging/tmpfiles.d.", missing
    )


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        # Not a machine with systemd: at least every line is a section, a setting or a comment.
        for unit in (*UNITS, BACKUP, *TIMERS):
            for line in unit.read_text(encoding="utf-8").splitlines():
                assert re.fullmatch(r"(\[(Unit|Service|Timer|Install)\]|[A-Z][A-Za-z]+=.*|#.*|)", line), (
                    f"{unit.name}: {line}"
                )
        return
    for program in (*SERVICES, "openlpar"):
        (tmp_path / program).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    for unit in (*UNITS, BACKUP, *TIMERS):
        text = unit.read_text(encoding="utf-8").replace(PREFIX, str(tmp_path))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    named = [BACKUP.name.replace("@", f"@{timer.stem.rpartition('-')[2]}") for timer in TIMERS]
    units = [str(tmp_path / name) for name in (*(unit.name for unit in (*UNITS, *TIMERS)), *named)]
    verify = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    # An unknown key is only a warning to systemd; to us it is a promise that is not kept.
    ours = [line for line in verify.stderr.splitlines() if str(tmp_path) in line or "pvm-" in line]
    assert verify.returncode == 0 and not ours, "\n".join(ours) or verify.stderr
