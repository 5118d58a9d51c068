"""The account status: what is offered in which state, and every act."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.utils import timezone

from directory.models import User
from directory.operations import users as operations
from tests.pages.users.people import DIALOG, EVIL, HOST, Entries, again, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

PERIOD = {"temporarily_disabled_from": "2099-01-01T00:00", "temporarily_disabled_until": "2099-02-01T00:00"}
ZOE = {"confirmation": "zoe@example.com"}
DISABLE = {"disable", "disable-for-a-period"}
ALWAYS = {"delete", "anonymize", "valid-period"}
SCHEDULE = {"schedule-deletion", "schedule-anonymization"}


def url(user: User, slug: str = "") -> str:
    return f"/users/{user.pk}/status" + (f"/{slug}" if slug else "")


def offered(client: GuardedClient, user: User) -> set[str]:
    panel = text(client.get(url(user))).split('class="tabs"')[1]
    return {part.split('"')[0] for part in panel.split(f'href="{url(user)}/')[1:]}


def _disabled(user: User) -> None:
    operations.disable_user(actor=HOST, user_id=user.pk)


def _temporarily(user: User) -> None:
    now = timezone.now()
    operations.disable_user(
        actor=HOST, user_id=user.pk, temporarily_from=now, temporarily_until=now + timedelta(days=1)
    )


def _outside(user: User) -> None:
    operations.set_valid_period(
        actor=HOST, user_id=user.pk, valid_from=None, valid_until=datetime(2001, 1, 1, tzinfo=UTC)
    )


STATES: dict[str, tuple[Callable[[User], object], set[str]]] = {
    "normal": (lambda _user: None, ALWAYS | SCHEDULE | DISABLE),
    "disabled": (_disabled, ALWAYS | SCHEDULE | {"enable", "disable-for-a-period"}),
    "disabled temporarily": (_temporarily, ALWAYS | SCHEDULE | DISABLE | {"enable"}),
    "outside the valid period": (_outside, ALWAYS | SCHEDULE | DISABLE),
    "deletion scheduled": (
        lambda user: operations.schedule_deletion(actor=HOST, user_id=user.pk),
        ALWAYS | {"cancel-deletion", "schedule-anonymization"},
    ),
    "anonymization scheduled": (
        lambda user: operations.schedule_anonymization(actor=HOST, user_id=user.pk),
        ALWAYS | {"cancel-anonymization", "schedule-deletion"},
    ),
    "anonymized": (
        lambda user: operations.anonymize_user(actor=HOST, user_id=user.pk),
        {"delete", "forget", "schedule-deletion"},
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_only_what_the_table_allows_is_offered(owner_client: GuardedClient, state: str) -> None:
    bring_about, expected = STATES[state]
    zoe = make()
    bring_about(zoe)
    assert offered(owner_client, zoe) == expected


def test_an_auditor_sees_the_state_and_is_offered_nothing(auditor_client: GuardedClient) -> None:
    zoe = make()
    assert offered(auditor_client, zoe) == set()
    page = text(auditor_client.get(url(zoe)))
    assert "The user can sign in." in page
    assert "More actions" not in page


ACTS: dict[str, tuple[Callable[[User], object], dict[str, str], str, dict[str, Any]]] = {
    "disable": (
        STATES["normal"][0],
        {"reason": "Left us"},
        "user.disabled",
        {"is_disabled": True, "disable_reason": "Left us"},
    ),
    "disable-for-a-period": (
        STATES["normal"][0],
        PERIOD,
        "user.disabled",
        {"temporarily_disabled_until": datetime(2099, 2, 1, tzinfo=UTC)},
    ),
    "enable": (_disabled, {}, "user.reenabled", {"is_disabled": False}),
    "valid-period": (
        STATES["normal"][0],
        {"account_valid_from": "2020-01-01T00:00", "account_valid_until": ""},
        "user.valid_period.updated",
        {"account_valid_from": datetime(2020, 1, 1, tzinfo=UTC), "account_valid_until": None},
    ),
    "schedule-deletion": (
        STATES["normal"][0],
        {"reason": "Asked"},
        "user.deletion_scheduled",
        {"delete_reason": "Asked"},
    ),
    "cancel-deletion": (STATES["deletion scheduled"][0], {}, "user.deletion_unscheduled", {"delete_at": None}),
    "schedule-anonymization": (STATES["normal"][0], {}, "user.anonymization_scheduled", {"is_disabled": True}),
    "cancel-anonymization": (
        STATES["anonymization scheduled"][0],
        {},
        "user.anonymization_unscheduled",
        {"anonymize_at": None},
    ),
    "anonymize": (STATES["normal"][0], ZOE, "user.anonymized", {"is_anonymized": True}),
}


@pytest.mark.parametrize("slug", ACTS)
def test_an_act_is_asked_for_and_done_with_one_entry(owner_client: GuardedClient, entries: Entries, slug: str) -> None:
    before, data, activity_type, expected = ACTS[slug]
    zoe = make()
    before(zoe)
    assert text(owner_client.get(url(zoe, slug), headers=DIALOG)).lstrip().startswith("<dialog")
    answer = owner_client.post(url(zoe, slug), data, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url(zoe))
    stored = again(zoe)
    assert {name: getattr(stored, name) for name in expected} == expected
    assert [entry.user_id for entry in entries(activity_type=activity_type)] == [zoe.pk]


def test_a_user_is_deleted(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    assert "zoe@example.com" in text(owner_client.get(url(zoe, "delete")))
    answer = owner_client.post(url(zoe, "delete"), {**ZOE, "reason": "Asked"})
    assert (answer.status_code, answer["Location"]) == (302, "/users")
    assert not User.objects.exists()
    assert entries(activity_type="user.deleted")[0].personal["new"] == {"reason": "Asked"}
    assert "zoe@example.com is deleted." in text(owner_client.get("/users"))


def test_a_user_without_account_id_is_confirmed_by_its_id(owner_client: GuardedClient) -> None:
    bare = User.objects.create()
    assert owner_client.post(url(bare, "delete"), ZOE).status_code == 422
    assert owner_client.post(url(bare, "delete"), {"confirmation": str(bare.pk)}).status_code == 302


@pytest.mark.parametrize("word", ["", "zoe", "ZOE@example.com", "\0", "x" * 401])
@pytest.mark.parametrize("slug", ["delete", "anonymize"])
def test_without_the_word_nothing_is_lost(owner_client: GuardedClient, entries: Entries, slug: str, word: str) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, slug), {"confirmation": word, "reason": "Kept"}, headers=DIALOG)
    assert answer.status_code == 422
    assert 'id="id_confirmation_error"' in text(answer)
    assert "Kept" in text(answer) or slug == "anonymize"
    assert not again(zoe).is_anonymized
    assert len(entries()) == 1


@pytest.mark.parametrize("slug", ["delete", "anonymize"])
def test_a_final_act_needs_a_fresh_proof_of_identity(owner_client: GuardedClient, slug: str) -> None:
    zoe = make()
    session = owner_client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 0}]
    session.save()
    for answer in (owner_client.get(url(zoe, slug)), owner_client.post(url(zoe, slug), ZOE)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/confirm")
    assert not again(zoe).is_anonymized
    here = {**DIALOG, "HX-Current-URL": f"http://testserver{url(zoe)}"}
    assert "next=%2Fusers%2F" in owner_client.get(url(zoe, slug), headers=here)["HX-Redirect"]


@pytest.mark.parametrize(
    ("slug", "data", "field", "message"),
    [
        ("disable", {"reason": "x" * 1001}, "reason", "at most 1000 characters"),
        ("disable", {"reason": "\0"}, "reason", "Null characters"),
        ("disable", {"reason": "\x01"}, "reason", "control character"),
        ("schedule-deletion", {"reason": "\0"}, "reason", "Null characters"),
        ("delete", {**ZOE, "reason": "\x01"}, "reason", "control character"),
        ("disable-for-a-period", {}, "temporarily_disabled_from", "required"),
        (
            "disable-for-a-period",
            {**PERIOD, "temporarily_disabled_until": "x"},
            "temporarily_disabled_until",
            "Enter a date",
        ),
        (
            "disable-for-a-period",
            {**PERIOD, "temporarily_disabled_until": "2098-01-01T00:00"},
            "temporarily_disabled_until",
            "must end after it begins",
        ),
        (
            "valid-period",
            {"account_valid_from": "2099-01-01T00:00", "account_valid_until": "2098-01-01T00:00"},
            "account_valid_until",
            "must end after it begins",
        ),
        ("valid-period", {"account_valid_from": "1969-01-01T00:00"}, "account_valid_from", "before the year 1970"),
        ("valid-period", {"account_valid_from": "99999-01-01T00:00"}, "account_valid_from", "Enter a date"),
        ("valid-period", {"account_valid_from": "\0"}, "account_valid_from", "Enter a date"),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    owner_client: GuardedClient, entries: Entries, slug: str, data: dict[str, str], field: str, message: str
) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, slug), data, headers=DIALOG)
    assert answer.status_code == 422
    assert message in text(answer).split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert len(entries()) == 1


@pytest.mark.parametrize("slug", ["enable", "cancel-deletion", "cancel-anonymization"])
def test_an_act_that_is_not_open_any_more_says_so(owner_client: GuardedClient, slug: str) -> None:
    answer = owner_client.post(url(make(), slug), headers=DIALOG)
    assert answer.status_code == 422
    assert "cannot be done in the state" in text(answer)


def test_an_untouched_end_of_the_valid_period_keeps_its_seconds(owner_client: GuardedClient) -> None:
    zoe = make()
    exact = datetime(2020, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    operations.set_valid_period(actor=HOST, user_id=zoe.pk, valid_from=exact, valid_until=None)
    assert 'value="2020-01-02T03:04"' in text(owner_client.get(url(zoe, "valid-period")))
    owner_client.post(
        url(zoe, "valid-period"),
        {"account_valid_from": "2020-01-02T03:04", "account_valid_until": "2099-01-01T00:00"},
    )
    assert again(zoe).account_valid_from == exact


def test_there_are_no_other_acts(owner_client: GuardedClient) -> None:
    zoe = make()
    assert owner_client.get(url(zoe, "promote")).status_code == 404
    assert owner_client.post(url(zoe, "promote")).status_code == 404


def test_a_reason_is_shown_as_text(owner_client: GuardedClient) -> None:
    zoe = make()
    operations.disable_user(actor=HOST, user_id=zoe.pk, reason=EVIL)
    assert "<img src=x" not in text(owner_client.get(url(zoe)))
