"""The two services of an installed system: pvm-core behind its stateless front pvm-rest."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BIN
from tests.faces.rest import WEB

LOGON = (
    f'<LogonRequest xmlns="{WEB}"><UserID>neo</UserID>'
    "<GenerateX-API-SessionFile>true</GenerateX-API-SessionFile></LogonRequest>"
)


@contextlib.contextmanager
def _core(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    socket = directory / "core.sock"
    command = [str(BIN / "pvm-core"), "--data", str(directory / "data"), "--socket", str(socket)]
    socket.unlink(missing_ok=True)
    process = subprocess.Popen(command, stderr=(directory / "core.log").open("ab"))
    end = time.monotonic() + 30
    while not Path(f"{socket}.tls").exists() and time.monotonic() < end:
        time.sleep(0.02)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        Path(f"{socket}.tls").unlink(missing_ok=True)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[tuple[str, str]]:
    command = [str(BIN / "pvm-rest"), "--data", str(tmp_path / "data"), "--socket", str(tmp_path / "core.sock")]
    command += ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    plain, secure = json.loads(process.stdout.readline())
    yield plain, secure
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def _logon(connection: http.client.HTTPConnection) -> str:
    connection.request("PUT", "/rest/api/web/Logon", LOGON)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    return Path(text.split("X-API-SessionFile", 1)[1].split(">", 1)[1].split("<", 1)[0]).read_text()


def test_the_front_serves_http_and_https_with_links_that_fit(tmp_path: Path, front: tuple[str, str]) -> None:
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    with _core(tmp_path):
        for scheme, address in (("http", front[0]), ("https", front[1])):
            connection = (
                http.client.HTTPConnection(address, timeout=20)
                if scheme == "http"
                else http.client.HTTPSConnection(address, timeout=20, context=unverified)
            )
            token = _logon(connection)
            connection.request("GET", "/rest/api/uom/ManagedSystem?group=None", headers={"X-API-Session": token})
            text = connection.getresponse().read().decode()
            assert f'"{scheme}://{address}/rest/api/uom/ManagedSystem' in text
            connection.close()


def test_without_the_core_the_front_says_so_and_with_it_goes_on(tmp_path: Path, front: tuple[str, str]) -> None:
    connection = http.client.HTTPConnection(front[0], timeout=20)
    connection.request("GET", "/rest/api/uom/ManagedSystem")
    answer = connection.getresponse()
    assert answer.status == 503
    assert b"<HTTPStatus>503</HTTPStatus>" in answer.read()
    connection.close()
    for _ in range(2):
        with _core(tmp_path):
            connection = http.client.HTTPConnection(front[0], timeout=20)
            assert _logon(connection)
            connection.close()


def test_the_admin_face_asks_for_its_token_behind_the_front(tmp_path: Path, front: tuple[str, str]) -> None:
    with _core(tmp_path):
        connection = http.client.HTTPConnection(front[0], timeout=20)
        connection.request("GET", "/admin/health")
        assert connection.getresponse().status in (401, 403)
        connection.close()
