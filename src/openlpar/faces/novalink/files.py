"""Image uploads: announce, send, (the image becomes media or disk content), delete (rest-contract 2.12)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from openlpar.engine.engine import Engine, Requester
from openlpar.faces.novalink import answers
from openlpar.messages import file as say_file
from openlpar.messages import general
from openlpar.messages import rest as say
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ops.storage.names import MEDIA, check_name
from openlpar.ops.storage.usage import serving
from openlpar.ports.records import Upload
from openlpar.uom.core import BadValue
from openlpar.uom.file import File, FileType
from openlpar.wire import atom
from openlpar.wire.reader import BadDocument, decode, parse
from openlpar.wire.writer import BASE, render

LIMIT = 100
"""How many File objects there may be; real systems cap at 100."""
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,79}")


class FileResources:
    """``web/File``. Contents are kept in the data directory until the descriptor is deleted; their names are our own."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self._engine = engine
        self._dir = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def create(self, request: Request, body: bytes) -> Response:
        try:
            wish = decode(parse(body), File)
        except (BadDocument, BadValue) as exc:
            raise say.BAD_BODY.error(cause=str(exc)) from exc
        _check(wish)
        if self._engine.state.count(Upload) >= LIMIT:
            raise say_file.TOO_MANY.error(limit=LIMIT)
        upload = Upload(
            uuid=self._engine.entropy.uuid(),
            name=wish.file_name,
            media_type=wish.internet_media_type or "application/octet-stream",
            enum_type=wish.enum_type,
            vios=wish.vios_uuid,
            device=wish.tdev_udid,
            sha256=wish.sha256.lower(),
            size=wish.expected_file_size,
        )
        self._engine.put_record(upload)
        await self._engine.settled()
        return self._answer(request, upload)

    def get(self, request: Request, uuid: str) -> Response:
        if uuid:
            return self._answer(request, self._upload(uuid))
        now = atom.stamp(self._engine.clock.now())
        entries = [
            atom.entry(
                render(self._element(upload)).body,
                uuid=upload.uuid,
                title="File",
                service="web",
                self_link=f"{BASE}/rest/api/web/File/{upload.uuid}",
                now=now,
                etag=None,
                root=False,
            )
            for upload in self._engine.state.all(Upload)
        ]
        if not entries:
            return answers.empty_answer(request)
        link = f"{BASE}/rest/api/web/File"
        return answers.atom_answer(request, atom.feed(entries, uuid=_FEED, self_link=link, now=now))

    async def receive(
        self, request: Request, uuid: str, chunks: AsyncIterator[bytes], requester: Requester
    ) -> Response:
        """Stores the content and, when it is complete and sound, gives it to the Virtual I/O Server."""
        upload = self._upload(uuid)
        serving(
            self._engine.state, upload.vios
        )  # it may be gone since the file was announced: now, not when all was sent
        path = self._path(uuid)
        try:
            received, digest = await _store(path, chunks, upload.size)
            _check_content(upload, received, digest)
            await self._import(upload, path, received, requester)
        except BaseException as error:
            with contextlib.suppress(OSError):
                path.unlink()
            if isinstance(error, OSError):
                raise general.STORE_FAILED.error(place=self._dir, cause=error.strerror or error) from error
            raise
        self._engine.put_record(replace(upload, received=received, complete=True))
        await self._engine.settled()
        return answers.empty_answer(request, 200)

    async def _import(self, upload: Upload, path: Path, size: int, requester: Requester) -> None:
        kind = ImportMedia if upload.enum_type == FileType.MEDIA_ISO else ImportDiskImage
        await self._engine.run(kind(upload.vios, upload.name, size, str(path), upload.device), requester)

    def contents(self, uuid: str) -> Response:
        upload = self._upload(uuid)
        if not (upload.complete and self._path(uuid).exists()):  # the Virtual I/O Server may have taken it
            raise general.NOT_FOUND.error(kind="Content of File", name=uuid)
        return FileResponse(self._path(uuid), media_type=upload.media_type)

    async def delete(self, request: Request, uuid: str) -> Response:
        """Removes the descriptor and our copy; what became of the image on the VIOS stays."""
        self._engine.remove_record(self._upload(uuid))
        await self._engine.settled()
        with contextlib.suppress(OSError):
            self._path(uuid).unlink()
        return answers.empty_answer(request)

    def _upload(self, uuid: str) -> Upload:
        found = self._engine.state.find(Upload, uuid)
        if found is None:
            raise general.NOT_FOUND.error(kind="File", name=uuid)
        return found

    def _path(self, uuid: str) -> Path:
        return self._dir / f"{uuid}.upload"

    def _element(self, upload: Upload) -> File:
        return File(
            uuid=upload.uuid,
            file_name=upload.name,
            internet_media_type=upload.media_type,
            file_uuid=upload.uuid,
            sha256=upload.sha256 or None,
            expected_file_size=upload.size,
            current_file_size=upload.received,
            enum_type=upload.enum_type,
            vios_uuid=upload.vios or None,
            tdev_udid=upload.device or None,
        )

    def _answer(self, request: Request, upload: Upload) -> Response:
        return answers.web_entry(
            request,
            self._element(upload),
            uuid=upload.uuid,
            self_link=f"{BASE}/rest/api/web/File/{upload.uuid}",
            now=self._engine.clock.now(),
        )


_FEED = "3d1a0c4e-6d5a-3f5e-8a43-52b5d9bb9c11"


def _check(wish: File) -> None:
    if not _NAME.fullmatch(wish.file_name) or wish.file_name in (".", ".."):
        raise say_file.BAD_NAME.error(name=wish.file_name)
    if wish.enum_type not in (FileType.MEDIA_ISO, FileType.DISK_IMAGE):
        raise general.BAD_VALUE.error(
            field="FileEnumType",
            object=f"file {wish.file_name}",
            value=repr(wish.enum_type),
            cause="there is no such value",
            wanted=f"{FileType.MEDIA_ISO.value} or {FileType.DISK_IMAGE.value}",
        )
    if wish.enum_type == FileType.MEDIA_ISO:  # now, and not when it has been sent
        check_name("medium", wish.file_name, MEDIA)


def _check_content(upload: Upload, received: int, digest: str) -> None:
    if upload.size and received != upload.size:
        raise say_file.WRONG_SIZE.error(name=upload.name, received=received, expected=upload.size)
    if upload.sha256 and digest != upload.sha256:
        raise say_file.WRONG_DIGEST.error(name=upload.name)


async def _store(path: Path, chunks: AsyncIterator[bytes], expected: int) -> tuple[int, str]:
    """Writes what comes, stopping as soon as it is more than was announced. Returns size and SHA-256."""
    digest = hashlib.sha256()
    received = 0
    # Never into the file of an earlier upload: a Virtual I/O Server may have taken it for one of its own.
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        async for chunk in chunks:
            received += len(chunk)
            if expected and received > expected:
                break
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return received, digest.hexdigest()
