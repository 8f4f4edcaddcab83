"""Systems that know each other by the keys that their management consoles list."""

from __future__ import annotations

import asyncio
import datetime
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from openlpar.certificate import ssh_public_key, tls_context
from openlpar.cli.openlpar.entry import main as openlpar
from openlpar.cli.pvmctl.entry import main as pvmctl
from openlpar.messages import Failure
from openlpar.messages import mobility as say_of_moving
from openlpar.messages import trust as say
from openlpar.ops.mobility.wishes import Wishes
from openlpar.peers.introduction import Challenges, Introduction, judged
from openlpar.peers.keys import OwnKey, is_signed, key_of_certificate
from openlpar.peers.link import PeerLink
from openlpar.ports.peer import Door, Peer
from openlpar.uom.management_console import AuthorizedKeys, ManagementConsole, bare_key, key_name
from tests.conftest import Server, start_server
from tests.mobility.pair import Pair, Side, until
from tests.mobility.systems import gannet, osprey, written

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
MTMS = "8247-21L*212F4DB"


def own_key(folder: Path, private: Any = None) -> OwnKey:
    """A system's key: of the kind that it makes itself, or one that an administrator has put there."""
    if private is None:
        tls_context(folder, NOW)
        return OwnKey.of(folder)
    folder.mkdir()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "openlpar")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    made = made.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + datetime.timedelta(days=1))
    certificate = made.sign(private, None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key = private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key)
    return OwnKey.of(folder)


# what is signed, and how it is judged


class Meeting:
    """gannet shows its key to osprey."""

    def __init__(self, folder: Path, private: Any = None) -> None:
        self.gannet = own_key(folder / "gannet", private)
        self.osprey = own_key(folder / "osprey")
        self.challenges = Challenges()
        self.door = Door("osprey", MTMS, frozenset({self.gannet.public_key}))
        key, url = "k" * 48, "https://192.0.2.7:12443"
        self.peer = Peer("gannet", "8247-21L*212E3CA", url, key, self.gannet.fingerprint, self.gannet.public_key)
        self.known: tuple[Peer, ...] = ()

    def proof(self, **different: str) -> dict[str, str]:
        certificate = different.pop("certificate", self.osprey.fingerprint)
        challenge = different.pop("challenge", None) or self.challenges.new()
        return Introduction(challenge, certificate, replace(self.peer, **different)).signed(self.gannet)

    def judged(self, proof: dict[str, str]) -> Peer:
        return judged(proof, self.challenges, self.osprey, self.door, self.known)

    def refused(self, message: Any, cause: str, proof: dict[str, str]) -> None:
        with pytest.raises(Failure) as refusal:
            self.judged(proof)
        assert refusal.value.message is message, str(refusal.value)
        assert cause in str(refusal.value)


@pytest.mark.parametrize(
    "private",
    [
        None,
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["own", "rsa", "ecdsa", "ed25519"],
)
def test_a_key_opens_the_door(tmp_path: Path, private: Any) -> None:
    meeting = Meeting(tmp_path, private)
    assert meeting.judged(meeting.proof()) == meeting.peer
    line = ssh_public_key((tmp_path / "gannet" / "cert.pem").read_bytes(), "novalink")
    assert bare_key(line) == meeting.gannet.public_key, "what the console shows is what it is known by"
    assert line.endswith(" openlpar@novalink")


@pytest.mark.parametrize("line", ["", "ssh-rsa", "ssh-rsa !", "ssh-dss AAAAB3NzaC1kc3M="])
def test_nothing_is_signed_with_what_is_no_key(tmp_path: Path, line: str) -> None:
    meeting = Meeting(tmp_path)
    assert not is_signed("text", meeting.gannet.signature("text"), line)
    assert is_signed("text", meeting.gannet.signature("text"), meeting.gannet.public_key)
    assert not is_signed("texts", meeting.gannet.signature("text"), meeting.gannet.public_key)


def test_a_short_key_proves_nothing(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path, rsa.generate_private_key(65537, 1024))
    meeting.refused(say.NOT_PROVED, "not made with that key", meeting.proof())


def test_only_a_listed_key_that_was_proved(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path)
    proof = meeting.proof()
    assert meeting.judged(proof) == meeting.peer
    meeting.refused(say.NOT_PROVED, "used before", proof)
    meeting.refused(say.NOT_PROVED, "none that was given here", meeting.proof(challenge="made up"))
    between = meeting.proof(certificate="ab" * 32)
    meeting.refused(say.NOT_PROVED, "it saw the certificate abab", between)
    meeting.refused(say.NOT_PROVED, "name or serial number of this one", meeting.proof(name="osprey"))
    meeting.refused(say.NOT_PROVED, "name or serial number of this one", meeting.proof(mtms=MTMS))
    meeting.refused(
        say.NOT_AUTHORIZED, "openlpar authorized-keys add", meeting.proof(public_key=meeting.osprey.public_key)
    )
    honest = meeting.proof()
    said = json.loads(honest["statement"]) | {"key": "x" * 48}
    meeting.refused(say.NOT_PROVED, "not made with that key", {**honest, "statement": json.dumps(said)})
    other_use = json.dumps(json.loads(meeting.proof()["statement"]) | {"purpose": "log on"})
    signed = {"statement": other_use, "signature": meeting.gannet.signature(other_use)}
    meeting.refused(say.NOT_PROVED, "signed for something else", signed)
    meeting.door = replace(meeting.door, authorized=frozenset())
    meeting.refused(say.NOT_AUTHORIZED, key_name(meeting.gannet.public_key), meeting.proof())


@pytest.mark.parametrize("wrong", [{"url": "http://192.0.2.7"}, {"key": "short"}, {"name": ""}, {"fingerprint": ""}])
def test_half_an_introduction_is_none(tmp_path: Path, wrong: dict[str, str]) -> None:
    meeting = Meeting(tmp_path)
    with pytest.raises(ValueError, match="lacks"):
        meeting.judged(meeting.proof(**wrong))


@pytest.mark.parametrize("statement", ["[]", "{}", '{"purpose": 1}'])
def test_what_is_no_introduction(tmp_path: Path, statement: str) -> None:
    meeting = Meeting(tmp_path)
    with pytest.raises(ValueError, match="no introduction"):
        meeting.judged({"statement": statement, "signature": meeting.gannet.signature(statement)})


def test_nobody_takes_the_name_of_another_one(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path)
    former = own_key(tmp_path / "former")
    by_command = replace(meeting.peer, public_key="", key="t" * 48)
    meeting.known = (by_command,)
    meeting.refused(say.NAME_TAKEN, "'openlpar trust'", meeting.proof())
    meeting.known = (replace(meeting.peer, name="heron"),)
    meeting.refused(say.NAME_TAKEN, "that of system heron", meeting.proof())
    meeting.known = (replace(meeting.peer, public_key=former.public_key),)
    meeting.door = replace(meeting.door, authorized=meeting.door.authorized | {former.public_key})
    meeting.refused(say.NAME_TAKEN, "authorized as well", meeting.proof())
    meeting.door = replace(meeting.door, authorized=frozenset({meeting.gannet.public_key}), busy=frozenset({"gannet"}))
    meeting.refused(say.NAME_TAKEN, "on their way", meeting.proof())
    meeting.door = replace(meeting.door, busy=frozenset())
    assert meeting.judged(meeting.proof()) == meeting.peer
    meeting.known = (meeting.peer,)
    assert meeting.judged(meeting.proof(url="https://192.0.2.8:12443")).url == "https://192.0.2.8:12443"


def test_challenges_are_forgotten_when_there_are_too_many() -> None:
    challenges = Challenges()
    first, last = challenges.new(), [challenges.new() for _ in range(256)][-1]
    assert not challenges.take(first)
    assert challenges.take(last)
    assert not challenges.take(last)


def test_a_key_that_does_not_fit_its_certificate(tmp_path: Path) -> None:
    own_key(tmp_path / "tls")
    own_key(tmp_path / "other")
    (tmp_path / "tls" / "key.pem").write_bytes((tmp_path / "other" / "key.pem").read_bytes())
    with pytest.raises(Failure) as refusal:
        PeerLink(tmp_path)._own_key()
    assert refusal.value.message is say.NO_KEY


def test_the_way_back(tmp_path: Path) -> None:
    for https, own_host, wanted in (
        ("0.0.0.0:12443", "192.0.2.7", "https://192.0.2.7:12443"),
        ("[::]:12443", "2001:db8::7", "https://[2001:db8::7]:12443"),
        ("192.0.2.9:12443", "192.0.2.7", "https://192.0.2.9:12443"),
        ("gannet.example.com:12443", "192.0.2.7", "https://gannet.example.com:12443"),
        ("127.0.0.2:12443", "127.0.0.1", "https://127.0.0.2:12443"),
    ):
        assert PeerLink(tmp_path, https)._way_back(own_host, "osprey", "https://192.0.2.8") == wanted
    with pytest.raises(Failure) as refusal:
        PeerLink(tmp_path)._way_back("192.0.2.7", "osprey", "https://192.0.2.8")
    assert refusal.value.message is say.NO_WAY_BACK


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("192.0.2.7", "https://192.0.2.7:12443"),
        ("osprey.example.com:443", "https://osprey.example.com:443"),
        ("2001:db8::7", "https://[2001:db8::7]:12443"),
        ("[2001:db8::7]:443", "https://[2001:db8::7]:443"),
        ("", ""),
    ],
)
def test_where_the_other_system_is(address: str, url: str) -> None:
    given = {"TargetManagedSystemName": "osprey", "TargetRemoteHMCIPAddress": address}
    assert Wishes.from_parameters("Migrate", given).url == url


@pytest.mark.parametrize("address", ["https://osprey", "osprey:0", "osprey:99999", "a b", "osprey/x"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(Failure, match="TargetRemoteHMCIPAddress"):
        Wishes.from_parameters("Migrate", {"TargetManagedSystemName": "o", "TargetRemoteHMCIPAddress": address})


# two servers


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Server]]:
    """gannet and osprey, which do not know each other; commands are for gannet."""
    made = {
        name: start_server(tmp_path / name, "--system", str(written(tmp_path, name, text)), "--seed", seed)
        for name, text, seed in (("gannet", gannet(), "1"), ("osprey", osprey(), "2"))
    }
    monkeypatch.setenv("OPENLPAR_LOG_DIR", str(tmp_path / "log"))
    monkeypatch.setenv("OPENLPAR_URL", made["gannet"].http)
    yield made
    for server in made.values():
        server.kill()


def _key_of(server: Server) -> str:
    return key_of_certificate(ssl.PEM_cert_to_DER_cert((server.data / "tls" / "cert.pem").read_text()))


def _migrate(address: str, system: str = "osprey") -> int:
    where = ["--target-address", urlsplit(address).netloc] if address else []
    return pvmctl(["lpar", "migrate", "-i", "name=vm1", "--target-system", system, *where])


def test_a_key_that_is_added_opens_the_way(servers: dict[str, Server], capsys: pytest.CaptureFixture[str]) -> None:
    here, there = servers["gannet"], servers["osprey"]
    create = ["lpar", "create", "--proc", "1", "--proc-unit", ".1", "--type", "AIX/Linux", "--mem", "1024"]
    assert pvmctl([*create, "--name", "vm1"]) == 0

    def refused(message: Any, address: str = there.https, system: str = "osprey") -> None:
        capsys.readouterr()
        assert _migrate(address, system) == 1
        said = capsys.readouterr().err
        assert message.id in said, said

    refused(say_of_moving.UNKNOWN_SYSTEM, "")
    refused(say.NOT_AUTHORIZED)
    own = _key_of(here)
    assert openlpar(["authorized-keys", "add", f"{own} gannet", "--url", there.http]) == 0
    assert openlpar(["authorized-keys", "add", own, "--url", there.http]) == 0
    capsys.readouterr()
    assert openlpar(["authorized-keys", "list", "--url", there.http]) == 0
    listed = capsys.readouterr().out
    assert f"{_key_of(there)} openlpar@novalink" in listed
    assert listed.count(key_name(own)) == 1
    refused(say.OTHER_SYSTEM, system="heron")
    assert _migrate(there.https) == 0

    with pytest.MonkeyPatch.context() as other:
        other.setenv("OPENLPAR_URL", there.http)
        refused(say.NOT_AUTHORIZED, here.https, "gannet")
        refused(say.NOT_AUTHORIZED, "", "gannet")
        assert openlpar(["authorized-keys", "add", _key_of(there), "--url", here.http]) == 0
        assert _migrate("", "gannet") == 0, "it knows the way since the other one came"

    assert openlpar(["authorized-keys", "remove", "gannet", "--url", there.http]) == 0
    refused(say.NOT_AUTHORIZED)
    refused(say.NOT_AUTHORIZED, "")
    assert openlpar(["authorized-keys", "remove", "gannet", "--url", there.http]) == 1
    assert say.NO_SUCH_KEY.id in capsys.readouterr().err


class Between:
    """Somebody with a certificate of his own between the two, who passes everything on."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._host, self._port = place.hostname, place.port

    async def start(self, tls: Path) -> int:
        self.server = await asyncio.start_server(self._passed_on, "127.0.0.1", 0, ssl=tls_context(tls, NOW))
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        beyond, out = await asyncio.open_connection(self._host, self._port, ssl=context)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(1 << 16):
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(pump(reader, out), pump(beyond, writer), return_exceptions=True)


@pytest.fixture
async def door(tmp_path: Path, servers: dict[str, Server]) -> AsyncIterator[tuple[PeerLink, Server, Door]]:
    """A third system's link, osprey that lets it in, and that system's own door."""
    own = own_key(tmp_path / "heron" / "tls")
    there = servers["osprey"]
    assert await asyncio.to_thread(openlpar, ["authorized-keys", "add", own.public_key, "--url", there.http]) == 0
    yield PeerLink(tmp_path / "heron"), there, Door("heron", "8247-21L*21FFFFF", frozenset())


async def test_nobody_in_between_gets_in(door: tuple[PeerLink, Server, Door], tmp_path: Path) -> None:
    link, there, own = door
    between = Between(there.https)
    port = await between.start(tmp_path / "between")
    with pytest.raises(Failure) as refusal:
        await link.introduce("osprey", f"https://127.0.0.1:{port}", own)
    assert say.NOT_PROVED.id in str(refusal.value)
    assert "it saw the certificate" in str(refusal.value)
    assert not link.known()
    between.server.close()


async def test_a_system_that_is_known_is_known_by_its_key(door: tuple[PeerLink, Server, Door], tmp_path: Path) -> None:
    """Whom it has met it recognizes, unless its own list says that there is a new key."""
    link, there, own = door
    met = await link.introduce(MTMS, there.https, own)
    assert (met.name, met.public_key) == ("osprey", _key_of(there))
    assert await link.introduce("osprey", there.https, own) == met, "two that know each other keep their key"
    assert (await link.ask("osprey", "hello", {}))["system"] == "osprey"
    with pytest.raises(Failure) as refusal:
        await link.ask("osprey", "withdraw", {})
    assert say.NOT_BY_KEY.id in str(refusal.value)

    former = own_key(tmp_path / "former").public_key
    link.trust(replace(met, public_key=former))
    with pytest.raises(Failure) as stranger:
        await link.introduce("osprey", there.https, own)
    assert stranger.value.message is say.OTHER_KEY
    renewed = replace(own, authorized=frozenset({met.public_key}))
    assert (await link.introduce("osprey", there.https, renewed)).public_key == met.public_key


# removed on the way


def _list(side: Side, *lines: str) -> None:
    (console,) = side.state.all(ManagementConsole)
    with side.core.engine.alter() as change:
        change.put(console.evolve(authorized_keys=AuthorizedKeys(ssh_authorized_keys=lines)))


@pytest.mark.parametrize("question", ["validate", "prepare", "take"])
async def test_a_key_that_is_removed_on_the_way(pair: Pair, question: str) -> None:
    """Whatever has been prepared: the partition stays where it is, and runs."""
    line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGr1"
    await pair.gannet.loaded("vm1")
    pair.osprey.link.public_key = line
    _list(pair.osprey, f"{line} novalink@gannet")
    link, ask = pair.gannet.link, pair.gannet.link.ask

    async def revoking(system: str, asked: str, values: dict[str, Any]) -> dict[str, Any]:
        if asked == question:
            _list(pair.osprey)
        answer: dict[str, Any] = await ask(system, asked, values)
        return answer

    link.ask = revoking
    ended = await pair.gannet.job("vm1", "Migrate", TargetManagedSystemName="osprey")
    assert ended.status != "COMPLETED_OK"
    await pair.quiet()
    await until(lambda: pair.gannet.get("vm1").state == "running")
    assert pair.owners("vm1") == ["gannet"]
    _list(pair.osprey, line)
    link.ask = ask
    assert (await pair.gannet.job("vm1", "Migrate", TargetManagedSystemName="osprey")).status == "COMPLETED_OK"
    assert pair.owners("vm1") == ["osprey"]
    await pair.quiet()
