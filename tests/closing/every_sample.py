"""The samples of all operations: those of ``samples``, and of the modules that register theirs there."""

from __future__ import annotations

import tests.closing.backing_up
import tests.closing.licensing
import tests.closing.maintenance_samples
import tests.closing.moving
import tests.closing.network_samples
import tests.closing.roles
import tests.closing.san_samples
import tests.closing.vios_samples  # noqa: F401 - its samples register themselves
from tests.closing.samples import ALWAYS_REFUSED, ONCE, READ_ONLY, SAMPLES

__all__ = ["ALWAYS_REFUSED", "ONCE", "READ_ONLY", "SAMPLES"]
