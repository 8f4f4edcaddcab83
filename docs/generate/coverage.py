"""What can be done, and how it is known that a real system does the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

from docs.generate.markdown import code, page, plain, table
from docs.generate.operations import operation_link
from docs.generate.routes import ROUTES
from openlpar.faces.admin.coverage import coverage
from openlpar.ops.core import Level
from openlpar.vios.padmin import command as padmin
from openlpar.vios.padmin.refused import REFUSED

_INTRO = """\
Everything that clients may ask for, with the evidence that a genuine NovaLink does it so. `openlpar coverage` prints the same
for a running server. **Refused** means that the request is understood and answered with an error that says it is not supported;
what is not on this page is unknown to the server."""
_QUICK = """\
Of the quick properties the publications describe two answers: `{Type}/quick` is an Atom entry with a `QuickProperty_Collection`,
everything else is JSON. The client holds to the same line: its adapter accepts JSON of `{uuid}/quick` and of whatever is below
`quick/`, and asks for Atom of `{Type}/quick` and of `{Type}/{uuid}/{Child}/quick`. So does this server. One property of a whole
feed (`{Type}/quick/PartitionName`), a name in the wrong case (`all`) and a type without quick properties are refused. No recording
shows an answer: the `Description` of a property is left out, and VirtualNetwork, which has one on an HMC, has none here."""
_LEVELS = {
    Level.RECORDED: "a recorded request or answer of a real system shows it; named are the recordings, "
    "which pypowervm 1.1.27 ships",
    Level.CLIENT_PROVEN: "the unmodified client pypowervm 1.1.27 does it against this server in `tests/pypowervm`, and is content; "
    "named are the modules it does it with",
    Level.DOCUMENTED: "a publication says so, or the code of a client that was not run for it",
    Level.ASSUMED: "a guess; the source says what it rests on",
}
_HEAD = ("answer", "evidence", "source", "")


def pages() -> dict[str, str]:
    found = coverage()
    resources, jobs = found["resources"], found["jobs"]
    everything = [one for resource in resources for one in resource["operations"]] + jobs
    counts = Counter(one["evidence"] for one in everything) + Counter(str(route.evidence.level) for route in ROUTES)
    padmin.load()
    return {
        "coverage.md": page(
            "Coverage",
            _INTRO,
            table(("evidence", "count", ""), ((level, str(counts[level]), text) for level, text in _LEVELS.items())),
            "## Resources",
            table(
                ("resource", "verb", *_HEAD),
                ((plain(r["resource"]), one["verb"], *_cells(one)) for r in resources for one in r["operations"]),
            ),
            "## Jobs",
            table(("job", "of", *_HEAD), ((plain(job["job"]), plain(job["on"]), *_cells(job)) for job in jobs)),
            "## Routes",
            table(
                ("route", "evidence", "source"),
                ((code(f"{r.method} {r.path}"), r.evidence.level, plain(r.evidence.source)) for r in ROUTES),
            ),
            _QUICK,
            "## VIOS commands",
            f"Supported: {', '.join(map(code, sorted(padmin.Command.registry)))}. Layouts are those of IBM's documentation and of "
            "published samples where there are any, and those of AIX practice otherwise.",
            "Refused, each with its reason on [the page of the commands](cli/padmin.md#refused): "
            f"{', '.join(map(code, sorted(REFUSED)))}.",
            "Which elements of an object were recorded is on the pages of the [element types](elements/index.md).",
        )
    }


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    link = operation_link(one["operation"]) if one["operation"] else ""
    answer = "**refused**" if one["answer"] == "refused" else one["answer"]
    return answer, one["evidence"], plain(one["source"]), link
