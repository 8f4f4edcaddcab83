"""The routes of the REST API. They are no declarations of the code: ``tests/docs`` asks a server for each of them."""

from __future__ import annotations

from typing import NamedTuple

from docs.generate.markdown import code, page, plain, table
from openlpar.faces.novalink.groups import groups_of
from openlpar.faces.novalink.quick import PROPERTIES
from openlpar.faces.novalink.search import KEYS
from openlpar.ops.core import Evidence, Level
from openlpar.uom.catalogue import registry


class Described(NamedTuple):
    """A route. path: below ``/rest/api``, with ``{…}`` for what varies."""

    method: str
    path: str
    what: str
    evidence: Evidence


def _proven(source: str) -> Evidence:
    return Evidence(Level.CLIENT_PROVEN, source)


_ADAPTER = _proven("pypowervm.adapter")
_EVENTS = Evidence(Level.RECORDED, "event_feed.txt")
_JOB = Evidence(Level.RECORDED, "job_request_power_off.txt, job_response_completed_ok.txt")
_FILES = Evidence(Level.RECORDED, "file_feed.txt, upload_file.txt")
_PREFERENCES = Evidence(Level.RECORDED, "pcm_pref.txt")
_MONITOR = _proven("pypowervm.tasks.monitor.util")
_RAW = Evidence(Level.RECORDED, "ltm_feed.txt, stm_feed.txt")
_SAMPLES = Evidence(Level.RECORDED, "phyp_pcm_data.txt, vios_pcm_data.txt, lpar_pcm_data.txt")
_OWN = Evidence(Level.ASSUMED, "OpenLPAR's own: a genuine NovaLink has no such route")
_SISTER = Evidence(Level.DOCUMENTED, "IBM documentation of the HMC REST API")

ROUTES = (
    Described("PUT", "web/Logon", "log on, with a password or for a token file", Evidence(Level.RECORDED, "logon.xml")),
    Described("DELETE", "web/Logon", "log off", _ADAPTER),
    Described("GET", "uom/{Type}", "feed of all objects of a type; 204 when there is none", _ADAPTER),
    Described("GET", "uom/{Type}/{uuid}", "one object; 304 when If-None-Match is its ETag", _ADAPTER),
    Described("GET", "uom/{Type}/{uuid}/{Child}", "feed of what is below an object", _ADAPTER),
    Described("GET", "uom/{Type}/{uuid}/{Child}/{uuid}", "one object by way of its parent", _ADAPTER),
    Described("PUT", "uom/{Type}", "create an object", _ADAPTER),
    Described("PUT", "uom/{Type}/{uuid}/{Child}", "create an object below another", _ADAPTER),
    Described("POST", "uom/{Type}/{uuid}", "change an object; 412 when If-Match is not its ETag", _ADAPTER),
    Described("DELETE", "uom/{Type}/{uuid}", "delete an object", _ADAPTER),
    Described("GET", "uom/{Type}/search/({Key}=='{value}')", "feed of the objects found; also !=", _ADAPTER),
    Described("GET", "uom/{Type}/search", "by which keys a type can be searched, as JSON", _OWN),
    Described("GET", "uom/{Type}/operations", "the jobs of a type, with their parameters", _SISTER),
    Described("GET", "uom/{Type}/quick", "names of the quick properties, as Atom", _ADAPTER),
    Described("GET", "uom/{Type}/quick/All", "all quick properties of all objects, as JSON", _ADAPTER),
    Described("GET", "uom/{Type}/{uuid}/quick", "all quick properties of one object, as JSON", _SISTER),
    Described("GET", "uom/{Type}/{uuid}/quick/All", "the same", _SISTER),
    Described("GET", "uom/{Type}/{uuid}/quick/{Property}", "one value as JSON", _ADAPTER),
    Described("GET", "uom/{Type}/{uuid}/do/{Job}", "the form of a job", _JOB),
    Described("PUT", "uom/{Type}/{uuid}/do/{Job}", "submit a job", _JOB),
    Described("GET", "uom/jobs/{id}", "how a job stands", _JOB),
    Described("POST", "uom/jobs/{id}/cancel", "cancel a job", _proven("pypowervm.wrappers.job")),
    Described("DELETE", "uom/jobs/{id}", "forget a job", _proven("pypowervm.wrappers.job")),
    Described("GET", "uom/Event", "what happened since; waits up to 10 s for something", _EVENTS),
    Described("PUT", "uom/Event", "an event of the client's own for all others", _proven("pypowervm.wrappers.event")),
    Described("GET", "web/File", "announced files", _FILES),
    Described("GET", "web/File/{uuid}", "one of them", _FILES),
    Described("PUT", "web/File", "announce a file", _FILES),
    Described("DELETE", "web/File/{uuid}", "forget it", _proven("pypowervm.tasks.storage")),
    Described("PUT", "web/File/contents/{uuid}", "send it, in chunks", _proven("pypowervm.tasks.storage")),
    Described("POST", "web/File/contents/{uuid}", "send it again", Evidence(Level.DOCUMENTED, "pypowervm's adapter")),
    Described("GET", "web/File/contents/{uuid}", "read it back", _proven("pypowervm.wrappers.vios_file")),
    Described("GET", "pcm/ManagedSystem/{uuid}/preferences", "feed of one: which monitors measure", _PREFERENCES),
    Described("POST", "pcm/ManagedSystem/{uuid}/preferences", "switch monitors; If-Match is the feed's ETag", _MONITOR),
    Described(
        "GET", "pcm/ManagedSystem/{uuid}/RawMetrics/{Monitor}", "feed of samples; StartTS, EndTS, NoOfSamples", _RAW
    ),
    Described(
        "GET", "pcm/ManagedSystem/{uuid}/RawMetrics/{Monitor}/{file}", "one sample of one source, as JSON", _SAMPLES
    ),
    Described("GET", "pcm/ManagedSystem/{uuid}/{Metrics}", "feed: processed or aggregated metrics", _SISTER),
    Described(
        "GET", "pcm/ManagedSystem/{uuid}/LogicalPartition/{uuid}/{Metrics}", "the same of one partition", _SISTER
    ),
    Described("GET", "pcm/{Metrics}/{file}", "what such a feed leads to, as JSON", _SISTER),
    Described("POST", "openlpar/VirtualIOServer/{uuid}/command", "run a VIOS command; JSON", _OWN),
    Described("PUT", "openlpar/console/{uuid}", "open a partition's console", _OWN),
    Described("GET", "openlpar/console/{uuid}", "what it showed since; waits up to 20 s", _OWN),
    Described("POST", "openlpar/console/{uuid}", "type on it", _OWN),
    Described("DELETE", "openlpar/console/{uuid}", "close it", _OWN),
    Described("GET", "openlpar/peer", "who this system is; JSON", _OWN),
    Described("PUT", "openlpar/peer", "make another system known, see `openlpar trust`; JSON", _OWN),
    Described(
        "PUT", "openlpar/peer/{question}", "what another system asks when a partition moves, with its key; JSON", _OWN
    ),
    Described(
        "PUT",
        "openlpar/peer/challenge",
        "what another system has to sign to become known here by its authorized key; without a session; JSON",
        _OWN,
    ),
    Described("PUT", "openlpar/peer/introduce", "what it has signed; without a session; JSON", _OWN),
)

_INTRO = """\
All below `/rest/api`, on http and https alike. `{Type}` is the name of a [resource](elements/index.md); the parent may be named
or not. Every route but logging on needs the session's token in `X-API-Session`. Bodies and answers are Atom XML in IBM's
namespaces unless the table says JSON; answers above 4 KiB are compressed for clients that ask for it."""
_HEADERS = """\
| header | |
|---|---|
| `X-API-Session` | the token from logging on |
| `X-Audit-Memento` | what a change is for; kept with it in the [audit](simulation.md) |
| `If-Match`, `If-None-Match` | an ETag: a signed 32-bit number, of all that is not volatile in the requested groups |
| `X-Transaction-ID` | echoed; made up when it was not sent |
| `X-MC-Type` | in every answer: `PVM` |
| `X-OpenLPAR-Features` | in the answer to a logon: announced [features](features.md) |
| `X-OpenLPAR-Hint` | in an error: the remedy |
| `Retry-After` | in a 503 of `pvm-rest` |"""
_GROUPS = """\
`?group=` names the extended attribute groups that are wanted, with commas between them. `None` leaves all of them out, `All` or no
`group` gives everything. The containers of groups that were not asked for stay in the answer, empty, and are left alone when the
client sends the object back."""


def pages() -> dict[str, str]:
    rows = [(code(f"{r.method} {r.path}"), plain(r.what), r.evidence.level, plain(r.evidence.source)) for r in ROUTES]
    groups = [(name, ", ".join(map(code, sorted(groups_of(kind))))) for name, kind in sorted(registry.items())]
    keys = [(kind.tag, ", ".join(map(code, keys))) for kind, keys in KEYS.items()]
    quick = [(kind.tag, ", ".join(map(code, properties))) for kind, properties in PROPERTIES.items()]
    return {
        "rest.md": page(
            "REST routes",
            _INTRO,
            table(("route", "", "evidence", "source"), rows),
            "## Headers",
            _HEADERS,
            "## Extended attribute groups",
            _GROUPS,
            table(("resource", "groups"), (row for row in groups if row[1])),
            "## Search keys",
            table(("resource", "keys"), keys),
            "## Quick properties",
            "Numbers are numbers, booleans are the texts `true` and `false`.",
            table(("resource", "properties"), quick),
        )
    }
