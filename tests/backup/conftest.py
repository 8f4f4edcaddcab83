"""The default system with a place for backups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from openlpar.engine.backups import BackupSchedule
from openlpar.store.backups import BackupFiles
from openlpar.wire import profile_bak
from tests.closing.gannet import Gannet

FOLDER = "8247-21L*03212E3CA"


class Site(Gannet):
    """place: where the backups of the system are."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "data")
        self.root = directory / "backups"
        self.place = self.root / FOLDER
        self.engine.edges = replace(
            self.engine.edges, backups=BackupFiles(self.root, profile_bak.dump), apart=self.engine.apart
        )
        self.schedule = BackupSchedule(self.engine)
        self.schedule.begin(keeps=True)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.place.iterdir())


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path)
    await made.engine.start()
    yield made
    await made.engine.stop()
