"""The management console of a NovaLink: the NovaLink itself. Its public key, and the keys of others that may come in.

What is kept of its own key is a record and not part of the object: it belongs to this installation, and a system that is brought
back elsewhere from its inventory has another.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import licensing as say
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.merge import merged
from openlpar.ops.views import view
from openlpar.ports.records import Identity
from openlpar.ports.state import Change, World
from openlpar.uom.management_console import AuthorizedKeys, ManagementConsole

_KEY = re.compile(r"(ssh-[a-z0-9]+|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com) +([A-Za-z0-9+/]+={0,2})( .*)?")
_LONGEST = 8192
_LEFT = frozenset({"authorized_keys", "managed_systems", "network_interfaces"})


@view(ManagementConsole)
def shown_console(world: World, console: ManagementConsole) -> ManagementConsole:
    own = world.find(Identity, console.uuid)
    return console.evolve(ssh_public_key=own.ssh_public_key) if own is not None else console


@dataclass
class UpdateConsole(UpdateOperation, name="management_console.update", verb="update", on=(ManagementConsole,)):
    """Takes over the list of authorized keys; nothing else of a console is the client's to change."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.management_console")
    master_only = False  # the NovaLink's own keys

    requested: ManagementConsole

    def check(self, world: World) -> None:
        before = world.get(ManagementConsole, self.uuid)
        self.subject = (ManagementConsole, self.uuid)
        about = f"management console {before.name}"
        shown = shown_console(world, before)
        after = merged(before, shown, self.requested, leave=_LEFT, about=about, strict=self.strict)
        if self.requested.has("authorized_keys"):
            keys = tuple(key.strip() for key in self.requested.authorized_keys.ssh_authorized_keys)
            kept = before.authorized_keys.ssh_authorized_keys
            for key in keys:
                if key not in kept:
                    check_key(key)
            if keys != kept:
                after = after.evolve(authorized_keys=AuthorizedKeys(ssh_authorized_keys=keys or None))
        self._before, self._after = before, after

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the console", self._change)

    def _change(self, change: Change) -> None:
        change.put(self._after)


def check_key(key: str) -> None:
    """Raises Failure unless it is a line of an authorized_keys file: type, key, comment."""
    found = _KEY.fullmatch(key)
    cause = ""
    if len(key) > _LONGEST:
        cause = f"it has more than {_LONGEST} characters"
    elif found is None or not key.isprintable():
        cause = "it has another form"
    else:
        try:
            content = base64.b64decode(found[2], validate=True)
        except binascii.Error as wrong:
            cause = str(wrong)
        else:
            kind = found[1].encode()
            if not content.startswith(len(kind).to_bytes(4, "big") + kind):
                cause = "the key is not of the type that stands before it"
    if cause:
        raise say.BAD_KEY.error(value=key[:40], cause=cause)
