"""Bad input: what went wrong reaches the client's exception, and nothing has changed."""

from __future__ import annotations

from typing import Any

from pypowervm import const
from pypowervm import exceptions as exc
from pypowervm.wrappers import http_error, logical_partition, network

from .site import Site, raises

NOBODY = "0FFFFFFF-0000-4000-8000-000000000000"


def _refusal(site: Site, method: str, path: str, body: str = "", kind: str = "LogicalPartition") -> Any:
    """The client's exception for a request past its wrappers."""
    headers = {"Accept": "application/atom+xml", "Content-Type": f"application/vnd.ibm.powervm.uom+xml; type={kind}"}
    try:
        site.adapter.session.request(method, f"/rest/api/{path}", headers=headers, body=body)
    except exc.HttpError as refusal:
        return refusal
    raise AssertionError(f"{method} {path} was not refused")


def _document(refusal: Any) -> Any:
    """The error document the client read: complete, and its status the answer's."""
    document = refusal.her_wrap
    assert isinstance(document, http_error.HttpError), "the error document was lost on the way"
    assert document.status == refusal.response.status
    assert document.message and document.message in str(refusal)
    assert document.reason_code and document.element.findtext("RequestURI")
    return document


def an_unknown_noun_is_refused_by_its_name(site: Site) -> None:
    refusal = _refusal(site, "GET", "uom/LogicalPetition")
    document = _document(refusal)
    assert refusal.response.status == 400 and document.reason_code == "INVALID_URL"
    assert "LogicalPetition" in document.message
    assert _refusal(site, "GET", "uom/Managed/x/y/z/a/b").response.status in (400, 404)


def a_missing_object_is_not_found_by_its_uuid(site: Site) -> None:
    for kind in (logical_partition.LPAR,):
        with raises(exc.HttpNotFound, NOBODY):
            kind.get(site.adapter, uuid=NOBODY)
    with raises(exc.HttpNotFound, NOBODY):
        network.CNA.get(site.adapter, parent_type="LogicalPartition", parent_uuid=NOBODY)
    with raises(exc.HttpNotFound, NOBODY):
        site.adapter.delete("LogicalPartition", NOBODY)
    _document(_refusal(site, "GET", f"uom/LogicalPartition/{NOBODY}"))
    _document(_refusal(site, "GET", f"uom/LogicalPartition/{NOBODY}/ClientNetworkAdapter"))
    # Under another parent an object is not found either.
    (lpar,) = logical_partition.LPAR.search(site.adapter, id=1)
    (adapter, *_) = network.CNA.get(site.adapter, parent=lpar)
    with raises(exc.HttpNotFound, adapter.uuid):
        network.CNA.get(site.adapter, uuid=adapter.uuid, parent=site.vios("vios1", "None"))


def a_body_that_is_no_xml_is_refused(site: Site) -> None:
    system = site.system().uuid
    bodies = (
        "",
        "garbage",
        "<a><b></a>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        '<LogicalPartition xmlns="urn:other"/>',
        f'<ManagedSystem xmlns="{const.UOM_NS}"/>',
        f'<LogicalPartition xmlns="{const.UOM_NS}"/>',
    )
    for body in bodies:
        refusal = _refusal(site, "PUT", f"uom/ManagedSystem/{system}/LogicalPartition", body)
        assert refusal.response.status == 400, (body, refusal.response.status)
        _document(refusal)
        assert "root:" not in str(refusal)


def an_answer_in_another_language_is_not_acceptable(site: Site) -> None:
    try:
        site.adapter.session.request("GET", "/rest/api/uom/ManagedSystem", headers={"Accept": "text/html"})
    except exc.HttpError as refusal:
        assert refusal.response.status == 406, refusal
    else:
        raise AssertionError("text/html was accepted")


def bad_partitions_are_refused_by_their_field(site: Site) -> None:
    def attempt(change: Any, *words: str) -> None:
        wish = site.built("attempt")
        change(wish)
        with raises(exc.HttpError, *words):
            wish.create(parent=site.system())

    def memory(minimum: int, desired: int, maximum: int) -> Any:
        def change(wish: Any) -> None:
            wish.mem_config.min, wish.mem_config.desired, wish.mem_config.max = minimum, desired, maximum

        return change

    attempt(memory(1024, 512, 2048), "attempt")
    attempt(memory(512, 1024, 768), "attempt")
    attempt(memory(512, 1000, 2048), "1000", "256")
    attempt(memory(512, 10_000_000, 10_000_000), "attempt")
    for name in ("", "x" * 32, "bad*name", "vios1", "bäd"):
        attempt(lambda wish, name=name: setattr(wish, "name", name))
    attempt(lambda wish: wish.set_parm_value("PartitionType", "Mainframe"), "Mainframe")
    attempt(lambda wish: wish.set_parm_value("PartitionID", "0"))
    attempt(lambda wish: wish.set_parm_value("PartitionID", "two"), "two")
    attempt(lambda wish: wish.set_parm_value("AvailabilityPriority", "300"), "300")
    attempt(lambda wish: setattr(wish, "proc_compat_mode", "POWER99"), "POWER99")

    def processors(**values: Any) -> Any:
        def change(wish: Any) -> None:
            for name, value in values.items():
                setattr(wish.proc_config.shared_proc_cfg, name, value)

        return change

    attempt(processors(desired_virtual=4), "attempt")
    attempt(processors(desired_units=5, max_units=5), "attempt")
    attempt(processors(desired_units=0.01, min_units=0.01), "attempt")
    attempt(processors(uncapped_weight=900), "900")
    attempt(processors(pool_id=55), "55")
    assert logical_partition.LPAR.search(site.adapter, name="attempt") == []


def a_refusal_names_code_cause_and_remedy(site: Site) -> None:
    with site.partition("named"):
        try:
            site.built("named").create(parent=site.system())
        except exc.HttpError as refusal:
            assert refusal.response.status == 400
            assert "named" in str(refusal) and str(refusal).count(".") >= 1
            _document(refusal)
        else:
            raise AssertionError("a second partition of one name was accepted")


def what_is_not_supported_says_so(site: Site) -> None:
    """SR-IOV and vNIC are not there yet, and say that they are not; metrics are there while a monitor is on."""
    from pypowervm.wrappers import iocard

    refusal = _refusal(site, "GET", f"pcm/ManagedSystem/{site.system().uuid}/RawMetrics/LongTermMonitor")
    assert "LongTermMonitorEnabled" in _document(refusal).message
    with site.partition("plain") as lpar:
        wish = iocard.VNIC.bld(site.adapter, pvid=7)
        with raises(exc.HttpError):
            wish.create(parent=lpar)


def a_read_only_noun_cannot_be_changed(site: Site) -> None:
    refusal = _refusal(site, "DELETE", f"uom/ManagedSystem/{site.system().uuid}")
    assert refusal.response.status in (400, 405)
    _document(refusal)
    refusal = _refusal(site, "POST", "uom/LogicalPartition", "<x/>")
    assert refusal.response.status in (400, 405)
    _document(refusal)


def the_management_partition_cannot_be_deleted(site: Site) -> None:
    lpar = site.lpar("novalink_212E3CA")
    with raises(exc.HttpError, "powered off"):
        lpar.delete()
