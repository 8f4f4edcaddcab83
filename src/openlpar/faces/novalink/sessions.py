"""Logging on and off, and who is behind a token (rest-contract 2.6).

Tokens are 256 random bits; the state keeps only their SHA-256. Passwords are kept as argon2 hashes.
"""

from __future__ import annotations

import asyncio
import contextlib
import grp
import hashlib
import logging
import os
import secrets
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import argon2

from openlpar.engine.engine import Engine
from openlpar.messages import Failure
from openlpar.messages import rest as say
from openlpar.ports.records import Session
from openlpar.ports.state import Store

log = logging.getLogger(__name__)

IDLE_MS = 2 * 60 * 60 * 1000
_TOUCH_MS = 60 * 1000
GROUP = "pvm_admin"


class Sessions:
    """The sessions in the state. A request's use of one is written at most once a minute.

    One that cannot be written, as the disk is full, is held in memory: who looks after the disk must be able to look. It ends with
    the service.
    """

    def __init__(self, engine: Engine, store: Store, token_dir: Path) -> None:
        """token_dir: where files for local logon are written; made with mode 0750."""
        self._engine = engine
        self._store = store
        self._dir = token_dir
        self._hasher = argon2.PasswordHasher()
        self._gid = _group_id()
        self._held: dict[str, Session] = {}
        token_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
        if self._gid is not None:
            with contextlib.suppress(PermissionError):
                os.chown(token_dir, -1, self._gid)
                token_dir.chmod(0o750)

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash(secrets.token_hex())

    def set_password(self, user: str, password: str) -> None:
        keep_password(self._store, user, password)

    async def by_password(self, user: str, password: str) -> str:
        """The new session's token. Raises Failure."""
        known = self._store.setting(f"password.{user}")
        try:
            # The hash takes tens of milliseconds, for an unknown user too: its time must not tell who exists.
            await asyncio.to_thread(self._hasher.verify, known or self._nobodys_hash, password)
        except argon2.exceptions.VerificationError:
            known = None
        if known is None:
            log.warning("logon of %r refused", user)
            raise say.BAD_LOGON.error(user=user, cause="user or password is wrong")
        return await self._begin(user, "")

    async def by_file(self, user: str) -> str:
        """The path of a file with the new session's token, readable only by the management group. Raises Failure when it
        cannot be written; then there is neither file nor session."""
        path = self._dir / f"{hashlib.sha256(user.encode()).hexdigest()[:16]}-{secrets.token_hex(8)}.session"
        token = secrets.token_urlsafe(177)
        try:
            self._write(path, token)
            await self._begin(user, str(path), token)
        except OSError as exc:
            path.unlink(missing_ok=True)
            raise say.NO_NEW_SESSION.error(place=self._dir.parent, cause=exc.strerror or exc) from exc
        return str(path)

    def _write(self, path: Path, token: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if self._gid is not None:
                with contextlib.suppress(PermissionError):
                    os.fchown(file.fileno(), -1, self._gid)
                    os.fchmod(file.fileno(), 0o640)
            file.write(token)

    async def _begin(self, user: str, file: str, token: str = "") -> str:
        token = token or secrets.token_urlsafe(177)
        self.expire()  # clients that leak sessions pay for the tidying up
        now = self._engine.clock.now()
        session = Session(uuid=_key(token), user=user, created=now, used=now, file=file)
        self._engine.put_record(session)
        try:
            await self._engine.settled()
        except Failure as failure:
            log.warning("the session of %r is held in memory, as it cannot be written: %s", user, failure)
            self._held[session.uuid] = session
        return token

    def user_of(self, token: str) -> str:
        """Raises Failure for a token that is missing, unknown or idle for too long."""
        session = self._found(token) if token else None
        now = self._engine.clock.now()
        if session is None or now - session.used > IDLE_MS:
            if session is not None:
                self._end(session)
            raise say.NO_SESSION.error()
        if now - session.used > _TOUCH_MS:
            self._touch(replace(session, used=now))
        return session.user

    def _found(self, token: str) -> Session | None:
        return self._held.get(_key(token)) or self._engine.state.find(Session, _key(token))

    def _touch(self, session: Session) -> None:
        if session.uuid in self._held:
            self._held[session.uuid] = session
        else:
            self._engine.put_record(session)

    async def log_off(self, token: str) -> None:
        session = self._found(token)
        if session is not None:
            self._end(session)
            await self._engine.settled()

    def expire(self) -> None:
        """Ends idle sessions: with every logon, and now and then."""
        now = self._engine.clock.now()
        for session in (*self._held.values(), *self._engine.state.all(Session)):
            if now - session.used > IDLE_MS:
                self._end(session)

    def _end(self, session: Session) -> None:
        if self._held.pop(session.uuid, None) is None:
            self._engine.remove_record(session)
        if session.file:
            with contextlib.suppress(OSError):
                Path(session.file).unlink()


def keep_password(store: Store, user: str, password: str) -> None:
    """Sets a user's password; only its argon2 hash is kept."""
    store.set_setting(f"password.{user}", argon2.PasswordHasher().hash(password))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _group_id() -> int | None:
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return None
