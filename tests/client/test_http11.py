"""HTTP/1.1 as services, and what stands between, speak it well and badly."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.client.connection import connect
from openlpar.client.errors import Unreachable
from openlpar.client.http import Transport
from openlpar.client.http11 import Answer, BadHttp, Exchange
from tests.client.fake_service import Reply, Service


@contextmanager
def exchange(answer: bytes) -> Iterator[tuple[Exchange, socket.socket]]:
    """A connection whose other side has said all it will ever say."""
    ours, theirs = socket.socketpair()
    with closing(theirs), closing(Exchange(ours, "host:1")) as made:
        ours.settimeout(10)
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        yield made, theirs


def received(answer: bytes, method: str = "GET") -> tuple[Answer, bool]:
    """What is made of an answer, and whether the connection may be used again."""
    with exchange(answer) as (made, _):
        return made.receive(method), made.is_reusable


def sent(method: str, target: str, body: bytes | Iterator[bytes] | None, **headers: str) -> bytes:
    with exchange(b"") as (made, theirs):
        made.send(method, target, headers, body)
        made.close()
        return b"".join(iter(lambda: theirs.recv(65536), b""))


@pytest.mark.parametrize(
    ("answer", "status", "body", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", 200, b"ab", True),
        (b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\nab", 200, b"ab", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, Close\r\n\r\nab", 200, b"ab", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, b"ab", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nab", 200, b"ab", True),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", 200, b"to the end", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b"", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\na", 201, b"a", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nab\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n", 200,
         b"ab0123456789", True),
    ],
)  # fmt: skip
def test_a_body_ends_where_it_is_said_to(answer: bytes, status: int, body: bytes, again: bool) -> None:
    got, reusable = received(answer)
    assert (got.status, got.body, reusable) == (status, body, again)


def test_the_answer_to_head_has_no_body() -> None:
    assert received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD")[0].body == b""


def test_repeated_headers_are_one_list() -> None:
    got, _ = received(b"HTTP/1.1 204 Gone fishing\r\nX-A: 1\r\nx-a:  2 \r\n\r\n")
    assert (got.reason, got.headers) == ("Gone fishing", {"x-a": "1, 2"})


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.booleans())
def test_chunks_are_put_together(pieces: list[bytes], packed: bool) -> None:
    whole = b"".join(pieces)
    if packed:
        pieces = [gzip.compress(whole)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    coding = b"Content-Encoding: gzip\r\n" if packed else b""
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + coding + b"\r\n" + chunks + b"0\r\n\r\n"
    assert received(answer)[0].body == whole


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no HTTP status line"),
        (b"HTTP/1.1 99 No\r\n\r\n", "no HTTP status line"),
        (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "no header"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no length of a body"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "no length of a body"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "was not asked for"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "no length of a chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "no length of a chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "longer than announced"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "not gzip"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"\r\n", "more than 256 headers"),
        (b"HTTP/1.1 200 OK\r\na: " + b"b" * 70000 + b"\r\n\r\n", "a line of more than"),
    ],
)
def test_what_is_not_http_is_refused(answer: bytes, text: str) -> None:
    with pytest.raises(BadHttp, match=text):
        received(answer)


WHOLE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_answer_that_is_cut_off_is_no_answer(length: int) -> None:
    with pytest.raises((ConnectionError, BadHttp)):
        received(WHOLE[:length])


def test_a_request_as_it_goes_out() -> None:
    assert sent("PUT", "/a?b=(c=='d')", b"body", Accept="*/*") == (
        b"PUT /a?b=(c=='d') HTTP/1.1\r\nHost: host:1\r\nAccept-Encoding: identity\r\nAccept: */*\r\n"
        b"Content-Length: 4\r\n\r\nbody"
    )


def test_a_change_without_body_says_so() -> None:
    assert b"\r\nContent-Length: 0\r\n" in sent("POST", "/", None)
    assert b"Content-Length" not in sent("GET", "/", None)


def test_an_empty_piece_does_not_end_the_body() -> None:
    out = sent("PUT", "/", iter([b"ab", b"", b"c"]))
    assert out.endswith(b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")


def test_what_a_user_typed_cannot_break_the_request() -> None:
    out = sent("GET", "/uuid=a b\r\nX-Evil: é%20?x=1", None)
    assert out.startswith(b"GET /uuid=a%20b%0D%0AX-Evil:%20%C3%A9%20?x=1 HTTP/1.1\r\nHost: ")
    with pytest.raises(BadHttp, match="line break"):
        sent("GET", "/", None, token="a\r\nX-Evil: 1")


@pytest.mark.parametrize(
    ("url", "origin", "prefix"),
    [
        ("http://localhost", "http://localhost:12080", ""),
        ("HTTPS://Power.example:1/", "https://Power.example:1", ""),
        ("power.example", "http://power.example:12080", ""),
        ("https://[::1]:12443/behind/proxy/", "https://[::1]:12443", "/behind/proxy"),
    ],
)
def test_addresses(url: str, origin: str, prefix: str) -> None:
    transport = Transport(url)
    assert (transport.origin, transport.prefix) == (origin, prefix)


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://", "http://a b", "http://x:port", "http://user@x", "http://x?y"]
)
def test_what_is_no_address_is_explained(url: str) -> None:
    with pytest.raises(Unreachable, match="is not the address"):
        Transport(url)


def test_a_connection_that_the_service_closes_is_opened_again(service: Service) -> None:
    service.answer = lambda _: Reply(204, headers={"Connection": "close"})
    with connect(service.url) as connection:
        for _ in range(3):
            connection.call("GET", "/rest/api/uom/VirtualSwitch")
    assert (len(service.requests), len(service.logons)) == (3, 1)
    assert service.connections == 4
