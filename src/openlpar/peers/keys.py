"""Keys of systems: a system's is that of its certificate, and is written as SSH writes public keys.

One key, and not two: what stands in another console's list of authorized keys is then what TLS proves by itself.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class OwnKey:
    """What this system shows: its public key as a line of authorized_keys, and the SHA-256 of its certificate, in hex."""

    public_key: str
    fingerprint: str
    _private: Any

    @classmethod
    def of(cls, directory: Path) -> OwnKey:
        """From ``cert.pem`` and ``key.pem``. Raises OSError or ValueError."""
        from cryptography import x509  # 50 ms that only those need who move partitions
        from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

        certificate = x509.load_pem_x509_certificate((directory / "cert.pem").read_bytes())
        private = load_pem_private_key((directory / "key.pem").read_bytes(), None)
        line = _line(certificate.public_key())
        if line != _line(private.public_key()):
            raise ValueError("tls/key.pem is not the key of tls/cert.pem")
        digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        return cls(line, digest, private)

    def signature(self, text: str) -> str:
        """In base64."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        private, data = self._private, text.encode()
        if isinstance(private, ec.EllipticCurvePrivateKey):
            signed = private.sign(data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(private, rsa.RSAPrivateKey):
            signed = private.sign(data, _padding(), hashes.SHA256())
        else:
            signed = private.sign(data)
        return base64.b64encode(signed).decode()


def key_of_certificate(der: bytes) -> str:
    """The key as a line of authorized_keys. Raises ValueError for a kind of key that SSH does not have."""
    from cryptography import x509

    return _line(x509.load_der_x509_certificate(der).public_key())


def is_signed(text: str, signature: str, public_key: str) -> bool:
    """Whether somebody who has the private key signed the text."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        key, signed, data = load_ssh_public_key(public_key.encode()), base64.b64decode(signature), text.encode()
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS:
            key.verify(signed, data, _padding(), hashes.SHA256())
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signed, data)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _padding() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


def _line(public: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    line: str = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return line
