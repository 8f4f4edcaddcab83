"""Who may administer the simulation, and that a web page cannot."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from openlpar.faces.admin.admission import TOKEN_FILE, Admission, token_of
from openlpar.messages import Failure

LOCAL = {"host": "127.0.0.1:12080"}


def request(
    headers: dict[str, str], method: str = "GET", client: str | None = "127.0.0.1", server: str = "127.0.0.1"
) -> Request:
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": "/health",
        "query_string": b"",
        "scheme": "http",
        "server": (server, 12080),
        "client": (client, 4711) if client else None,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    return Request(scope)


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    token = token_of(tmp_path)
    assert len(token) > 40
    assert token_of(tmp_path) == token
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600


def test_a_start_that_died_half_way_leaves_no_empty_token(tmp_path: Path) -> None:
    (tmp_path / TOKEN_FILE).touch(0o600)
    assert token_of(tmp_path)


@pytest.mark.parametrize(
    ("loopback", "sent", "refusal"),
    [
        (True, request(LOCAL), ""),
        (True, request({"host": "localhost:1"}), ""),
        (True, request({"host": "[::1]:1"}, client="::1", server="::1"), ""),
        (True, request(LOCAL, client="192.0.2.1"), "does not come from this machine"),
        (True, request(LOCAL, server="192.0.2.1"), "does not come from this machine"),
        (True, request(LOCAL, client=None), "does not come from this machine"),
        (True, request({"host": "rebound.example:12080"}), "Host is not a loopback address"),
        (True, request({**LOCAL, "origin": "http://127.0.0.1:12080"}), "it has an Origin"),
        (True, request(LOCAL, "POST"), "Content-Type is not application/json"),
        (True, request({**LOCAL, "content-type": "text/plain"}, "POST"), "Content-Type is not application/json"),
        (True, request({**LOCAL, "content-type": "application/json; charset=utf-8"}, "PUT"), ""),
        (True, request({**LOCAL, "x-openlpar-admin-token": "guess"}), "token is not the right one"),
        (False, request(LOCAL), "can be reached from other machines"),
        (
            False,
            request({**LOCAL, "x-openlpar-admin-token": "guess"}, client="192.0.2.1"),
            "token is not the right one",
        ),
    ],
)
def test_admission(tmp_path: Path, loopback: bool, sent: Request, refusal: str) -> None:
    admission = Admission(tmp_path, loopback=loopback)
    if not refusal:
        admission.check(sent)
        return
    with pytest.raises(Failure) as refused:
        admission.check(sent)
    assert refusal in str(refused.value)


def test_the_token_opens_from_anywhere_but_not_for_web_pages(tmp_path: Path) -> None:
    admission = Admission(tmp_path, loopback=False)
    token = {"x-openlpar-admin-token": token_of(tmp_path)}
    admission.check(request({"host": "server.example", **token}, client="192.0.2.1", server="192.0.2.2"))
    with pytest.raises(Failure, match="web pages"):
        admission.check(request({**token, "origin": "https://elsewhere.example"}))
