"""``openlpar trust``: makes two systems known to each other, so that partitions can move between them.

Both services are asked, each by a user of its own; each keeps the other's address, the fingerprint of its certificate, and a
key that only the two have.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, command
from openlpar.client.connection import Connection
from openlpar.client.http import Transport
from openlpar.messages import mobility as say

_PEER = "/rest/api/openlpar/peer"
_LOOPBACK = ("localhost", "::1")


def trust(args: argparse.Namespace) -> int:
    """args: address (of the other service), url (of the one here), own_url, user, password_stdin, fingerprint."""
    import secrets

    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else ""
    other = Transport(args.address)
    _check_secret(other)
    fingerprint = _confirmed(other, args.fingerprint.replace(":", "").lower(), ask=not args.password_stdin)
    with (
        Connection(args.url) as here,
        Connection(args.address, user=args.user, password=password, fingerprint=fingerprint) as there,
    ):
        own = Transport(args.own_url or here.origin)
        _check_secret(own)
        if _is_loopback(own) and not _is_loopback(other):
            raise say.NO_WAY_BACK.error(url=own.origin, other=other.origin)
        us, them = _introduction(here), _introduction(there)
        if us["system"] == them["system"] or us["mtms"] == them["mtms"]:
            serial = us["mtms"].partition("*")[2]
            raise say.SAME_IDENTITY.error(url=other.origin, system=us["system"], serial=serial)
        key = secrets.token_urlsafe(48)
        _introduce(there, us, own.origin + own.prefix, key, own.seen_fingerprint())
        _introduce(here, them, other.origin + other.prefix, key, fingerprint)
    print(f"{us['system']} and {them['system']} know each other: partitions can move between them.")
    return 0


def _is_loopback(address: Transport) -> bool:
    return address.host in _LOOPBACK or address.host.startswith("127.")


def _check_secret(address: Transport) -> None:
    if not (address.secure or _is_loopback(address)):
        raise say.NO_SECRECY.error(url=address.origin)


def _confirmed(other: Transport, wanted: str, *, ask: bool) -> str:
    """The fingerprint of the other service's certificate, that somebody has compared."""
    found = other.seen_fingerprint()
    if wanted and found != wanted:
        raise say.OTHER_FINGERPRINT.error(url=other.origin, fingerprint=found or "none", wanted=wanted)
    if found and not wanted:
        print(f"{other.origin} has a certificate with the SHA-256 fingerprint\n  {found}")
        if not (ask and sys.stdin.isatty() and input("Is that right? [y/N] ").strip().lower() in ("y", "yes")):
            raise say.NOT_CONFIRMED.error(url=other.origin, fingerprint=found)
    return found


def _introduction(service: Connection) -> dict[str, str]:
    values: dict[str, str] = json.loads(service.call("GET", _PEER).body)
    return values


def _introduce(service: Connection, system: dict[str, str], url: str, key: str, fingerprint: str) -> None:
    peer: dict[str, Any] = {
        "name": system["system"],
        "mtms": system["mtms"],
        "url": url,
        "key": key,
        "fingerprint": fingerprint,
    }
    service.call("PUT", _PEER, json.dumps(peer).encode(), {"Content-Type": "application/json"})


def _declare_trust(commands: Commands) -> None:
    made = command(
        commands,
        "trust",
        "make this system and another one known to each other, so that partitions can move between them",
        "trust https://osprey.example.com:12443 --own-url https://gannet.example.com:12443 --user neo",
        trust,
    )
    made.add_argument("address", metavar="URL", help="REST service of the other system")
    made.add_argument("--url", default="", help="the service here (default: OPENLPAR_URL, or the local one)")
    made.add_argument(
        "--own-url", default="", metavar="URL", help="how the other system reaches it (default: the same)"
    )
    made.add_argument(
        "--user", default="", metavar="NAME", help="a user of the other system (default: as for the one here)"
    )
    made.add_argument("--password-stdin", action="store_true", help="read that user's password from standard input")
    made.add_argument(
        "--fingerprint",
        default="",
        metavar="SHA256",
        help="of the other service's certificate, compared instead of asked for",
    )


COMMANDS: tuple[Declaration, ...] = (_declare_trust,)
