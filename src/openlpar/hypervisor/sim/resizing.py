"""What a simulated guest gives or takes of the memory and the processors that a change of its size is about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openlpar.uom.partition import BasePartition

_HUNDREDTH = Decimal("0.01")


def given(before: BasePartition, after: BasePartition, share: float, region_mb: int) -> BasePartition:
    """The partition as wished, with what the guest really has then. share: how much of each difference it gives or takes, 0 to 1;
    memory in whole regions, processors whole, processing units in hundredths."""
    if share == 1:
        return after
    memory = _part(before.mem_config.desired, after.mem_config.desired, share, region_mb)
    processors = after.proc_config
    if processors.has_dedicated:
        now, then = before.proc_config.dedicated_proc_cfg, processors.dedicated_proc_cfg
        processors = processors.evolve(
            dedicated_proc_cfg=then.evolve(desired=_part(now.desired, then.desired, share, 1))
        )
    else:
        had, wish = before.proc_config.shared_proc_cfg, processors.shared_proc_cfg
        changes: dict[str, Any] = {
            "desired_units": _part(had.desired_units, wish.desired_units, share, _HUNDREDTH),
            "desired_virtual": _part(had.desired_virtual, wish.desired_virtual, share, 1),
        }
        processors = processors.evolve(shared_proc_cfg=wish.evolve(**changes))
    return after.evolve(mem_config=after.mem_config.evolve(desired=memory), proc_config=processors)


def _part(before: Any, after: Any, share: float, unit: Any) -> Any:
    """As far from before to after as the share goes, in whole units. int or Decimal."""
    units = int(Decimal(abs(after - before)) / unit * Decimal(str(share)))
    return before + (units if after > before else -units) * unit
