"""The pages of administrators: what they show to whom, and what each form does."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from directory.models import Administrator, Grant, Invitation, Organization
from directory.operations.administrators import invite_administrator
from directory.permissions import rights_of
from directory.values.permissions import ADMIN_ROLES
from tests.operations.administrators.cast import HOST, administrator, given, roles_of
from tests.operations.administrators.test_invitations import PHRASE, mailed
from tests.signin.fixtures import enrolled, sign_in_at_once
from tests.signin.test_confirming import make_stale
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}
EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def ada(acme: Organization) -> GuardedClient:
    """Signed in as somebody who administers Acme alone."""
    row = enrolled("ada@example.com")
    given(row, "owner", acme)
    return sign_in_at_once(GuardedClient(), row)


def text(response: Any) -> str:
    return str(response.content.decode())


def listed(client: GuardedClient, query: str = "") -> list[str]:
    return [item["row"].email for item in client.get(f"/administrators{query}").context["rows"]]


def test_an_owner_sees_all_by_address(owner_client: GuardedClient, acme: Organization) -> None:
    administrator("zoe", "support"), administrator("gus", "help_desk", acme)
    emails = listed(owner_client)
    assert emails == sorted(emails)
    assert {"zoe@example.com", "gus@example.com"} < set(emails)
    assert listed(owner_client, "?q=zo") == ["zoe@example.com"]
    assert listed(owner_client, "?role=help_desk") == ["gus@example.com"]
    assert "Clear filters" in text(owner_client.get("/administrators?q=nobody-at-all"))


def test_an_administrator_of_one_organization_sees_who_is_granted_something_there(
    ada: GuardedClient, acme: Organization, globex: Organization
) -> None:
    both = administrator("both", "support", acme)
    given(both, "auditor", globex)
    given(both, "developer")
    administrator("theirs", "owner", globex), administrator("olive", "owner")
    assert listed(ada) == ["ada@example.com", "both@example.com"]
    assert listed(ada, "?role=auditor") == [], "a grant out of sight does not even count in a filter"
    assert listed(ada, "?q=olive") == []
    shown = text(ada.get(f"/administrators/{both.pk}"))
    assert "Support" in shown
    for hidden in ("Auditor", "Globex", "Developer", "h-sessions"):
        assert hidden not in shown


def test_out_of_sight_is_404_on_every_page(ada: GuardedClient, globex: Organization) -> None:
    cleo = administrator("cleo", "support", globex)
    grant = Grant.objects.get(administrator=cleo)
    for path in ("", "/edit", "/grants/add", f"/grants/{grant.pk}/revoke", "/act/delete", "/act/deactivate"):
        assert ada.get(f"/administrators/{cleo.pk}{path}").status_code == 404
        if path:
            assert ada.post(f"/administrators/{cleo.pk}{path}", {}).status_code == 404
    assert ada.post(f"/administrators/{cleo.pk}/sessions/end").status_code == 404
    assert ada.get("/administrators/no-id").status_code == 404


@pytest.mark.parametrize("role", ["user_manager", "help_desk", "support", "developer", ""])
def test_who_may_not_see_administrators_gets_403(signed_in: Callable[..., GuardedClient], role: str) -> None:
    client = signed_in(role)
    assert client.get("/administrators").status_code == 403
    assert "/administrators" not in text(client.get("/account"))


def test_an_auditor_sees_and_is_offered_nothing(auditor_client: GuardedClient) -> None:
    gus = administrator("gus", "support")
    grant = Grant.objects.get(administrator=gus)
    shown = text(auditor_client.get("/administrators")) + text(auditor_client.get(f"/administrators/{gus.pk}"))
    for offer in ("/invite", "/edit", "/grants/", "/act/", "End all"):
        assert offer not in shown
    for path in ("/edit", "/grants/add", f"/grants/{grant.pk}/revoke", "/act/delete", "/act/reset-second-factors"):
        assert auditor_client.get(f"/administrators/{gus.pk}{path}").status_code == 403
        assert auditor_client.post(f"/administrators/{gus.pk}{path}", {}).status_code == 403
    assert auditor_client.get("/administrators/invite").status_code == 403
    assert auditor_client.post("/administrators/invite", {}).status_code == 403


def test_inviting_granting_and_revoking_by_forms(
    owner_client: GuardedClient, acme: Organization, entries: Entries
) -> None:
    assert owner_client.get("/administrators/invite", headers=DIALOG).status_code == 200
    form = {"name": "Nina Novak", "email": "nina@example.com", "admin_role": "support", "organization": "acme"}
    made = owner_client.post("/administrators/invite", {**form, "ends_after": "7"})
    nina = Administrator.objects.get(email="nina@example.com")
    assert (made.status_code, made["Location"]) == (302, f"/administrators/{nina.pk}")
    grant = Grant.objects.get(administrator=nina)
    assert grant.expires_at is not None
    assert timedelta(days=6, hours=23) < grant.expires_at - timezone.now() <= timedelta(days=7)
    page = text(owner_client.get(f"/administrators/{nina.pk}"))
    assert "Invited" in page
    assert "Support" in page
    given_too = owner_client.post(f"/administrators/{nina.pk}/grants/add", {"admin_role": "developer"})
    assert given_too.status_code == 302
    assert roles_of(nina) == {("support", acme.pk), ("developer", None)}
    assert owner_client.get(f"/administrators/{nina.pk}/grants/{grant.pk}/revoke").status_code == 200
    assert owner_client.post(f"/administrators/{nina.pk}/grants/{grant.pk}/revoke").status_code == 302
    assert roles_of(nina) == {("developer", None)}
    assert [e.activity_type for e in entries(subject_id=nina.pk)] == [
        "administrator.invited",
        "administrator.role.granted",
        "administrator.role.revoked",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "none"}, "not an e-mail address"),
        ({"name": ""}, "required"),
        ({"admin_role": ""}, "required"),
        ({"admin_role": "emperor"}, "valid choice"),
        ({"organization": "nowhere"}, "no such organization"),
        ({"email": "taken@example.com"}, "Another administrator"),
        ({"ends_after": "1000"}, "valid choice"),
    ],
)
def test_a_refused_invitation_says_why_and_makes_nobody(
    owner_client: GuardedClient, acme: Organization, changes: dict[str, str], said: str
) -> None:
    administrator("taken")
    form = {"name": "Nina", "email": "nina@example.com", "admin_role": "support", **changes}
    answer = owner_client.post("/administrators/invite", form)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Administrator.objects.filter(email="nina@example.com").exists()


def test_an_administrator_of_one_organization_is_offered_that_one_only(
    ada: GuardedClient, acme: Organization, globex: Organization
) -> None:
    shown = text(ada.get("/administrators/invite"))
    assert "Acme" in shown
    assert "Globex" not in shown
    assert "The whole directory" not in shown
    form = {"name": "Nina", "email": "nina@example.com", "admin_role": "help_desk"}
    assert ada.post("/administrators/invite", form).status_code == 422
    assert ada.post("/administrators/invite", {**form, "organization": "globex"}).status_code == 422
    assert ada.post("/administrators/invite", {**form, "organization": "acme"}).status_code == 302
    nina = Administrator.objects.get(email="nina@example.com")
    assert rights_of(nina) == (frozenset(), {acme.pk: ADMIN_ROLES["help_desk"]})
    (grant,) = Grant.objects.filter(administrator=nina)
    assert ada.post(f"/administrators/{nina.pk}/grants/{grant.pk}/revoke")["Location"] == "/administrators"


@pytest.mark.parametrize(
    ("slug", "state", "done"),
    [
        ("deactivate", {"is_active": True}, lambda row: not row.is_active),
        ("reactivate", {"is_active": False}, lambda row: row.is_active),
        ("reset-second-factors", {}, lambda row: not row.second_factors.exists()),
    ],
)
def test_an_act_is_confirmed_and_done(
    owner_client: GuardedClient, slug: str, state: dict[str, bool], done: Callable[[Any], bool]
) -> None:
    gus = enrolled("gus@example.com", "support")
    Administrator.objects.filter(pk=gus.pk).update(**state)
    assert slug in text(owner_client.get(f"/administrators/{gus.pk}"))
    assert owner_client.get(f"/administrators/{gus.pk}/act/{slug}", headers=DIALOG).status_code == 200
    assert owner_client.post(f"/administrators/{gus.pk}/act/{slug}").status_code == 302
    gus.refresh_from_db()
    assert done(gus)


def test_deleting_asks_for_the_address_first(owner_client: GuardedClient) -> None:
    gus = administrator("gus", "support")
    path = f"/administrators/{gus.pk}/act/delete"
    assert owner_client.post(path, {"confirmation": "gus"}).status_code == 422
    assert owner_client.post(path, {"confirmation": "gus@example.com"})["Location"] == "/administrators"
    assert not Administrator.objects.filter(pk=gus.pk).exists()


def test_the_last_owner_is_refused_in_words(ada: GuardedClient, signed_in: Callable[..., GuardedClient]) -> None:
    olive = administrator("olive", "owner")
    client = signed_in("owner")
    for path in ("act/deactivate", f"grants/{Grant.objects.get(administrator=olive).pk}/revoke"):
        answer = client.post(f"/administrators/{olive.pk}/{path}")
        assert answer.status_code == 422
        assert "last owner" in text(answer)
    assert client.get(f"/administrators/{olive.pk}/act/fly").status_code == 404


def test_name_and_address_change_by_form(owner_client: GuardedClient) -> None:
    gus = administrator("gus", "support")
    path = f"/administrators/{gus.pk}/edit"
    assert "gus@example.com" in text(owner_client.get(path))
    assert owner_client.post(path, {"name": "Gus B", "email": "x"}).status_code == 422
    assert owner_client.post(path, {"name": "Gus B", "email": "gusb@example.com"}).status_code == 302
    gus.refresh_from_db()
    assert (gus.name, gus.email) == ("Gus B", "gusb@example.com")


def test_sessions_are_shown_without_their_keys_and_ended(owner_client: GuardedClient) -> None:
    gus = enrolled("gus@example.com", "support")
    first, second = (sign_in_at_once(GuardedClient(), gus) for _ in range(2))
    page = owner_client.get(f"/administrators/{gus.pk}")
    assert len(page.context["sessions"]) == 2
    for client in (first, second):
        assert client.cookies["session"].value not in text(page)
    path = f"/administrators/{gus.pk}/sessions/end"
    assert owner_client.post(path, {"session": first.session["id"]}).status_code == 302
    assert [client.get("/account").status_code for client in (first, second)] == [302, 200]
    owner_client.post(path)
    assert second.get("/account").status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["invite", "{id}/edit", "{id}/grants/add", "{id}/act/deactivate"])
def test_each_form_asks_for_a_fresh_proof_first(owner_client: GuardedClient, method: str, path: str) -> None:
    gus = administrator("gus", "support")
    make_stale(owner_client)
    form = {"name": "N", "email": "n@example.com", "admin_role": "support"}
    address = f"/administrators/{path.format(id=gus.pk)}"
    answer = owner_client.get(address) if method == "get" else owner_client.post(address, form)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/confirm?next=")
    assert roles_of(gus) == {("support", None)}


def test_markup_in_names_is_text(owner_client: GuardedClient) -> None:
    nina = invite_administrator(actor=HOST, email="nina@example.com", name=EVIL, admin_role="support")
    for path in ("", f"/{nina.pk}", f"/{nina.pk}/edit", f"/{nina.pk}/act/delete", f"/{nina.pk}/grants/add"):
        assert EVIL not in text(owner_client.get(f"/administrators{path}"))


def test_an_invitation_is_accepted_and_leads_to_a_second_factor(entries: Entries) -> None:
    nina = invite_administrator(actor=HOST, email="nina@example.com", name="Nina", admin_role="support")
    path = f"/invitation/{mailed()}"
    client = GuardedClient()
    assert "nina@example.com" in text(client.get(path))
    for wrong in ({"password": "short", "again": "short"}, {"password": PHRASE, "again": "another phrase"}):
        assert client.post(path, wrong).status_code == 422
    done = client.post(path, {"password": PHRASE, "again": PHRASE})
    assert done.status_code == 302
    assert client.get("/users")["Location"] == "/account/second-factor"
    assert client.get("/account/second-factor").status_code == 200
    assert not Invitation.objects.exists()
    assert [e.activity_type for e in entries(subject_id=nina.pk)] == [
        "administrator.invited",
        "administrator.invitation.accepted",
        "administrator.signed_in",
    ]
    gone = GuardedClient().get(path)
    assert gone.status_code == 404
    assert re.search("does not hold", text(gone))
    assert GuardedClient().post(path, {"password": PHRASE, "again": PHRASE}).status_code == 404


def test_who_is_signed_in_accepts_nothing_by_mistake(owner_client: GuardedClient) -> None:
    invite_administrator(actor=HOST, email="nina@example.com", name="Nina", admin_role="support")
    path = f"/invitation/{mailed()}"
    for answer in (owner_client.get(path), owner_client.post(path, {"password": PHRASE, "again": PHRASE})):
        assert "signed in already" in text(answer)
    assert Invitation.objects.exists()


def test_a_list_of_many_costs_a_fixed_number_of_statements(
    owner_client: GuardedClient, django_assert_num_queries: Any
) -> None:
    owner_client.get("/administrators")
    for number in range(12):
        administrator(f"gus{number}", "support")
    # session, administrator with factors, rights; the page, grants, factors, invitations
    with django_assert_num_queries(7):
        owner_client.get("/administrators")


@pytest.fixture
def _no_tries_before_and_after() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("_no_tries_before_and_after")
def test_whose_addresses_are_administrators_is_not_found_out_by_trying(
    ada: GuardedClient, owner_client: GuardedClient, acme: Organization
) -> None:
    administrator("olive", "owner")
    gus = administrator("gus", "support", acme)
    invitation = {"name": "N", "email": "olive@example.com", "admin_role": "support", "organization": "acme"}
    change = {"name": "Gus", "email": "olive@example.com"}
    for _ in range(5):
        for answer in (
            ada.post("/administrators/invite", invitation),
            ada.post(f"/administrators/{gus.pk}/edit", change),
        ):
            assert answer.status_code == 422
            assert "This address cannot be invited: ask an owner." in text(answer)
            assert "Another administrator" not in text(answer)
    assert ada.post("/administrators/invite", {**invitation, "email": "new@example.com"}).status_code == 429
    assert ada.post(f"/administrators/{gus.pk}/edit", change).status_code == 429
    assert ada.post(f"/administrators/{gus.pk}/edit", {**change, "email": "gus@example.com"}).status_code == 302
    for _ in range(12):
        answer = owner_client.post("/administrators/invite", invitation)
        assert (answer.status_code, "Another administrator signs in" in text(answer)) == (422, True)
