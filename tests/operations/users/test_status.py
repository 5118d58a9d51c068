"""The account status, as operations: rows, entries and the search vector. ``tests/values`` walks the whole table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone as clock

from directory.actors import Actor
from directory.errors import Forbidden, Invalid, NotFound
from directory.models import Organization, User
from directory.operations import users
from tests.operations.users.people import Entries, again, cause, everything, join, make_zoe, refused, words

pytestmark = pytest.mark.django_db
Act = Callable[..., User]
FROM, UNTIL = datetime(2040, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
ACTS: list[tuple[Act, dict[str, Any], str]] = [
    (users.disable_user, {"reason": "spam"}, "users.disable"),
    (users.enable_user, {}, "users.disable"),
    (users.set_valid_period, {"valid_from": FROM, "valid_until": None}, "users.disable"),
    (users.schedule_deletion, {}, "users.delete"),
    (users.unschedule_deletion, {}, "users.delete"),
    (users.schedule_anonymization, {}, "users.delete"),
    (users.unschedule_anonymization, {}, "users.delete"),
]


@pytest.fixture
def zoe(root: Actor) -> User:
    return again(make_zoe(root))


def test_disabling_and_enabling_again(root: Actor, zoe: User, entries: Entries) -> None:
    users.disable_user(actor=root, user_id=zoe.id, reason=" spam \r\nagain ")
    disabled = again(zoe)
    assert (disabled.is_disabled, disabled.disable_reason) == (True, "spam \nagain")
    assert disabled.updated_at > zoe.updated_at
    assert "s:disabled" in words(zoe)
    users.enable_user(actor=root, user_id=zoe.id)
    assert again(zoe).status == zoe.status
    assert "s:disabled" not in words(zoe)
    _, first, second = entries()
    assert (first.activity_type, first.subject_id, first.user_id) == ("user.disabled", zoe.id, zoe.id)
    assert first.facts == {"from": "normal", "to": "disabled"}
    assert first.personal["old"] == {"is_disabled": False, "disable_reason": None}
    assert first.personal["new"] == {"is_disabled": True, "disable_reason": "spam \nagain"}
    assert (second.activity_type, second.facts) == ("user.reenabled", {"from": "disabled", "to": "normal"})
    assert second.personal["old"] == first.personal["new"]
    assert second.personal["new"] == first.personal["old"]


def test_disabling_for_a_period(root: Actor, zoe: User, entries: Entries) -> None:
    users.disable_user(actor=root, user_id=zoe.id, temporarily_from=FROM, temporarily_until=UNTIL)
    assert (again(zoe).temporarily_disabled_from, again(zoe).temporarily_disabled_until) == (FROM, UNTIL)
    assert not again(zoe).is_disabled
    assert "s:temporary" in words(zoe)
    entry = entries()[-1]
    # The period lies in the future: until then the account is normal.
    assert (entry.activity_type, entry.facts) == ("user.disabled", {"from": "normal", "to": "normal"})
    assert entry.personal["new"] == {
        "temporarily_disabled_from": "2040-01-01T00:00:00Z",
        "temporarily_disabled_until": "2041-01-01T00:00:00Z",
    }


def test_a_valid_period_is_set_and_cleared(root: Actor, zoe: User, entries: Entries) -> None:
    users.set_valid_period(actor=root, user_id=zoe.id, valid_from=None, valid_until=FROM)
    assert again(zoe).account_valid_until == FROM
    assert "s:period" in words(zoe)
    before = everything()
    users.set_valid_period(actor=root, user_id=zoe.id, valid_from=None, valid_until=FROM)
    assert everything() == before
    users.set_valid_period(actor=root, user_id=zoe.id, valid_from=None, valid_until=None)
    assert again(zoe).status == zoe.status
    _, first, second = entries()
    assert first.activity_type == second.activity_type == "user.valid_period.updated"
    assert first.personal["new"] == second.personal["old"] == {"account_valid_until": "2040-01-01T00:00:00Z"}
    assert second.personal["new"] == {"account_valid_until": None}


def test_a_deletion_is_scheduled_and_cancelled(root: Actor, zoe: User, entries: Entries) -> None:
    users.disable_user(actor=root, user_id=zoe.id, reason="spam")
    start = clock.now()
    users.schedule_deletion(actor=root, user_id=zoe.id, reason="asked us to")
    scheduled = again(zoe)
    assert start + timedelta(days=30) <= scheduled.delete_at <= clock.now() + timedelta(days=30)
    assert (scheduled.is_disabled, scheduled.disable_reason, scheduled.delete_reason) == (True, None, "asked us to")
    assert "s:deletion" in words(zoe)
    users.unschedule_deletion(actor=root, user_id=zoe.id)
    assert again(zoe).status == zoe.status
    assert [entry.activity_type for entry in entries()][-2:] == ["user.deletion_scheduled", "user.deletion_unscheduled"]
    assert entries()[-2].facts == {"from": "disabled", "to": "scheduled_deletion_disabled"}


def test_an_anonymization_is_scheduled_in_place_of_a_deletion_and_cancelled(
    root: Actor, zoe: User, entries: Entries
) -> None:
    users.schedule_deletion(actor=root, user_id=zoe.id)
    start = clock.now()
    users.schedule_anonymization(actor=root, user_id=zoe.id, grace_days=180)
    scheduled = again(zoe)
    assert scheduled.delete_at is None
    assert start + timedelta(days=180) <= scheduled.anonymize_at <= clock.now() + timedelta(days=180)
    assert {"s:anonymization", "s:deletion"} & words(zoe) == {"s:anonymization"}
    users.unschedule_anonymization(actor=root, user_id=zoe.id)
    assert again(zoe).status == zoe.status
    assert [entry.activity_type for entry in entries()][-2:] == [
        "user.anonymization_scheduled",
        "user.anonymization_unscheduled",
    ]


@pytest.mark.parametrize(
    ("prepare", "act", "states"),
    [
        (None, users.enable_user, ("normal", "normal")),
        (users.disable_user, users.disable_user, ("disabled", "disabled")),
        (users.schedule_deletion, users.disable_user, ("scheduled_deletion_disabled", "disabled")),
        (
            users.schedule_deletion,
            users.schedule_deletion,
            ("scheduled_deletion_disabled", "scheduled_deletion_disabled"),
        ),
        (None, users.unschedule_deletion, ("normal", "normal")),
        (None, users.unschedule_anonymization, ("normal", "normal")),
        (users.anonymize_user, users.enable_user, ("anonymized", "normal")),
    ],
)
def test_a_transition_that_is_not_open_is_refused(
    root: Actor, zoe: User, prepare: Act | None, act: Act, states: tuple[str, str]
) -> None:
    if prepare:
        prepare(actor=root, user_id=zoe.id)
    with refused(Invalid, "InvalidAccountStatusTransition") as caught:
        act(actor=root, user_id=zoe.id)
    assert caught.value.info == {"from": states[0], "to": states[1]}


@pytest.mark.parametrize("act", [users.schedule_anonymization, users.unschedule_anonymization])
def test_who_is_anonymized_is_so_for_good(root: Actor, zoe: User, act: Act) -> None:
    users.anonymize_user(actor=root, user_id=zoe.id)
    with refused(Invalid, "UserIsAnonymized"):
        act(actor=root, user_id=zoe.id)
    users.schedule_deletion(actor=root, user_id=zoe.id)
    users.unschedule_deletion(actor=root, user_id=zoe.id)
    assert again(zoe).is_disabled


@pytest.mark.parametrize(
    ("act", "given", "kind"),
    [
        (users.disable_user, {"temporarily_from": FROM}, "TemporarilyDisabledPeriodMissingUntilTimestamp"),
        (users.disable_user, {"temporarily_until": FROM}, "TemporarilyDisabledPeriodMissingFromTimestamp"),
        (
            users.disable_user,
            {"temporarily_from": UNTIL, "temporarily_until": FROM},
            "TemporarilyDisabledFromShouldBeBeforeTemporarilyDisabledUntil",
        ),
        (
            users.set_valid_period,
            {"valid_from": UNTIL, "valid_until": FROM},
            "AccountValidFromShouldBeBeforeAccountValidUntil",
        ),
    ],
)
def test_dates_that_contradict_one_another_are_refused(
    root: Actor, zoe: User, act: Act, given: dict[str, Any], kind: str
) -> None:
    with refused(Invalid, "InvalidAccountStatusTransition") as caught:
        act(actor=root, user_id=zoe.id, **given)
    assert caught.value.info == {"cause": {"kind": kind}}


BEFORE_ALL = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
AFTER_ALL = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))


@pytest.mark.parametrize(
    ("act", "given", "field", "kind"),
    [
        (users.disable_user, {"reason": "x" * 1001}, "reason", "maxLength"),
        (users.disable_user, {"reason": "a\0b"}, "reason", "format"),
        (users.disable_user, {"reason": "\ud800"}, "reason", "format"),
        (users.schedule_deletion, {"reason": "x" * 1001}, "reason", "maxLength"),
        (users.schedule_deletion, {"grace_days": 0}, "grace_days", "minimum"),
        (users.schedule_anonymization, {"grace_days": 10**30}, "grace_days", "maximum"),
        (
            users.disable_user,
            {"temporarily_from": BEFORE_ALL, "temporarily_until": UNTIL},
            "temporarily_disabled_from",
            "minimum",
        ),
        (users.set_valid_period, {"valid_from": None, "valid_until": AFTER_ALL}, "account_valid_until", "maximum"),
        (
            users.set_valid_period,
            {"valid_from": datetime(2040, 1, 1), "valid_until": None},
            "account_valid_from",
            "format",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    *, root: Actor, zoe: User, act: Act, given: dict[str, Any], field: str, kind: str
) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        act(actor=root, user_id=zoe.id, **given)
    assert cause(caught) == (field, kind)


def test_a_reason_may_have_a_thousand_characters(root: Actor, zoe: User) -> None:
    users.disable_user(actor=root, user_id=zoe.id, reason="ü" * 1000)
    assert again(zoe).disable_reason == "ü" * 1000


@pytest.mark.parametrize(("act", "given", "permission"), ACTS)
def test_only_who_may_changes_the_status(
    *,
    act: Act,
    given: dict[str, Any],
    permission: str,
    zoe: User,
    acme: Organization,
    ben: Actor,
    cleo: Actor,
    auditor: Actor,
    root: Actor,
    entries: Entries,
) -> None:
    join(zoe, acme)
    for actor in (ben, auditor):
        before = everything()
        with pytest.raises(Forbidden) as caught:
            act(actor=actor, user_id=zoe.id, **given)
        assert caught.value.info == {"permission": permission}
        assert everything() == {**before, "entries": before["entries"] + 1}
        assert entries()[-1].outcome == "denied"
    with refused(NotFound, "UserNotFound"):
        act(actor=cleo, user_id=zoe.id, **given)
    with refused(NotFound, "UserNotFound"):
        act(actor=root, user_id=uuid4(), **given)


def test_an_organizations_administrator_disables_its_members(ada: Actor, acme: Organization, zoe: User) -> None:
    join(zoe, acme)
    users.disable_user(actor=ada, user_id=zoe.id)
    assert again(zoe).is_disabled
    assert f"o:{acme.id.hex}" in words(zoe)


def test_the_number_of_statements_is_fixed(root: Actor, zoe: User, django_assert_num_queries: Any) -> None:
    # The unit 2, user with its lock, permission, user, search 6, sessions, log 2.
    with django_assert_num_queries(14):
        users.disable_user(actor=root, user_id=zoe.id, reason="spam")
