"""How drivers open the way for a migration: the target lists the source's key. The two know nothing else of each other."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pypowervm import exceptions as exc
from pypowervm.tasks import management_console as console
from pypowervm.tasks import migration, power
from pypowervm.wrappers import base_partition as bp
from pypowervm.wrappers import management_console as wrapped

from .mobility import _found, _made, _there, _until
from .site import Site, raises


def _address(site: Site) -> str:
    return str(urlsplit(site._wish["https"]).netloc)


def _forget(site: Site) -> None:
    (own,) = wrapped.ManagementConsole.get(site.adapter)
    own.ssh_authorized_keys = []
    own.update()
    assert not list(console.get_authorized_keys(site.adapter))


def a_key_in_the_targets_list_opens_the_way_and_its_removal_shuts_it(site: Site) -> None:
    there = _there(site)
    lpar: Any = _made(site, "vm1")
    power.power_on(lpar, site.system().uuid)
    _until(lambda: _found(site, "vm1").rmc_state == bp.RMCState.ACTIVE)

    def migrate(lpar: Any, source: Site, target: Site, name: str) -> None:
        public = console.get_public_key(source.adapter)
        console.add_authorized_key(target.adapter, public)
        console.add_authorized_key(target.adapter, public)
        assert list(console.get_authorized_keys(target.adapter)) == [public]
        migration.migrate_lpar(lpar, name, tgt_mgmt_svr=_address(target), tgt_mgmt_usr="neo")
        assert _found(source, "vm1") is None

    with raises(exc.JobRequestFailed, "Known: none"):
        migration.migrate_lpar(lpar, "osprey")
    with raises(exc.JobRequestFailed, "is not among the authorized keys"):
        migration.migrate_lpar(lpar, "osprey", tgt_mgmt_svr=_address(there), tgt_mgmt_usr="neo", validate_only=True)

    migrate(lpar, site, there, "osprey")
    assert _found(there, "vm1").state == bp.LPARState.RUNNING
    _until(lambda: _found(there, "vm1").rmc_state == bp.RMCState.ACTIVE)
    migrate(_found(there, "vm1"), there, site, "gannet")

    _forget(there)
    for server in ("", _address(there)):
        with raises(exc.JobRequestFailed, "is not among the authorized keys"):
            migration.migrate_lpar(_found(site, "vm1"), "osprey", tgt_mgmt_svr=server)
    assert _found(site, "vm1").state == bp.LPARState.RUNNING
