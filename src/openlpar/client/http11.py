"""HTTP/1.1 on one connection: a request, and its whole answer (RFC 9112).

As much of it as a client of one service needs. ``http.client`` would do, but it brings the e-mail package along: 20 ms of
every command, as much as all the rest of a short one.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from typing import NamedTuple

_LONGEST_LINE = 64 * 1024
_MOST_HEADERS = 256

_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: (.*))?")
_CHUNK_SIZE = re.compile(r"([0-9A-Fa-f]{1,15})\s*(?:;.*)?")
_LINE_BREAK = re.compile("[\r\n]")
_PLAIN_TARGET = re.compile("[!-~]+")
_RESERVED = "/?#[]@!$&'()*+,;=:%~"


class BadHttp(ValueError):
    """What came, or what was to be sent, is not HTTP; the text says in which way."""


class Answer(NamedTuple):
    """What came back. headers: names in lower case; of a repeated one all values, with commas between them."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class Exchange:
    """Requests and answers in turn on a connected socket."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        """host: what the Host header says."""
        self.sock = sock
        self.is_reusable = True
        self._host = host
        self._stream = sock.makefile("rb")

    def close(self) -> None:
        self._stream.close()
        self.sock.close()

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | Iterable[bytes] | None) -> None:
        """A body that is no bytes goes in chunks. Raises OSError, BadHttp."""
        given = {"Host": self._host, "Accept-Encoding": "identity", **headers}
        if body is not None and not isinstance(body, bytes):
            given["Transfer-Encoding"] = "chunked"
        elif body is not None or method in ("PUT", "POST"):
            given["Content-Length"] = str(len(body or b""))
        lines = [f"{method} {_escaped(target)} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        if any(_LINE_BREAK.search(line) for line in lines):
            raise BadHttp("a header holds a line break")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        if body is None or isinstance(body, bytes):
            self.sock.sendall(head + (body or b""))
            return
        self.sock.sendall(head)
        for piece in body:
            if piece:  # an empty chunk would end the body
                self.sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.sock.sendall(b"0\r\n\r\n")

    def receive(self, method: str) -> Answer:
        """The answer to a request with this method. Raises OSError, BadHttp."""
        minor, status, reason = self._status()
        headers = self._headers()
        while status < 200:  # the service is still working on it
            minor, status, reason = self._status()
            headers = self._headers()
        tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
        self.is_reusable = "close" not in tokens and (minor > 0 or "keep-alive" in tokens)
        empty = method == "HEAD" or status in (204, 304)
        body = b"" if empty else self._body(headers)
        return Answer(status, reason, headers, body)

    def _status(self) -> tuple[int, int, str]:
        line = self._line()
        found = _STATUS_LINE.fullmatch(line)
        if found is None:
            raise BadHttp(f"{line[:80]!r} is no HTTP status line")
        return int(found[1]), int(found[2]), found[3] or ""

    def _headers(self) -> dict[str, str]:
        """Header fields, or the trailer of a body in chunks."""
        found: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return found
            name, colon, value = line.partition(":")
            if not colon:
                raise BadHttp(f"{line[:80]!r} is no header")
            name, value = name.lower(), value.strip()
            found[name] = f"{found[name]}, {value}" if name in found else value
        raise BadHttp(f"more than {_MOST_HEADERS} headers")

    def _body(self, headers: dict[str, str]) -> bytes:
        length, coding = headers.get("content-length", ""), headers.get("transfer-encoding", "")
        if coding.lower() == "chunked":
            body = b"".join(iter(self._chunk, b""))
            self._headers()
        elif coding:
            raise BadHttp(f"the transfer coding {coding[:80]!r} was not asked for")
        elif length.isdecimal():
            body = self._exactly(int(length))
        elif length:
            raise BadHttp(f"{length[:80]!r} is no length of a body")
        else:
            self.is_reusable = False  # only the end of the connection ends such a body
            body = self._stream.read()
        if headers.get("content-encoding", "").lower() == "gzip":
            import zlib

            try:
                body = zlib.decompress(body, 16 + zlib.MAX_WBITS)
            except zlib.error as cause:
                raise BadHttp(f"the body is not gzip: {cause}") from cause
        return body

    def _chunk(self) -> bytes:
        line = self._line()
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise BadHttp(f"{line[:80]!r} is no length of a chunk")
        piece = self._exactly(int(size[1], 16))
        if piece and self._line():
            raise BadHttp("a chunk is longer than announced")
        return piece

    def _exactly(self, size: int) -> bytes:
        content = self._stream.read(size)
        if len(content) < size:
            raise ConnectionError("the connection ended within an answer")
        return content

    def _line(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST_LINE:
                raise BadHttp(f"a line of more than {_LONGEST_LINE} bytes")
            raise ConnectionError("the connection ended within an answer" if line else "the connection was closed")
        return line.rstrip(b"\r\n").decode("latin-1")


def _escaped(target: str) -> str:
    """What a user typed may hold blanks and letters that a request line cannot."""
    if _PLAIN_TARGET.fullmatch(target):
        return target
    from urllib.parse import quote

    return quote(target, safe=_RESERVED)
