"""What clients send: read within bounds of size and time, JSON also within those of depth."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request

from openlpar.messages import rest as say

LIMIT = 64 * 1024 * 1024
SMALL = 64 * 1024
"""Bytes of what nobody has to be logged on for, and of what is a few words."""
SLOWEST_S = 60.0
"""How long a client may pause within a body."""


async def body_of(request: Request, limit: int = LIMIT) -> bytes:
    """The whole body; one that is too large is refused as soon as that is known. Raises Failure."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise say.TOO_LARGE.error(limit=limit)
    parts, size = [], 0
    async with aclosing(stream_of(request)) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise say.TOO_LARGE.error(limit=limit)
            parts.append(chunk)
    return b"".join(parts)


async def stream_of(request: Request) -> AsyncGenerator[bytes, None]:
    """The body as it comes. Raises Failure when a client stops sending without going away."""
    chunks = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(SLOWEST_S):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise say.TOO_SLOW.error(seconds=int(SLOWEST_S)) from None
        yield chunk


def json_object(body: bytes | str) -> dict[str, Any]:
    """The JSON object that was sent. Raises ValueError."""
    try:
        values = json.loads(body or "{}")
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(values, dict):
        raise ValueError("it is no JSON object")
    return values
