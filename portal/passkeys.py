"""Passkeys of administrators: WebAuthn by allauth's own parts, each challenge good for one answer.

A passkey is enrolled with user verification and as a discoverable credential, so that it alone signs in: it is both
factors at once (what somebody has, and what they know or are).
"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from fido2.webauthn import AuthenticationResponse

from directory.models import Administrator

COUNTER = "sign_count"
NAME_LENGTH = 60
#: Of one administrator: more would only hide a forgotten one among them.
MOST = 10
#: What allauth and fido2 raise for an answer that is not right, or not even an answer.
_WRONG = (ValidationError, ValueError, TypeError, KeyError, AttributeError)


def of(administrator: Administrator) -> list[Authenticator]:
    """The administrator's passkeys, oldest first."""
    rows = Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.WEBAUTHN)
    return list(rows.order_by("created_at", "pk"))


def registration_options(administrator: Administrator) -> dict[str, Any]:
    """What the browser needs to make a passkey. The challenge lies in the session until it is answered."""
    return dict(auth.begin_registration(administrator, passwordless=True))


def sign_in_options(administrator: Administrator | None) -> dict[str, Any]:
    """What the browser needs to use a passkey: of this administrator, or of whoever it is."""
    return dict(auth.begin_authentication(administrator))


def enrol(administrator: Administrator, name: str, credential: object) -> Authenticator | None:
    """Keep the passkey that the browser made; None when it is not the answer to the session's challenge."""
    if not isinstance(credential, dict):
        return None
    try:
        parsed = auth.parse_registration_response(credential)
        made = auth.complete_registration(credential)
    except _WRONG:
        auth.clear_state()
        return None
    if not made.is_user_verified():
        return None
    passkey: Authenticator = auth.WebAuthn.add(administrator, name, credential).instance
    passkey.data[COUNTER] = parsed.response.attestation_object.auth_data.counter
    passkey.save(update_fields=["data"])
    return passkey


def use(administrator: Administrator | None, credential: object) -> Authenticator | None:
    """The passkey that answered the session's challenge, marked as used; None when it is not right.

    Without an administrator it is whoever the passkey names. A counter that does not go up is a copied passkey
    (WebAuthn level 3, section 7.2, step 22).
    """
    if not isinstance(credential, dict):
        return None
    try:
        answer = auth.parse_authentication_response(credential)
        whose = administrator or auth.extract_user_from_response(credential)
        with transaction.atomic():
            passkey = auth.complete_authentication(whose, credential)
            return _counted(passkey, answer)
    except _WRONG:
        return None
    finally:
        auth.clear_state()


def _counted(passkey: Authenticator, answer: AuthenticationResponse) -> Authenticator | None:
    row: Authenticator = Authenticator.objects.select_for_update().get(pk=passkey.pk)
    counter, before = answer.response.authenticator_data.counter, row.data.get(COUNTER, 0)
    if (counter or before) and counter <= before:
        return None
    row.data[COUNTER] = counter
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])
    return row


def whose(credential: object) -> Administrator | None:
    """Whom a passkey says it belongs to: unproved, for the record of a refused sign-in only."""
    if not isinstance(credential, dict):
        return None
    try:
        found = auth.extract_user_from_response(credential)
    except _WRONG:
        return None
    return found if isinstance(found, Administrator) else None


def remove(administrator: Administrator, id: int) -> bool:
    """Take one passkey away. Returns whether there was one."""
    rows = Authenticator.objects.filter(user_id=administrator.pk, type=Authenticator.Type.WEBAUTHN, pk=id)
    return bool(rows.delete()[0])
