"""The demo's administrators. Their passwords follow from the portal's own secret, so that a restart knows them."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings

from directory.actors import Actor
from directory.models import Administrator, Organization
from directory.operations import administrators
from directory.operations.base import unit_of_work
from directory.values.permissions import OWNER
from portal import second_factors


class Known(NamedTuple):
    """One of the demo's administrators: what ``demo.json`` calls them, and what they hold, at large or somewhere."""

    key: str
    email: str
    name: str
    admin_role: str
    slug: str = ""


ADMINISTRATORS = (
    Known("owner", "owner@example.com", "Olive Owner", OWNER),
    Known("support", "support@example.com", "Simone Support", "support"),
    Known("auditor", "auditor@example.com", "August Auditor", "auditor"),
    Known("acme", "acme@example.com", "Ada Acme", OWNER, slug="acme"),
)
_SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs one of them in. ``role`` is what ``demo.json`` calls them; ``totp_secret`` is base32."""

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
    organizations = dict(Organization.objects.values_list("slug", "id"))
    return [
        _ensure_one(actor, one, organizations.get(one.slug))
        for one in ADMINISTRATORS
        if not one.slug or one.slug in organizations
    ]


def _ensure_one(actor: Actor, one: Known, organization_id: UUID | None) -> Credentials:
    password = base64.urlsafe_b64encode(_derived(f"{one.key} password"))[:20].decode()
    with unit_of_work():
        administrator = Administrator.objects.filter(email=one.email).first()
        if administrator is None:
            administrator = administrators.create_administrator(
                actor=actor,
                email=one.email,
                name=one.name,
                admin_roles=[one.admin_role],
                password=password,
                organization_id=organization_id,
            )
        app = Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.TOTP).first()
        if app is None:
            app = TOTP.activate(administrator, base64.b32encode(_derived(f"{one.key} totp")).decode()).instance
            second_factors.renew_recovery_codes(administrator)
            administrators.second_factor_added(actor=actor, administrator=administrator, method="totp")
    return Credentials(role=one.key, email=one.email, password=password, totp_secret=decrypt(app.data["secret"]))


def _derived(purpose: str) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"demo administrator: {purpose}".encode(), hashlib.sha256).digest()[:_SECRET_BYTES]
