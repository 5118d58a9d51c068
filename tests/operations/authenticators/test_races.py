"""The same code, link or step from 32 threads at once, each on its own connection and really committed: one gets in."""

import time
from collections import Counter

import pytest

from directory.actors import Actor
from directory.errors import DirectoryError
from directory.models import AuditEntry, Authenticator, Message, OneTimeCode, RecoveryCode, User
from directory.operations.authenticators import (
    check_one_time_code,
    generate_oob_otp_code,
    generate_recovery_codes,
    send_reset_password_message,
    use_recovery_code,
    use_reset_token,
    verify_totp,
)
from directory.values.secret_codes import totp
from tests.operations.authenticators.people import OTHER, SEED, STRANGER, bodies, give_app, give_code, token_in
from tests.operations.users.people import ZOE, make_zoe, race

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 32


def codes_of(results: list[object]) -> Counter[object]:
    return Counter(one.code if isinstance(one, DirectoryError) else one for one in results)


def test_a_one_time_code(root: Actor) -> None:
    code = generate_oob_otp_code(actor=root, target=ZOE)
    results = race(THREADS, lambda: check_one_time_code(actor=STRANGER, target=ZOE, code=code))
    assert codes_of(results) == {True: 1, False: THREADS - 1}
    assert AuditEntry.objects.filter(activity_type="one_time_code.used").count() == 1


def test_no_guess_more_than_five(root: Actor) -> None:
    code = generate_oob_otp_code(actor=root, target=ZOE)
    race(THREADS, lambda: check_one_time_code(actor=STRANGER, target=ZOE, code="no"))
    assert OneTimeCode.objects.get().failed_attempts == 5
    assert not check_one_time_code(actor=STRANGER, target=ZOE, code=code)


def test_two_dozen_new_codes_leave_one(root: Actor) -> None:
    results = race(24, lambda: generate_oob_otp_code(actor=root, target=ZOE))
    assert all(isinstance(code, str) for code in results)
    assert OneTimeCode.objects.count() == 1


def test_a_recovery_code(root: Actor) -> None:
    user = make_zoe(root)
    give_code(root, user)
    code = generate_recovery_codes(actor=root, user_id=user.id)[0]
    results = race(THREADS, lambda: use_recovery_code(actor=STRANGER, user_id=user.id, code=code))
    assert codes_of(results) == {True: 1, False: THREADS - 1}
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 1


def test_a_step_of_an_authenticator_app(root: Actor) -> None:
    user = make_zoe(root)
    give_app(user)
    code = totp(SEED, int(time.time()) // 30)
    results = race(THREADS, lambda: verify_totp(actor=STRANGER, user_id=user.id, code=code))
    assert codes_of(results) == {True: 1, False: THREADS - 1}


def test_a_reset_link(root: Actor) -> None:
    user = make_zoe(root)
    send_reset_password_message(actor=root, login_id=ZOE)
    token = token_in(bodies()[0])
    results = race(THREADS, lambda: use_reset_token(actor=STRANGER, token=token, password=OTHER))
    kinds = Counter(one.code if isinstance(one, DirectoryError) else type(one) for one in results)
    assert kinds == {User: 1, "PasswordResetFailed": THREADS - 1}
    assert Authenticator.objects.filter(user=user).count() == 1
    assert AuditEntry.objects.filter(activity_type="user.password.reset").count() == 1


def test_asking_for_a_link(root: Actor) -> None:
    make_zoe(root)
    results = race(THREADS, lambda: send_reset_password_message(actor=root, login_id=ZOE))
    assert codes_of(results) == {1: 1, "RateLimited": THREADS - 1}
    assert Message.objects.count() == OneTimeCode.objects.count() == 1


def test_adding_the_same_factor(root: Actor) -> None:
    user = make_zoe(root)
    results = race(8, lambda: give_code(root, user).kind)
    assert codes_of(results) == {"secondary": 1, "DuplicatedAuthenticator": 7}
