"""Key pairs by which back-ends sign their tokens. The private half leaves in the answer and is kept nowhere."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

#: JWS algorithms (RFC 7518, RFC 8037) by name: what people read of each. The contract's own clients sign with RS256.
ALGORITHMS = {"RS256": "RSA, 2048 bits (RS256)", "EdDSA": "Ed25519 (EdDSA)"}
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both halves as PEM: PKCS #8 and SubjectPublicKeyInfo."""

    public: str
    private: str = field(repr=False)


def new_key_pair(algorithm: str) -> KeyPair:
    """A new pair for one of ``ALGORITHMS``."""
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if algorithm == "EdDSA":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(public=public.decode(), private=private.decode())
