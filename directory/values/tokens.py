"""Opaque tokens: made from chance, kept only as hashes."""

import hashlib
import secrets

#: Bytes of chance in a token: 256 bits.
_BYTES = 32


def new_token() -> str:
    """A token nobody can guess, for a URL or a header as it is."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """SHA-256 in hex. Without salt, because there is nothing to guess, and the row is looked for by it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
