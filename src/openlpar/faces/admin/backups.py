"""Backups from outside: made now, listed, and copied onto a Virtual I/O Server."""

from __future__ import annotations

import base64
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openlpar.engine.backups import BackupSchedule
from openlpar.engine.engine import Engine, Requester
from openlpar.messages import Failure, general
from openlpar.messages import backup as say
from openlpar.messages import padmin as padmin_say
from openlpar.messages import simulation as simulation_say
from openlpar.ops.backup import rotation
from openlpar.ops.backup.take import FOLDER_ON_VIOS
from openlpar.ops.capacity import managed_system
from openlpar.ports.records import BackupOutcome
from openlpar.uom.virtual_io_server import VirtualIOServer

LARGEST = 64 * 1024 * 1024
_REQUESTER = Requester(user="admin")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,200}\.(tar\.gz|mksysb)", re.ASCII)


class BackupRoutes:
    """What the routes of backups do."""

    def __init__(self, engine: Engine, schedule: BackupSchedule) -> None:
        self._engine = engine
        self._schedule = schedule

    def findings(self) -> list[dict[str, str]]:
        """What is wrong with the backups: for ``health``."""
        return [
            {
                "id": one.message,
                "message": f"Backup {one.missing} of {one.subject} is missing: {one.cause}",
                "remedy": one.remedy,
            }
            for one in self._engine.state.all(BackupOutcome)
            if one.failed
        ]

    async def show(self, request: Request) -> Response:
        state, backups = self._engine.state, self._engine.edges.backups
        folder = rotation.folder_of(managed_system(state))
        try:
            files = backups.kept(folder)
        except OSError as wrong:
            raise say.UNREADABLE.error(path=f"{backups.place}/{folder}", cause=wrong.strerror or wrong) from wrong
        return JSONResponse(
            {
                "directory": backups.place,
                "folder": folder,
                "files": [{"name": one.name, "size": one.size, "modified": one.modified} for one in files],
                "outcomes": [
                    {name: getattr(one, name) for name in BackupOutcome.__slots__} for one in state.all(BackupOutcome)
                ],
            }
        )

    async def take(self, request: Request, wish: dict[str, Any]) -> Response:
        """label: of the backups, default that of the moment. keep: the service keeps the files; else they are in the answer."""
        label = wish.get("label") or rotation.label_of(self._engine.clock.now())
        keep = wish.get("keep", True)
        if not isinstance(label, str) or not rotation.is_label(label):
            raise say.BAD_LABEL.error(label=label)
        if not isinstance(keep, bool):
            raise simulation_say.BAD_BODY.error(cause=f"keep is {keep!r}", wanted="true or false")
        if keep and not self._engine.edges.backups.place:
            raise say.NO_FOLDER.error()
        made, missing = [], []
        for operation in self._schedule.operations(label, keep=keep, apart=True):
            name = operation.file(self._engine.state)
            try:
                await self._engine.run(operation, _REQUESTER)
            except Failure as failure:
                self._schedule.note_failure(operation, failure)
                missing.append(
                    {"name": name, "id": failure.message.id, "message": failure.text, "remedy": failure.remedy}
                )
                continue
            content = "" if keep else base64.b64encode(operation.content).decode()
            made.append({"name": name, "size": len(operation.content), "content": content})
        await self._engine.settled()
        folder = rotation.folder_of(managed_system(self._engine.state))
        return JSONResponse({"folder": folder, "files": made, "missing": missing})

    async def lost(self, request: Request, wish: dict[str, Any]) -> Response:
        """A file that was in an answer could not be kept. name: of the file; cause: why."""
        name, cause = str(wish.get("name", "")), str(wish.get("cause", ""))[:500]
        outcome = next((one for one in self._engine.state.all(BackupOutcome) if one.file == name), None)
        if outcome is None:
            raise general.NOT_FOUND.error(kind="Backup", name=name)
        failure = say.FAILED.error(file=name, subject=outcome.subject, cause=cause)
        self._schedule.note_lost(outcome.uuid, outcome.subject, name, failure)
        await self._engine.settled()
        return Response(status_code=204)

    async def copy(self, request: Request, wish: dict[str, Any]) -> Response:
        """Puts a file of viosbr, or an image, among the backups on a Virtual I/O Server. content: of the file, in base64."""
        number, name = request.path_params["number"], request.path_params["name"]
        try:
            content = base64.b64decode(wish.get("content", ""), validate=True)
        except (ValueError, TypeError) as wrong:
            raise simulation_say.BAD_BODY.error(
                cause=f"content is not base64 ({wrong})", wanted="the file in base64"
            ) from wrong
        if not _NAME.fullmatch(name) or not number.isdigit():
            raise say.BAD_NAME.error(name=name)
        vios = next(self._engine.state.where(VirtualIOServer, id=int(number)), None)
        if vios is None:
            raise padmin_say.NO_SUCH_VIOS.error(which=f"id {number}")
        place = f"{FOLDER_ON_VIOS}/{name}"
        try:
            self._engine.edges.io_server.write_file(vios, place, content)
        except OSError as wrong:
            raise say.NOT_WRITTEN.error(path=f"{vios.name}:{place}", cause=wrong.strerror or wrong) from wrong
        return JSONResponse({"vios": vios.name, "path": place})
