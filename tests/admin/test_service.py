"""Faults, clock, digest, dump, audit and behaviour from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from openlpar import ops
from openlpar.ops import simulation
from openlpar.ops.simulation import faults
from openlpar.wire import inventory
from tests.admin.conftest import Admin
from tests.conftest import start_server
from tests.faces.rest import UOM, Rest, logged_on, partition_body


@pytest.fixture
def rest(admin: Admin) -> Rest:
    return logged_on(admin.server)


def create(rest: Rest, name: str) -> tuple[int, str]:
    answer = rest.request("PUT", f"/rest/api/uom/ManagedSystem/{rest.system()}/LogicalPartition", partition_body(name))
    return answer.status, answer.text


def delete(rest: Rest, name: str) -> int:
    uuid = rest.first_id(f"/rest/api/uom/LogicalPartition/search/(PartitionName=='{name}')")
    return rest.request("DELETE", f"/rest/api/uom/LogicalPartition/{uuid}").status


def vios(rest: Rest, name: str) -> str:
    return rest.first_id(f"/rest/api/uom/VirtualIOServer/search/(PartitionName=='{name}')")


def test_health_and_index(admin: Admin) -> None:
    health = admin.ok("GET", "/health")
    assert health["status"] == "ok"
    assert health["partitions"] == 3
    assert health["clock"]["mode"] == "stepped"
    assert "POST /faults" in admin.ok("GET", "")["resources"]


def test_every_body_with_an_unknown_key_is_refused_by_the_name_of_the_key(admin: Admin) -> None:
    resources = admin.ok("GET", "")["resources"]
    with_body = [one.split() for one in resources if one.startswith(("POST", "PUT"))]
    rest = {
        "/faults": {"name": "vios-busy", "subject": "vios1"},
        "/comanagement": {"does": "take", "console": "hmc1"},
        "/workloads": {"partition": "x", "kind": "idle"},
    }
    before = admin.ok("GET", "/digest")
    for method, path in with_body:
        if "/san/masks/" in path:
            continue  # of a volume, and there is none: see test_san
        sent = {**rest.get(path, {}), "labell": "x"}
        status, answer = admin.call(method, path.replace("{number}", "2").replace("{name}", "x.tar.gz"), sent)
        assert status == 400 and "labell" in answer["message"], (path, answer)
    assert admin.ok("GET", "/digest") == before
    status, answer = admin.call("POST", "/backups", {"labell": "x"})
    assert answer["message"] == "The request is not valid: there is no 'labell' in it. Send label or keep."
    assert admin.call("POST", "/backups", {"keep": "no"})[0] == 400


def test_what_there_is_not_is_told_in_json(admin: Admin) -> None:
    assert admin.call("GET", "/nope")[0] == 404
    status, answer = admin.call("DELETE", "/health")
    assert (status, answer["id"]) == (405, "PVME01080022-0002")
    assert answer["message"] == "There is no DELETE of /admin/health. 'GET /admin' lists what there is."


def test_features_are_dated_and_named_once(admin: Admin) -> None:
    found = admin.ok("GET", "/features")
    names = [one["name"] for one in found]
    assert len(names) == len(set(names))
    assert {"console", "fault-rules"} <= set(names)
    assert all(one["since"][:2] == "20" and one["summary"] for one in found)


def test_coverage_names_every_resource_and_job(admin: Admin) -> None:
    found = admin.ok("GET", "/coverage")
    lpar = next(one for one in found["resources"] if one["resource"] == "LogicalPartition")
    assert set(lpar["verbs"]) == {"read", "create", "update", "delete"}
    assert ("LogicalPartition", "PowerOn") in {(one["on"], one["job"]) for one in found["jobs"]}


def test_the_clock_is_stepped(admin: Admin) -> None:
    before = admin.ok("GET", "/clock")["now"]
    assert admin.ok("POST", "/clock/step", {"seconds": 1.5})["now"] == before + 1500
    for wrong in ({"seconds": -1}, {"seconds": "x"}, {"seconds": True}, {}, [1], {"seconds": 1e300}):
        status, answer = admin.call("POST", "/clock/step", wrong)
        assert (status, answer["id"]) == (400, "PVME01080022-0001"), wrong
    assert admin.call("POST", "/clock/step", b"{")[0] == 400
    assert admin.call("POST", "/clock/step", b"{}", {"Content-Type": "text/plain"})[0] == 415


def test_the_digest_tells_a_change_and_its_undoing(admin: Admin, rest: Rest) -> None:
    before = admin.ok("GET", "/digest")
    assert create(rest, "digested")[0] == 200
    assert admin.ok("GET", "/digest") != before
    assert delete(rest, "digested") == 204
    assert admin.ok("GET", "/digest") == before


def test_the_dump_is_an_inventory_file_of_the_running_system(admin: Admin, tmp_path: Path) -> None:
    text = admin.ok("GET", "/dump")
    assert inventory.load(text, "dump").exact
    again = start_server(tmp_path / "copy", "--system", str(_file(tmp_path / "system.yaml", text)))
    try:
        copy = Admin(again)
        assert copy.ok("GET", "/dump") == text
        assert copy.ok("GET", "/digest") == admin.ok("GET", "/digest")
    finally:
        again.stop()


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_the_audit_tells_who_did_what(admin: Admin, rest: Rest) -> None:
    rest.headers["X-Audit-Memento"] = "because"
    last = max((one["number"] for one in admin.ok("GET", "/audit")), default=0)
    create(rest, "audited")
    delete(rest, "audited")
    entries = admin.ok("GET", f"/audit?after={last}")
    assert [one["operation"] for one in entries] == ["lpar.create", "lpar.delete"]
    assert {one["memento"] for one in entries} == {"because"}
    assert admin.call("GET", "/audit?after=x")[0] == 400


def test_the_audit_tells_who_made_a_rule(admin: Admin) -> None:
    last = max((one["number"] for one in admin.ok("GET", "/audit")), default=0)
    made = admin.ok("POST", "/faults", {"name": "vios-busy", "subject": "vios1", "times": 1})
    entries = admin.ok("GET", f"/audit?after={last}")
    assert [(one["operation"], one["objects"]) for one in entries] == [
        ("simulation.add_fault", [f"Fault/{made['id']}"])
    ]


def test_a_busy_vios_is_busy_so_often(admin: Admin, rest: Rest) -> None:
    rule = admin.ok("POST", "/faults", {"name": "vios-busy", "subject": "vios1", "times": 1})
    path = f"/rest/api/uom/VirtualIOServer/{vios(rest, 'vios1')}?group=None"
    read = rest.request("GET", path)
    body = read.text[read.text.index("<VirtualIOServer:VirtualIOServer") : read.text.index("</content>")]
    refused = rest.request("POST", path, body)
    assert refused.status == 500, refused.message
    assert "HSCL3205" in refused.message
    assert "is busy processing some other request" in refused.message
    assert rest.request("POST", path, body).status == 200
    (struck,) = admin.ok("GET", "/faults")["rules"]
    assert (struck["id"], struck["struck"]) == (rule["id"], 1)


def test_the_busy_vios_is_named_whatever_is_changed_on_it(admin: Admin, rest: Rest) -> None:
    admin.ok("POST", "/faults", {"name": "vios-busy", "subject": "vios*"})
    path = f"/rest/api/uom/VirtualIOServer/{vios(rest, 'vios2')}/VolumeGroup"
    entry = rest.request("GET", path).text
    body = entry[entry.index("<VolumeGroup:VolumeGroup") : entry.index("</content>")]
    group = re.findall(r"<AtomID>([^<]*)", body)[0]
    refused = rest.request("POST", f"{path}/{group}", body)
    assert "The VIOS vios2 is busy" in refused.message


def test_what_a_command_does_inside_is_not_counted(admin: Admin, rest: Rest) -> None:
    path = f"/rest/api/openlpar/VirtualIOServer/{vios(rest, 'vios1')}/command"

    def run(command: str) -> Any:
        return rest.request("POST", path, json.dumps({"command": command}))

    every = admin.ok("POST", "/faults", {"effect": "fail", "operation": "*", "after": 3})
    inner = admin.ok("POST", "/faults", {"effect": "fail", "operation": "logical_unit.create", "after": 9})
    commands = ("lu -create -sp pool1 -lu counted -size 1024", "lu -list", "lu -remove -sp pool1 -lu counted")
    for command in commands:
        assert json.loads(run(command).text)["status"] == 0, command
    seen = {rule["id"]: rule["seen"] for rule in admin.ok("GET", "/faults")["rules"]}
    assert seen == {every["id"]: 3, inner["id"]: 1}
    assert run("lu -list").status == 500


def test_a_step_of_what_a_command_does_inside_can_be_named(admin: Admin, rest: Rest) -> None:
    admin.ok("POST", "/faults", {"effect": "fail", "operation": "*", "step": "write*", "times": 1})
    path = f"/rest/api/openlpar/VirtualIOServer/{vios(rest, 'vios1')}/command"
    answer = rest.request("POST", path, json.dumps({"command": "mklv -lv counted datavg 1G"}))
    assert json.loads(answer.text)["status"] != 0


def test_a_vios_without_rmc(admin: Admin, rest: Rest) -> None:
    path = f"/rest/api/uom/VirtualIOServer/{vios(rest, 'vios1')}/quick/RMCState"
    assert rest.request("GET", path).text == '"active"'
    rule = admin.ok("POST", "/faults", {"name": "vios-rmc-lost", "subject": "vios1"})
    assert rest.request("GET", path).text == '"inactive"'
    other = f"/rest/api/uom/VirtualIOServer/{vios(rest, 'vios2')}/quick/RMCState"
    assert rest.request("GET", other).text == '"active"'
    admin.ok("DELETE", f"/faults/{rule['id']}")
    assert rest.request("GET", path).text == '"active"'


def test_an_operation_fails_with_a_message_of_the_catalogue(admin: Admin, rest: Rest) -> None:
    admin.ok(
        "POST",
        "/faults",
        {"name": "error", "operation": "lpar.create", "message": "PVME01050040-0001", "subject": "ill*"},
    )
    status, text = create(rest, "ill-fated")
    assert status == 400
    assert "Partition (partition) needs (needed) MB" in text, "what a rule cannot know stands there by its name"
    assert create(rest, "well")[0] == 200
    assert delete(rest, "well") == 204


def test_a_full_pool(admin: Admin, rest: Rest) -> None:
    admin.ok("POST", "/faults", {"name": "pool-full", "subject": "pool1"})
    tier = rest.first_id("/rest/api/uom/Tier")
    body = (
        f'<uom:LogicalUnit xmlns:uom="{UOM}" schemaVersion="V1_0"><uom:ThinDevice>true</uom:ThinDevice>'
        "<uom:UnitCapacity>1</uom:UnitCapacity><uom:LogicalUnitType>VirtualIO_Disk</uom:LogicalUnitType>"
        "<uom:UnitName>toomuch</uom:UnitName></uom:LogicalUnit>"
    )
    refused = rest.request("PUT", f"/rest/api/uom/Tier/{tier}/LogicalUnit", body)
    assert refused.status == 400
    assert "toomuch does not fit" in refused.message


def test_a_rule_that_strikes_everything_can_be_removed(admin: Admin, rest: Rest) -> None:
    rule = admin.ok("POST", "/faults", {"effect": "fail"})
    assert create(rest, "never")[0] == 500
    admin.ok("DELETE", f"/faults/{rule['id']}")
    assert admin.call("DELETE", f"/faults/{rule['id']}")[0] == 404
    assert create(rest, "now")[0] == 200
    assert delete(rest, "now") == 204


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"name": "rain"}, "there is no fault 'rain', only vios-busy"),
        ({"name": 1}, "there is no fault 1"),
        ({"name": "vios-busy"}, "fault vios-busy needs subject"),
        ({"name": "crash", "operation": "lpar.creat"}, "there is no operation 'lpar.creat', but lpar.create"),
        ({"name": "delay"}, "fault delay needs seconds"),
        ({"name": "delay", "seconds": 0}, "a delay needs seconds"),
        ({"name": "crash", "operation": "*", "effect": "fail"}, "fault crash sets effect itself"),
        ({"effect": "melt"}, "effect is 'melt', not one of fail"),
        ({}, "effect is ''"),
        ({"effect": "fail", "colour": "red"}, "a rule has no 'colour'; it has effect"),
        ({"effect": "fail", "times": "often"}, "times is 'often', which is not a number"),
        ({"effect": "fail", "times": True}, "times is True"),
        ({"effect": "fail", "after": -1}, "after is -1, but has to be 0 or more"),
        ({"effect": "fail", "probability": 2}, "probability is 2.0"),
        ({"effect": "fail", "message": "PVME0-0"}, "there is no message PVME0-0"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(admin: Admin, rule: dict[str, object], complaint: str) -> None:
    status, answer = admin.call("POST", "/faults", rule)
    assert status == 400
    assert complaint in answer["message"]
    assert admin.ok("GET", "/faults")["rules"] == []


def test_the_behaviour_is_read_and_set_and_kept(tmp_path: Path) -> None:
    with serving(tmp_path) as mine:
        behaviour = mine.ok("GET", "/behaviour")
        behaviour["stages"]["linux"][0]["console"] = "\r\nBooting something else\r\n"
        assert mine.ok("PUT", "/behaviour", behaviour) == behaviour
        broken = {**behaviour, "boot": {"norm": "nowhere"}}
        status, answer = mine.call("PUT", "/behaviour", broken)
        assert (status, "boot.norm is 'nowhere'" in answer["message"]) == (400, True)
        assert mine.call("PUT", "/behaviour", {"stages": {}, "boot": {}})[0] == 400
        assert mine.call("PUT", "/behaviour", {"stages": 1})[0] == 400
    with serving(tmp_path) as mine:
        assert mine.ok("GET", "/behaviour") == behaviour


@contextmanager
def serving(folder: Path) -> Iterator[Admin]:
    server = start_server(folder / "data")
    try:
        yield Admin(server)
    finally:
        server.stop()


def test_what_does_not_exist(admin: Admin) -> None:
    assert admin.call("GET", "/nothing")[0] == 404
    assert admin.call("PATCH", "/faults")[0] == 405
    assert admin.call("POST", "/faults", b" " * (2 * 1024 * 1024))[0] == 400


def test_fault_names_are_explained() -> None:
    ops.load()
    assert simulation.__doc__
    for name, ready in faults.READY_MADE.items():
        needed = {"subject": "x", "operation": "lpar.*", "message": "PVME01050010-0056", "seconds": 1}
        rule = faults.made({"name": name, **{key: needed[key] for key in ready.required}}, "f")
        assert rule.name == name
        assert json.dumps(faults.plain(rule))
