"""Who may run pvmctl: members of the management group, as on a NovaLink.

The service decides who may log on. This check only says it earlier and more clearly, so it applies where such a group
exists at all and the local service is meant.
"""

from __future__ import annotations

import grp
import os
import pwd

from openlpar.cli.pvmctl import messages

GROUP = "pvm_admin"


def check() -> None:
    """Raises NOT_IN_GROUP with the way out."""
    if os.geteuid() == 0 or os.environ.get("OPENLPAR_URL") or os.environ.get("OPENLPAR_USER"):
        return
    try:
        group = grp.getgrnam(GROUP)
    except KeyError:
        return
    if group.gr_gid in (os.getegid(), *os.getgroups()):
        return
    user = pwd.getpwuid(os.getuid()).pw_name
    if user in group.gr_mem:
        remedy = "The membership is new: log out and in again."
    else:
        remedy = f"Let root add the user with 'usermod -aG {GROUP} {user}', then log in again."
    raise messages.NOT_IN_GROUP.error(user=user, group=GROUP, remedy=remedy)
