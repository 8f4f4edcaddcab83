from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.fake_service import Service, running


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path / "token") as made:
        yield made
