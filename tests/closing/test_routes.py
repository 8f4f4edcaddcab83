"""Nobody gets in without a session: whatever is asked for, and on every route that there is."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.engine.mobility import Mobility
from openlpar.faces.novalink.address import SUFFIXES
from openlpar.faces.novalink.peer import BY_KEY
from openlpar.faces.novalink.service import make_novalink
from openlpar.messages import rest
from openlpar.ops.metrics.sampling import Sampler
from openlpar.uom.catalogue import registry
from tests.closing.gannet import Gannet
from tests.conftest import Server
from tests.faces.rest import logged_on
from tests.faces.test_access import ROUTES, SOME
from tests.house.tree import SOURCE, complain, syntax

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
LOGON = ("PUT", "/rest/api/web/Logon")
OPEN = {LOGON, *(("PUT", f"/rest/api/openlpar/peer/{question}") for question in BY_KEY)}
"""Where strangers become known: by a password, or by a key that the management console lists."""


def words() -> list[str]:
    """Everything in the face's own source that could be a word of an address."""
    constants = {
        node.value
        for path in sorted((SOURCE / "faces" / "novalink").glob("*.py"))
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted({*(word for word in constants if re.fullmatch(r"[A-Za-z]{2,20}", word)), *registry, SOME, "1", "All"})


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("routes")
    house = Gannet(folder / "data")
    store: Any = house.engine._store
    return make_novalink(house.engine, house.jobs, Mobility(house.engine), store, folder, Sampler(None, waits=False))[1]


def test_strangers_find_no_way_in(application: Any) -> None:
    """Only where one becomes known."""

    async def ask(method: str, path: str, token: str) -> int:
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            given = {"X-API-Session": token} if token else {}
            return (await client.request(method, path, headers=given, content=b"")).status_code

    address = st.lists(st.sampled_from(words()) | st.text("abcXYZ019.-_~%", min_size=1, max_size=8), max_size=6)

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(METHODS), address, st.sampled_from(["", "wrong"]))
    def ask_for_anything(method: str, address: list[str], token: str) -> None:
        path = "/rest/api/" + "/".join(address)
        if (method, path) not in OPEN:
            status = asyncio.run(ask(method, path, token))
            assert status == 401, f"{method} {path}: route it through _Guard.closed in faces/novalink/service.py"

    ask_for_anything()


METRICS = (
    "pcm/ManagedSystem/{uuid}/preferences",
    *(
        f"pcm/ManagedSystem/{{uuid}}/{below}"
        for below in (
            "RawMetrics/LongTermMonitor",
            "RawMetrics/LongTermMonitor/x.json",
            "RawMetrics/ShortTermMonitor",
            "RawMetrics/ShortTermMonitor/x.json",
            "ProcessedMetrics",
            "AggregatedMetrics",
            "LogicalPartition/{uuid}/ProcessedMetrics",
            "LogicalPartition/{uuid}/AggregatedMetrics",
        )
    ),
    "pcm/ProcessedMetrics/x.json",
    "pcm/AggregatedMetrics/x.json",
)
"""Addresses of the monitoring service."""


def shapes() -> Iterator[str]:
    """Addresses of every form that the grammar of addresses knows."""
    objects = ["{Root}", "{Root}/{uuid}", "{Root}/{uuid}/{Root}", "{Root}/{uuid}/{Root}/{uuid}"]
    for shape in objects:
        yield f"uom/{shape}"
        for suffix in sorted(SUFFIXES):
            yield f"uom/{shape}/{suffix}"
            yield f"uom/{shape}/{suffix}/{{word}}"
    yield from ("uom/jobs/1", "uom/jobs/1/cancel", "uom/Event", "web/Logon", "web/File", "web/File/{uuid}")
    yield from ("web/File/contents/{uuid}", "openlpar/console/{uuid}")
    yield from METRICS
    yield "openlpar/VirtualIOServer/{uuid}/command"
    yield "openlpar/peer"


def shape_of(path: str) -> str:
    """Of which form an address is."""
    service, _, rest_of = path.removeprefix("/rest/api/").partition("/")
    typed = service == "uom" and rest_of != "Event"
    known = [
        "{uuid}" if word == SOME else "{Root}" if typed and word in registry else word for word in rest_of.split("/")
    ]
    return re.sub(r"/(do|search|quick|operations)/\w+$", r"/\1/{word}", "/".join([service, *known]))


def test_every_route_has_a_case(server: Server) -> None:
    """What a client with a session finds is asked for without one, too, in tests/faces/test_access.py."""
    client = logged_on(server)
    cases = {(method, shape_of(path)) for method, path in ROUTES}
    found = set()
    for shape in shapes():
        path = shape
        for name, value in (("{Root}", "ManagedSystem"), ("{Root}", "LogicalPartition"), ("{word}", "PowerOn")):
            path = path.replace(name, value, 1)
        for method in METHODS:
            if (method, shape) == ("DELETE", "web/Logon"):
                found.add((method, shape))  # would end the session
                continue
            answer = client.request(method, f"/rest/api/{path.replace('{uuid}', SOME)}", b"<x/>")
            if not any(message.id in answer.text for message in (rest.BAD_URL, rest.NO_METHOD)):
                found.add((method, shape))
    complain("Add these to ROUTES in tests/faces/test_access.py:", sorted(map(" ".join, found - cases - {LOGON_SHAPE})))
    complain(
        "There are no such routes; take them out of ROUTES in tests/faces/test_access.py:",
        sorted(map(" ".join, cases - found)),
    )


LOGON_SHAPE = ("PUT", "web/Logon")
