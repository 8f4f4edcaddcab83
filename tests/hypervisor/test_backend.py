"""Back ends are found by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openlpar.hypervisor.backend import Backend
from openlpar.ports.registry import Registered
from openlpar.vios.backend import IoServerBackend


def test_a_hypervisor_and_its_io_server_are_found_by_name() -> None:
    sim = Backend.named("sim")
    assert sim.name == "sim"
    assert IoServerBackend.named(sim.io_server).name == "simulated"


@pytest.mark.parametrize("name", ["nothing", "backend", "../sim", ""])
def test_what_is_no_back_end_is_not_found(name: str) -> None:
    with pytest.raises(LookupError, match="there is no hypervisor"):
        Backend.named(name)


def test_a_back_end_without_its_library_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "withoutlibrary"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "thing.py").write_text("import nobody_has_this\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    class Things(Registered, what="thing", package="withoutlibrary"):
        pass

    with pytest.raises(LookupError, match="the thing 'thing' needs the Python module nobody_has_this"):
        Things.named("thing")
    sys.modules.pop("withoutlibrary", None)
