"""The set-up and the doctor, on hosts that lack something."""

import io
import json
import os
import platform
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main
from openlpar.messages import Failure
from openlpar.messages import qemu_host as say
from openlpar.qemu_host import kit, recipe, set_up
from openlpar.qemu_host.cache import Progress
from tests.qemu_host.test_locate import distribution


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a path with nothing on it."""
    monkeypatch.setenv("OPENLPAR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "cache"


def test_host_that_debian_has_no_qemu_for(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "sparc64")
    with pytest.raises(Failure, match="a host of type sparc64") as caught:
        set_up.set_up(cache, Progress(io.StringIO()))
    assert caught.value.message is say.NO_ARCHITECTURE


def test_nothing_is_fetched_when_all_is_there(cache: Path, tmp_path: Path) -> None:
    distribution(tmp_path / "bin", "11.1.3")
    for path in kit.images(cache).values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    said = io.StringIO()
    assert set_up.set_up(cache, Progress(said)).kernel == kit.images(cache)["kernel"]
    assert not said.getvalue()


def test_set_up_without_apt_is_refused_with_the_remedy(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup-qemu"]) == 1
    refused = capsys.readouterr().err
    assert "name no Debian archive" in refused or "this host has no apt-get" in refused
    assert not [path.name for path in cache.iterdir() if not path.name.startswith(("apt", "lock"))]


def test_images_of_other_recipes_do_not_pile_up(tmp_path: Path) -> None:
    current = recipe.images(tmp_path)
    for age, name in enumerate([current.name, "images-a", "images-b", "images-c", "guest-a"]):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    set_up._forget_old(tmp_path, current)
    assert {path.name for path in tmp_path.iterdir()} == {current.name, "images-a", "guest-a"}


def test_doctor_of_a_bare_host(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "QEMU        no  This host has no QEMU" in said and "openlpar setup-qemu" in said


def test_doctor_of_a_host_with_an_old_qemu(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distribution(tmp_path / "bin", "7.2.22")
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = {row["name"]: row for row in told["checks"]}
    assert told["can_run_partitions"] and rows["QEMU"]["found"] == f"7.2.22 in {tmp_path}/bin/qemu-system-ppc64"
    assert not rows["guest kit"]["ok"] and not rows["live migration"]["ok"]
    assert "corrupts" in rows["live migration"]["reason"] and rows["live migration"]["remedy"]
