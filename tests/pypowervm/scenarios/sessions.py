"""Logging on and off, and what the client concludes from it."""

from __future__ import annotations

import gc
import os

from pypowervm import adapter as adp
from pypowervm import exceptions as exc

from . import counting
from .site import Site, raises


def the_session_knows_it_speaks_to_a_novalink(site: Site) -> None:
    session, traits = site.adapter.session, site.adapter.traits
    assert session.mc_type == "PVM"
    assert session.schema_version.startswith("V1_")
    assert traits.local_api is (site.mode == "file")
    assert not traits.vnet_aware and not traits.has_lpar_profiles
    assert traits.dynamic_pvid and traits.rmdev_job_available and traits.has_high_slot and traits.vea_as_ibmi_console
    assert site.adapter.sys_uuid == site.system().uuid


def a_session_that_ends_logs_off(site: Site) -> None:
    session = site.session()
    token = session._sessToken
    adapter = adp.Adapter(session)
    adapter.read("ManagedSystem")
    counting.REQUESTS.recorded.clear()
    del session, adapter
    gc.collect()
    assert counting.REQUESTS.recorded == ["DELETE web/Logon"]
    late = site.session()
    late._sessToken = token
    with raises(exc.HttpUnauth):
        late.request("GET", "/rest/api/uom/ManagedSystem?group=None", relogin=False)


def a_lost_session_is_replaced_without_the_caller_noticing(site: Site) -> None:
    session = site.adapter.session
    session._sessToken = "this was never a token"
    assert site.system().system_name == "gannet"
    assert session._sessToken != "this was never a token"


def two_sessions_of_one_user_do_not_disturb_each_other(site: Site) -> None:
    other = adp.Adapter(site.session())
    assert other.session._sessToken != site.adapter.session._sessToken
    del other
    gc.collect()
    assert site.system().system_name == "gannet"


def a_wrong_password_is_refused(site: Site) -> None:
    with raises(exc.HttpUnauth):
        site.session_by_password("wrong <&> horse")


def the_certificate_to_trust_is_named_to_the_library_below(site: Site) -> None:
    os.environ["REQUESTS_CA_BUNDLE"] = str(site.certificate)
    try:
        assert adp.Adapter(site.session_by_password(checked=True)).read("ManagedSystem").feed.entries
        os.environ["REQUESTS_CA_BUNDLE"] = os.devnull
        with raises(exc.SSLError):
            site.session_by_password(checked=True)
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]


def many_sessions_may_be_open_at_once(site: Site) -> None:
    sessions = [site.session() for _ in range(12)]
    assert len({session._sessToken for session in sessions}) == 12
    for session in sessions:
        assert adp.Adapter(session).read("ManagedSystem").feed.entries
