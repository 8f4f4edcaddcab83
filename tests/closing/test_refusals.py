"""Refusals that have no better place: each message of these tables is provoked, and nothing changes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from openlpar.cli.bkprofdata import main as bkprofdata
from openlpar.cli.mkvterm import main as mkvterm
from openlpar.cli.openlpar.entry import main as openlpar
from openlpar.cli.pvmctl import access
from openlpar.cli.pvmctl import messages as pvmctl_say
from openlpar.cli.pvmctl.entry import main as pvmctl
from openlpar.cli.pvmctl.failures import line
from openlpar.cli.pvmctl.objects import partitions
from openlpar.cli.rstprofdata import main as rstprofdata
from openlpar.client.errors import BadAnswer, ClientError, JobFailed, JobTimedOut, LogonRefused
from openlpar.engine.backups import BackupSchedule
from openlpar.faces.admin import make_admin
from openlpar.faces.admin.monitoring import Monitoring
from openlpar.faces.novalink import bodies
from openlpar.faces.novalink.files import LIMIT, FileResources
from openlpar.messages import (
    Failure,
    Message,
    console,
    file,
    general,
    metrics,
    padmin,
    partition,
    profile,
    rest,
    simulation,
    storage,
)
from openlpar.messages import inventory as inventory_say
from openlpar.ops.core import Edges, JobOperation, Operation
from openlpar.ops.inventory.complete import complete
from openlpar.ops.metrics.sampling import Sampler
from openlpar.ops.shared_storage.filling import Filler
from openlpar.ops.simulation import faults
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import Upload
from openlpar.uom.file import File
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import PartitionProcessorConfiguration, SharedProcessorConfiguration
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualDisk, VolumeGroup
from openlpar.wire import inventory, recording
from openlpar.wire.writer import render
from tests.client.fake_service import Reply, Service, running
from tests.closing.gannet import Gannet, request
from tests.conftest import Server
from tests.faces.rest import UOM, WEB, logged_on
from tests.ops.small_system import wished

# ---- operations ----------------------------------------------------------------------------------------------------

Wish = Callable[[Gannet], Awaitable[Operation]]
OPERATIONS: list[tuple[Message, Wish]] = []


def refused(message: Message) -> Callable[[Wish], Wish]:
    def register(wish: Wish) -> Wish:
        OPERATIONS.append((message, wish))
        return wish

    return register


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


@pytest.mark.parametrize(("message", "wish"), OPERATIONS, ids=[message.id for message, _ in OPERATIONS])
async def test_operation(house: Gannet, message: Message, wish: Wish) -> None:
    operation = await wish(house)
    before = house.everything()
    refusal = house.refusal(operation)
    assert refusal is not None and refusal.message is message, refusal
    assert "{" not in str(refusal) and "None" not in str(refusal)
    assert house.everything() == before


def _job(group: str, job: str, target: str, /, **parameters: str) -> Operation:
    return JobOperation.by_job[group, job].from_job(target, parameters)


def _create(**fields: Any) -> Operation:
    return request("create", wished(**{"name": "new", **fields}))


@refused(partition.ALREADY_OFF)
async def _off_twice(house: Gannet) -> Operation:
    return _job("LogicalPartition", "PowerOff", house.lpar("vm1").uuid)


@refused(partition.ALREADY_ON)
async def _on_twice(house: Gannet) -> Operation:
    return _job("VirtualIOServer", "PowerOn", house.partition("vios1").uuid)


@refused(partition.NO_OS_SHUTDOWN)
async def _no_rmc(house: Gannet) -> Operation:
    lpar = house.lpar("vm1")
    await house.job("LogicalPartition", lpar.uuid, "PowerOn", bootmode="sms")
    return _job("LogicalPartition", "PowerOff", lpar.uuid, operation="osshutdown")


@refused(partition.BAD_NAME)
async def _bad_name(house: Gannet) -> Operation:
    return _create(name="a*b")


@refused(partition.ID_TAKEN)
async def _id_taken(house: Gannet) -> Operation:
    return _create(id=1)


@refused(partition.NO_FREE_ID)
async def _no_free_id(house: Gannet) -> Operation:
    with house.engine.alter() as change:
        system = next(change.all(ManagedSystem))
        change.put(system.evolve(max_partitions=3))
    return _create()


@refused(partition.ORDER)
async def _order(house: Gannet) -> Operation:
    return request("create", wished("new").evolve(mem_config=PartitionMemoryConfiguration(desired=1024, min=2048)))


@refused(partition.NO_PROCESSORS)
async def _no_processors(house: Gannet) -> Operation:
    units = SharedProcessorConfiguration(desired_units=Decimal(20), desired_virtual=20)
    lpar = house.lpar("vm1", proc_config=PartitionProcessorConfiguration(shared_proc_cfg=units))
    return _job("LogicalPartition", "PowerOn", lpar.uuid)


@refused(partition.POOL_CLOSED)
async def _closed_pool(house: Gannet) -> Operation:
    shared = SharedProcessorConfiguration(desired_units=Decimal("0.5"), desired_virtual=1, pool_id=7)
    return _create(proc_config=PartitionProcessorConfiguration(shared_proc_cfg=shared))


@refused(partition.HAS_CLIENTS)
async def _has_clients(house: Gannet) -> Operation:
    vios = house.partition("vios1")
    await house.job("VirtualIOServer", vios.uuid, "PowerOff", immediate="true")
    return request("delete", house.partition("vios1"))


@refused(padmin.NO_RMC)
async def _command_without_rmc(house: Gannet) -> Operation:
    with house.engine.alter() as change:
        vios = change.get(VirtualIOServer, house.partition("vios1").uuid)
        change.put(vios.evolve(rmc_state="inactive"))
    return RunCommand(vios.uuid, "ioslevel")


@refused(storage.TOO_MANY_DISKS)
async def _too_many_disks(house: Gannet) -> Operation:
    group = house.below(VolumeGroup, "vios1", name="datavg")
    disks = [VirtualDisk(name=f"d{number}", capacity=Decimal(1)) for number in range(3)]
    with house.engine.alter() as change:
        change.put(group.evolve(max_logical_volumes=2))
    return request("update", group.evolve(virtual_disks=disks, max_logical_volumes=None))


@refused(storage.BAD_QUERY)
async def _bad_query(house: Gannet) -> Operation:
    return _job("VirtualIOServer", "LUARecovery", house.partition("vios1").uuid, inputXML="<nothing/>")


async def test_fault_rules(house: Gannet) -> None:
    with house.engine.alter() as change:
        for message, wrong in (
            (simulation.NO_RULE, lambda: faults.remove(change, "fault-9")),
            (simulation.BAD_RULE, lambda: faults.add(change, {"effect": "explode"})),
        ):
            with pytest.raises(Failure) as caught:
                wrong()
            assert caught.value.message is message


async def test_the_ready_made_faults_say_their_messages(house: Gannet) -> None:
    for name, subject, message in (("pool-full", "datavg", simulation.POOL_FULL),):
        with house.engine.alter() as change:
            rule = faults.add(change, {"name": name, "subject": subject})
        group = house.below(VolumeGroup, "vios1", name="datavg")
        refusal = house.refusal(request("update", group.evolve(virtual_disks=[VirtualDisk(name="d", capacity=1)])))
        assert refusal is not None and refusal.message is message
        house.engine.remove_record(rule)


# ---- inventories and recordings ------------------------------------------------------------------------------------

SYSTEM = "openlpar: 1\nManagedSystem: [{system_name: s, mtms: {machine_type: 8247, model: 21L, serial: 212E3CA}}]\n"
INVENTORIES = [
    (inventory_say.NOT_READABLE, "openlpar: ["),
    (inventory_say.WRONG_VERSION, "openlpar: 2"),
    (inventory_say.UNKNOWN_NAME, "openlpar: 1\nLogicalPartitions: []"),
    (inventory_say.WRONG_SHAPE, "openlpar: 1\nLogicalPartition: {name: vm1}"),
    (inventory_say.WRONG_VALUE, "openlpar: 1\nLogicalPartition: [{id: many}]"),
    (inventory_say.WRITTEN_TWICE, "openlpar: 1\nLogicalPartition: [{id: 1, id: 2}]"),
    (inventory_say.TAKEN, SYSTEM + "LogicalPartition: [{name: a, id: 5}, {name: b, id: 5}]"),
    (inventory_say.DANGLING, SYSTEM + "ClientNetworkAdapter: [{parent: nobody, pvid: 1}]"),
    (inventory_say.MISSING, SYSTEM + "LogicalPartition: [{id: 5}]"),
    (inventory_say.TOO_MANY_SYSTEMS, SYSTEM.replace("]", ", {system_name: t}]")),
]


@pytest.mark.parametrize(("message", "text"), INVENTORIES, ids=[message.id for message, _ in INVENTORIES])
def test_inventory(message: Message, text: str, tmp_path: Path) -> None:
    house = Gannet(tmp_path / "data")
    with pytest.raises(Failure) as caught:
        described = inventory.load(text, "a.yaml")
        complete(described.elements, house.engine.clock, house.engine.entropy, place=described.place)
    assert caught.value.message is message, caught.value
    assert "a.yaml" in str(caught.value)


def _switch(name: str) -> str:
    uuid = "4d9735ae-feaf-32c2-a1bc-102026df9168"
    content = (
        f'<VirtualSwitch:VirtualSwitch xmlns:VirtualSwitch="{UOM}" xmlns="{UOM}" schemaVersion="V1_0"><Metadata><Atom>'
        f"<AtomID>{uuid}</AtomID></Atom></Metadata><SwitchName>{name}</SwitchName></VirtualSwitch:VirtualSwitch>"
    )
    return _entry(content, uuid)


def _entry(content: str, uuid: str = "1") -> str:
    return f'<entry xmlns="http://www.w3.org/2005/Atom"><id>{uuid}</id><content>{content}</content></entry>'


RECORDINGS = [
    (inventory_say.NOT_A_RECORDING, ["no feed"]),
    (inventory_say.NOT_AN_OBJECT, [_entry(f'<Event xmlns="{UOM}" schemaVersion="V1_0"/>')]),
    (inventory_say.RECORDED_DIFFERENTLY, [_switch("ETHERNET0"), _switch("ETHERNET1")]),
]


@pytest.mark.parametrize(("message", "texts"), RECORDINGS, ids=[message.id for message, _ in RECORDINGS])
def test_recording(message: Message, texts: list[str], tmp_path: Path) -> None:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.xml").write_text(text)
    with pytest.raises(Failure) as caught:
        recording.read_feeds(sorted(tmp_path.glob("*.xml")))
    assert caught.value.message is message, caught.value


# ---- the REST face -------------------------------------------------------------------------------------------------

SOME = "00000000-0000-4000-8000-000000000001"
ROOT = "/rest/api/uom"
SYSTEMS = f"{ROOT}/ManagedSystem"
FILES = "/rest/api/web/File"
LOGON = f'<LogonRequest xmlns="{WEB}" schemaVersion="V1_0"><UserID>admin</UserID><Password>x</Password></LogonRequest>'
SYSTEM_BODY = f'<ManagedSystem xmlns="{UOM}" schemaVersion="V1_0"/>'
REQUESTS: list[tuple[Message, int, str, str, str | None, dict[str, str]]] = [
    (rest.BAD_URL, 400, "GET", f"{ROOT}/NoSuchType", None, {}),
    (rest.BAD_BODY, 400, "PUT", f"{SYSTEMS}/{{system}}/LogicalPartition", "<broken", {}),
    (rest.BAD_GROUP, 400, "GET", f"{SYSTEMS}?group=Nothing", None, {}),
    (rest.BAD_SEARCH, 400, "GET", f"{SYSTEMS}/search/(Colour=='red')", None, {}),
    (rest.BAD_PROPERTY, 400, "GET", f"{SYSTEMS}/{{system}}/quick/Colour", None, {}),
    (rest.NO_QUICK, 404, "GET", f"{ROOT}/VirtualSwitch/quick/All", None, {}),
    (rest.NOT_ACCEPTABLE, 406, "GET", SYSTEMS, None, {"Accept": "image/png"}),
    (rest.NO_METHOD, 405, "PATCH", SYSTEMS, None, {}),
    (rest.NO_SESSION, 401, "GET", SYSTEMS, None, {"X-API-Session": "wrong"}),
    (rest.BAD_LOGON, 401, "PUT", "/rest/api/web/Logon", LOGON, {}),
    (rest.NO_JOB, 404, "GET", f"{ROOT}/jobs/1", None, {}),
    (rest.TOO_LARGE, 413, "PUT", "/rest/api/web/Logon", "x" * 70_000, {}),
    (general.STALE_ETAG, 412, "POST", f"{SYSTEMS}/{{system}}", SYSTEM_BODY, {"If-Match": "old"}),
    (file.BAD_NAME, 400, "PUT", FILES, f'<File xmlns="{WEB}" schemaVersion="V1_0"><Filename>a/b</Filename></File>', {}),
]


@pytest.mark.parametrize(
    ("message", "status", "method", "path", "body", "headers"), REQUESTS, ids=[one[0].id for one in REQUESTS]
)
def test_rest(
    server: Server, message: Message, status: int, method: str, path: str, body: str | None, headers: dict[str, str]
) -> None:
    client = logged_on(server)
    path = path.replace("{system}", client.system())
    answer = client.request(method, path, body, headers)
    assert answer.status == status, answer.text
    assert message.id in answer.text, answer.text


def test_a_stale_object_is_called_by_its_name(server: Server) -> None:
    client = logged_on(server)
    path = f"{SYSTEMS}/{client.system()}"
    assert "ManagedSystem gannet was changed by someone else" in (
        client.request("POST", path, SYSTEM_BODY, {"If-Match": "old"}).text
    )
    bridge = client.first_id(f"{path}/NetworkBridge?group=None")
    body = f'<NetworkBridge xmlns="{UOM}" schemaVersion="V1_0"/>'
    answer = client.request("POST", f"{path}/NetworkBridge/{bridge}", body, {"If-Match": "old"})
    assert answer.status == 412 and "NetworkBridge 1 was changed by someone else" in answer.text


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (file.WRONG_SIZE, "<ExpectedFileSizeInBytes>9</ExpectedFileSizeInBytes>"),
        (file.WRONG_DIGEST, f"<SHA256>{'0' * 64}</SHA256>"),
    ],
    ids=[file.WRONG_SIZE.id, file.WRONG_DIGEST.id],
)
def test_upload(server: Server, message: Message, fields: str) -> None:
    client = logged_on(server)
    vios = client.first_id(f"{ROOT}/VirtualIOServer?group=None")
    body = (
        f'<File xmlns="{WEB}" schemaVersion="V1_0"><Filename>refused.iso</Filename>'
        f"<InternetMediaType>application/octet-stream</InternetMediaType>{fields}"
        f"<FileEnumType>BROKERED_MEDIA_ISO</FileEnumType><TargetVirtualIOServerUUID>{vios}</TargetVirtualIOServerUUID></File>"
    )
    answer = client.request("PUT", FILES, body)
    assert answer.status == 200, answer.text
    found = re.search(r"<FileUUID[^>]*>([^<]*)<", answer.text)
    assert found
    refusal = client.request("PUT", f"{FILES}/contents/{found[1]}", "content")
    assert refusal.status == 400 and message.id in refusal.text, refusal.text
    assert client.request("DELETE", f"{FILES}/{found[1]}").status == 204


async def test_files_are_limited(house: Gannet, tmp_path: Path) -> None:
    with house.engine.alter() as change:
        for number in range(LIMIT):
            change.put(Upload(uuid=str(number), name="a.iso", media_type="", enum_type="BROKERED_MEDIA_ISO"))
    body = render(File(file_name="b.iso", enum_type="BROKERED_MEDIA_ISO")).body
    unused: Any = None
    with pytest.raises(Failure) as caught:
        await FileResources(house.engine, tmp_path / "uploads").create(unused, body)
    assert caught.value.message is file.TOO_MANY


async def test_a_body_that_stops_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    monkeypatch.setattr(bodies, "SLOWEST_S", 0.01)
    stalled = Request({"type": "http", "method": "PUT", "headers": []}, nothing)
    with pytest.raises(Failure) as caught:
        await bodies.body_of(stalled)
    assert caught.value.message is rest.TOO_SLOW


# ---- the admin face ------------------------------------------------------------------------------------------------


async def test_admin(house: Gannet, tmp_path: Path) -> None:
    class Real:
        name = "real"

    real: Any = Real()
    store: Any = house.engine._store
    house.engine.edges = Edges(real, house.vios)
    admin = make_admin(
        house.engine,
        backups=BackupSchedule(house.engine),
        store=store,
        data_dir=tmp_path,
        version="1",
        monitoring=Monitoring(house.engine, Sampler(None, waits=False), None),
        filler=Filler(None, waits=False),
    )
    transport = httpx.ASGITransport(app=admin, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        foreign = await client.get("/health", headers={"Origin": "http://example.com"})
        assert foreign.json()["id"] == simulation.BROWSER.id
        fixed = await client.get("/behaviour")
        assert fixed.json()["id"] == simulation.FIXED_BEHAVIOUR.id
        real_work = await client.post("/workloads", json={"partition": "*", "kind": "idle"})
        assert real_work.json()["id"] == metrics.REAL_WORK.id


# ---- commands ------------------------------------------------------------------------------------------------------


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that has a Virtual I/O Server and cannot say more."""
    with running(tmp_path / "token") as made:
        monkeypatch.setenv("OPENLPAR_URL", made.url)
        monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "log"))
        servers = "".join(
            _entry(
                f'<VirtualIOServer xmlns="{UOM}"><Metadata><Atom><AtomID>{number}</AtomID></Atom></Metadata>'
                f"<PartitionID>{number}</PartitionID><PartitionName>vios{number}</PartitionName></VirtualIOServer>"
            )
            for number in (1,)
        )
        feed = f"<feed xmlns='http://www.w3.org/2005/Atom'>{servers}</feed>"
        found = (f"{ROOT}/VirtualIOServer?", f"{ROOT}/VirtualIOServer/search/")
        made.answer = lambda asked: Reply(200, feed) if asked.path.startswith(found) else Reply(500)
        yield made


def _said(capsys: pytest.CaptureFixture[str], message: Message) -> None:
    shown = capsys.readouterr()
    assert f"[{message.id}]" in shown.err + shown.out, shown


def test_a_server_that_cannot_be_read_is_reported(scripted: Service, capsys: pytest.CaptureFixture[str]) -> None:
    pvmctl(["vg", "list"])
    _said(capsys, pvmctl_say.INCOMPLETE)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("lpar power-on", pvmctl_say.NO_SELECTION),
        ("media upload --vios name=vios1 --data /no/such/file", pvmctl_say.UNREADABLE_FILE),
    ],
)
def test_pvmctl(scripted: Service, capsys: pytest.CaptureFixture[str], command: str, message: Message) -> None:
    assert pvmctl(command.split()) != 0
    _said(capsys, message)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (LogonRefused("no"), pvmctl_say.LOGON_REFUSED),
        (BadAnswer("no XML"), pvmctl_say.BAD_ANSWER),
        (JobFailed("PowerOn", "FAILED", "it broke"), pvmctl_say.JOB_FAILED),
        (JobTimedOut("PowerOn", "RUNNING", "it takes"), pvmctl_say.JOB_TIMED_OUT),
    ],
)
def test_errors_without_an_id_get_one(error: ClientError, message: Message) -> None:
    assert line(error).startswith(f"[{message.id}] ")


def test_strangers_are_told_about_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    class Group:
        gr_gid = -1
        gr_mem: tuple[str, ...] = ()

    for name in ("OPENLPAR_URL", "OPENLPAR_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1)
    monkeypatch.setattr("grp.getgrnam", lambda _: Group)
    with pytest.raises(Failure) as caught:
        access.check()
    assert caught.value.message is pvmctl_say.NOT_IN_GROUP


def test_a_service_without_consoles(scripted: Service, capsys: pytest.CaptureFixture[str]) -> None:
    servers = scripted.answer
    scripted.answer = lambda asked: (
        Reply(404) if "console" in asked.path or "LogicalP" in asked.path else servers(asked)
    )
    assert mkvterm(["--id", "1"]) != 0
    _said(capsys, console.NO_ENDPOINT)


def test_a_power_job_that_failed_without_an_id() -> None:
    failure = partitions._failure("vm1", "power-on", JobFailed("PowerOn", "FAILED", "it broke"))
    assert str(failure).startswith(f"[{pvmctl_say.POWER_FAILED.id}] Partition vm1 could not be powered on")


def test_storage_that_several_servers_have(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENLPAR_URL", server.http)
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "log"))
    assert pvmctl(["scsi", "create", "--type", "pv", "--lpar", "name=novalink_212E3CA", "--stor-id", "hdisk4"]) != 0
    _said(capsys, pvmctl_say.AMBIGUOUS)


def test_backups(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("OPENLPAR_URL", server.http)
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "log"))
    made = tmp_path / "profile.bak"
    assert bkprofdata(["-m", "heron", "-o", "backup", "-f", str(made)]) != 0
    _said(capsys, profile.NO_SYSTEM)
    assert bkprofdata(["-m", "gannet", "-o", "backup", "-f", str(made)]) == 0
    made.write_text(made.read_text().replace("212E3CA", "0000000"))
    assert rstprofdata(["-m", "gannet", "-l", "1", "-f", str(made)]) != 0
    _said(capsys, profile.OTHER_SYSTEM)


def test_files_of_the_openlpar_command(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENLPAR_URL", server.http)
    assert openlpar(["dump", "-o", str(tmp_path / "no" / "such" / "file")]) != 0
    _said(capsys, simulation.CANNOT_WRITE)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name in ("nothing", "bytes"):
        for command in (["fault", "apply"], ["san", "apply"]):
            assert openlpar([*command, str(tmp_path / name)]) != 0
            _said(capsys, simulation.NO_FEED)
