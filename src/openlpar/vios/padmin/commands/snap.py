"""snap: collects what a supporter would ask for in one file.

What it prints of its progress follows no sample: none is public.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from openlpar.vios.padmin import system_image
from openlpar.vios.padmin.command import Command, find
from openlpar.vios.padmin.files import HOME
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, no_such

FILE = f"{HOME}/snap.pax.Z"
_REPORTS = {
    "general": (
        "ioslevel",
        "lssw",
        "hostname",
        "lslparinfo",
        "lsfware -all",
        "lsdev",
        "lsdev -vpd",
        "errlog -ls",
        "lsgcl",
        "lssvc",
        "lsuser",
    ),
    "storage": (
        "lspv",
        "lspv -size",
        "lspath",
        "lsvg",
        "lssp",
        "lsrep",
        "cluster -status -verbose",
        "lu -list -verbose",
    ),
    "lent": ("lsmap -all", "lsmap -all -npiv", "lsmap -all -net", "lsmap -all -vnic", "lsnports"),
    "network": ("lstcpip -stored", "netstat -state", "netstat -routtable", "hostmap -ls", "cfgnamesrv -ls"),
}
"""Folder in the archive to the commands whose output is in it, each in a file of its words."""


class Snap(Command, name="snap", group="Problem Determination"):
    """Collects the configuration and the error log in /home/padmin/snap.pax.Z, packed with gzip: tar and zcat unpack it."""

    every = Flag("-a", "everything; it always is")
    general = Flag("-general", "only what is general")
    dev = Value("-dev", "Device", "a drive to write to")

    @form(may(every))
    @form(general)
    def collect(self) -> Iterator[str]:
        files: dict[str, bytes] = {}
        for folder in ("general",) if self.general else _REPORTS:
            yield f"Gathering {folder} information..."
            for text in _REPORTS[folder]:
                files[f"ibmsupt/{folder}/{text.replace(' ', '_')}"] = self._output(text).encode()
        moment = self.server.change.clock.now() // 1000
        content = gzip.compress(system_image.packed(files, moment), mtime=moment)
        self.server.home.write(FILE, content)
        yield f"Creating compressed pax file... {len(files)} files, {len(content)} bytes"
        yield f"{FILE} is ready."

    @form(dev)
    def write(self) -> Iterator[str]:
        raise no_such("Drive", self.dev, f"Leave -dev out: the file is {FILE}.")

    def _output(self, text: str) -> str:
        """What a command prints now; its refusal, where it has nothing to print."""
        words = text.split()
        try:
            return "".join(f"{line}\n" for line in find(words[0])(self.server, words[1:]).run())
        except Refusal as refusal:
            return f"{refusal.text}\n"
