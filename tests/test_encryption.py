"""Values at rest: encrypted under the first key, read under every key, bound to their purpose."""

import base64
import os
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from directory.encryption import DecryptionFailed, decrypt, encrypt


def key(id: str) -> str:
    return f"{id}:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "ünï©ødé \0 🂡" * 100])
def test_what_goes_in_comes_out(text: str) -> None:
    sealed = encrypt(text, context="a")
    assert decrypt(sealed, context="a") == text
    assert not text or text not in sealed


def test_the_same_value_never_looks_the_same() -> None:
    assert encrypt("x", context="a") != encrypt("x", context="a")


def test_a_value_of_another_context_is_refused() -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(encrypt("x", context="a"), context="b")


def test_every_altered_byte_is_noticed() -> None:
    id, _, encoded = encrypt("secret", context="a").partition(":")
    data = base64.b64decode(encoded)
    for place in range(len(data)):
        altered = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(DecryptionFailed):
            decrypt(f"{id}:{base64.b64encode(altered).decode()}", context="a")


@pytest.mark.parametrize("text", ["", "plain", "unknown:AAAA", "development:", "development:%%%", "development:AAAA"])
def test_what_was_never_encrypted_is_refused(text: str) -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(text, context="a")


def test_the_first_key_encrypts_and_all_decrypt(settings: Any) -> None:
    old, new = key("2025"), key("2026")
    settings.FIELD_ENCRYPTION_KEYS = [old]
    sealed = encrypt("x", context="a")
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert decrypt(sealed, context="a") == "x"
    assert encrypt("x", context="a").startswith("2026:")
    settings.FIELD_ENCRYPTION_KEYS = [new]
    with pytest.raises(DecryptionFailed, match="not configured"):
        decrypt(sealed, context="a")


@pytest.mark.parametrize("keys", [[], ["short:AAAA"], ["noid"], [":" + "A" * 43 + "="], ["a:" + "A" * 43 + "="] * 2])
def test_unusable_keys_are_refused_without_being_told(settings: Any, keys: list[str]) -> None:
    settings.FIELD_ENCRYPTION_KEYS = keys
    with pytest.raises(ImproperlyConfigured) as refused:
        encrypt("x", context="a")
    assert "AAAA" not in str(refused.value)
