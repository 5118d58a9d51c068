"""No password, code, token or seed in any entry, log, table, or repr: grepped for, after every operation."""

import logging
import time
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection

from directory.actors import Actor
from directory.encryption import DecryptionFailed, encrypt
from directory.errors import DirectoryError
from directory.models import Authenticator, User
from directory.operations.authenticators import (
    check_one_time_code,
    create_authenticator,
    generate_oob_otp_code,
    generate_recovery_codes,
    send_reset_password_message,
    set_password,
    use_recovery_code,
    use_reset_token,
    verify_password,
    verify_totp,
)
from directory.operations.authenticators.totp import FORMER_CONTEXT, seed_of
from directory.values.secret_codes import totp
from tests.operations.authenticators.people import SEED, STRANGER, bodies, give_app, give_passkey, token_in
from tests.operations.users.people import ZOE, make_zoe

pytestmark = pytest.mark.django_db
TYPED = [f"canary password number {number}" for number in range(4)]


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root, password=TYPED[0])


def everything_done(root: Actor, zoe: User) -> Iterator[str]:
    """Every operation there is, rightly and wrongly; yields the secrets."""
    yield from TYPED
    yield SEED
    set_password(actor=root, user_id=zoe.id, password=TYPED[1], send_password=True)
    generated = set_password(actor=root, user_id=zoe.id, send_password=True).generated
    assert generated is not None
    yield generated
    create_authenticator(actor=root, user_id=zoe.id, kind="secondary", type="password", password=TYPED[2])
    give_app(zoe)
    give_passkey(zoe)
    for purpose in ("login", "verification"):
        code = generate_oob_otp_code(actor=root, target=ZOE, purpose=purpose)
        check_one_time_code(actor=STRANGER, target=ZOE, code="wrong", purpose=purpose)
        check_one_time_code(actor=STRANGER, target=ZOE, code=code, purpose=purpose)
    codes = generate_recovery_codes(actor=root, user_id=zoe.id)
    yield from codes
    use_recovery_code(actor=STRANGER, user_id=zoe.id, code=codes[0])
    verify_totp(actor=STRANGER, user_id=zoe.id, code=totp(SEED, int(time.time()) // 30))
    send_reset_password_message(actor=root, login_id=ZOE)
    token = token_in(bodies()[-1])
    yield token
    with pytest.raises(DirectoryError) as caught:
        use_reset_token(actor=STRANGER, token=token, password="short!1")
    assert "short!1" not in f"{caught.value} {caught.value.causes} {caught.value.info}"
    use_reset_token(actor=STRANGER, token=token, password=TYPED[3])
    for password in (TYPED[3], "wrong password of zoe"):
        verify_password(actor=STRANGER, user_id=zoe.id, password=password)
    yield "wrong password of zoe"


def everything_stored() -> str:
    """All rows of all tables as text, hidden columns and all."""
    parts = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" AS t')
            parts += [row[0] for row in cursor.fetchall()]
    return "\n".join(parts)


def test_no_secret_is_anywhere(root: Actor, zoe: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = list(everything_done(root, zoe))
    caplog_text = "\n".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    rows = everything_stored()
    assert ZOE in rows
    assert len(secrets) > 15
    reprs = " ".join(repr(row) + str(row) for row in Authenticator.objects.all())
    for secret in secrets:
        for form in (secret, secret.replace("-", "")):
            assert form not in rows
            assert form not in caplog_text
            assert form not in reprs


def test_a_seed_copied_to_another_row_does_not_open_there(root: Actor, zoe: User) -> None:
    app, other = give_app(zoe), give_app(make_zoe(root, login_id="yan@example.com"))
    assert seed_of(app) == SEED
    other.secret = app.secret
    with pytest.raises(DecryptionFailed):
        seed_of(other)


def test_a_seed_of_an_earlier_import_opens(zoe: User) -> None:
    app = give_app(zoe)
    app.secret = encrypt(SEED, context=FORMER_CONTEXT)
    assert seed_of(app) == SEED
