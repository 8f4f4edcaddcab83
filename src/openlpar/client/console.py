"""A partition's console over the private resource of this server (feature ``console``)."""

from __future__ import annotations

import json
from typing import Any, Self

from openlpar.client.connection import Connection
from openlpar.client.errors import BadAnswer, ClientError, NotFound
from openlpar.client.http import Transport
from openlpar.client.http11 import Answer

FEATURE = "console"


class ConsoleBusy(ClientError):
    """Somebody else has the console."""


class ConsoleClosed(ClientError):
    """The session was closed from elsewhere."""


class Terminal:
    """An open console session. Reading and writing use connections of their own, so that each may run in its own thread.

    session: its id. position: characters shown so far. id, name: of the partition.
    """

    def __init__(self, connection: Connection, uuid: str) -> None:
        """Opens the console. Raises ConsoleBusy, NotFound (also where the server has no consoles), ClientError."""
        self._connection = connection
        self._path = f"/rest/api/openlpar/console/{uuid}"
        self._reader = Transport(connection.origin)
        answer = self._send(connection.transport, "PUT", self._path)
        if answer.status == 409:
            raise ConsoleBusy(str(_parsed(answer).get("message", "")))
        opened = _parsed(answer)
        self.session = str(opened["session"])
        self.position = int(opened["position"])
        self.id = int(opened["id"])
        self.name = str(opened["name"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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

        headers = {**self._connection.session.headers, "Accept": "application/*"}
        answer = transport.request(method, path, headers, body)
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
