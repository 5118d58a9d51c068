"""One-time codes, recovery codes, codes of authenticator apps."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Invalid
from directory.models import Authenticator, OneTimeCode, Organization, RecoveryCode, User
from directory.operations.authenticators import (
    check_one_time_code,
    drop_recovery_codes,
    generate_oob_otp_code,
    generate_recovery_codes,
    use_recovery_code,
    verify_totp,
)
from directory.operations.authenticators.one_time_codes import remove_expired_codes
from directory.values.secret_codes import totp
from tests.operations.authenticators.people import SEED, STRANGER, denied, give_app, give_code
from tests.operations.users.people import PHONE, ZOE, Entries, join, make_zoe, oauth, refused

pytestmark = pytest.mark.django_db
WRONG = "not it"


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


def is_right(code: str, target: str = ZOE, purpose: str = "login") -> bool:
    return check_one_time_code(actor=STRANGER, target=target, code=code, purpose=purpose)


class TestOneTimeCodes:
    def test_six_digits_for_whoever_is_named_and_kept_as_a_hash(self, root: Actor, entries: Entries) -> None:
        code = generate_oob_otp_code(actor=root, target="nobody@example.com")
        assert code.isdigit()
        assert len(code) == 6
        row = OneTimeCode.objects.get()
        assert (row.target, row.channel, row.purpose, row.user_id) == ("nobody@example.com", "email", "login", None)
        assert code not in row.code_hash
        (entry,) = entries()
        assert (entry.activity_type, entry.facts) == ("one_time_code.generated", {"purpose": "login"})
        # Nobody would be forgotten with it: the address is not kept.
        assert "nobody@example.com" not in repr(entry.personal)

    @pytest.mark.parametrize(
        ("target", "channel"),
        [(PHONE, "sms"), ("+49 30 123456", "email"), ("+1", "email"), ("zoe", "email"), (ZOE, "email")],
    )
    def test_strict_e164_alone_is_a_phone(self, root: Actor, target: str, channel: str) -> None:
        generate_oob_otp_code(actor=root, target=target)
        assert OneTimeCode.objects.get().channel == channel

    def test_it_is_good_once(self, root: Actor, entries: Entries) -> None:
        code = generate_oob_otp_code(actor=root, target=ZOE)
        assert [is_right(code), is_right(code)] == [True, False]
        assert [entry.activity_type for entry in entries()[-2:]] == [
            "one_time_code.used",
            "authentication.primary.oob_otp_email.failed",
        ]

    def test_the_entry_is_of_the_one_who_has_the_address(self, root: Actor, zoe: User, entries: Entries) -> None:
        generate_oob_otp_code(actor=root, target=ZOE)
        assert entries()[-1].user_id == zoe.id
        oauth(make_zoe(root, login_id="yan@example.com"), email=ZOE)
        is_right(WRONG)
        assert entries()[-1].user_id is None
        assert [ZOE in repr(entry.personal) for entry in entries(subject_kind="one_time_code")] == [True, False]

    def test_however_it_is_written(self, root: Actor) -> None:
        code = generate_oob_otp_code(actor=root, target=ZOE)
        assert is_right(f" {code[:3]} {code[3:]}\n")

    def test_purposes_and_targets_are_apart(self, root: Actor, entries: Entries) -> None:
        code = generate_oob_otp_code(actor=root, target=ZOE)
        assert not is_right(code, purpose="verification")
        assert entries()[-1].activity_type == "one_time_code.failed"
        assert not is_right(code, target=PHONE)
        assert is_right(code)

    def test_a_new_one_replaces_it_and_begins_to_count_anew(self, root: Actor) -> None:
        first = generate_oob_otp_code(actor=root, target=ZOE)
        for _ in range(5):
            is_right(WRONG)
        second = generate_oob_otp_code(actor=root, target=ZOE)
        assert OneTimeCode.objects.count() == 1
        assert first == second or not is_right(first)
        assert is_right(second)

    def test_the_fifth_wrong_try_kills_it(self, root: Actor) -> None:
        code = generate_oob_otp_code(actor=root, target=ZOE)
        assert not any(is_right(WRONG) for _ in range(5))
        assert not is_right(code)

    def test_it_ends(self, root: Actor) -> None:
        code = generate_oob_otp_code(actor=root, target=ZOE)
        OneTimeCode.objects.update(expires_at=timezone.now())
        assert not is_right(code)

    @pytest.mark.parametrize("code", ["", "\0", "\ud800", None, 5, "9" * 10_000])
    def test_what_is_no_code_is_wrong(self, root: Actor, code: Any) -> None:
        generate_oob_otp_code(actor=root, target=ZOE)
        assert not is_right(code)

    @pytest.mark.parametrize("purpose", ["", "reset_password", None, "LOGIN"])
    def test_an_unknown_purpose_is_refused(self, root: Actor, purpose: Any) -> None:
        for act in (
            lambda: generate_oob_otp_code(actor=root, target=ZOE, purpose=purpose),
            lambda: check_one_time_code(actor=STRANGER, target=ZOE, code="1", purpose=purpose),
        ):
            with refused(Invalid, "ValidationFailed"):
                act()

    @pytest.mark.parametrize("target", ["", " ", "\0", "x" * 321, None])
    def test_there_must_be_a_target(self, root: Actor, target: Any) -> None:
        with refused(Invalid, "ValidationFailed"):
            generate_oob_otp_code(actor=root, target=target)

    def test_one_organization_is_not_enough(self, ada: Actor, auditor: Actor) -> None:
        for actor in (ada, auditor):
            with denied():
                generate_oob_otp_code(actor=actor, target=ZOE)

    def test_what_is_long_over_is_removed(self, root: Actor, host: Actor) -> None:
        for target in (ZOE, PHONE):
            generate_oob_otp_code(actor=root, target=target)
        OneTimeCode.objects.filter(target=ZOE).update(expires_at=timezone.now() - timedelta(days=2))
        assert remove_expired_codes(actor=host) == 1
        assert OneTimeCode.objects.get().target == PHONE


class TestRecoveryCodes:
    def test_ten_codes_of_120_bits_kept_as_hashes(self, root: Actor, zoe: User, entries: Entries) -> None:
        give_code(root, zoe)
        codes = generate_recovery_codes(actor=root, user_id=zoe.id)
        assert (len(codes), len(set(codes))) == (10, 10)
        assert {len(code.replace("-", "")) for code in codes} == {24}
        hashes = set(RecoveryCode.objects.values_list("code_hash", flat=True))
        assert {len(one) for one in hashes} == {64}
        assert not any(code in one for code in codes for one in hashes)
        assert entries()[-1].facts == {"count": 10, "replaced": 0}

    def test_each_is_good_once_however_it_is_written(self, root: Actor, zoe: User, entries: Entries) -> None:
        give_code(root, zoe)
        first, second, *_ = generate_recovery_codes(actor=root, user_id=zoe.id)
        written = first.lower().replace("-", " ").replace("1", "l").replace("0", "o")
        assert use_recovery_code(actor=STRANGER, user_id=zoe.id, code=written)
        assert entries()[-1].facts == {"left": 9}
        assert not use_recovery_code(actor=STRANGER, user_id=zoe.id, code=first)
        assert entries()[-1].activity_type == "authentication.secondary.recovery_code.failed"
        assert use_recovery_code(actor=STRANGER, user_id=zoe.id, code=second)

    def test_new_ones_make_the_old_void(self, root: Actor, zoe: User) -> None:
        give_code(root, zoe)
        old = generate_recovery_codes(actor=root, user_id=zoe.id)
        generate_recovery_codes(actor=root, user_id=zoe.id)
        assert RecoveryCode.objects.count() == 10
        assert not use_recovery_code(actor=STRANGER, user_id=zoe.id, code=old[0])

    def test_nobody_elses(self, root: Actor, zoe: User) -> None:
        give_code(root, zoe)
        code = generate_recovery_codes(actor=root, user_id=zoe.id)[0]
        yan = make_zoe(root, login_id="yan@example.com")
        for other in (yan.id, None, "x"):
            assert not use_recovery_code(actor=STRANGER, user_id=other, code=code)  # type: ignore[arg-type]

    def test_there_must_be_something_to_recover(self, root: Actor, zoe: User) -> None:
        with refused(Invalid, "SecondFactorRequired"):
            generate_recovery_codes(actor=root, user_id=zoe.id)

    def test_they_are_dropped(self, root: Actor, zoe: User, entries: Entries) -> None:
        give_code(root, zoe)
        generate_recovery_codes(actor=root, user_id=zoe.id)
        assert [drop_recovery_codes(actor=root, user_id=zoe.id) for _ in range(2)] == [10, 0]
        (entry,) = entries(activity_type="user.recovery_codes.dropped")
        assert entry.facts == {"count": 10}

    def test_who_may(self, ada: Actor, ben: Actor, root: Actor, zoe: User, acme: Organization) -> None:
        join(zoe, acme)
        give_code(root, zoe)
        for act in (generate_recovery_codes, drop_recovery_codes):
            with denied():
                act(actor=ben, user_id=zoe.id)
            act(actor=ada, user_id=zoe.id)


class TestAuthenticatorApps:
    def code(self, shift: int = 0) -> str:
        return totp(SEED, int(time.time()) // 30 + shift)

    def test_a_step_counts_once_and_an_older_one_never_again(self, zoe: User, entries: Entries) -> None:
        row = give_app(zoe)
        assert verify_totp(actor=STRANGER, user_id=zoe.id, code=self.code())
        row.refresh_from_db()
        assert row.last_used_at is not None
        for shift in (0, -1):
            assert not verify_totp(actor=STRANGER, user_id=zoe.id, code=self.code(shift))
        kinds = [entry.activity_type for entry in entries()[-3:]]
        assert kinds == ["user.totp.used", *["authentication.secondary.totp.failed"] * 2]

    def test_clocks_may_differ_by_one_step(self, zoe: User) -> None:
        give_app(zoe)
        assert verify_totp(actor=STRANGER, user_id=zoe.id, code=self.code(1))

    @pytest.mark.parametrize("code", ["", "123", "\0", None, "abcdef", "９" * 6])
    def test_what_is_no_code_is_wrong(self, zoe: User, code: Any) -> None:
        give_app(zoe)
        assert not verify_totp(actor=STRANGER, user_id=zoe.id, code=code)

    def test_who_has_no_app_has_no_code(self, zoe: User) -> None:
        assert not verify_totp(actor=STRANGER, user_id=zoe.id, code=self.code())

    def test_a_seed_that_no_key_opens_matches_nothing(self, zoe: User, entries: Entries) -> None:
        lost = give_app(zoe)
        Authenticator.objects.filter(pk=lost.pk).update(secret="lost:AAAA")
        code = self.code()
        assert not verify_totp(actor=STRANGER, user_id=zoe.id, code=code)
        assert entries()[-1].outcome == "failed"
        # Nor does it stand in the way of another app.
        give_app(zoe)
        assert verify_totp(actor=STRANGER, user_id=zoe.id, code=code)
