"""Who may administer the simulation.

Whoever sends the token of the file ``admin.token`` in the data directory (mode 0600), in the header
``X-OpenLPAR-Admin-Token`` or as bearer token. Without it only requests of this very machine, and only while the service
listens on loopback addresses alone. A web page in a browser on this machine must not be able to do anything: requests with an
``Origin`` are refused, changes have to be JSON, and the host asked for has to be a loopback name (DNS rebinding).
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from pathlib import Path

from starlette.requests import Request

from openlpar.messages import simulation as say

HEADER = "x-openlpar-admin-token"
TOKEN_FILE = "admin.token"


def token_of(data_dir: Path) -> str:
    """The token, made at the first start."""
    path = data_dir / TOKEN_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        token = path.read_text(encoding="ascii").strip()
        if token:
            return token
        path.unlink()  # a start that died between making and filling it
        return token_of(data_dir)
    token = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


class Admission:
    """Decides about requests. loopback: the service listens on loopback addresses only."""

    def __init__(self, data_dir: Path, *, loopback: bool) -> None:
        self._file = data_dir / TOKEN_FILE
        self._token = token_of(data_dir)
        self._loopback = loopback

    def check(self, request: Request) -> None:
        """Raises Failure NOT_ADMITTED or BROWSER."""
        if "origin" in request.headers:
            raise say.BROWSER.error(cause="it has an Origin")
        if request.method in ("POST", "PUT", "PATCH"):
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                raise say.BROWSER.error(cause="its Content-Type is not application/json")
        sent = request.headers.get(HEADER) or _bearer(request)
        if sent is not None:
            if hmac.compare_digest(sent.encode(), self._token.encode()):
                return
            raise say.NOT_ADMITTED.error(cause="its token is not the right one", token_file=self._file)
        if not self._loopback:
            raise say.NOT_ADMITTED.error(cause="the service can be reached from other machines", token_file=self._file)
        ends = (request.scope.get("client"), request.scope.get("server"))
        if not all(end is not None and is_loopback(end[0]) for end in ends):
            raise say.NOT_ADMITTED.error(cause="it does not come from this machine", token_file=self._file)
        if not is_loopback(request.url.hostname or ""):
            raise say.NOT_ADMITTED.error(cause="its Host is not a loopback address", token_file=self._file)


def _bearer(request: Request) -> str | None:
    """The token as monitoring systems send one (RFC 6750)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
