"""The pages of organizations."""

from typing import Any
from uuid import uuid4

import pytest

from directory.models import Group, Membership, Organization, Role
from directory.operations.base import version_of
from tests.operations.directory_rows import join, people, tie
from tests.pages.nouns import DIALOG, EVIL, LIST, PICKER, offered, picked, statements, text_of, words_of
from tests.write_guard import GuardedClient


def one(organization: Organization, end: str = "") -> str:
    return f"/organizations/{organization.id}{end}"


def test_the_list_shows_slug_name_and_counts(owner_client: GuardedClient, acme: Organization) -> None:
    people("Zoe", "Yan", member_of=acme)
    Role.objects.create(key="acme:editors", organization=acme)
    assert "Acme acme — none 2 1 0" in words_of(owner_client.get("/organizations"))


def test_the_list_is_searched_by_slug_and_name(
    owner_client: GuardedClient, acme: Organization, globex: Organization
) -> None:
    page = text_of(owner_client.get("/organizations", {"q": "GLOB"}, headers=LIST))
    assert "Globex" in page
    assert "Acme" not in page
    assert "Nothing matches" in words_of(owner_client.get("/organizations", {"q": "zzz"}))


def test_an_empty_list_offers_to_add_the_first(owner_client: GuardedClient) -> None:
    assert "No organizations yet" in words_of(owner_client.get("/organizations"))


def test_one_is_added(owner_client: GuardedClient) -> None:
    response = owner_client.post("/organizations/add", {"slug": "acme", "name": "Acme"}, headers=DIALOG)
    made = Organization.objects.get()
    assert response["HX-Redirect"] == one(made)
    assert (made.slug, made.name, made.description) == ("acme", "Acme", None)


@pytest.mark.parametrize("slug", ["", "Acme", "a-b", "authgear", "a" * 25])
def test_a_bad_slug_is_refused_at_its_field(owner_client: GuardedClient, slug: str) -> None:
    response = owner_client.post("/organizations/add", {"slug": slug, "name": "Kept"})
    assert response.status_code == 422
    assert 'id="id_slug_error"' in text_of(response)
    assert 'value="Kept"' in text_of(response)
    assert not Organization.objects.exists()


def test_a_slug_that_is_taken_is_refused(owner_client: GuardedClient, acme: Organization) -> None:
    response = owner_client.post("/organizations/add", {"slug": "acme", "name": "Other"})
    assert response.status_code == 422
    assert "slug acme already" in words_of(response)


def test_a_new_slug_renames_the_keys(owner_client: GuardedClient, acme: Organization) -> None:
    role = Role.objects.create(key="acme:editors", organization=acme)
    owner_client.post(one(acme), {"version": version_of(acme), "slug": "acme_corp", "name": "Acme"})
    role.refresh_from_db()
    assert role.key == "acme_corp:editors"


def test_settings_without_their_version_are_refused(owner_client: GuardedClient, acme: Organization) -> None:
    response = owner_client.post(one(acme), {"slug": "acme", "name": "Other"})
    assert response.status_code == 422
    assert "Look at it again first" in words_of(response)
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_deleting_needs_the_slug_typed(owner_client: GuardedClient, acme: Organization) -> None:
    people("Zoe", member_of=acme)
    assert "1 membership" in words_of(owner_client.get(one(acme, "/delete")))
    response = owner_client.post(one(acme, "/delete"), {"confirmation": "Acme"})
    assert response.status_code == 422
    assert Organization.objects.exists()
    response = owner_client.post(one(acme, "/delete"), {"confirmation": "acme"})
    assert response["Location"] == "/organizations"
    assert not Organization.objects.exists()


def test_deleting_asks_for_a_fresh_proof_of_identity(owner_client: GuardedClient, acme: Organization) -> None:
    session = owner_client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    for response in (
        owner_client.get(one(acme, "/delete")),
        owner_client.post(one(acme, "/delete"), {"confirmation": "acme"}),
    ):
        assert response["Location"].startswith("/confirm")
    assert Organization.objects.exists()


def test_members_show_standing_and_external_id(owner_client: GuardedClient, acme: Organization) -> None:
    people("Zoe", member_of=acme, role="admin", external_id="HR-7")
    people("Yan", member_of=acme, status="retired")
    words = words_of(owner_client.get(one(acme, "/members")))
    assert "Zoe" in words
    assert "Admin Active HR-7" in words
    assert "User Retired" in words


def test_members_are_narrowed_by_role_and_status(owner_client: GuardedClient, acme: Organization) -> None:
    people("Zoe", member_of=acme, role="admin")
    people("Yan", member_of=acme, status="retired")
    retired = words_of(owner_client.get(one(acme, "/members"), {"status": "retired"}))
    assert "Yan" in retired
    assert "Zoe" not in retired
    assert "Nothing matches" in words_of(
        owner_client.get(one(acme, "/members"), {"role": "admin", "status": "retired"})
    )


def test_members_are_added_with_a_standing(owner_client: GuardedClient, acme: Organization) -> None:
    zoe, yan = people("Zoe", "Yan")
    add = one(acme, "/members/add")
    response = owner_client.post(add, {"search": "1", "q": "y", "picked": str(zoe.id), "role": "admin"}, headers=PICKER)
    assert (picked(response), offered(response)) == ([str(zoe.id)], [str(yan.id)])
    response = owner_client.post(add, {"picked": [str(zoe.id), str(yan.id)], "role": "admin"})
    assert response["Location"] == one(acme, "/members")
    assert set(Membership.objects.values_list("user_id", "role")) == {(zoe.id, "admin"), (yan.id, "admin")}


def test_of_several_members_all_are_added_or_none(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe")
    response = owner_client.post(one(acme, "/members/add"), {"picked": [str(zoe.id), str(uuid4())], "role": "user"})
    assert response.status_code == 422
    assert picked(response) == [str(zoe.id)]
    assert not Membership.objects.exists()


def test_a_standing_that_there_is_not_is_refused(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe")
    response = owner_client.post(one(acme, "/members/add"), {"picked": str(zoe.id), "role": "king"})
    assert response.status_code == 422
    assert 'id="id_role_error"' in text_of(response)


def test_a_retired_member_can_be_added_again(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe", member_of=acme, status="retired")
    (active,) = people("Yan", member_of=acme)
    response = owner_client.get(one(acme, "/members/add"))
    assert offered(response) == [str(zoe.id)]
    assert f'value="{active.id}" checked disabled' in text_of(response)


def test_a_membership_is_changed(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    address = one(acme, f"/members/{zoe.id}")
    assert "<dialog" in text_of(owner_client.get(address, headers=DIALOG))
    owner_client.post(address, {"role": "admin", "status": "active", "external_id": "HR-7"})
    member = Membership.objects.get()
    assert (member.role, member.status, member.external_id) == ("admin", "active", "HR-7")


def test_the_last_admin_is_neither_demoted_nor_removed(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe", member_of=acme, role="admin")
    address = one(acme, f"/members/{zoe.id}")
    for response in (
        owner_client.post(address, {"role": "user", "status": "active"}),
        owner_client.post(f"{address}/remove"),
    ):
        assert response.status_code == 422
        assert "last active admin" in words_of(response)
    assert Membership.objects.get().role == "admin"


def test_a_member_is_removed_after_a_question(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    address = one(acme, f"/members/{zoe.id}/remove")
    assert "The account stays." in words_of(owner_client.get(address))
    assert "Zoe is no longer a member." in words_of(owner_client.post(address, follow=True))
    assert not Membership.objects.exists()


@pytest.mark.parametrize("noun", ["role", "group"])
def test_what_belongs_to_it_is_listed_and_can_be_added(
    owner_client: GuardedClient, acme: Organization, noun: str
) -> None:
    assert f"No {noun}s yet" in words_of(owner_client.get(one(acme, f"/{noun}s")))
    {"role": Role, "group": Group}[noun].objects.create(key="acme:editors", organization=acme)
    page = text_of(owner_client.get(one(acme, f"/{noun}s")))
    assert "acme:editors" in page
    add = f"/{noun}s/add?organization=acme"
    assert f'href="{add}"' in page
    assert '<option value="acme" selected>' in text_of(owner_client.get(add, headers=DIALOG))


def test_pages_cost_the_same_for_5_and_for_50_rows(owner_client: GuardedClient, acme: Organization) -> None:
    addresses = ("/organizations", one(acme, "/members"), one(acme, "/members/add"), one(acme, "/roles"))
    for n in range(5):
        Organization.objects.create(slug=f"a{n}", name="A")
        Role.objects.create(key=f"acme:a{n}", organization=acme)
    people(*(f"Few {n}" for n in range(5)), member_of=acme)
    few = [statements(lambda address=address: owner_client.get(address)) for address in addresses]
    for n in range(45):
        Organization.objects.create(slug=f"b{n}", name="B")
        Role.objects.create(key=f"acme:b{n}", organization=acme)
    people(*(f"Many {n}" for n in range(45)), member_of=acme)
    assert [statements(lambda address=address: owner_client.get(address)) for address in addresses] == few
    assert few[:2] == [5, 8]


def test_markup_in_names_is_escaped(owner_client: GuardedClient) -> None:
    evil = Organization.objects.create(slug="evil", name=EVIL, description=EVIL)
    (zoe,) = people(EVIL)
    join(evil, [zoe], external_id=EVIL)
    Role.objects.create(key="evil:role", name=EVIL, description=EVIL, organization=evil)
    ends = ["", "/delete", "/members", "/members/add", f"/members/{zoe.id}", f"/members/{zoe.id}/remove", "/roles"]
    for address in ["/organizations", "/organizations/options", *(one(evil, end) for end in ends)]:
        page = text_of(owner_client.get(address))
        assert "alert(1)" in page, address
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address


@pytest.mark.parametrize("end", ["", "/delete", "/members", "/members/add", "/roles", "/groups"])
@pytest.mark.parametrize("id", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_404(owner_client: GuardedClient, end: str, id: str) -> None:
    assert owner_client.get(f"/organizations/{id}{end}").status_code == 404


def test_who_is_no_member_is_404(owner_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe")
    for id in (zoe.id, uuid4(), "nonsense"):
        assert owner_client.get(one(acme, f"/members/{id}")).status_code == 404
        assert owner_client.post(one(acme, f"/members/{id}/remove")).status_code == 404


def test_an_auditor_sees_everything_and_is_offered_nothing(auditor_client: GuardedClient, acme: Organization) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    tie(role=Role.objects.create(key="acme:editors", organization=acme), users=[zoe])
    for address in ("/organizations", *(one(acme, end) for end in ("", "/members", "/roles", "/groups"))):
        response = auditor_client.get(address)
        assert response.status_code == 200
        main = text_of(response).split("<main")[1].split("</main")[0]
        assert 'method="post"' not in main
        assert "/add" not in main
        assert "/remove" not in main


def test_an_auditors_post_is_403_recorded_and_without_effect(
    auditor_client: GuardedClient, acme: Organization, entries: Any
) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    posts = {
        "/organizations/add": {"slug": "new", "name": "New"},
        one(acme): {"slug": "changed", "name": "Changed"},
        one(acme, "/delete"): {"confirmation": "acme"},
        one(acme, "/members/add"): {"picked": [str(zoe.id)], "role": "admin"},
        one(acme, f"/members/{zoe.id}"): {"role": "admin", "status": "active"},
        one(acme, f"/members/{zoe.id}/remove"): {},
    }
    for number, (address, posted) in enumerate(posts.items(), 1):
        assert auditor_client.post(address, posted).status_code == 403, address
        assert auditor_client.post(address).status_code == 403, address
        assert len(entries(outcome="denied")) == 2 * number, address
    assert Organization.objects.get().slug == "acme"
    assert Membership.objects.get().role == "user"


def test_suggestions_are_refused_for_a_permission_that_there_is_not(owner_client: GuardedClient) -> None:
    assert owner_client.get("/organizations/options", {"may": "x"}).status_code == 400
    assert owner_client.get("/organizations/options", {"organization": "a\0"}).status_code == 400
