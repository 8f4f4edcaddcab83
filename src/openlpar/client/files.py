"""Uploading a file to a VIOS (contract 2.12): describe it, send its bytes, remove the description."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from openlpar.client.connection import Connection
from openlpar.client.errors import ClientError
from openlpar.uom.file import File

_PIECE_BYTES = 64 * 1024


def upload(connection: Connection, description: File, stream: BinaryIO) -> None:
    """Sends ``stream`` as the content that ``description`` announces.

    The File object is only a descriptor: it is deleted whatever happens, because a real system keeps at most 100.
    """
    made = connection.create("File", description)
    try:
        file_uuid = made.element.file_uuid or made.uuid
        connection.call(
            "PUT",
            f"/rest/api/web/File/contents/{file_uuid}",
            _pieces(stream),
            {"Content-Type": "application/octet-stream", "Accept": "application/vnd.ibm.powervm.web+xml"},
        )
    finally:
        with contextlib.suppress(ClientError):
            connection.call("DELETE", f"/rest/api/web/File/{made.uuid}")


def size_of(stream: BinaryIO) -> int:
    """Bytes of an open file."""
    return os.fstat(stream.fileno()).st_size


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE_BYTES):
        yield piece
