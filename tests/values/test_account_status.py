from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.values.account_status import (
    AccountStatus,
    anonymize,
    disable,
    dropped_when_past,
    enable,
    is_disabled_now,
    schedule_anonymization,
    schedule_deletion,
    set_valid_period,
    state_name,
    unschedule_anonymization,
    unschedule_deletion,
)
from tests.values.refusals import attempt, causes, refusal

NOW = datetime(2030, 5, 17, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PERIOD = {"temporarily_from": NOW, "temporarily_until": NOW + 3 * DAY}

NORMAL = AccountStatus()
STATES = {
    "normal": NORMAL,
    "temporary period in the future": disable(NORMAL, NOW, temporarily_from=NOW + DAY, temporarily_until=NOW + 2 * DAY),
    "temporary period in the past": AccountStatus(
        temporarily_disabled_from=NOW - 2 * DAY, temporarily_disabled_until=NOW - DAY
    ),
    "outside valid period": AccountStatus(account_valid_from=NOW + 9 * DAY),
    "disabled": disable(NORMAL, NOW, reason="lost badge"),
    "disabled temporarily": disable(NORMAL, NOW, **PERIOD),
    "scheduled deletion": schedule_deletion(NORMAL, NOW, grace_days=30),
    "scheduled deletion by the user": schedule_deletion(NORMAL, NOW, grace_days=30, by_user=True),
    "scheduled anonymization": schedule_anonymization(NORMAL, NOW, grace_days=30),
    "anonymized": anonymize(NORMAL, NOW),
    "anonymized, scheduled deletion": schedule_deletion(anonymize(NORMAL, NOW), NOW, grace_days=30),
}
NAMES = {
    "normal": "normal",
    "temporary period in the future": "normal",
    "temporary period in the past": "normal",
    "outside valid period": "outside_valid_period",
    "disabled": "disabled",
    "disabled temporarily": "disabled_temporarily",
    "scheduled deletion": "scheduled_deletion_disabled",
    "scheduled deletion by the user": "scheduled_deletion_deactivated",
    "scheduled anonymization": "scheduled_anonymization_disabled",
    "anonymized": "anonymized",
    "anonymized, scheduled deletion": "anonymized",
}

TRANSITIONS = {
    "disable": (lambda s: disable(s, NOW, reason="r"), "disabled"),
    "temporary": (lambda s: disable(s, NOW, **PERIOD), "disabled_temporarily"),
    "enable": (lambda s: enable(s, NOW), "normal"),
    "delete": (lambda s: schedule_deletion(s, NOW, grace_days=30, reason="r"), "scheduled_deletion_disabled"),
    "undelete": (lambda s: unschedule_deletion(s, NOW), "normal"),
    "fade": (lambda s: schedule_anonymization(s, NOW, grace_days=30), "scheduled_anonymization_disabled"),
    "unfade": (lambda s: unschedule_anonymization(s, NOW), "normal"),
    "anonymize": (lambda s: anonymize(s, NOW), "anonymized"),
    "by user": (
        lambda s: schedule_deletion(s, NOW, grace_days=30, by_user=True),
        "scheduled_deletion_deactivated",
    ),
}

# ok, E = InvalidAccountStatusTransition, U = UserIsAnonymized; contract section 7, and the user's own deletion.
TABLE = """
                               | disable | temporary | enable | delete | undelete | fade | unfade | anonymize | by user
normal                         | ok      | ok        | E      | ok     | E        | ok   | E      | ok        | ok
temporary period in the future | ok      | ok        | E      | ok     | E        | ok   | E      | ok        | ok
temporary period in the past   | ok      | ok        | E      | ok     | E        | ok   | E      | ok        | ok
outside valid period           | ok      | D         | E      | ok     | E        | ok   | E      | ok        | ok
disabled                       | E       | ok        | ok     | ok     | E        | ok   | E      | ok        | E
disabled temporarily           | ok      | ok        | ok     | ok     | E        | ok   | E      | ok        | E
scheduled deletion             | E       | E         | E      | E      | ok       | ok   | E      | ok        | E
scheduled deletion by the user | E       | E         | E      | E      | ok       | ok   | E      | ok        | E
scheduled anonymization        | E       | E         | E      | ok     | E        | E    | ok     | ok        | E
anonymized                     | E       | E         | E      | ok     | E        | U    | U      | U         | E
anonymized, scheduled deletion | E       | E         | E      | E      | ok       | U    | U      | U         | E
"""


def _cells():
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip("\n").splitlines()]
    return [(row[0], name, cell) for row in rows for name, cell in zip(head[1:], row[1:], strict=True)]


@pytest.mark.parametrize(("state", "transition", "expected"), _cells())
def test_every_cell_of_the_contracts_table(state, transition, expected):
    status, (apply, reached) = STATES[state], TRANSITIONS[transition]
    if expected == "ok":
        target = apply(status)
        inner = AccountStatus(**{name: getattr(target, name) for name in target.__slots__ if "valid" not in name})
        stays = status.is_anonymized
        assert state_name(inner, NOW) == ("anonymized" if stays else reached)
        return
    error = refusal(lambda: apply(status))
    if expected == "U":
        assert (error.code, error.info) == ("UserIsAnonymized", {})
    elif expected == "D":
        assert error.info == {"cause": {"kind": "AccountValidFromShouldBeBeforeTemporarilyDisabledFrom"}}
    else:
        to = "anonymized" if (state, transition) == ("anonymized", "undelete") else reached
        assert error.code == "InvalidAccountStatusTransition"
        assert error.info == {"from": NAMES[state], "to": to}
        assert error.message == f"invalid account status transition: {NAMES[state]} -> {to}"


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_name_and_only_normal_is_enabled(state):
    assert state_name(STATES[state], NOW) == NAMES[state]
    assert is_disabled_now(STATES[state], NOW) == (NAMES[state] != "normal")


@pytest.mark.parametrize("state", STATES)
def test_a_valid_period_can_be_set_in_every_state_but_anonymized(state):
    def act():
        return set_valid_period(STATES[state], NOW, valid_from=NOW - 99 * DAY, valid_until=NOW + 99 * DAY)

    if NAMES[state] == "anonymized":
        assert refusal(act).info == {"from": "anonymized", "to": "anonymized"}
    else:
        assert act().account_valid_from == NOW - 99 * DAY
        assert state_name(act(), NOW) == ("normal" if state == "outside valid period" else NAMES[state])


def test_a_refused_period_in_the_future_names_normal_as_its_goal():
    error = refusal(
        lambda: disable(STATES["scheduled deletion"], NOW, temporarily_from=NOW + DAY, temporarily_until=NOW + 2 * DAY)
    )
    assert error.info == {"from": "scheduled_deletion_disabled", "to": "normal"}


def test_scheduling_again_an_anonymized_account_names_anonymized_as_its_origin():
    error = refusal(lambda: schedule_deletion(STATES["anonymized, scheduled deletion"], NOW, grace_days=1))
    assert error.info == {"from": "anonymized", "to": "scheduled_deletion_disabled"}


def test_disabling_keeps_the_reason_and_the_valid_period():
    start = set_valid_period(NORMAL, NOW, valid_from=NOW - DAY, valid_until=NOW + DAY)
    target = disable(start, NOW, reason="lost badge")
    assert target == AccountStatus(
        is_disabled=True,
        disable_reason="lost badge",
        account_valid_from=NOW - DAY,
        account_valid_until=NOW + DAY,
    )
    assert enable(target, NOW) == start


def test_disabling_for_good_ends_a_temporary_period():
    target = disable(STATES["disabled temporarily"], NOW)
    assert (target.is_disabled, target.temporarily_disabled_from, target.temporarily_disabled_until) == (
        True,
        None,
        None,
    )


def test_a_period_replaces_an_indefinite_disabling():
    target = disable(STATES["disabled"], NOW, reason="until Monday", **PERIOD)
    assert target == AccountStatus(
        disable_reason="until Monday",
        temporarily_disabled_from=NOW,
        temporarily_disabled_until=NOW + 3 * DAY,
    )


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_blank_reason_is_none(reason):
    assert disable(NORMAL, NOW, reason=reason).disable_reason is None


def test_a_reason_that_cannot_be_stored_is_refused():
    assert causes(lambda: disable(NORMAL, NOW, reason="a\x00")) == [("reason", "format")]
    assert causes(lambda: schedule_deletion(NORMAL, NOW, grace_days=1, reason="a" * 9999)) == [("reason", "maxLength")]


def test_scheduled_deletion_clears_everything_but_the_valid_period():
    start = AccountStatus(
        disable_reason="r",
        temporarily_disabled_from=NOW,
        temporarily_disabled_until=NOW + DAY,
        account_valid_until=NOW + 9 * DAY,
    )
    assert schedule_deletion(start, NOW, grace_days=30, reason="asked for it") == AccountStatus(
        is_disabled=True,
        account_valid_until=NOW + 9 * DAY,
        delete_at=NOW + 30 * DAY,
        delete_reason="asked for it",
    )


def test_one_schedule_replaces_the_other():
    deletion = schedule_deletion(STATES["scheduled anonymization"], NOW, grace_days=7)
    assert (deletion.delete_at, deletion.anonymize_at) == (NOW + 7 * DAY, None)
    anonymization = schedule_anonymization(STATES["scheduled deletion by the user"], NOW, grace_days=7)
    assert anonymization == AccountStatus(is_disabled=True, anonymize_at=NOW + 7 * DAY)


@pytest.mark.parametrize("state", ["scheduled deletion", "scheduled deletion by the user"])
def test_a_cancelled_deletion_leaves_a_normal_account(state):
    assert unschedule_deletion(STATES[state], NOW) == NORMAL


def test_a_cancelled_deletion_leaves_an_anonymized_account_disabled():
    assert unschedule_deletion(STATES["anonymized, scheduled deletion"], NOW) == STATES["anonymized"]


def test_anonymizing_keeps_only_the_deletion_date_and_the_valid_period():
    start = schedule_deletion(
        AccountStatus(account_valid_until=NOW + DAY), NOW, grace_days=30, reason="bye", by_user=True
    )
    assert anonymize(start, NOW) == AccountStatus(
        is_disabled=True,
        is_anonymized=True,
        delete_at=NOW + 30 * DAY,
        account_valid_until=NOW + DAY,
    )
    assert anonymize(STATES["disabled"], NOW) == AccountStatus(is_disabled=True, is_anonymized=True)


@pytest.mark.parametrize(
    ("period", "valid", "kind"),
    [
        ((0, None), (None, None), "TemporarilyDisabledPeriodMissingUntilTimestamp"),
        ((None, 1), (None, None), "TemporarilyDisabledPeriodMissingFromTimestamp"),
        ((2, 1), (None, None), "TemporarilyDisabledFromShouldBeBeforeTemporarilyDisabledUntil"),
        ((1, 1), (None, None), "TemporarilyDisabledFromShouldBeBeforeTemporarilyDisabledUntil"),
        ((-1, -2), (None, None), "TemporarilyDisabledFromShouldBeBeforeTemporarilyDisabledUntil"),
        ((0, 5), (0, None), "AccountValidFromShouldBeBeforeTemporarilyDisabledFrom"),
        ((0, 5), (1, None), "AccountValidFromShouldBeBeforeTemporarilyDisabledFrom"),
        ((0, 5), (None, 5), "TemporarilyDisabledUntilShouldBeBeforeAccountValidUntil"),
        ((0, 5), (None, 4), "TemporarilyDisabledUntilShouldBeBeforeAccountValidUntil"),
        ((0, 5), (-1, 6), None),
    ],
)
def test_a_temporary_period_must_be_whole_and_inside_the_valid_one(period, valid, kind):
    def at(days):
        return None if days is None else NOW + days * DAY

    start = set_valid_period(NORMAL, NOW, valid_from=at(valid[0]), valid_until=at(valid[1]))

    def act():
        return disable(start, NOW, temporarily_from=at(period[0]), temporarily_until=at(period[1]))

    if kind is None:
        assert state_name(act(), NOW) == "disabled_temporarily"
        return
    error = refusal(act)
    assert (error.code, error.info) == ("InvalidAccountStatusTransition", {"cause": {"kind": kind}})


@pytest.mark.parametrize(
    ("valid", "kind"),
    [
        ((1, 1), "AccountValidFromShouldBeBeforeAccountValidUntil"),
        ((2, 1), "AccountValidFromShouldBeBeforeAccountValidUntil"),
        ((0, None), "AccountValidFromShouldBeBeforeTemporarilyDisabledFrom"),
        ((None, 3), "TemporarilyDisabledUntilShouldBeBeforeAccountValidUntil"),
    ],
)
def test_a_valid_period_must_be_a_period_around_the_temporary_one(valid, kind):
    bounds = [None if days is None else NOW + days * DAY for days in valid]
    error = refusal(
        lambda: set_valid_period(STATES["disabled temporarily"], NOW, valid_from=bounds[0], valid_until=bounds[1])
    )
    assert (error.code, error.info) == ("InvalidAccountStatusTransition", {"cause": {"kind": kind}})


def test_a_temporary_period_that_is_over_does_not_restrict_the_valid_one():
    target = set_valid_period(STATES["temporary period in the past"], NOW, valid_from=NOW, valid_until=None)
    assert target == AccountStatus(account_valid_from=NOW)


def test_periods_include_their_beginning_and_exclude_their_end():
    temporary = disable(NORMAL, NOW, temporarily_from=NOW + DAY, temporarily_until=NOW + 2 * DAY)
    moment = timedelta(microseconds=1)
    assert [is_disabled_now(temporary, NOW + DAY + by) for by in (-moment, 0 * moment, DAY - moment, DAY)] == [
        False,
        True,
        True,
        False,
    ]
    valid = set_valid_period(NORMAL, NOW, valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    assert [is_disabled_now(valid, NOW + DAY + by) for by in (-moment, 0 * moment, DAY - moment, DAY)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_temporary_period_is_dropped_once_past():
    status = STATES["disabled temporarily"]
    assert dropped_when_past(status, NOW + 3 * DAY - timedelta(microseconds=1)) == status
    assert dropped_when_past(status, NOW + 3 * DAY) == NORMAL
    assert disable(NORMAL, NOW, temporarily_from=NOW - 2 * DAY, temporarily_until=NOW - DAY) == NORMAL


def test_outside_the_valid_period_a_disabled_account_is_still_called_disabled():
    status = AccountStatus(is_disabled=True, account_valid_until=NOW - DAY)
    assert state_name(status, NOW) == "disabled"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "minimum"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "minimum"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), "maximum"),
        (datetime(2030, 1, 1), "format"),
    ],
)
def test_dates_beyond_every_calendar_and_without_zone_are_refused(value, kind):
    assert causes(lambda: set_valid_period(NORMAL, NOW, valid_from=value, valid_until=None)) == [
        ("account_valid_from", kind)
    ]
    assert causes(lambda: disable(NORMAL, NOW, temporarily_from=value, temporarily_until=None)) == [
        ("temporarily_disabled_from", kind)
    ]


def test_dates_are_kept_in_utc():
    value = datetime(2030, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    kept = set_valid_period(NORMAL, NOW, valid_from=value, valid_until=None).account_valid_from
    assert kept is not None
    assert kept.isoformat() == "2030-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("days", "kind"), [(0, "minimum"), (-1, "minimum"), (181, "maximum"), (10**30, "maximum"), (True, "type")]
)
def test_the_grace_period_is_1_to_180_days(days, kind):
    assert causes(lambda: schedule_deletion(NORMAL, NOW, grace_days=days)) == [("grace_days", kind)]
    assert causes(lambda: schedule_anonymization(NORMAL, NOW, grace_days=days)) == [("grace_days", kind)]
    assert schedule_deletion(NORMAL, NOW, grace_days=1).delete_at == NOW + DAY
    assert schedule_anonymization(NORMAL, NOW, grace_days=180).anonymize_at == NOW + 180 * DAY


_days = st.one_of(st.none(), st.integers(-4, 4))
_steps = st.lists(
    st.tuples(st.sampled_from([*TRANSITIONS, "period", "valid"]), _days, _days, st.integers(0, 2)), max_size=12
)


def _step(status, now, name, start, end):
    first = None if start is None else now + start * DAY
    second = None if end is None else now + end * DAY
    moves = {
        "disable": lambda: disable(status, now, reason="r"),
        "temporary": lambda: disable(status, now, temporarily_from=now, temporarily_until=now + DAY),
        "period": lambda: disable(status, now, temporarily_from=first, temporarily_until=second),
        "valid": lambda: set_valid_period(status, now, valid_from=first, valid_until=second),
        "enable": lambda: enable(status, now),
        "delete": lambda: schedule_deletion(status, now, grace_days=3, reason="r"),
        "by user": lambda: schedule_deletion(status, now, grace_days=3, by_user=True),
        "undelete": lambda: unschedule_deletion(status, now),
        "fade": lambda: schedule_anonymization(status, now, grace_days=3),
        "unfade": lambda: unschedule_anonymization(status, now),
        "anonymize": lambda: anonymize(status, now),
    }
    return moves[name]()


def _assert_consistent(status, now):
    scheduled = [at for at in (status.delete_at, status.anonymize_at) if at is not None]
    period = (status.temporarily_disabled_from, status.temporarily_disabled_until)
    valid = (status.account_valid_from, status.account_valid_until)
    assert len(scheduled) <= 1
    assert status.is_disabled or not (scheduled or status.is_anonymized)
    assert (period[0] is None) == (period[1] is None)
    assert period[0] is None or period[0] < period[1]
    assert None in valid or valid[0] < valid[1]
    if period[0] is not None and now < period[1]:
        assert not status.is_disabled
        assert valid[0] is None or valid[0] < period[0]
        assert valid[1] is None or period[1] < valid[1]
    assert not status.is_deactivated or status.delete_at is not None
    assert status.delete_reason is None or status.delete_at is not None
    assert not (status.is_anonymized and (status.anonymize_at or status.disable_reason or status.is_deactivated))
    assert not scheduled or status.disable_reason is None
    assert is_disabled_now(status, now) == (state_name(status, now) != "normal")


@settings(max_examples=300)
@given(_steps)
def test_no_sequence_of_transitions_leaves_an_inconsistent_status(steps):
    status, now = NORMAL, NOW
    for name, start, end, wait in steps:
        now += wait * DAY
        result = attempt(lambda before=status, at=now, step=(name, start, end): _step(before, at, *step))
        if isinstance(result, Invalid):
            assert result.code in {"InvalidAccountStatusTransition", "UserIsAnonymized"}
        else:
            assert result.is_anonymized or not status.is_anonymized
            status = result
        _assert_consistent(status, now)
