"""A REST service of a few lines: what the client sends, and answers chosen by the test."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ATOM = "http://www.w3.org/2005/Atom"
UOM = "http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"
WEB = "http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    status: int = 200
    body: str | bytes = b""
    headers: dict[str, str] = {}


class Service:
    """requests: all that came but logon and logoff. answer: set by the test."""

    def __init__(self, token_file: Path) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.connections = 0
        self.logons: list[Request] = []
        self.logoffs = 0
        self.features = ""
        self.answer: Callable[[Request], Reply] = lambda _: Reply(404)
        self._token_file = token_file
        token_file.write_text("to\nken\n")

    def reply(self, request: Request) -> Reply:
        if request.path == "/rest/api/web/Logon":
            if request.method == "DELETE":
                self.logoffs += 1
                return Reply(204)
            self.logons.append(request)
            return Reply(
                200,
                f'<LogonResponse xmlns="{WEB}"><X-API-SessionFile>{self._token_file}</X-API-SessionFile></LogonResponse>',
                {"X-MC-Type": "PVM", "X-OpenLPAR-Features": self.features},
            )
        self.requests.append(request)
        return self.answer(request)


@contextmanager
def running(token_file: Path) -> Iterator[Service]:
    service = Service(token_file)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            service.connections += 1
            super().setup()

        def _answer(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = service.reply(Request(self.command, self.path, dict(self.headers.items()), body))
            content = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def switch(url: str, name: str = "ETHERNET0", mode: str = "Veb", uuid: str = "u1", more: str = "") -> str:
    """An entry's content."""
    return (
        f'<VirtualSwitch:VirtualSwitch xmlns:VirtualSwitch="{UOM}" xmlns="{UOM}" schemaVersion="V1_0">'
        f"<Metadata><Atom><AtomID>{uuid}</AtomID></Atom></Metadata>"
        f'<SwitchID kb="ROR" kxe="false">0</SwitchID><SwitchMode kb="CUD">{mode}</SwitchMode>'
        f'<SwitchName kb="CUD">{name}</SwitchName>{more}'
        f'<VirtualNetworks><link href="{url}/rest/api/uom/ManagedSystem/s/VirtualNetwork/n1" rel="related"/>'
        "</VirtualNetworks></VirtualSwitch:VirtualSwitch>"
    )


def entry(url: str, content: str, path: str, etag: str = "") -> str:
    return (
        f'\n<entry xmlns="{ATOM}"><id>u1</id><link rel="SELF" href="{url}{path}"/>'
        f'<etag:etag xmlns:etag="{UOM}" xmlns="{UOM}">{etag}</etag:etag>'
        f'<content type="application/vnd.ibm.powervm.uom+xml">{content}</content></entry>\n'
    )


def error(status: int, message: str) -> Reply:
    return Reply(
        status,
        f'<entry xmlns="{ATOM}"><content><HttpErrorResponse xmlns="{WEB}"><HTTPStatus>{status}</HTTPStatus>'
        f"<ReasonCode>Why</ReasonCode><Message>{message}</Message></HttpErrorResponse></content></entry>",
    )


def job(kind: str, inner: str) -> Reply:
    return Reply(200, f'<entry xmlns="{ATOM}"><content><{kind} xmlns="{WEB}">{inner}</{kind}></content></entry>')
