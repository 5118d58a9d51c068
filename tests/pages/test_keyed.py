"""What holds for the pages of roles and of groups alike."""

from typing import Any

import pytest

from directory.models import Group, Organization, Role
from directory.operations.base import version_of
from tests.operations.directory_rows import people, tie
from tests.pages.nouns import DIALOG, EVIL, LIST, PICKER, offered, picked, statements, text_of, words_of
from tests.write_guard import GuardedClient

MODELS: dict[str, type[Role] | type[Group]] = {"role": Role, "group": Group}
OTHER = {"role": "group", "group": "role"}


@pytest.fixture(params=["role", "group"])
def noun(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(noun: str) -> Any:
    return MODELS[noun]


@pytest.fixture
def url(noun: str) -> str:
    return f"/{noun}s"


@pytest.fixture
def row(model: Any, db: None) -> Any:
    return model.objects.create(key="editors", name="Editors", description="May edit")


def give(row: Any, users: Any) -> None:
    tie(**{type(row).__name__.lower(): row}, users=users)


def test_a_list_shows_key_name_organization_and_counts(
    owner_client: GuardedClient, model: Any, url: str, row: Any, acme: Organization
) -> None:
    model.objects.create(key="acme:viewers", organization=acme)
    give(row, people("Zoe", "Yan"))
    words = words_of(owner_client.get(url))
    assert "Editors editors" in words
    assert "acme:viewers Acme" in words
    assert "2 0" in words.split("May edit")[1][:10]


def test_an_empty_list_offers_to_add_the_first(owner_client: GuardedClient, noun: str, url: str) -> None:
    page = owner_client.get(url)
    assert f"No {noun}s yet" in words_of(page)
    assert f'href="{url}/add"' in text_of(page)


def test_a_search_that_finds_nothing_says_so(owner_client: GuardedClient, url: str, row: Any) -> None:
    assert "Nothing matches" in words_of(owner_client.get(url, {"q": "zzz"}))


@pytest.mark.parametrize("q", ["EDIT", "itor", " Editors "])
def test_search_finds_parts_of_key_and_name(
    owner_client: GuardedClient, model: Any, url: str, row: Any, q: str
) -> None:
    model.objects.create(key="billing")
    page = text_of(owner_client.get(url, {"q": q}, headers=LIST))
    assert "Editors" in page
    assert "billing" not in page


def test_search_as_one_types_answers_with_the_list_alone(owner_client: GuardedClient, url: str, row: Any) -> None:
    response = owner_client.get(url, {"q": "ed"}, headers=LIST)
    assert "<html" not in text_of(response)
    assert "HX-Request" in response["Vary"]


def test_a_list_is_narrowed_to_an_organization(
    owner_client: GuardedClient, model: Any, url: str, row: Any, acme: Organization
) -> None:
    model.objects.create(key="acme:viewers", organization=acme)
    page = text_of(owner_client.get(url, {"organization": "acme"}, headers=LIST))
    assert "acme:viewers" in page
    assert "editors" not in page


def test_an_unknown_organization_is_404(owner_client: GuardedClient, url: str) -> None:
    assert owner_client.get(url, {"organization": "nowhere"}).status_code == 404


def test_many_organizations_are_suggested_while_one_types(owner_client: GuardedClient, url: str, row: Any) -> None:
    Organization.objects.bulk_create([Organization(slug=f"o{n:03}", name=f"Org {n}") for n in range(60)])
    for address in (url, f"{url}/add"):
        page = text_of(owner_client.get(address))
        assert 'hx-get="/organizations/options' in page
        assert page.count('<option value="o') == 50
    found = text_of(owner_client.get("/organizations/options", {"organization": "o05"}))
    assert found.count("<option") == 10


def test_pages_of_a_list_are_linked_both_ways(owner_client: GuardedClient, model: Any, url: str) -> None:
    model.objects.bulk_create([model(key=f"k{n:03}") for n in range(60)])
    first = owner_client.get(url, {"q": "k"})
    older = text_of(first).split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = owner_client.get(older)
    assert "q=k" in older
    assert text_of(second).count("rowheader") == 10
    assert 'rel="prev"' in text_of(second)


def test_a_damaged_cursor_is_400(owner_client: GuardedClient, url: str) -> None:
    assert owner_client.get(url, {"cursor": "nonsense"}).status_code == 400


def test_a_null_byte_in_a_search_is_400(owner_client: GuardedClient, url: str, row: Any) -> None:
    assert owner_client.get(url, {"q": "a\0b"}).status_code == 400


def test_lists_cost_the_same_for_5_and_for_50_rows(owner_client: GuardedClient, model: Any, url: str) -> None:
    model.objects.bulk_create([model(key=f"a{n}") for n in range(5)])
    few = statements(lambda: owner_client.get(url))
    model.objects.bulk_create([model(key=f"b{n}") for n in range(45)])
    assert statements(lambda: owner_client.get(url)) == few == 6


def test_add_is_a_page_and_a_dialog(owner_client: GuardedClient, url: str) -> None:
    assert "<html" in text_of(owner_client.get(f"{url}/add"))
    dialog = text_of(owner_client.get(f"{url}/add", headers=DIALOG))
    assert "<dialog" in dialog
    assert "<html" not in dialog


def test_adding_one_leads_to_its_page(owner_client: GuardedClient, model: Any, url: str, acme: Organization) -> None:
    posted = {"key": "editors", "name": "Editors", "description": "x", "organization": "acme"}
    response = owner_client.post(f"{url}/add", posted)
    made = model.objects.get()
    assert (made.key, made.name, made.organization) == ("acme:editors", "Editors", acme)
    assert response["Location"] == f"{url}/{made.id}"
    assert "acme:editors added" in words_of(owner_client.get(response["Location"]))


def test_adding_from_a_dialog_tells_htmx_where_to_go(owner_client: GuardedClient, model: Any, url: str) -> None:
    response = owner_client.post(f"{url}/add", {"key": "editors"}, headers=DIALOG)
    assert response.status_code == 204
    assert response["HX-Redirect"] == f"{url}/{model.objects.get().id}"


@pytest.mark.parametrize("key", ["", "1st", "authgear:x", "a" * 41, "with blank", "ключ", "a\0b"])
def test_a_bad_key_is_refused_at_its_field(owner_client: GuardedClient, model: Any, url: str, key: str) -> None:
    response = owner_client.post(f"{url}/add", {"key": key, "name": "Kept <b>"})
    assert response.status_code == 422
    assert 'aria-describedby="id_key_helptext id_key_error"' in text_of(response)
    assert 'value="Kept &lt;b&gt;"' in text_of(response)
    assert not model.objects.exists()


def test_a_key_that_is_taken_is_refused(owner_client: GuardedClient, model: Any, url: str, row: Any) -> None:
    response = owner_client.post(f"{url}/add", {"key": "editors"})
    assert response.status_code == 422
    assert "with the key editors already" in words_of(response)
    assert model.objects.count() == 1


def test_an_unknown_organization_is_refused_at_its_field(
    owner_client: GuardedClient, model: Any, url: str, acme: Organization
) -> None:
    response = owner_client.post(f"{url}/add", {"key": "x", "organization": "nowhere"})
    assert response.status_code == 422
    assert "There is no such organization." in words_of(response)
    assert not model.objects.exists()


def test_settings_change_key_name_and_description(owner_client: GuardedClient, url: str, row: Any) -> None:
    response = owner_client.post(
        f"{url}/{row.id}", {"version": version_of(row), "key": "writers", "name": "", "description": "New"}
    )
    assert response.status_code == 302
    row.refresh_from_db()
    assert (row.key, row.name, row.description) == ("writers", None, "New")


def test_refused_settings_keep_what_was_typed(owner_client: GuardedClient, url: str, row: Any) -> None:
    response = owner_client.post(f"{url}/{row.id}", {"version": version_of(row), "key": "no good", "name": "Other"})
    assert response.status_code == 422
    assert 'value="no good"' in text_of(response)
    assert 'value="Other"' in text_of(response)
    row.refresh_from_db()
    assert row.key == "editors"


def test_settings_changed_in_the_meantime_are_refused(owner_client: GuardedClient, url: str, row: Any) -> None:
    posted = {"key": "writers", "version": "2020-01-01T00:00:00+00:00"}
    response = owner_client.post(f"{url}/{row.id}", posted)
    assert response.status_code == 422
    assert "Somebody else changed this" in words_of(response)


@pytest.mark.parametrize("version", [{}, {"version": ""}])
def test_settings_without_their_version_are_refused(
    owner_client: GuardedClient, url: str, row: Any, version: Any
) -> None:
    response = owner_client.post(f"{url}/{row.id}", {"key": "writers", **version})
    assert response.status_code == 422
    assert "Look at it again first" in words_of(response)
    row.refresh_from_db()
    assert row.key == "editors"


def test_settings_show_what_happened(owner_client: GuardedClient, noun: str, url: str, row: Any) -> None:
    posted = {"version": version_of(row), "key": "writers", "name": "Editors", "description": "May edit"}
    owner_client.post(f"{url}/{row.id}", posted)
    page = words_of(owner_client.get(f"{url}/{row.id}"))
    assert "key · by owner-0@example.com" in page.split("Activity")[1]
    assert f'href="/audit-log?subject={noun}:{row.id}"' in text_of(owner_client.get(f"{url}/{row.id}"))


def test_deleting_needs_the_key_typed(owner_client: GuardedClient, model: Any, url: str, row: Any) -> None:
    give(row, people("Zoe"))
    assert "1 user will lose it" in words_of(owner_client.get(f"{url}/{row.id}/delete", headers=DIALOG))
    response = owner_client.post(f"{url}/{row.id}/delete", {"confirmation": "Editors"})
    assert response.status_code == 422
    assert "Type editors to confirm." in words_of(response)
    assert model.objects.exists()
    response = owner_client.post(f"{url}/{row.id}/delete", {"confirmation": "editors"})
    assert response["Location"] == url
    assert not model.objects.exists()


def test_the_users_tab_lists_people_with_state(owner_client: GuardedClient, url: str, row: Any) -> None:
    zoe, yan = people("Zoe", "Yan")
    give(row, [zoe, yan])
    page = owner_client.get(f"{url}/{row.id}/users")
    assert f'href="/users/{zoe.id}"' in text_of(page)
    assert "Zoe" in words_of(page)
    assert "Active" in words_of(page)


def test_several_users_are_added_at_once(owner_client: GuardedClient, url: str, row: Any, entries: Any) -> None:
    zoe, yan, _ = people("Zoe", "Yan", "Xia")
    add = f"{url}/{row.id}/users/add"
    assert len(offered(owner_client.get(add))) == 3
    response = owner_client.post(add, {"picked": [str(zoe.id), str(yan.id)]})
    assert response["Location"] == f"{url}/{row.id}/users"
    assert "2 users" in words_of(owner_client.get(response["Location"]))
    assert {entry.user_id for entry in entries(door="portal", user_id__isnull=False)} == {zoe.id, yan.id}


def test_ticked_users_stay_ticked_across_searches(owner_client: GuardedClient, url: str, row: Any) -> None:
    zoe, yan = people("Zoe", "Yan")
    add = f"{url}/{row.id}/users/add"
    searched = {"search": "1", "q": "yan", "picked": [str(zoe.id)]}
    response = owner_client.post(add, searched, headers=PICKER)
    assert response.status_code == 200
    assert "<dialog" not in text_of(response)
    assert (picked(response), offered(response)) == ([str(zoe.id)], [str(yan.id)])
    without_scripts = owner_client.post(add, searched)
    assert picked(without_scripts) == [str(zoe.id)]
    assert "<html" in text_of(without_scripts)


def test_who_has_it_already_cannot_be_ticked(owner_client: GuardedClient, url: str, row: Any) -> None:
    zoe, yan = people("Zoe", "Yan")
    give(row, [zoe])
    response = owner_client.get(f"{url}/{row.id}/users/add")
    assert offered(response) == [str(yan.id)]
    assert f'value="{zoe.id}" checked disabled' in text_of(response)


def test_nothing_ticked_is_refused(owner_client: GuardedClient, url: str, row: Any) -> None:
    response = owner_client.post(f"{url}/{row.id}/users/add", {"q": "x"})
    assert response.status_code == 422
    assert "Tick at least one." in words_of(response)


@pytest.mark.parametrize("value", ["00000000-0000-7000-8000-000000000000", "nonsense", "a\0b"])
def test_somebody_who_is_not_there_is_refused(owner_client: GuardedClient, url: str, row: Any, value: str) -> None:
    response = owner_client.post(f"{url}/{row.id}/users/add", {"picked": [value]})
    assert response.status_code == 422
    assert "deleted in the meantime" in words_of(response)


def test_more_than_50_say_so(owner_client: GuardedClient, url: str, row: Any) -> None:
    people(*(f"Person {n}" for n in range(52)))
    response = owner_client.get(f"{url}/{row.id}/users/add")
    assert len(offered(response)) == 50
    assert "refine the search" in words_of(response)


def test_an_organizations_own_is_offered_to_its_members_only(
    owner_client: GuardedClient, model: Any, url: str, acme: Organization
) -> None:
    row = model.objects.create(key="acme:editors", organization=acme)
    (zoe,) = people("Zoe", member_of=acme)
    (stranger,) = people("Stranger")
    add = f"{url}/{row.id}/users/add"
    assert offered(owner_client.get(add)) == [str(zoe.id)]
    response = owner_client.post(add, {"picked": [str(stranger.id)]})
    assert response.status_code == 422
    assert "only to its members" in words_of(response)


def test_users_are_removed_one_or_several(owner_client: GuardedClient, url: str, row: Any) -> None:
    users = people("Zoe", "Yan", "Xia")
    give(row, users)
    remove = f"{url}/{row.id}/users/remove"
    owner_client.post(remove, {"only": str(users[0].id), "picked": [str(users[1].id)]})
    assert text_of(owner_client.get(f"{url}/{row.id}/users")).count('aria-label="Remove ') == 2
    response = owner_client.post(remove, {"picked": [str(user.id) for user in users[1:]]}, follow=True)
    assert "2 users" in words_of(response)
    assert "Nobody" in words_of(response)


def test_removing_nobody_says_so(owner_client: GuardedClient, url: str, row: Any) -> None:
    response = owner_client.post(f"{url}/{row.id}/users/remove", follow=True)
    assert "Tick at least one user." in words_of(response)


def test_roles_and_groups_are_tied_from_both_sides(owner_client: GuardedClient, noun: str, url: str, row: Any) -> None:
    other = OTHER[noun]
    MODELS[other].objects.create(key="staff", name="Staff")
    MODELS[other].objects.create(key="guests")
    tab = f"{url}/{row.id}/{other}s"
    assert offered(owner_client.get(f"{tab}/add")) == ["guests", "staff"]
    response = owner_client.post(f"{tab}/add", {"picked": ["staff", "guests"]}, follow=True)
    assert "Staff staff" in words_of(response)
    response = owner_client.post(f"{tab}/remove", {"only": "staff"}, follow=True)
    assert "Staff staff" not in words_of(response)
    assert f"1 {other}" in words_of(response)


def test_tabs_cost_the_same_for_5_and_for_50_rows(owner_client: GuardedClient, url: str, row: Any) -> None:
    users = people(*(f"Person {n}" for n in range(50)))
    give(row, users[:5])
    tab, add = f"{url}/{row.id}/users", f"{url}/{row.id}/users/add"
    few, few_offered = statements(lambda: owner_client.get(tab)), statements(lambda: owner_client.get(add))
    give(row, users[5:])
    assert statements(lambda: owner_client.get(tab)) == few == 8
    assert statements(lambda: owner_client.get(add)) == few_offered


def test_markup_in_names_is_escaped(owner_client: GuardedClient, noun: str, model: Any, url: str, acme: Any) -> None:
    acme.name = EVIL
    acme.save()
    evil = model.objects.create(key="acme:evil", name=EVIL, description=EVIL, organization=acme)
    give(evil, people(EVIL, member_of=acme))
    other = MODELS[OTHER[noun]].objects.create(key="acme:other", name=EVIL, organization=acme)
    tie(**{noun: evil, OTHER[noun]: other})
    one = f"{url}/{evil.id}"
    addresses = ["", "/delete", "/users", "/users/add", f"/{OTHER[noun]}s", f"/{OTHER[noun]}s/add"]
    for address in [url, f"{url}/add", *(one + end for end in addresses)]:
        page = text_of(owner_client.get(address))
        assert "alert(1)" in page, address
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address


@pytest.mark.parametrize("end", ["", "/delete", "/users", "/users/add"])
@pytest.mark.parametrize("id", ["nonsense", "0" * 400, "00000000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_404(owner_client: GuardedClient, url: str, end: str, id: str) -> None:
    assert owner_client.get(f"{url}/{id}{end}").status_code == 404


def test_an_auditor_sees_everything_and_is_offered_nothing(
    auditor_client: GuardedClient, noun: str, url: str, row: Any
) -> None:
    give(row, people("Zoe"))
    for address in (url, f"{url}/{row.id}", f"{url}/{row.id}/users", f"{url}/{row.id}/{OTHER[noun]}s"):
        response = auditor_client.get(address)
        assert response.status_code == 200
        main = text_of(response).split("<main")[1].split("</main")[0]
        assert 'method="post"' not in main
        assert "/add" not in main
        assert "/delete" not in main


def test_an_auditors_post_is_403_recorded_and_without_effect(
    auditor_client: GuardedClient, noun: str, model: Any, url: str, row: Any, entries: Any
) -> None:
    zoe, yan = people("Zoe", "Yan")
    give(row, [yan])
    one, other = f"{url}/{row.id}", f"{OTHER[noun]}s"
    posts = {
        f"{url}/add": {"key": "new"},
        one: {"key": "changed"},
        f"{one}/delete": {"confirmation": "editors"},
        f"{one}/users/add": {"picked": [str(zoe.id)]},
        f"{one}/users/remove": {"picked": [str(yan.id)]},
        f"{one}/{other}/add": {"picked": ["x"]},
        f"{one}/{other}/remove": {"picked": ["x"]},
    }
    for number, (address, posted) in enumerate(posts.items(), 1):
        assert auditor_client.post(address, posted).status_code == 403, address
        assert auditor_client.post(address).status_code == 403, address
        denied = entries(outcome="denied")
        assert len(denied) == 2 * number, address
    assert [made.key for made in model.objects.all()] == ["editors"]
    assert not entries(outcome="success", door="portal", author_kind="administrator", subject_kind="user")


def test_an_auditor_may_not_open_forms(auditor_client: GuardedClient, url: str, row: Any) -> None:
    for end in ("/add", f"/{row.id}/delete", f"/{row.id}/users/add"):
        assert auditor_client.get(url + end).status_code == 403


def test_who_may_see_nothing_gets_403(signed_in: Any, url: str) -> None:
    assert signed_in("").get(url).status_code == 403


def test_without_signing_in_every_page_leads_to_sign_in(client: GuardedClient, url: str, row: Any) -> None:
    for end in ("", "/add", f"/{row.id}", f"/{row.id}/users"):
        response = client.get(url + end)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in")
