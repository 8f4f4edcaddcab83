"""Thin pools that tests keep volumes in: of a stand-in for LVM's program (``fake_lvm``), and of LVM itself where the environment
variable OPENLPAR_TEST_VG names a volume group in which tests may make pools. ``tests/real_kernel`` has such a one."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from openlpar.qemu_host.probe import lvm_program
from tests.vios_served import fake_lvm

KINDS = ["stand-in", *(["lvm"] if os.environ.get("OPENLPAR_TEST_VG") else [])]


class ThinPool(Protocol):
    """group, name: of the pool."""

    group: str
    name: str

    @property
    def named(self) -> str:
        return f"{self.group}/{self.name}"

    def volumes(self) -> set[str]:
        """Names of those that our code made in it."""
        ...

    def open(self, volume: str) -> contextlib.AbstractContextManager[None]:
        """Somebody has it open meanwhile."""
        ...

    def plain(self) -> str:
        """A volume of the group that is no thin pool."""
        ...

    def asleep(self) -> str:
        """A pool of the group that is not active."""
        ...


@dataclass
class StandIn(ThinPool):
    """folder: with the program, its table and the volumes."""

    folder: Path
    group: str = "vg0"
    name: str = "thin"

    @classmethod
    def made(cls, folder: Path) -> StandIn:
        (folder / "dev").mkdir(parents=True)
        shutil.copy(fake_lvm.__file__, folder / "lvm")
        (folder / "lvm").chmod(0o755)
        of_others = {"lv_path": "/dev/vg0/other", "lv_size": "1", "lv_tags": "openlpar_pending", "lv_uuid": "o"}
        table = {
            "thin": {**of_others, "lv_name": "thin", "segtype": "thin-pool", "lv_attr": "twi-aotz--"},
            "plain": {**of_others, "lv_name": "plain", "segtype": "linear", "lv_attr": "-wi-a-----"},
            "asleep": {**of_others, "lv_name": "asleep", "segtype": "thin-pool", "lv_attr": "twi---tz--"},
        }
        (folder / "table.json").write_text(json.dumps(table))
        return cls(folder)

    def volumes(self) -> set[str]:
        table: dict[str, Any] = json.loads((self.folder / "table.json").read_text())
        return {name for name in table if name.startswith("ol")}

    @contextlib.contextmanager
    def open(self, volume: str) -> Iterator[None]:
        (self.folder / "busy").write_text(volume)
        yield
        (self.folder / "busy").unlink()

    def plain(self) -> str:
        return "plain"

    def asleep(self) -> str:
        return "asleep"


@dataclass
class Real(ThinPool):
    """Of LVM. What is made in it goes with it."""

    group: str
    name: str
    _others: list[str] = field(default_factory=list)
    _numbers = itertools.count()

    @classmethod
    @contextlib.contextmanager
    def lent(cls, size: str = "512m") -> Iterator[Real]:
        """Writes fail at once when it is full."""
        pool = cls(os.environ["OPENLPAR_TEST_VG"], cls._unused())
        lvm("lvcreate", "-y", "--type", "thin-pool", "-L", size, "-n", pool.name, pool.group)
        lvm("lvchange", "--errorwhenfull", "y", pool.named)
        try:
            yield pool
        finally:
            for name in (pool.name, *pool._others):
                lvm("lvremove", "-f", "-y", f"{pool.group}/{name}")

    @classmethod
    def _unused(cls) -> str:
        return f"testing{os.getpid()}.{next(cls._numbers)}"

    def volumes(self) -> set[str]:
        told = lvm("lvs", "--noheadings", "-o", "lv_name", "-S", f"pool_lv={self.name}", self.group)
        return set(told.split())

    @contextlib.contextmanager
    def open(self, volume: str) -> Iterator[None]:
        with open(f"/dev/{self.group}/{volume}", "rb"):
            yield

    def plain(self) -> str:
        return self._other("-L", "4m")

    def asleep(self) -> str:
        name = self._other("--type", "thin-pool", "-L", "4m")
        lvm("lvchange", "-a", "n", f"{self.group}/{name}")
        return name

    def _other(self, *options: str) -> str:
        self._others.append(self._unused())
        lvm("lvcreate", "-y", *options, "-n", self._others[-1], self.group)
        return self._others[-1]


def lvm(*words: str) -> str:
    """What LVM prints."""
    program = lvm_program()
    assert program is not None
    done = subprocess.run([program, *words], check=False, capture_output=True, text=True, timeout=120)
    assert not done.returncode, f"{words}: {done.stderr}"
    return done.stdout
