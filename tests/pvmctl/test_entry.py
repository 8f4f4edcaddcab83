"""Whole commands against a scripted service: what they ask it, what they print, how they end."""

import grp
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlpar.cli.pvmctl.entry import main
from tests.client.fake_service import ATOM, UOM, Reply, Request, Service, entry, error, job, running, switch


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with running(tmp_path / "token") as made:
        monkeypatch.setenv("OPENLPAR_URL", made.url)
        yield made


def pvmctl(command: str) -> int:
    return main(shlex.split(command))


def partition(name: str, number: int, state: str = "running", rmc: str = "active") -> dict[str, object]:
    return {
        "UUID": f"{number:032X}",
        "PartitionName": name,
        "PartitionID": number,
        "PartitionState": state,
        "PartitionType": "AIX/Linux",
        "ReferenceCode": "Linux ppc64le" if state == "running" else "00000000",
        "RMCState": rmc,
        "CurrentMemory": 2048,
        "HasDedicatedProcessors": "false",
        "CurrentProcessors": None,
        "CurrentProcessingUnits": 0.5,
        "AllocatedVirtualProcessors": 2,
    }


def atom(found: dict[str, object]) -> str:
    """The same partition as a full entry, as far as a listing needs it."""
    wire = {"RMCState": "ResourceMonitoringControlState"}
    simple = "".join(
        f"<{wire.get(key, key)}>{found[key]}</{wire.get(key, key)}>"
        for key in ("PartitionID", "PartitionName", "PartitionState", "PartitionType", "RMCState", "ReferenceCode")
    )
    content = (
        f'<LogicalPartition xmlns="{UOM}"><Metadata><Atom><AtomID>{found["UUID"]}</AtomID></Atom></Metadata>{simple}'
        f"<PartitionMemoryConfiguration><CurrentMemory>{found['CurrentMemory']}</CurrentMemory>"
        "</PartitionMemoryConfiguration><PartitionProcessorConfiguration>"
        f"<CurrentSharedProcessorConfiguration><AllocatedVirtualProcessors>{found['AllocatedVirtualProcessors']}"
        f"</AllocatedVirtualProcessors><CurrentProcessingUnits>{found['CurrentProcessingUnits']}</CurrentProcessingUnits>"
        "</CurrentSharedProcessorConfiguration></PartitionProcessorConfiguration></LogicalPartition>"
    )
    return f"<entry><content>{content}</content></entry>"


LPARS = [partition("vm1", 4), partition("vm2", 5, "not activated", "inactive")]


def partitions(request: Request) -> Reply:
    if request.path == "/rest/api/uom/LogicalPartition/quick/All":
        return Reply(200, json.dumps(LPARS))
    if request.path == "/rest/api/uom/LogicalPartition?group=None":
        return Reply(200, f'<feed xmlns="{ATOM}">{"".join(map(atom, LPARS))}</feed>')
    return Reply(404)


@pytest.mark.parametrize("command", ["lpar list", "lpar list -d name id state rmc_state uuid -w state!=running"])
def test_quick_and_full_listings_are_the_same(
    command: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answer = partitions
    assert pvmctl(command) == 0
    full = capsys.readouterr().out
    service.features = "other, quick-all"
    assert pvmctl(command) == 0
    assert capsys.readouterr().out == full
    paths = [request.path.rpartition("uom/")[2] for request in service.requests]
    assert paths == ["LogicalPartition?group=None", "LogicalPartition/quick/All"]


def test_a_field_without_quick_property_takes_the_full_objects(service: Service) -> None:
    service.answer = partitions
    service.features = "quick-all"
    assert pvmctl("lpar list -d name PartitionMemoryConfiguration.desired") == 0
    assert service.requests[0].path.endswith("LogicalPartition?group=None")


def test_one_partition_is_searched_for(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = lambda _: Reply(200, f'<feed xmlns="{ATOM}">{atom(LPARS[0])}</feed>')
    assert pvmctl("lpar list -i name=vm1 -d name id") == 0
    assert capsys.readouterr().out == "name=vm1,id=4\n"
    assert service.requests[0].path.endswith("LogicalPartition/search/(PartitionName=='vm1')?group=None")


def test_nothing_found_prints_nothing(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = partitions
    assert pvmctl("lpar list -w name=nobody") == 0
    assert capsys.readouterr() == ("", "")


def test_a_named_object_has_to_exist(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = lambda _: Reply(204)
    assert pvmctl("lpar list -i name=nobody") == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("[PVME") and "nobody does not exist" in err


def test_delimiter_and_hidden_labels(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answer = partitions
    assert pvmctl("lpar list -d name id --hide-label -f ';'") == 0
    assert capsys.readouterr().out == "vm1;4\nvm2;5\n"


SWITCH = "/rest/api/uom/ManagedSystem/s/VirtualSwitch"


def _switches(service: Service, **settings: str) -> None:
    """A managed system with two switches; settings: what a POST makes of the first."""
    system = f'<ManagedSystem xmlns="{UOM}"><Metadata><Atom><AtomID>s</AtomID></Atom></Metadata></ManagedSystem>'

    def answer(request: Request) -> Reply:
        if request.path.startswith("/rest/api/uom/ManagedSystem?"):
            return Reply(200, f'<entry xmlns="{ATOM}"><content>{system}</content></entry>')
        if request.method == "GET":
            both = [switch(service.url), switch(service.url, "ETHERNET1", uuid="u2")]
            return Reply(
                200,
                f'<feed xmlns="{ATOM}">{"".join(entry(service.url, one, SWITCH + "/u1", "1") for one in both)}</feed>',
            )
        return Reply(200, entry(service.url, switch(service.url, **settings), SWITCH + "/u1"))

    service.answer = answer


def test_update(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    _switches(service, mode="Vepa")
    assert pvmctl("vswitch update –i name=ETHERNET0 –-set-fields mode=vepa") == 0
    assert capsys.readouterr() == ("", "")
    assert b">Vepa<" in service.requests[-1].body


def test_an_update_that_was_ignored_is_a_failure(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    _switches(service, mode="Veb")
    assert pvmctl("vswitch update -i name=ETHERNET0 -s mode=Vepa") == 1
    assert "read only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("mode=sideways", "Veb, Vepa"),
        ("switch_id=x", "a whole number"),
        ("nonsense=1", "has no field nonsense"),
        ("uuid=1", "Only its own simple fields"),
    ],
)
def test_a_wrong_assignment_changes_nothing(
    assignment: str, said: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    _switches(service)
    assert pvmctl(f"vswitch update -i name=ETHERNET0 -s {assignment}") == 1
    assert said in capsys.readouterr().err
    assert all(request.method == "GET" for request in service.requests)


def test_a_choice_is_never_guessed(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    _switches(service)
    assert pvmctl("vswitch delete -i mode=Veb") == 1
    err = capsys.readouterr().err
    assert "selects 2 objects" in err and "ETHERNET0, ETHERNET1" in err
    assert all(request.method == "GET" for request in service.requests)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("vswitch list -w name", "'name' is not of the form FIELD=VALUE or FIELD!=VALUE\n"),
        ("vswitch update -i name=ETHERNET0 -s mode", "'mode' is not of the form FIELD=VALUE\n"),
        ("vswitch update -i name=ETHERNET0 -s mode!=Veb", "'mode!=Veb' is not of the form FIELD=VALUE\n"),
        ("vswitch list --width -5", "argument --width: '-5' is not a whole number"),
    ],
)
def test_a_malformed_value_is_a_wrong_command_line(
    command: str, said: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    _switches(service)
    assert pvmctl(command) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("[PVME01050010-0056] This task …", "[PVME01050010-0056] This task …\n"),
        ("PVME01050010-0056 This task …", "[PVME01050010-0056] This task …\n"),
        ("HSCL05DF no", "[HSCL05DF] no\n"),
        ("no id at all", "[PVME01040104-0006] The service refused: no id at all\n"),
    ],
)
def test_the_services_own_message_is_printed(
    message: str, line: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answer = lambda _: error(400, message)
    assert pvmctl("vswitch list") == 1
    assert capsys.readouterr().err == line
    assert service.logoffs == 1


def test_power_off_of_a_partition_without_rmc(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> Reply:
        if "/search/" in request.path:
            return Reply(200, f'<feed xmlns="{ATOM}">{atom(partition("vm4", 7, rmc="inactive"))}</feed>')
        if request.method == "GET":
            return job("JobRequest", "<JobParameters/>")
        return job("JobResponse", "<JobID>1</JobID><Status>COMPLETED_OK</Status>")

    service.answer = answer
    assert pvmctl("lpar power-off -i name=vm4") == 0
    assert capsys.readouterr().out == (
        "Powering off partition vm4, this may take a few minutes.\nPartition vm4 power-off successful.\n"
    )
    put = next(request for request in service.requests if request.method == "PUT")
    assert b">shutdown<" in put.body and b">immediate<" not in put.body


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OPENLPAR_URL", "http://127.0.0.1:9")
    assert pvmctl("lpar list") == 1
    err = capsys.readouterr().err
    assert err.startswith("[PVME01040104-0001] ") and "\nhint: " in err


def test_every_call_is_logged(service: Service, tmp_path: Path) -> None:
    service.answer = partitions
    pvmctl("lpar list")
    pvmctl("lpar list -w bad")
    pvmctl("nonsense")
    lines = (tmp_path / "log" / "pvmctl.log").read_text().splitlines()
    assert [line.partition(" time=")[0].partition(" pvmctl ")[2] for line in lines] == [
        "lpar list rc=0",
        "lpar list -w bad rc=2",
        "nonsense rc=2",
    ]


def test_a_log_that_cannot_be_written_stops_nobody(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "file" / "below"))
    service.answer = partitions
    assert pvmctl("lpar list") == 0


def test_a_vios_that_cannot_be_read_is_reported(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    def vios(name: str) -> str:
        simple = f"<PartitionID>2</PartitionID><PartitionName>{name}</PartitionName>"
        metadata = f"<Metadata><Atom><AtomID>{name}</AtomID></Atom></Metadata>"
        return f'<entry><content><VirtualIOServer xmlns="{UOM}">{metadata}{simple}</VirtualIOServer></content></entry>'

    group = f'<VolumeGroup xmlns="{UOM}"><GroupName>rootvg</GroupName></VolumeGroup>'

    def answer(request: Request) -> Reply:
        if "VolumeGroup" not in request.path:
            return Reply(200, f'<feed xmlns="{ATOM}">{vios("a")}{vios("b")}</feed>')
        if "/a/" in request.path:
            return error(500, "RMC is down")
        return Reply(200, f'<feed xmlns="{ATOM}"><entry><content>{group}</content></entry></feed>')

    service.answer = answer
    assert pvmctl("vg list -d name") == 1
    out, err = capsys.readouterr()
    assert out == "name=rootvg\n"
    assert "The storage of a could not be read" in err and "RMC is down" in err


# ---- who may ------------------------------------------------------------------------------------------------------


def test_outsiders_are_told_how_to_get_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: [1000])
    monkeypatch.setattr(os, "getegid", lambda: 1000)
    monkeypatch.setattr(grp, "getgrnam", lambda _: grp.struct_group(("pvm_admin", "x", 77, [])))
    assert pvmctl("lpar list") == 1
    assert "usermod -aG pvm_admin" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("lu create --name a", "--size is missing"),
        ("lpar update -i name=vm1", "nothing to change: -s FIELD=VALUE is missing"),
        (
            "lpar create --name a --mem -1 --proc 1",
            "'-1' is not a memory size such as 1024 or 2G (without a letter: MB)",
        ),
        (
            "lpar create --name a --mem 1024 --proc 1 --proc-type dedicated --proc-unit 1",
            "--proc-unit is for shared processors",
        ),
    ],
)
def test_a_command_line_that_lacks_sense_is_a_usage_error(
    command: str, said: str, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = pvmctl(command)
    except SystemExit as end:
        status = int(end.code or 0)
    assert status == 2
    assert said in capsys.readouterr().err
