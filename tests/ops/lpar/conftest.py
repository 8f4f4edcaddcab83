"""A started small system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY, Engine
from openlpar.engine.jobs import Jobs
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ports.records import Job
from openlpar.uom.logical_partition import LogicalPartition
from tests.ops.small_system import open_system, wished


@dataclass
class Small:
    """The system and shorthands."""

    engine: Engine
    jobs: Jobs

    def lpar(self, name: str) -> LogicalPartition:
        return next(self.engine.state.where(LogicalPartition, name=name))

    async def create(self, name: str, memory_mb: int = 1024, **fields: object) -> LogicalPartition:
        await self.engine.run(CreatePartition(wished(name, memory_mb, **fields)))
        return self.lpar(name)

    async def job(self, name: str, operation: str, /, **parameters: str) -> Job:
        """Runs a job to its end, moving a stepped clock as far as needed."""
        submitted = await self.jobs.submit("LogicalPartition", self.lpar(name).uuid, operation, parameters, NOBODY)
        for _ in range(200):
            await self.engine.step(1000)
            job = self.engine.state.get(Job, submitted.uuid)
            if job.completed:
                return job
        raise AssertionError(f"{operation} of {name} does not end: {job}")


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Small]:
    engine, jobs = open_system(tmp_path / "data", "stepped")
    await engine.start()
    yield Small(engine, jobs)
    await engine.stop()
