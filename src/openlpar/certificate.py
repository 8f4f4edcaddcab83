"""The self-signed certificate made at first start; an administrator may replace both files."""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
import os
import socket
import ssl
from pathlib import Path


def tls_context(directory: Path, now: datetime.datetime) -> ssl.SSLContext:
    """A server context from ``cert.pem`` and ``key.pem`` in the directory, which are made when they are missing."""
    certificate, key = directory / "cert.pem", directory / "key.pem"
    if not (certificate.exists() and key.exists()):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (directory / "lock").open("w") as lock:  # pvm-core and pvm-rest start at the same time
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (certificate.exists() and key.exists()):
                _make(certificate, key, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def ssh_public_key(pem: bytes, console: str) -> str:
    """A certificate's key as a line of authorized_keys that says whose it is; "" for a kind of key that SSH does not have."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
        return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + f" openlpar@{console}"
    except ValueError:
        return ""


def _make(certificate: Path, key: Path, now: datetime.datetime) -> None:
    from cryptography import x509  # 50 ms that only the first start needs
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "openlpar")])
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.DNSName(socket.gethostname()),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        # Before 2050: the client parses notAfter as UTCTime only (rest-contract 1.1).
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
