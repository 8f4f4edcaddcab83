from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import uvloop


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The services' own loop: it takes connections in another way than that of asyncio."""
    return {"uvloop": uvloop.new_event_loop}
