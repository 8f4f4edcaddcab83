"""Samples of the operations that make backups: see ``samples``."""

from __future__ import annotations

from dataclasses import replace

from openlpar.ops.backup.take import BackUpSystem, BackUpVios
from openlpar.store.backups import BackupFiles
from openlpar.wire import profile_bak
from tests.closing.gannet import Gannet
from tests.closing.samples import Maker, sample


def _keeping(house: Gannet) -> None:
    """Backups go beside the files of the Virtual I/O Servers."""
    kept = BackupFiles(house.vios._files.parent / "backups", profile_bak.dump)
    house.engine.edges = replace(house.engine.edges, backups=kept)


@sample("backup.system")
async def _back_up_system(house: Gannet) -> Maker:
    _keeping(house)
    return lambda: BackUpSystem("hourly_01", keep=True)


@sample("backup.vios")
async def _back_up_vios(house: Gannet) -> Maker:
    _keeping(house)
    vios = house.partition("vios1").uuid
    return lambda: BackUpVios("hourly_01", True, vios)
