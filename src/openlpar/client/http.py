"""One HTTP connection to the service, kept open between requests."""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import socket
import ssl
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from openlpar.client.errors import Unreachable

# Contract 2.3: the reference client waits 1200 s for an answer and an hour for an update.
READ_TIMEOUT_S = 1200.0
CHANGE_TIMEOUT_S = 3600.0
CONNECT_TIMEOUT_S = 20.0


class Answer(NamedTuple):
    """What came back. headers: names in lower case."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class Transport:
    """Sends requests to one scheme://host:port, re-using the connection while the service keeps it open."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(
                f"{url!r} is not the address of a REST service.", "Write it as http://HOST:12080 or https://HOST:12443."
            )
        self.secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (12443 if self.secure else 12080)
        self.prefix = parts.path.rstrip("/")
        self._connection: http.client.HTTPConnection | None = None

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | Iterable[bytes] | None = None
    ) -> Answer:
        """One request and its whole answer. Raises Unreachable."""
        connection = self._ready()
        chunked = body is not None and not isinstance(body, bytes)
        try:
            connection.request(method, self.prefix + path, body=body, headers=headers, encode_chunked=chunked)
            assert connection.sock is not None
            connection.sock.settimeout(READ_TIMEOUT_S if method == "GET" else CHANGE_TIMEOUT_S)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as cause:
            self.close()
            raise self._unreachable(f"{method} {path}", cause) from cause
        received = {name.lower(): value for name, value in response.getheaders()}
        if received.get("content-encoding") == "gzip":
            import gzip

            content = gzip.decompress(content)
        return Answer(response.status, response.reason, received, content)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ready(self) -> http.client.HTTPConnection:
        connection = self._connection
        if connection is not None and connection.sock is not None and _hung_up(connection.sock):
            # The service closes idle connections. Seeing it before sending is the only moment at which a change can
            # be sent on a new connection without the doubt whether it was carried out on the old one.
            self.close()
            connection = None
        if connection is None:
            connection = self._connect()
            self._connection = connection
        return connection

    def _connect(self) -> http.client.HTTPConnection:
        try:
            connection: http.client.HTTPConnection
            if self.secure:
                context = _tls_context()
                connection = http.client.HTTPSConnection(
                    self.host, self.port, timeout=CONNECT_TIMEOUT_S, context=context
                )
            else:
                connection = http.client.HTTPConnection(self.host, self.port, timeout=CONNECT_TIMEOUT_S)
            connection.connect()
        except (OSError, ValueError) as cause:
            raise self._unreachable("connect", cause) from cause
        # Requests are small and answered one by one: waiting to fill a packet would only add 40 ms.
        assert connection.sock is not None
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _unreachable(self, what: str, cause: Exception) -> Unreachable:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"The certificate of {self.origin} is not trusted: {cause.verify_message}.",
                "Set OPENLPAR_CA_FILE to the service's certificate, or OPENLPAR_TLS_VERIFY=no to accept any.",
            )
        return Unreachable(
            f"The REST service at {self.origin} does not answer ({what}: {_reason(cause)}).",
            "Is it started? Try 'systemctl status pvm-rest' or 'openlpar serve'; OPENLPAR_URL names another address.",
        )


def _reason(cause: Exception) -> str:
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__


def _hung_up(sock: socket.socket) -> bool:
    """Between two requests nothing may arrive but the other side's goodbye."""
    with contextlib.suppress(OSError, ValueError):
        return bool(select.select([sock], [], [], 0)[0])
    return True


def _tls_context() -> ssl.SSLContext:
    trusted = os.environ.get("OPENLPAR_CA_FILE") or None
    context = ssl.create_default_context(cafile=trusted)
    if os.environ.get("OPENLPAR_TLS_VERIFY", "").lower() in ("no", "0", "false"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
