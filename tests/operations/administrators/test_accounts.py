"""Changing, deactivating and deleting administrators, ending their sessions, resetting their factors."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import Administrator, AdministratorSession, Organization
from directory.operations import administrators as acts
from directory.permissions import rights_of
from directory.queries.administrators import own_sessions, sessions_of, standings
from tests.operations.administrators.cast import HOST, actor_of, administrator, given
from tests.signin.fixtures import sign_in_at_once
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]

ACTS: dict[str, Callable[[Actor, Administrator], object]] = {
    "update": lambda a, w: acts.update_administrator(actor=a, administrator_id=w.pk, name="Other Name"),
    "deactivate": lambda a, w: acts.deactivate_administrator(actor=a, administrator_id=w.pk),
    "reset": lambda a, w: acts.reset_second_factors(actor=a, administrator_id=w.pk),
    "end": lambda a, w: acts.end_administrator_sessions(actor=a, administrator_id=w.pk),
    "delete": lambda a, w: acts.delete_administrator(actor=a, administrator_id=w.pk),
}


def with_session(row: Administrator) -> GuardedClient:
    return sign_in_at_once(GuardedClient(), row)


def test_name_and_address_change_with_old_and_new(entries: Entries) -> None:
    gus = administrator("gus")
    client = with_session(gus)
    acts.update_administrator(actor=HOST, administrator_id=gus.pk, email="Gustav@Example.com", name="Gustav  Berg")
    gus.refresh_from_db()
    assert (gus.email, gus.name) == ("gustav@example.com", "Gustav Berg")
    (entry,) = entries(activity_type="administrator.updated")
    assert entry.personal["old"] == {"email": "gus@example.com", "name": "Gus"}
    assert client.get("/account").status_code == 302, "a new address ends the sessions"


def test_nothing_new_writes_nothing(entries: Entries) -> None:
    gus = administrator("gus")
    acts.update_administrator(actor=HOST, administrator_id=gus.pk, email="GUS@example.com")
    assert entries() == []


@pytest.mark.parametrize(("changes", "code"), [({"email": "x"}, Invalid), ({"name": ""}, Invalid)])
def test_bad_values_are_refused(changes: dict[str, str], code: type[DirectoryError]) -> None:
    gus = administrator("gus")
    with pytest.raises(code):
        acts.update_administrator(actor=HOST, administrator_id=gus.pk, **changes)


def test_an_address_that_is_taken_is_a_conflict() -> None:
    administrator("taken")
    with pytest.raises(Conflict) as refused:
        acts.update_administrator(actor=HOST, administrator_id=administrator("gus").pk, email="Taken@example.com")
    assert refused.value.code == "AdministratorDuplicateEmail"


def test_deactivated_they_are_out_at_once_and_reactivated_they_hold_what_they_held(entries: Entries) -> None:
    gus = administrator("gus", "support")
    client = with_session(gus)
    acts.deactivate_administrator(actor=HOST, administrator_id=gus.pk)
    gus.refresh_from_db()
    assert rights_of(gus) == (frozenset(), {})
    assert client.get("/account").status_code == 302
    assert not AdministratorSession.objects.filter(administrator=gus).exists()
    acts.deactivate_administrator(actor=HOST, administrator_id=gus.pk)
    acts.reactivate_administrator(actor=HOST, administrator_id=gus.pk)
    gus.refresh_from_db()
    assert "users.view" in rights_of(gus)[0]
    told = [entry.activity_type for entry in entries() if entry.activity_type.endswith("activated")]
    assert told == ["administrator.deactivated", "administrator.reactivated"]


def test_deleting_takes_all_that_was_theirs(acme: Organization, entries: Entries) -> None:
    gus = administrator("gus", "support")
    given(gus, "owner", acme)
    with_session(gus)
    Authenticator.objects.create(user=gus, type="totp", data={})
    acts.delete_administrator(actor=HOST, administrator_id=gus.pk)
    assert not Administrator.objects.exists()
    assert not Authenticator.objects.exists()
    (entry,) = entries(activity_type="administrator.deleted")
    assert entry.facts == {"admin_roles": ["owner", "support"]}


def test_resetting_factors_ends_sessions_and_leads_to_enrolment(entries: Entries) -> None:
    gus = administrator("gus", "support")
    for kind in ("totp", "recovery_codes", "webauthn"):
        Authenticator.objects.create(user=gus, type=kind, data={})
    client = with_session(gus)
    assert acts.reset_second_factors(actor=HOST, administrator_id=gus.pk) == 3
    assert client.get("/account").status_code == 302
    (entry,) = entries(activity_type="administrator.second_factors.reset")
    assert entry.facts == {"kinds": ["recovery_codes", "totp", "webauthn"], "session_count": 1}
    assert acts.reset_second_factors(actor=HOST, administrator_id=gus.pk) == 0
    assert len(entries(activity_type="administrator.second_factors.reset")) == 1


def test_one_session_or_all_can_be_ended(entries: Entries) -> None:
    gus = administrator("gus", "support")
    first, second, third = (with_session(gus) for _ in range(3))
    ids = {session.id for session in own_sessions(actor_of(gus))}
    one = UUID(first.session["id"])
    assert len(ids) == 3
    assert acts.end_administrator_sessions(actor=HOST, administrator_id=gus.pk, session_id=one) == 1
    places = [client.get("/account")["Location"].partition("?")[0] for client in (first, second)]
    assert places == ["/sign-in", "/account/second-factor"]
    with pytest.raises(NotFound):
        acts.end_administrator_sessions(actor=HOST, administrator_id=gus.pk, session_id=one)
    assert acts.end_own_sessions(actor=actor_of(gus), keep=UUID(third.session["id"])) == 1
    assert acts.end_administrator_sessions(actor=HOST, administrator_id=gus.pk) == 1
    assert acts.end_administrator_sessions(actor=HOST, administrator_id=gus.pk) == 0
    counts = [entry.facts["count"] for entry in entries(activity_type="administrator.sessions.ended")]
    assert counts == [1, 1, 1]


def test_nobody_ends_somebody_elses_session_as_their_own() -> None:
    gus, other = administrator("gus", "support"), administrator("other")
    client = with_session(other)
    with pytest.raises(NotFound):
        acts.end_own_sessions(actor=actor_of(gus), session_id=UUID(client.session["id"]))
    assert AdministratorSession.objects.filter(administrator=other).exists()


@pytest.mark.parametrize("name", ACTS)
def test_an_administrator_of_the_organization_may_where_the_person_is_theirs_alone(
    name: str, acme: Organization, globex: Organization, entries: Entries
) -> None:
    ada = actor_of(administrator("ada", "owner", acme))
    both, mine = administrator("both", "support", acme), administrator("mine", "support", acme)
    given(both, "support", globex)
    theirs, owner = administrator("theirs", "support", globex), administrator("olive", "owner")
    for row, error in ((both, Forbidden), (theirs, NotFound), (owner, NotFound)):
        with pytest.raises(error):
            ACTS[name](ada, row)
    with_session(mine)
    ACTS[name](ada, mine)
    done = [entry for entry in entries(author_id=ada.id) if entry.outcome == "success"]
    assert [entry.organization_id for entry in done] == [acme.pk]


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", ["user_manager", "help_desk", "support", "auditor", "developer"])
def test_no_other_role_may(name: str, who: str) -> None:
    gus, other = actor_of(administrator("gus", who)), administrator("other", "support")
    with pytest.raises(Forbidden if who == "auditor" else NotFound):
        ACTS[name](gus, other)


@pytest.mark.parametrize("name", ["deactivate", "reset", "delete"])
def test_nobody_does_it_to_themselves(name: str) -> None:
    olive = administrator("olive", "owner")
    administrator("second", "owner")
    with pytest.raises(Forbidden, match="themselves"):
        ACTS[name](actor_of(olive), olive)


@pytest.mark.parametrize("name", ["update", "deactivate", "reset", "delete"])
def test_it_needs_a_fresh_proof_of_identity(name: str) -> None:
    stale = dataclasses.replace(actor_of(administrator("olive", "owner")), reauthenticated=False)
    with pytest.raises(ReauthenticationRequired):
        ACTS[name](stale, administrator("gus"))


def test_an_organizations_administrator_sees_sessions_only_of_who_is_theirs_alone(
    acme: Organization, globex: Organization
) -> None:
    ada = actor_of(administrator("ada", "owner", acme))
    mine, both = administrator("mine", "support", acme), administrator("both", "support", acme)
    given(both, "support", globex)
    for row in (mine, both):
        with_session(row)
    assert len(sessions_of(ada, mine) or ()) == 1
    assert sessions_of(ada, both) is None
    assert [grant.organization_id for grant in standings(ada, [both])[both.pk].grants] == [acme.pk]
    assert len(sessions_of(actor_of(administrator("olive", "owner")), both) or ()) == 1


def test_a_session_that_was_idle_too_long_is_not_listed() -> None:
    gus = administrator("gus", "support")
    with_session(gus)
    AdministratorSession.objects.update(seen_at=timezone.now() - timedelta(minutes=31))
    assert own_sessions(actor_of(gus)) == []
