"""The tab of sessions and authorizations, and the lockout on the tab of the account status."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from directory.models import Authorization, Lockout, Organization, Session, User
from directory.operations.lockouts import record_failed_attempt
from tests.operations.sign_ins import IPHONE, app, authorization, grant, left, session, sessions
from tests.pages.nouns import statements, words_of
from tests.pages.users.people import DIALOG, EVIL, HOST, HTMX, Entries, join, make, text
from tests.pages.users.people import grant as allow
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def url(user: User, path: str = "sessions") -> str:
    return f"/users/{user.pk}/{path}"


def test_sessions_are_told_in_words(owner_client: GuardedClient) -> None:
    zoe = make()
    session(zoe)
    session(zoe, kind="offline_grant", client=app(name="Field app"), user_agent="", device_info=IPHONE)
    words = words_of(owner_client.get(url(zoe)))
    assert "Firefox 144 on Linux Sign-in page · last active 5 min ago from 2001:db8::7 · began just now" in words
    assert "iPhone (iOS 19.1) Field app · last active" in words
    assert "End session on iPhone (iOS 19.1)" in words
    assert "2 sessions" in words


def test_authorizations_are_told_with_their_scopes(owner_client: GuardedClient) -> None:
    zoe = make()
    allowed = authorization(zoe, app("third", first_party=False, name="Calendar Sync"), "openid", "email")
    grant(allowed)
    words = words_of(owner_client.get(url(zoe)))
    assert "Calendar Sync May use openid, email" in words
    assert "Not signed in" in words, "the grant itself is no session to be shown"


def test_empty_states(owner_client: GuardedClient) -> None:
    words = words_of(owner_client.get(url(make())))
    assert "Not signed in" in words
    assert "No authorizations" in words
    assert "End all" not in words


def test_one_session_is_ended(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    one, other = session(zoe), session(zoe)
    answer = owner_client.post(url(zoe, f"sessions/{one.pk}/revoke"))
    assert (answer.status_code, answer["Location"]) == (302, url(zoe))
    assert list(Session.objects.all()) == [other]
    assert "The session is ended." in text(owner_client.get(url(zoe)))
    assert len(entries(activity_type="user.session.terminated")) == 1


def test_a_group_is_ended_together_and_said(owner_client: GuardedClient) -> None:
    zoe, group = make(), uuid4()
    one, _ = session(zoe, group=group), session(zoe, group=group)
    owner_client.post(url(zoe, f"sessions/{one.pk}/revoke"))
    assert left(zoe) == 0
    assert "2 sessions are ended." in text(owner_client.get(url(zoe)))


def test_a_session_that_has_ended_meanwhile_is_no_error(owner_client: GuardedClient) -> None:
    zoe = make()
    one = session(zoe)
    Session.objects.all().delete()
    answer = owner_client.post(url(zoe, f"sessions/{one.pk}/revoke"))
    assert answer.status_code == 302
    assert "ended already" in text(owner_client.get(url(zoe)))


def test_somebody_elses_session_is_not_ended_under_this_address(owner_client: GuardedClient) -> None:
    zoe, yan = make(), make("yan@example.com")
    theirs = session(yan)
    allowed = authorization(yan, app("third", first_party=False))
    owner_client.post(url(zoe, f"sessions/{theirs.pk}/revoke"))
    assert owner_client.post(url(zoe, f"authorizations/{allowed.pk}/remove")).status_code == 404
    assert left(yan) == 1
    assert Authorization.objects.exists()


def test_all_are_ended_after_a_question(owner_client: GuardedClient) -> None:
    zoe = make()
    sessions(zoe, 3)
    assert "signed out everywhere" in text(owner_client.get(url(zoe, "sessions/revoke"), headers=DIALOG))
    assert left(zoe) == 3
    answer = owner_client.post(url(zoe, "sessions/revoke"), headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url(zoe))
    assert left(zoe) == 0
    assert "3 sessions ended." in text(owner_client.get(url(zoe)))
    owner_client.post(url(zoe, "sessions/revoke"))
    assert "no session any more" in text(owner_client.get(url(zoe)))


def test_an_authorization_is_removed_after_a_question(owner_client: GuardedClient) -> None:
    zoe = make()
    allowed = authorization(zoe, app("third", first_party=False, name="Calendar Sync"))
    grant(allowed)
    address = url(zoe, f"authorizations/{allowed.pk}/remove")
    assert "Calendar Sync loses its access" in text(owner_client.get(address, headers=DIALOG))
    assert owner_client.post(address).status_code == 302
    assert not Authorization.objects.exists()
    assert not Session.objects.exists()
    assert owner_client.get(address).status_code == 404


def test_an_auditor_sees_it_and_is_offered_nothing(auditor_client: GuardedClient) -> None:
    zoe = make()
    one = session(zoe)
    allowed = authorization(zoe, app("third", first_party=False))
    page = text(auditor_client.get(url(zoe)))
    assert "Firefox 144" in page
    assert "revoke" not in page
    assert "/remove" not in page
    for path in ("sessions/revoke", f"authorizations/{allowed.pk}/remove"):
        assert auditor_client.get(url(zoe, path)).status_code == 403
    assert auditor_client.post(url(zoe, f"sessions/{one.pk}/revoke")).status_code == 403
    assert auditor_client.post(url(zoe, f"sessions/{uuid4()}/revoke")).status_code == 403


def test_an_organizations_administrator_reaches_its_members_only(
    signed_in: Callable[..., GuardedClient], acme: Organization
) -> None:
    ours, theirs = make("ours@example.com"), make("theirs@example.com")
    join(ours, acme)
    mine, other = session(ours), session(theirs)
    client = signed_in("")
    allow(client, acme, "users.view", "users.sessions")
    assert "End session" in words_of(client.get(url(ours)))
    assert client.get(url(theirs)).status_code == 404
    assert client.post(url(theirs, f"sessions/{other.pk}/revoke")).status_code == 404
    client.post(url(ours, f"sessions/{other.pk}/revoke"))
    assert left(theirs) == 1
    assert client.post(url(ours, f"sessions/{mine.pk}/revoke")).status_code == 302
    assert left(ours) == 0


def test_more_than_fifty_are_paged(owner_client: GuardedClient) -> None:
    zoe = make()
    sessions(zoe, 60)
    first = text(owner_client.get(url(zoe)))
    assert first.count('/revoke"><input') == 50
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert text(owner_client.get(older)).count('/revoke"><input') == 10
    fragment = text(owner_client.get(older, headers={**HTMX, "HX-Target": "list"}))
    assert fragment.lstrip().startswith("<section")
    assert owner_client.get(url(zoe, "sessions?cursor=x")).status_code == 400


def test_what_devices_and_applications_say_is_text(owner_client: GuardedClient) -> None:
    zoe = make()
    session(zoe, user_agent=EVIL, client=app(name=EVIL))
    session(zoe, device_info={"ios": {"UIDevice": {"model": EVIL}}})
    authorization(zoe, app("third", first_party=False, name=EVIL), EVIL)
    page = text(owner_client.get(url(zoe)))
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 4


@pytest.mark.parametrize("kind", ["per_user", "per_user_per_ip"])
def test_a_lockout_is_shown_and_lifted(owner_client: GuardedClient, settings: Any, kind: str) -> None:
    settings.ACCOUNT_LOCKOUT = kind
    zoe = make()
    assert "No sign-in is refused" in text(owner_client.get(url(zoe, "status")))
    for _ in range(10):
        record_failed_attempt(actor=HOST, user_id=zoe.pk, address="192.0.2.44")
    words = words_of(owner_client.get(url(zoe, "status")))
    assert ("192.0.2.44 until" if kind == "per_user_per_ip" else "Locked for everybody until") in words
    assert "Unlock" in words
    answer = owner_client.post(url(zoe, "lockout/reset"))
    assert (answer.status_code, answer["Location"]) == (302, url(zoe, "status"))
    assert not Lockout.objects.exists()
    page = text(owner_client.get(url(zoe, "status")))
    assert "zoe@example.com is unlocked." in page
    assert "No sign-in is refused" in page
    owner_client.post(url(zoe, "lockout/reset"))
    assert "was not locked any more" in text(owner_client.get(url(zoe, "status")))


def test_a_directory_without_lockout_says_nothing_of_it(owner_client: GuardedClient, settings: Any) -> None:
    settings.ACCOUNT_LOCKOUT = ""
    assert "Lockout" not in words_of(owner_client.get(url(make(), "status")))


def test_who_may_not_unlock_is_not_offered_to(auditor_client: GuardedClient) -> None:
    zoe = make()
    until = timezone.now() + timedelta(hours=1)
    Lockout.objects.create(user=zoe, address="192.0.2.1", attempts=10, locked_until=until, forgotten_at=until)
    page = text(auditor_client.get(url(zoe, "status")))
    assert "192.0.2.1" in page
    assert "lockout/reset" not in page
    assert auditor_client.post(url(zoe, "lockout/reset")).status_code == 403


def test_reading_needs_get_and_writing_needs_post(owner_client: GuardedClient) -> None:
    zoe = make()
    assert owner_client.post(url(zoe)).status_code == 405
    assert owner_client.get(url(zoe, "lockout/reset")).status_code == 405
    assert owner_client.get(url(zoe, f"sessions/{uuid4()}/revoke")).status_code == 405


@pytest.mark.parametrize("count", [5, 50])
def test_the_number_of_statements_does_not_depend_on_the_number_of_sessions(
    owner_client: GuardedClient, count: int
) -> None:
    zoe = make()
    sessions(zoe, count)
    for number in range(count // 5):
        authorization(zoe, app(f"third{number}", first_party=False))
    owner_client.get(url(zoe))  # what the session writes once a minute is not the page's
    assert statements(lambda: owner_client.get(url(zoe))) == 8
    assert statements(lambda: owner_client.get(url(zoe, "status"))) == 7
