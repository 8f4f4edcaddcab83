"""A bare HTTP client for tests of what no proper client would send."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.conftest import PASSWORD, USER, Server

UOM = "http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"
WEB = "http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def message(self) -> str:
        """The Message of an error document, whose HTTPStatus must be the status."""
        assert f">{self.status}</HTTPStatus>" in self.text, self.text
        found = re.search(r"<Message[^>]*>(.*?)</Message>", self.text, re.DOTALL)
        assert found, self.text
        return found[1]

    def value(self, tag: str) -> str:
        found = re.search(rf"<{tag}[ >][^<]*?>?([^<>]*)</{tag}>", self.text)
        assert found, f"no {tag} in {self.text[:2000]}"
        return found[1]


@dataclass
class Rest:
    """One logged-on client of a server."""

    server: Server
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        address = urlsplit(self.server.http)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        given = {"X-API-Session": self.token} if self.token else {}
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, path, data, given | self.headers | (headers or {}))
        response = connection.getresponse()
        answer = Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
        connection.close()
        return answer

    def logon(self, user: str = USER, password: str = PASSWORD) -> Answer:
        body = (
            f'<LogonRequest xmlns="{WEB}" schemaVersion="V1_0"><UserID>{user}</UserID>'
            f"<Password>{password}</Password></LogonRequest>"
        )
        return self.request("PUT", "/rest/api/web/Logon", body)

    def system(self) -> str:
        return self.first_id("/rest/api/uom/ManagedSystem?group=None")

    def first_id(self, path: str) -> str:
        found = re.search(r"<entry>\s*<id>([^<]*)</id>", self.request("GET", path).text)
        assert found
        return found[1]


def logged_on(server: Server) -> Rest:
    rest = Rest(server)
    answer = rest.logon()
    assert answer.status == 200, answer.text
    found = re.search(r"<X-API-Session[^>]*>([^<]*)</X-API-Session>", answer.text)
    assert found
    rest.token = found[1]
    return rest


def partition_body(name: str, memory_mb: object = 1024, extra: str = "") -> str:
    return (
        f'<uom:LogicalPartition xmlns:uom="{UOM}" schemaVersion="V1_0"><uom:PartitionMemoryConfiguration>'
        f"<uom:DesiredMemory>{memory_mb}</uom:DesiredMemory></uom:PartitionMemoryConfiguration>"
        f"<uom:PartitionName>{name}</uom:PartitionName><uom:PartitionType>AIX/Linux</uom:PartitionType>{extra}"
        "</uom:LogicalPartition>"
    )
