"""The generated pages are fresh, what they link to exists, and what stands by hand beside them is complete."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from docs.generate.__main__ import REFERENCE, generated, pages
from docs.generate.operations import steps
from docs.generate.routes import ROUTES
from openlpar import ops
from openlpar.messages import Message
from openlpar.ops.core import AlwaysRefused, Level, Operation
from tests.conftest import Server
from tests.faces.rest import logged_on
from tests.house.tree import ROOT, SOURCE, complain

RECORDINGS = sorted((ROOT / ".venv-pypowervm").glob("lib/python*/site-packages/pypowervm/tests/data/*"))


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="help pages are made with the argparse of Python 3.11")
def test_generated_pages_are_fresh() -> None:
    wanted = pages()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    stale += generated() - set(wanted)
    complain("Run 'make docs' and add what it changed:", [str(path.relative_to(ROOT)) for path in sorted(stale)])


def test_links_lead_somewhere() -> None:
    """mkdocs checks those of the pages; this needs no mkdocs, and knows the README too."""
    broken = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    complain("These links lead nowhere:", broken)


def test_every_operation_tells_how_it_is_known() -> None:
    ops.load()
    silent = [name for name, operation in Operation.registry.items() if not operation.evidence.source]
    complain("Give these operations an evidence: see ops.core.Evidence.", silent)


def test_client_proven_is_what_the_client_does_in_our_tests() -> None:
    claims = [(name, made.evidence) for name, made in Operation.registry.items()]
    claims += [(f"{route.method} {route.path}", route.evidence) for route in ROUTES]
    ops.load()
    used = _used()
    unproven = [
        f"{name}: {module}"
        for name, evidence in claims
        if evidence.level is Level.CLIENT_PROVEN
        for module in evidence.source.split(", ")
        if module not in used
    ]
    complain("No scenario of tests/pypowervm uses this module; the evidence is not client-proven.", unproven)


def _used() -> set[str]:
    """Modules and names that the scenarios import from the client."""
    found: set[str] = set()
    for path in (ROOT / "tests/pypowervm/scenarios").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.skipif(not RECORDINGS, reason="pypowervm is not installed beside us")
def test_recorded_is_what_a_recording_shows() -> None:
    ops.load()
    known = {path.name for path in RECORDINGS}
    claims = [(name, made.evidence) for name, made in Operation.registry.items()]
    claims += [(f"{route.method} {route.path}", route.evidence) for route in ROUTES]
    missing = [
        f"{name}: {file}"
        for name, evidence in claims
        if evidence.level is Level.RECORDED
        for file in evidence.source.split(", ")
        if file not in known
    ]
    complain("pypowervm ships no such recording.", missing)


def test_the_steps_of_every_operation_are_found() -> None:
    """They are read from the code; a way of yielding that the reader does not know would leave them out."""
    ops.load()
    acting = [made for made in Operation.registry.values() if not issubclass(made, AlwaysRefused)]
    names = {step.name for made in acting for step in steps(made)}
    assert {"start the firmware", "write the volume group", "map {…}"} <= names


def test_the_server_knows_every_route_of_the_page(server: Server) -> None:
    rest = logged_on(server)
    unknown = []
    for route in ROUTES:
        path = route.path.replace("{Type}/{uuid}/{Child}", "ManagedSystem/{uuid}/VirtualSwitch")
        for word, value in _EXAMPLES.items():
            path = path.replace(word, value)
        if route.path == "web/Logon":
            continue  # it ends the session
        answer = rest.request(route.method, f"/rest/api/{path}", b"<x/>" if route.method in ("PUT", "POST") else None)
        if answer.status == 405 or "REST000B" in answer.text:
            unknown.append(f"{route.method} {route.path}: {answer.status}")
    complain("docs/generate/routes.py lists routes that the server does not know.", unknown)


_EXAMPLES = {
    "{Type}": "LogicalPartition",
    "{uuid}": "00000000-0000-4000-8000-000000000001",
    "{Key}": "PartitionName",
    "{value}": "x",
    "{Property}": "PartitionState",
    "{Job}": "PowerOn",
    "{id}": "1",
    "{Monitor}": "LongTermMonitor",
    "{Metrics}": "ProcessedMetrics",
    "{file}": "x.json",
}


def test_the_page_about_the_simulation_names_every_resource(server: Server) -> None:
    import json
    import urllib.request

    with urllib.request.urlopen(f"{server.admin}/") as answer:
        resources = json.load(answer)["resources"]
    page = (REFERENCE / "simulation.md").read_text(encoding="utf-8")
    missing = [resource for resource in resources if resource.split()[1] not in ("/",) and not _named(resource, page)]
    complain("docs/reference/simulation.md does not name these resources of /admin.", missing)


def _named(resource: str, page: str) -> bool:
    method, path = resource.split()
    stem = path.partition("{")[0].rstrip("/")
    return any(method in line and stem in line for line in page.splitlines())


def test_every_variable_is_documented() -> None:
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        found |= set(re.findall(r"OPENLPAR_[A-Z_]+", path.read_text(encoding="utf-8")))
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    complain("docs/reference/commands.md does not name these variables.", sorted(n for n in found if n not in page))


def test_messages_that_the_pages_quote_exist() -> None:
    from openlpar.cli.openlpar.explain import catalogue

    catalogue()
    unknown = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for identity in re.findall(r"PVME[0-9A-F]{8}-\d{4}", page.read_text(encoding="utf-8")):
            if identity not in Message.catalogue and identity not in _FRONT:
                unknown.append(f"{page.relative_to(ROOT)}: {identity}")
    complain("There is no such message.", unknown)


# Said by pvm-rest, which knows no catalogue.
_FRONT = {"PVME04000003-0001"}


def test_pages_name_files_that_exist() -> None:
    pattern = re.compile(r"`((?:src|tests|packaging|requirements|docs|perf)/[\w./-]*\w)`")
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        for name in pattern.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / name).exists() and name != "docs/generate/performance.txt"
    ]
    complain("A page names a file that is not there.", missing)
