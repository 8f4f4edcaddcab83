"""One managed system on QEMU for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.qemu.real_guest import kit
from tests.qemu_scenarios.site import Site, new_site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = new_site(kit())
    yield made
    made.close()
