"""The demo's administrators. Their passwords follow from the portal's own secret, so that a restart knows them."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings

from directory.actors import Actor
from directory.models import Administrator
from directory.operations import administrators
from directory.operations.base import unit_of_work
from portal import second_factors

ADMINISTRATORS = (("owner", "owner@example.com", "Olive Owner"), ("auditor", "auditor@example.com", "August Auditor"))
_SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs one of them in. ``totp_secret`` is base32, as authenticator apps take it."""

    role: str
    email: str
    password: str
    totp_secret: str

    def present_code(self) -> str:
        """The code of these 30 seconds."""
        *_, step, _next = yield_hotp_counters_from_time()
        return format_hotp_value(hotp_value(self.totp_secret, step))


def ensure(actor: Actor) -> list[Credentials]:
    """The demo's administrators, each with password and authenticator app; made where they are missing."""
    return [_ensure_one(actor, role, email, name) for role, email, name in ADMINISTRATORS]


def _ensure_one(actor: Actor, role: str, email: str, name: str) -> Credentials:
    password = base64.urlsafe_b64encode(_derived(f"{role} password"))[:20].decode()
    with unit_of_work():
        administrator = Administrator.objects.filter(email=email).first()
        if administrator is None:
            administrator = administrators.create_administrator(
                actor=actor, email=email, name=name, admin_roles=[role], password=password
            )
        app = Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.TOTP).first()
        if app is None:
            app = TOTP.activate(administrator, base64.b32encode(_derived(f"{role} totp")).decode()).instance
            second_factors.renew_recovery_codes(administrator)
            administrators.second_factor_added(actor=actor, administrator=administrator, method="totp")
    return Credentials(role=role, email=email, password=password, totp_secret=decrypt(app.data["secret"]))


def _derived(purpose: str) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"demo administrator: {purpose}".encode(), hashlib.sha256).digest()[:_SECRET_BYTES]
