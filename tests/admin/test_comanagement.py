"""What an HMC does is asked for over ``/admin``, and seen by clients of the REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.cli.openlpar.entry import main
from tests.admin.conftest import Admin
from tests.conftest import Server, start_server
from tests.faces.rest import logged_on

SWITCH = """<VirtualSwitch:VirtualSwitch xmlns:VirtualSwitch="http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"
 xmlns="http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/" schemaVersion="V1_0"><Metadata><Atom/></Metadata>
<SwitchName>ETHERNET1</SwitchName></VirtualSwitch:VirtualSwitch>"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"


def hmc(admin: Admin, does: str, **more: object) -> dict[str, object]:
    answer: dict[str, object] = admin.ok("POST", "/comanagement", {"console": "hmc1", "does": does, **more})
    return answer


def created(server: Server) -> tuple[int, str]:
    """What a client is told that wants to make a virtual switch."""
    client = logged_on(server)
    system = client.first_id("/rest/api/uom/ManagedSystem")
    answer = client.request("PUT", f"/rest/api/uom/ManagedSystem/{system}/VirtualSwitch", SWITCH)
    return answer.status, answer.text


def test_the_role_the_request_and_the_operation_it_waits_for_survive_a_kill(folder: Path) -> None:
    server = start_server(folder, clock="stepped")
    try:
        admin = Admin(server)
        assert admin.ok("GET", "/comanagement") == {"system": "gannet", "co_managed": False, "master": "NovaLink"}
        hmc(admin, "connect")
        assert hmc(admin, "take", mode="temp")["master"] == "hmc1"
        hmc(admin, "work", seconds=60)
        status, text = created(server)
        assert status == 400 and "[PVME01052005-0002]" in text and "hmc1" in text and "pvmctl sys set-master" in text
        before = admin.ok("GET", "/comanagement")
        server.kill()
        server = start_server(folder, clock="stepped")
        admin = Admin(server)
        assert admin.ok("GET", "/comanagement") == before
        assert before["consoles"] == [{"name": "hmc1", "busy": True}]
        assert created(server)[0] == 400
        admin.ok("POST", "/clock/step", {"seconds": 61})
        assert admin.ok("GET", "/comanagement")["consoles"] == [{"name": "hmc1", "busy": False}]
        assert hmc(admin, "release")["master"] == "NovaLink"
        assert created(server)[0] == 200
    finally:
        server.stop()


def test_what_an_hmc_cannot_do_is_refused_with_the_reason(admin: Admin) -> None:
    for wish, status, word in (
        ({"console": "hmc9", "does": "take"}, 404, "No HMC called hmc9"),
        ({"console": "hmc9", "does": "dance"}, 400, "does is 'dance'"),
        ({"console": "NovaLink", "does": "connect"}, 400, "that is the other side"),
    ):
        answered, answer = admin.call("POST", "/comanagement", wish)
        assert answered == status and word in answer["message"]
    hmc(admin, "connect")
    answered, answer = admin.call("POST", "/comanagement", {"console": "hmc1", "does": "release"})
    assert answered == 409 and "cannot release the master role" in answer["message"]
    hmc(admin, "disconnect")


def test_the_system_says_by_quick_properties_who_is_master_and_which_firmware_it_runs(admin: Admin) -> None:
    client = logged_on(admin.server)
    path = f"/rest/api/uom/ManagedSystem/{client.first_id('/rest/api/uom/ManagedSystem')}/quick"

    def quick(name: str) -> object:
        return json.loads(client.request("GET", f"{path}/{name}").text)

    assert (quick("IsPowerVMManagementMaster"), quick("IsPowerVMManagementController")) == ("true", "true")
    assert (quick("SystemFirmware"), quick("ActivatedLevel")) == ("SV860_215", 215)
    hmc(admin, "connect")
    hmc(admin, "take")
    assert (quick("IsPowerVMManagementMaster"), quick("IsNotPowerVMManagementController")) == ("false", "true")
    everything = json.loads(client.request("GET", f"{path}/All").text)
    assert everything["IsNotPowerVMManagementMaster"] == "true" and everything["SystemFirmware"] == "SV860_215"
    hmc(admin, "disconnect")


def test_the_commands_tell_who_waits_and_who_is_at_work(admin: Admin, capsys: pytest.CaptureFixture[str]) -> None:
    def openlpar(*words: str) -> list[str]:
        assert main([*words, "--url", admin.server.http]) == 0
        return capsys.readouterr().out.splitlines()

    openlpar("hmc", "connect", "hmc1")
    openlpar("hmc", "connect", "hmc2")
    openlpar("hmc", "take", "hmc1")
    assert openlpar("hmc", "work", "hmc1", "--seconds", "30")[-1] == "Managed by its NovaLink and hmc1 (busy), hmc2."
    waits = openlpar("hmc", "take", "hmc2", "--mode", "keep")
    assert waits[:2] == [
        "Master of system gannet is hmc1 (norm).",
        "hmc2 gets it when the operation under way has ended.",
    ]
    admin.ok("POST", "/clock/step", {"seconds": 31})
    assert openlpar("hmc", "show")[0] == "Master of system gannet is hmc2 (keep)."
    openlpar("hmc", "disconnect", "hmc2")
    assert openlpar("hmc", "disconnect", "hmc1") == ["System gannet is managed by its NovaLink alone."]


def test_every_partitions_connection_is_told_with_the_reason_why_it_is_not_there(admin: Admin) -> None:
    rule = admin.ok("POST", "/faults", {"name": "vios-rmc-lost", "subject": "vios2"})
    found = {one["name"]: one for one in admin.ok("GET", "/rmc")}
    assert list(found) == ["novalink_212E3CA", "vios1", "vios2"]
    assert (found["vios1"]["rmc"], found["vios1"]["cause"]) == ("active", "")
    assert found["vios1"]["address"] == "fe80::448c:a1ff:fe24:2ec8"
    assert found["vios2"]["cause"] == f"fault rule {rule['id']} keeps it from the management network"
    assert found["vios2"]["dlpar"] == []
