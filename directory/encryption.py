"""Encrypts single values at rest: AES-256-GCM under a named key, bound to what the value is for.

Stored form: ``<key id>:<base64 of 12 bytes nonce + ciphertext + 16 bytes tag>`` (NIST SP 800-38D).
"""

import base64
import binascii
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_KEY_LENGTH = 32
_NONCE_LENGTH = 12


class DecryptionFailed(ValueError):
    """The stored value was not made by any of our keys for this context, or it was altered."""


def encrypt(plaintext: str, *, context: str) -> str:
    """``plaintext`` under the first key of ``FIELD_ENCRYPTION_KEYS``.

    ``context`` says what the value is for (``administrator.totp``): it is authenticated but not stored, so that a value
    copied to another field does not decrypt there.
    """
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(_NONCE_LENGTH)
    sealed = AESGCM(key).encrypt(nonce, plaintext.encode(), context.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, *, context: str) -> str:
    """What ``encrypt`` was given, under whichever key made it. Raises ``DecryptionFailed``; never says the value."""
    key_id, _, encoded = stored.partition(":")
    key = _keys().get(key_id)
    if key is None:
        raise DecryptionFailed("made with a key that is not configured")
    try:
        data = base64.b64decode(encoded, validate=True)
        return AESGCM(key).decrypt(data[:_NONCE_LENGTH], data[_NONCE_LENGTH:], context.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError):
        raise DecryptionFailed("altered, or made for another context") from None


def current_key_id() -> str:
    """The id of the key that encrypts."""
    return next(iter(_keys()))


def _keys() -> dict[str, bytes]:
    return _parsed(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=8)
def _parsed(texts: Sequence[str]) -> dict[str, bytes]:
    """The keys by id, in the order given. Messages never repeat a key."""
    keys = {}
    for text in texts:
        key_id, _, encoded = text.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key) != _KEY_LENGTH or key_id in keys:
            raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS: each is id:base64 of 32 bytes, with an id of its own.")
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is empty: nothing could be encrypted.")
    return keys
