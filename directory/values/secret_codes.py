"""Codes that people are given once: how they are made, written, and compared by hash."""

import base64
import hmac
import secrets
import struct
import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from directory.values.tokens import token_hash

#: Crockford's alphabet: without I, L, O and U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_RECOVERY_GROUPS, _RECOVERY_GROUP = 4, 6
_CODE_DIGITS = 6
_TOTP_PERIOD = 30


def new_code() -> str:
    """A one-time code: six digits."""
    return f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"


def code_hash(purpose: str, target: str, code: str) -> str:
    """What of a one-time code is stored: keyed, because a million codes are quickly tried, and bound to its use."""
    value = f"{purpose}\n{target}\n{normalized(code)}"
    return salted_hmac("directory.one_time_code", value.encode("utf-8", "replace"), algorithm="sha256").hexdigest()


def new_recovery_code() -> str:
    """A recovery code of 120 bits: four groups of six characters."""
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_GROUP)) for _ in range(_RECOVERY_GROUPS))
    return "-".join(parts)


def recovery_code_hash(code: str) -> str:
    """What of a recovery code is stored, however it is written: SHA-256, enough for 120 bits."""
    return token_hash(normalized(code).upper().translate(_MISREAD))


def normalized(code: str) -> str:
    """The letters and digits alone, full-width ones as plain ones: one code has one form (UAX #15, NFKC)."""
    return "".join(c for c in unicodedata.normalize("NFKC", code) if c.isascii() and c.isalnum())


def totp(seed: str, step: int) -> str:
    """The code of one time step (RFC 6238 with SHA-1, 30 s, six digits). ``seed`` is base32."""
    key = base64.b32decode(seed + "=" * (-len(seed) % 8), casefold=True)
    digest = hmac.digest(key, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**_CODE_DIGITS:0{_CODE_DIGITS}}"


def matching_step(seed: str, code: str, now: float) -> int | None:
    """The time step whose code this is: the one of ``now`` (seconds since the epoch) or a neighbour, since clocks
    differ. None when there is none."""
    present, found = int(now) // _TOTP_PERIOD, None
    for step in (present - 1, present, present + 1):
        if constant_time_compare(totp(seed, step), normalized(code)):
            found = step
    return found


def reset_password_link(token: str) -> str:
    """Where the link of a message leads: the token stands last in the path, or wherever an address ending in ``#`` or
    ``=`` wants it."""
    address = settings.RESET_PASSWORD_URL
    return f"{address}{'' if address.endswith(('/', '#', '=')) else '/'}{token}"
