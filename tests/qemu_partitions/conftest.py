"""Managed systems on QEMU, one for each file of tests or one for a single test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openlpar.qemu_host.kit import GuestKit
from tests.qemu.real_guest import kit as found_kit
from tests.qemu_partitions.site import Site, new_site


@pytest.fixture(scope="session")
def kit() -> GuestKit:
    return found_kit()


@pytest.fixture(scope="module")
def site(kit: GuestKit) -> Iterator[Site]:
    """Tests share it: they leave it as they found it."""
    made = new_site(kit)
    yield made
    made.end()


@pytest.fixture
def own_site(kit: GuestKit) -> Iterator[Site]:
    """For a test that kills, or changes what others rely on."""
    made = new_site(kit)
    yield made
    made.end()
