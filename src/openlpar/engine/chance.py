"""The only source of chance."""

from __future__ import annotations

import random
import uuid


class SeededEntropy:
    """Chance from one seed. ``generation`` counts the service's starts on the same state: with the seed alone a
    restarted service would draw the same UUIDs again."""

    def __init__(self, seed: int, generation: int = 0) -> None:
        self._seed = f"{seed}/{generation}"
        self._random = random.Random(self._seed)
        self._generation = generation
        self._serial = 0

    def belong_to(self, system: str) -> None:
        """From now on it is the chance of one system, told by what others do not have: from the same seed another one has another,
        so that what the two make up can live side by side."""
        self._random = random.Random(f"{self._seed}/{system}")

    def uuid(self) -> str:
        bits = self._random.getrandbits(128) & ~(1 << 127)
        return str(uuid.UUID(int=bits, version=4))

    def hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def between(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def serial(self, prefix: str) -> str:
        """A key that no other object of this state has."""
        self._serial += 1
        return f"{prefix}-{self._generation}-{self._serial}"
