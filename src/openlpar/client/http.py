"""One HTTP connection to the service, kept open between requests."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from openlpar.client.errors import Unreachable
from openlpar.client.http11 import Answer, BadHttp, Exchange

if TYPE_CHECKING:
    import ssl

# Contract 2.3: the reference client waits 1200 s for an answer and an hour for an update.
READ_TIMEOUT_S = 1200.0
CHANGE_TIMEOUT_S = 3600.0
CONNECT_TIMEOUT_S = 20.0

_ADDRESS = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<host>\[[0-9a-f:.]+\]|[^][:/?#@\s]+)(?::(?P<port>\d{1,5}))?(?P<path>/[^?#\s]*)?",
    re.IGNORECASE,
)


class Transport:
    """Sends requests to one scheme://host:port, re-using the connection while the service keeps it open.

    fingerprint: SHA-256 of the one certificate that is accepted, in hex; "" for any that an authority vouches for.
    """

    def __init__(self, url: str, fingerprint: str = "") -> None:
        found = _ADDRESS.fullmatch(url)
        if found is None:
            raise Unreachable(
                f"{url!r} is not the address of a REST service.", "Write it as http://HOST:12080 or https://HOST:12443."
            )
        self.secure = (found["scheme"] or "http").lower() == "https"
        self.host = found["host"].strip("[]")
        self.port = int(found["port"] or (12443 if self.secure else 12080))
        self.prefix = (found["path"] or "").rstrip("/")
        self.fingerprint = fingerprint
        self._exchange: Exchange | None = None

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | Iterable[bytes] | None = None
    ) -> Answer:
        """One request and its whole answer. Raises Unreachable."""
        exchange = self._ready()
        try:
            exchange.send(method, self.prefix + path, headers, body)
            exchange.sock.settimeout(READ_TIMEOUT_S if method == "GET" else CHANGE_TIMEOUT_S)
            answer = exchange.receive(method)
        except (OSError, BadHttp) as cause:
            self.close()
            raise self._unreachable(f"{method} {path.partition('?')[0]}", cause) from cause
        if not exchange.is_reusable:
            self.close()
        return answer

    def close(self) -> None:
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    def _ready(self) -> Exchange:
        if self._exchange is not None and _hung_up(self._exchange.sock):
            # The service closes idle connections. Seeing it before sending is the only moment at which a change can
            # be sent on a new connection without the doubt whether it was carried out on the old one.
            self.close()
        if self._exchange is None:
            self._exchange = Exchange(self._connected(), self.origin.partition("://")[2])
        return self._exchange

    def _connected(self) -> socket.socket:
        # A plain name as bytes: as text it would go through the tables for international names, a millisecond.
        host = self.host.encode() if self.host.isascii() else self.host
        try:
            sock = socket.create_connection((host, self.port), CONNECT_TIMEOUT_S)  # type: ignore[arg-type]  # bytes
        except (OSError, ValueError, OverflowError) as cause:
            raise self._unreachable("connect", cause) from cause
        try:
            # Requests are small and answered one by one: waiting to fill a packet would only add 40 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._secured(sock) if self.secure else sock
        except (OSError, ValueError) as cause:
            sock.close()
            raise self._unreachable("connect", cause) from cause

    def _secured(self, sock: socket.socket) -> socket.socket:
        if not self.fingerprint:
            return _tls_context().wrap_socket(sock, server_hostname=self.host)
        secured = _any_certificate().wrap_socket(sock, server_hostname=self.host)
        if _fingerprint(secured) != self.fingerprint:
            raise OSError("it shows another certificate than before")
        return secured

    def seen_fingerprint(self) -> str:
        """SHA-256 of the certificate that the service shows now, in hex; "" over plain http. Raises Unreachable."""
        if not self.secure:
            return ""
        try:
            with (
                socket.create_connection((self.host, self.port), CONNECT_TIMEOUT_S) as sock,
                _any_certificate().wrap_socket(sock, server_hostname=self.host) as secured,
            ):
                return _fingerprint(secured)
        except (OSError, ValueError, OverflowError) as cause:
            raise self._unreachable("connect", cause) from cause

    def _unreachable(self, what: str, cause: Exception) -> Unreachable:
        untrusted = getattr(cause, "verify_message", None)  # only TLS has it, and is not loaded without need
        if untrusted:
            return Unreachable(
                f"The certificate of {self.origin} is not trusted: {untrusted}.",
                "Set OPENLPAR_CA_FILE to the service's certificate, or OPENLPAR_TLS_VERIFY=no to accept any.",
            )
        if getattr(cause, "reason", "") == "WRONG_VERSION_NUMBER":
            return Unreachable(
                f"The REST service at {self.origin} does not speak TLS.", "Give its address with http:// instead."
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


def _fingerprint(secured: ssl.SSLSocket) -> str:
    import hashlib

    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()


def _any_certificate() -> ssl.SSLContext:
    """For who looks at the certificate himself."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _tls_context() -> ssl.SSLContext:
    import ssl

    trusted = os.environ.get("OPENLPAR_CA_FILE") or None
    try:
        context = ssl.create_default_context(cafile=trusted)
    except OSError as cause:
        text = f"There is no certificate to trust in {trusted}: {_reason(cause)}."
        raise Unreachable(
            text, "OPENLPAR_CA_FILE names it: the server's tls/cert.pem, or that of who signed it."
        ) from cause
    if os.environ.get("OPENLPAR_TLS_VERIFY", "").lower() in ("no", "0", "false"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
