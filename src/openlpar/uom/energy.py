"""What a modelled server consumes: a share that is always there, and one in proportion to the processors at work.

The figures are OpenLPAR's own, of the order of a two-socket server; nothing is measured. Least, average and most of a time
follow from those of the processors, as all grow with them.
"""

from __future__ import annotations

from typing import NamedTuple

CHASSIS_W = 160.0
"""Fans, service processor, adapters and losses."""
IDLE_W = 9.0
"""Of a processor that does nothing."""
BUSY_W = 21.0
"""What a processor at work needs in addition."""
MEMORY_W = 0.3
"""Of a GiB of memory that is built in."""
INLET_C = 22.0
PROCESSOR_C, BUSY_PROCESSOR_C = 18.0, 30.0
"""Above the inlet: of processors that do nothing, and in addition of those at work."""
BOARD_C, BUSY_BOARD_C = 6.0, 6.0
SOCKET_CORES = 10


class Load(NamedTuple):
    """cores, memory_mib: what is built in; busy: processors at work."""

    cores: float
    memory_mib: int
    busy: float

    @property
    def share(self) -> float:
        return min(1.0, self.busy / self.cores) if self.cores else 0.0

    @property
    def watts(self) -> float:
        return CHASSIS_W + self.cores * (IDLE_W + BUSY_W * self.share) + self.memory_mib / 1024 * MEMORY_W

    @property
    def inlet_c(self) -> float:
        return INLET_C

    @property
    def processor_c(self) -> float:
        return INLET_C + PROCESSOR_C + BUSY_PROCESSOR_C * self.share

    @property
    def board_c(self) -> float:
        return INLET_C + BOARD_C + BUSY_BOARD_C * self.share

    @property
    def sockets(self) -> int:
        return max(1, round(self.cores / SOCKET_CORES))
