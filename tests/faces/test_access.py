"""No one gets in without a session, on any route."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from openlpar.uom.catalogue import registry
from tests.conftest import BIN, Server
from tests.faces.rest import WEB, Rest, logged_on

SOME = "00000000-0000-4000-8000-000000000001"
# The forms of addresses below one type; tests/closing/test_routes.py finds out what there is.
BELOW = [
    f"ManagedSystem{own}{below}"
    for own, below in (
        ("", ""),
        (f"/{SOME}", ""),
        (f"/{SOME}", "/LogicalPartition"),
        (f"/{SOME}", f"/LogicalPartition/{SOME}"),
    )
]
SUFFIXES = [
    "",
    *(f"/{word}{argument}" for word in ("do", "operations", "quick", "search") for argument in ("", "/PowerOn")),
]
METRICS = [
    *(f"RawMetrics/{monitor}{file}" for monitor in ("LongTermMonitor", "ShortTermMonitor") for file in ("", "/x.json")),
    "ProcessedMetrics",
    "AggregatedMetrics",
]
ROUTES = sorted(
    {(method, f"/rest/api/uom/{tag}") for tag in registry for method in ("GET", "PUT")}
    | {(method, f"/rest/api/uom/{tag}/{SOME}") for tag in registry for method in ("GET", "POST", "DELETE")}
    | {(method, f"/rest/api/uom/{tag}/{SOME}/do/PowerOn") for tag in registry for method in ("GET", "PUT")}
    | {("GET", f"/rest/api/uom/{tag}/{suffix}") for tag in registry for suffix in ("quick/All", "search", "operations")}
    | {("GET", "/rest/api/uom/jobs/1"), ("DELETE", "/rest/api/uom/jobs/1"), ("POST", "/rest/api/uom/jobs/1/cancel")}
    | {("GET", f"/rest/api/uom/{below}{suffix}") for below in BELOW for suffix in SUFFIXES}
    | {("PUT", f"/rest/api/uom/{below}/do{name}") for below in BELOW for name in ("", "/PowerOn")}
    | {
        ("PUT", f"/rest/api/uom/{BELOW[2]}"),
        ("POST", f"/rest/api/uom/{BELOW[3]}"),
        ("DELETE", f"/rest/api/uom/{BELOW[3]}"),
    }
    | {(method, "/rest/api/uom/Event") for method in ("GET", "PUT")}
    | {(m, f"/rest/api/pcm/ManagedSystem/{SOME}/preferences") for m in ("GET", "POST")}
    | {("GET", f"/rest/api/pcm/ManagedSystem/{SOME}/{path}") for path in METRICS}
    | {("GET", f"/rest/api/pcm/ManagedSystem/{SOME}/LogicalPartition/{SOME}/{path}") for path in METRICS[-2:]}
    | {("GET", f"/rest/api/pcm/{path}/x.json") for path in METRICS[-2:]}
    | {("DELETE", "/rest/api/web/Logon"), ("GET", f"/rest/api/web/File/{SOME}")}
    | {(m, f"/rest/api/web/File/contents/{SOME}") for m in ("GET", "PUT", "POST")}
    | {("GET", "/rest/api/web/File"), ("PUT", "/rest/api/web/File"), ("DELETE", f"/rest/api/web/File/{SOME}")}
    | {("POST", f"/rest/api/openlpar/VirtualIOServer/{SOME}/command")}
    | {(m, "/rest/api/openlpar/peer") for m in ("GET", "PUT")}
    | {(m, f"/rest/api/openlpar/console/{SOME}") for m in ("GET", "PUT", "POST", "DELETE")}
)


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5000])
def test_every_route_asks_for_a_session(server: Server, token: str) -> None:
    rest = Rest(server, token)
    let_in = []
    for method, path in ROUTES:
        answer = rest.request(method, path, b"<x/>" if method in ("PUT", "POST") else None)
        if answer.status != 401:
            let_in.append((method, path, answer.status))
    assert not let_in, "these routes answer strangers; route them through the guard in faces/novalink/service.py"


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(server: Server) -> None:
    wrong_password = Rest(server).logon(password="guess")
    unknown_user = Rest(server).logon(user="nobody", password="guess")
    assert wrong_password.status == unknown_user.status == 401
    assert wrong_password.message.replace("user admin", "") == unknown_user.message.replace("user nobody", "")


def test_a_token_is_worthless_after_logoff(server: Server) -> None:
    rest = logged_on(server)
    assert rest.request("GET", "/rest/api/uom/ManagedSystem?group=None").status == 200
    assert rest.request("DELETE", "/rest/api/web/Logon").status == 204
    assert rest.request("GET", "/rest/api/uom/ManagedSystem?group=None").status == 401


def test_a_token_file_is_for_the_management_group_only_and_goes_with_the_session(server: Server) -> None:
    body = (
        f'<LogonRequest xmlns="{WEB}" schemaVersion="V1_0"><UserID>neo</UserID>'
        "<GenerateX-API-SessionFile>true</GenerateX-API-SessionFile></LogonRequest>"
    )
    answer = Rest(server).request("PUT", "/rest/api/web/Logon", body)
    assert answer.status == 200
    assert answer.headers["x-mc-type"] == "PVM"
    path = Path(answer.value("X-API-SessionFile"))
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o027 == 0
    rest = Rest(server, path.read_text())
    assert rest.request("GET", "/rest/api/uom/ManagedSystem?group=None").status == 200
    rest.request("DELETE", "/rest/api/web/Logon")
    assert not path.exists()


def test_secrets_are_neither_logged_nor_stored(server: Server) -> None:
    rest = logged_on(server)
    rest.request("GET", "/rest/api/uom/NoSuchType")
    log = (server.data.parent / f"{server.data.name}.log").read_text()
    assert rest.token not in log
    for file in server.data.glob("state.db*"):
        content = file.read_bytes()
        assert rest.token.encode() not in content
        assert b"correct horse" not in content
    command_line = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    assert b"correct horse" not in command_line


def test_a_password_set_from_outside_serves_at_the_next_logon(server: Server) -> None:
    assert Rest(server).logon(user="trinity", password="follow").status == 401
    command = [str(BIN / "openlpar"), "password", "trinity", "--data", str(server.data)]
    subprocess.run(command, input="follow\n", text=True, check=True)
    assert Rest(server).logon(user="trinity", password="follow").status == 200
