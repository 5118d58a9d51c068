"""Checks codes of an authenticator app and recovery codes: each is good for one use, however it is written.

allauth remembers a used code in the cache for one period. Ours is remembered with the factor itself, under its row's
lock: a time step counts once, and an older one never again (RFC 6238 section 5.2).
"""

import unicodedata
from dataclasses import dataclass

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from directory.models import Administrator
from portal.authentication import SECOND_FACTORS

LAST_STEP = "last_step"


@dataclass(frozen=True, slots=True)
class Proof:
    """A code that was right. ``factor_id`` is the app's, or that of a passkey it stands in for; ``left`` the recovery
    codes that remain."""

    factor_id: int
    method: str
    left: int | None = None


def normalized(code: str) -> str:
    """The code's letters and digits alone, full-width ones as plain ones: one code has one form (UAX #15, NFKC)."""
    return "".join(c for c in unicodedata.normalize("NFKC", code) if c.isascii() and c.isalnum())


def matching_step(secret: str, code: str) -> int | None:
    """The time step (30 s since the epoch) whose code this is; the present one or a neighbour (clocks differ)."""
    found = None
    for step in totp.yield_hotp_counters_from_time():
        if constant_time_compare(totp.format_hotp_value(totp.hotp_value(secret, step)), normalized(code)):
            found = step
    return found


@transaction.atomic
def use_code(administrator: Administrator, code: str) -> Proof | None:
    """Spend ``code``; None when it is wrong, spent already, or no factor is enrolled.

    A recovery code stands in for the app, or for a passkey where there is no app.
    """
    rows = Authenticator.objects.select_for_update().filter(user_id=administrator.pk, type__in=SECOND_FACTORS)
    factors = sorted(rows.order_by("pk"), key=lambda factor: factor.type != Authenticator.Type.TOTP)
    if not factors:
        return None
    if len(normalized(code)) == app_settings.TOTP_DIGITS:
        return _use_totp(factors[0], code) if factors[0].type == Authenticator.Type.TOTP else None
    return _use_recovery_code(factors[0], code)


def _use_totp(app: Authenticator, code: str) -> Proof | None:
    step = matching_step(decrypt(app.data["secret"]), code)
    if step is None or step <= app.data.get(LAST_STEP, 0):
        return None
    app.data[LAST_STEP] = step
    app.last_used_at = timezone.now()
    app.save(update_fields=["data", "last_used_at"])
    return Proof(factor_id=app.pk, method="totp")


def _use_recovery_code(app: Authenticator, code: str) -> Proof | None:
    codes = Authenticator.objects.filter(user_id=app.user_id, type=Authenticator.Type.RECOVERY_CODES).first()
    if codes is None or not codes.wrap().validate_code(normalized(code)):
        return None
    codes.refresh_from_db()
    codes.record_usage()
    return Proof(factor_id=app.pk, method="recovery_code", left=len(codes.wrap().get_unused_codes()))


def recovery_codes_left(administrator: Administrator) -> int:
    """How many recovery codes are unspent."""
    codes = Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(codes.wrap().get_unused_codes()) if codes else 0


def enrol(administrator: Administrator, secret: str, step: int) -> Authenticator:
    """Make ``secret`` (base32) the authenticator app; ``step`` is that of the code it was proved with, now spent."""
    app = totp.TOTP.activate(administrator, secret).instance
    app.data[LAST_STEP] = step
    app.save(update_fields=["data"])
    return app


def renew_recovery_codes(administrator: Administrator) -> list[str]:
    """Ten new codes; all former ones are void. The only moment at which they can be read."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
    return RecoveryCodes.activate(administrator).get_unused_codes()


def has_app(administrator: Administrator) -> bool:
    """Whether an authenticator app is enrolled."""
    return bool(Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.TOTP).exists())


def remove_app(administrator: Administrator) -> list[int]:
    """Take the authenticator app away, and with it the recovery codes unless there is a passkey. Returns the ids of
    the second factors that are left; without any the next page leads to enrolment."""
    others = lock_others(administrator, None)
    gone = [Authenticator.Type.TOTP] if others else [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    Authenticator.objects.filter(user_id=administrator.pk, type__in=gone).delete()
    return others


def lock_others(administrator: Administrator, id: int | None) -> list[int]:
    """The second factors besides one (besides the app, for None), locked: two that remove the other leave one."""
    rows = Authenticator.objects.select_for_update().filter(user_id=administrator.pk, type__in=SECOND_FACTORS)
    found = list(rows.order_by("pk"))
    if id is None:
        return [factor.pk for factor in found if factor.type != Authenticator.Type.TOTP]
    return [factor.pk for factor in found if factor.pk != id]
