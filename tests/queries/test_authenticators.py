"""What is seen of how users prove who they are: by whom, and never a secret."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Authenticator, Organization, User
from directory.operations.authenticators import generate_recovery_codes, use_recovery_code
from directory.permissions import Permission
from directory.queries.authenticators import (
    account_security,
    authenticators_of,
    claims_of_authenticator,
    get_authenticator,
    state_of,
    visible_authenticators,
)
from tests.operations.authenticators.people import STRANGER, give_app, give_code, give_passkey, give_password
from tests.operations.users.people import join, make_zoe

pytestmark = pytest.mark.django_db
PREFIX = "https://authgear.com/claims/"


@pytest.fixture
def zoe(root: Actor) -> User:
    zoe = make_zoe(root)
    give_password(root, zoe)
    give_code(root, zoe)
    give_app(zoe)
    give_passkey(zoe)
    return zoe


def test_all_of_it_in_two_statements(root: Actor, zoe: User) -> None:
    code = generate_recovery_codes(actor=root, user_id=zoe.id)[0]
    use_recovery_code(actor=STRANGER, user_id=zoe.id, code=code)
    with CaptureQueriesContext(connection) as captured:
        known = account_security(root, zoe)
    assert len(captured) == 2
    assert [row.type for row in known.primary] == ["password"]
    assert [row.type for row in known.secondary] == ["oob_otp_email", "totp"]
    assert [row.type for row in known.passkeys] == ["passkey"]
    assert (known.recovery_codes_left, known.recovery_codes_made, known.has_second_factor) == (9, 10, True)
    assert known.password is not None
    assert not known.password.is_expired


def test_no_secret_is_even_read(root: Actor, zoe: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        rows = authenticators_of(root, zoe.id)
    assert all(row.get_deferred_fields() == {"secret", "public_key"} for row in rows)
    assert '"secret"' not in captured[0]["sql"]
    assert "public_key" not in captured[0]["sql"]


def test_claims_are_the_contracts(root: Actor, zoe: User) -> None:
    claims = {row.type: claims_of_authenticator(row) for row in authenticators_of(root, zoe.id)}
    assert claims == {
        "password": {},
        "oob_otp_email": {f"{PREFIX}oob_otp/email": "zoe@second.example.com"},
        "totp": {f"{PREFIX}totp/display_name": "Telephone"},
        "passkey": {f"{PREFIX}passkey/credential_id": "AQIDBA"},
    }
    phone = Authenticator(user=zoe, type="oob_otp_sms", phone="+442079460018")
    assert claims_of_authenticator(phone) == {f"{PREFIX}oob_otp/phone": "+442079460018"}


def test_an_organization_sees_those_of_its_members(
    ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, zoe: User, acme: Organization
) -> None:
    assert not visible_authenticators(ada).exists()
    join(zoe, acme)
    assert visible_authenticators(ada).count() == visible_authenticators(ben).count() == 4
    for actor in (cleo, nobody):
        assert not visible_authenticators(actor).exists()
        assert authenticators_of(actor, zoe.id) == []
        assert account_security(actor, zoe).primary == []


def test_one_is_out_of_reach_or_not_allowed(ben: Actor, cleo: Actor, zoe: User, acme: Organization) -> None:
    join(zoe, acme)
    row = Authenticator.objects.first()
    assert row is not None
    assert get_authenticator(ben, row.id, Permission.USERS_VIEW) == row
    with pytest.raises(Forbidden):
        get_authenticator(ben, row.id, Permission.USERS_CREDENTIALS)
    with pytest.raises(NotFound) as caught:
        get_authenticator(cleo, row.id, Permission.USERS_VIEW)
    assert caught.value.code == "AuthenticatorNotFound"


def test_recovery_codes_of_somebody_else_do_not_count(root: Actor, cleo: Actor, zoe: User) -> None:
    generate_recovery_codes(actor=root, user_id=zoe.id)
    assert account_security(cleo, zoe).recovery_codes_made == 0


def test_whichever_is_earlier_makes_a_password_old(zoe: User, settings: object) -> None:
    row = Authenticator.objects.get(type="password")
    now = timezone.now()
    row.expire_after = now + timedelta(days=3)
    settings.USER_PASSWORD_POLICY = {**settings.USER_PASSWORD_POLICY, "expiry_days": 2}  # type: ignore[attr-defined]
    assert state_of(row).expires_at == (row.secret_set_at or now) + timedelta(days=2)
    row.expire_after = now
    assert state_of(row, now).is_expired
    row.expire_after, row.secret_set_at = None, None
    assert state_of(row).set_at == row.created_at
