"""Which Debian archive the system uses: read from the sources of its apt, so that no name of a mirror stands in this project."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from openlpar.messages import qemu_host as say

# Suites by which an archive of Debian itself is known; security, updates and backports have archives of their own or little.
_SUITES = {"oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"}
_SUITES |= {"buster", "bullseye", "bookworm", "trixie", "forky", "duke"}
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)")
_FIELDS = {"signed-by": "Signed-By", "trusted": "Trusted"}


@dataclass(frozen=True, slots=True)
class Mirror:
    """uri: of the archive. trust: how the system says that it trusts it, by field of a deb822 source."""

    uri: str
    trust: Mapping[str, str]

    def source(self, suites: Iterable[str]) -> str:
        """A deb822 source of some of the archive's suites."""
        fields = {"Types": "deb", "URIs": self.uri, "Suites": " ".join(suites), "Components": "main", **self.trust}
        return "".join(f"{name}: {value}\n" for name, value in fields.items())


def find(apt: Path = Path("/etc/apt"), environment: Mapping[str, str] = os.environ) -> Mirror:
    """The archive that OPENLPAR_DEBIAN_MIRROR names, else the first one in the sources of apt. Raises NO_MIRROR."""
    if uri := environment.get("OPENLPAR_DEBIAN_MIRROR"):
        return Mirror(uri, {"Signed-By": str(_KEYRING)} if _KEYRING.exists() else {})
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    mirrors = [mirror for file in files if file.is_file() for mirror in _mirrors(file)]
    # Others publish under the names of Debian's suites too; Debian's own keys tell the archive from them.
    mirrors.sort(key=lambda mirror: "debian-archive" not in mirror.trust.get("Signed-By", ""))
    if not mirrors:
        raise say.NO_MIRROR.error(path=apt)
    return mirrors[0]


def _mirrors(file: Path) -> Iterator[Mirror]:
    text = file.read_text(encoding="utf-8", errors="replace")
    entries = _stanzas(text) if file.suffix == ".sources" else _lines(text) if file.suffix == ".list" else ()
    for entry in entries:
        uris = [uri for uri in entry.get("uris", "").split() if not uri.startswith("cdrom:")]
        suitable = "main" in entry.get("components", "").split() and _SUITES & set(entry.get("suites", "").split())
        if uris and suitable and "deb" in entry.get("types", "").split() and entry.get("enabled", "yes") != "no":
            yield Mirror(uris[0], {_FIELDS[name]: entry[name] for name in _FIELDS if name in entry})


def _lines(text: str) -> Iterator[dict[str, str]]:
    """Of a file in the one-line style: field names in lower case to values."""
    for line in text.splitlines():
        if found := _LINE.fullmatch(line.partition("#")[0].strip()):
            options = dict(option.split("=", 1) for option in (found["options"] or "").split() if "=" in option)
            entry = {"types": "deb", "uris": found["uri"], "suites": found["suite"], "components": found["components"]}
            yield {name.lower(): value.replace(",", " ") for name, value in options.items()} | entry


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Of a file in the deb822 style: field names in lower case to values; a key that is written out keeps its lines."""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", kept):
        fields = re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        if fields:
            yield {name.lower(): value.rstrip() for name, value in fields}
