"""Hashes of passwords: Argon2id; bcrypt of imported people is accepted and replaced at the next success."""

from functools import lru_cache

import bcrypt
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password

_BCRYPT = "bcrypt$"
#: bcrypt never looks further.
_BCRYPT_LENGTH = 72


def hash_password(password: str) -> str:
    """Argon2id in Django's encoding, with a salt of its own."""
    return make_password(password, hasher=Argon2PasswordHasher())


def password_matches(password: str, encoded: str | None) -> bool:
    """Whether ``encoded`` is a hash of this password. Hashes even when there is none, so that time tells nothing."""
    if "\0" in password or not _is_text(password):
        password, encoded = "", None
    if encoded is None:
        Argon2PasswordHasher().verify(password, _hash_of_nothing())
        return False
    if encoded.startswith(_BCRYPT):
        return bcrypt.checkpw(password.encode()[:_BCRYPT_LENGTH], encoded.removeprefix(_BCRYPT).encode())
    return Argon2PasswordHasher().verify(password, encoded)


def is_outdated(encoded: str) -> bool:
    """Whether the hash is of another kind, or another cost, than one made today."""
    return encoded.startswith(_BCRYPT) or Argon2PasswordHasher().must_update(encoded)


@lru_cache(maxsize=1)
def _hash_of_nothing() -> str:
    return hash_password("")


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True
