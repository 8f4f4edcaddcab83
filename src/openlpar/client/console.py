"""A partition's console over the private resource of this server (feature ``console``)."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Self

from openlpar.client.connection import Connection
from openlpar.client.errors import BadAnswer, ClientError, NotFound
from openlpar.client.http import Transport
from openlpar.client.http11 import Answer

FEATURE = "console"


class ConsoleBusy(ClientError):
    """Somebody else has the console. vnc: port of this machine at which a VNC server shows it, 0 for none."""

    def __init__(self, text: str, vnc: int = 0) -> None:
        super().__init__(text)
        self.vnc = vnc


class ConsoleClosed(ClientError):
    """The session was closed from elsewhere."""


class Terminal:
    """An open console session. Reading and writing use connections of their own, so that each may run in its own thread.

    session: its id. position: characters shown so far. id, name: of the partition.
    """

    def __init__(self, connection: Connection, uuid: str, vnc: int = 0) -> None:
        """Opens the console. vnc: port at which the caller shows it over VNC. Raises ConsoleBusy, NotFound (also where the
        server has no consoles), ClientError."""
        self._connection = connection
        self._path = f"/rest/api/openlpar/console/{uuid}"
        self._reader = Transport(connection.origin)
        answer = self._send(connection.transport, "PUT", f"{self._path}?vnc={vnc}")
        if answer.status == 409:
            refused = _parsed(answer)
            raise ConsoleBusy(str(refused.get("message", "")), int(refused.get("vnc", 0)))
        opened = _parsed(answer)
        self.session = str(opened["session"])
        self.position = int(opened["position"])
        self.id = int(opened["id"])
        self.name = str(opened["name"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Closes it. After an error that is tried only: the error itself says more."""
        with contextlib.suppress(*((ClientError,) if kind is not None else ())):
            self.close()

    def read(self, wait_s: float = 20.0) -> str:
        """What has been shown since the last call; waits for something. Raises ConsoleClosed."""
        query = f"?session={self.session}&position={self.position}&wait={wait_s:g}"
        try:
            answer = _parsed(self._send(self._reader, "GET", self._path + query))
        except NotFound as gone:
            raise ConsoleClosed(gone.text) from gone
        self.position = int(answer["position"])
        return str(answer["text"])

    def write(self, text: str) -> None:
        """Raises ConsoleClosed."""
        try:
            self._send(self._connection.transport, "POST", f"{self._path}?session={self.session}", text.encode())
        except NotFound as gone:
            raise ConsoleClosed(gone.text) from gone

    def close(self) -> None:
        try:
            self._send(self._connection.transport, "DELETE", f"{self._path}?session={self.session}")
        finally:
            self._reader.close()

    def _send(self, transport: Transport, method: str, path: str, body: bytes | None = None) -> Answer:
        from openlpar.client.atom import error_of

        for _ in range(2):
            session = self._connection.session
            answer = transport.request(method, path, {**session.headers, "Accept": "application/*"}, body)
            if answer.status != 401:
                break
            self._connection.forget(session)
        if not 200 <= answer.status < 300 and answer.status != 409:
            raise error_of(answer, method, path.partition("?")[0])
        return answer


def _parsed(answer: Answer) -> dict[str, Any]:
    try:
        parsed = json.loads(answer.body)
    except ValueError as cause:
        raise BadAnswer(f"The console's answer is not JSON: {cause}.") from cause
    if not isinstance(parsed, dict):
        raise BadAnswer("The console's answer is not a JSON object.")
    return parsed
