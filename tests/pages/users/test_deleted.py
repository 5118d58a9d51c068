"""Recently deleted users: the list, what would come back, restoring, erasing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.actors import Actor
from directory.models import AuditEntry, Authenticator, DeletedUser, Group, Organization, Role, User
from directory.operations.users import anonymize_user, delete_user
from tests.pages.users.people import DIALOG, EVIL, HOST, Entries, again, give, grant, join, make, make_many, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
LIST = "/users/deleted"
ALL = ("users.view", "users.restore", "users.erase")


def delete(user: User, **given: Any) -> str:
    delete_user(actor=HOST, user_id=user.pk, **given)
    return f"{LIST}/{user.pk}"


def statements(client: GuardedClient, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_list_names_who_was_deleted_when_and_by_whom(owner_client: GuardedClient) -> None:
    assert "Nobody has been deleted lately" in text(owner_client.get(LIST))
    first, second = make(standard_attributes={"name": "Zoë Ünal"}), make("yan@example.com")
    delete(first)
    owner_client.post(f"/users/{second.pk}/status/delete", {"confirmation": "yan@example.com"})
    page = text(owner_client.get(LIST))
    assert page.index("yan@example.com") < page.index("Zoë Ünal")
    assert f'href="{LIST}/{first.pk}"' in page
    assert "owner-0@example.com" in page
    assert "2 users" in page


def test_the_list_of_users_leads_there_and_so_does_the_word_after_a_deletion(owner_client: GuardedClient) -> None:
    zoe = make()
    assert f'href="{LIST}"' in text(owner_client.get("/users"))
    owner_client.post(f"/users/{zoe.pk}/status/delete", {"confirmation": "zoe@example.com"})
    assert "It can be restored for 30 days, under “Recently deleted”." in text(owner_client.get("/users"))


def test_nothing_is_promised_when_nothing_is_kept(owner_client: GuardedClient, settings: Any) -> None:
    settings.DELETED_USERS_KEPT_DAYS = 0
    zoe = make()
    owner_client.post(f"/users/{zoe.pk}/status/delete", {"confirmation": "zoe@example.com"})
    assert "It can be restored" not in text(owner_client.get("/users"))


def test_the_list_is_paged_and_costs_the_same_for_few_and_many(owner_client: GuardedClient) -> None:
    for user in make_many(3):
        delete(user)
    few = statements(owner_client, LIST)
    for number in range(50):
        delete(make(f"more{number}@example.com"))
    assert statements(owner_client, LIST) == few
    page = text(owner_client.get(LIST))
    assert "50 users on this page" in page
    older = page.split('href="/users/deleted?cursor=')[1].split('"')[0]
    assert text(owner_client.get(f"{LIST}?cursor={older}")).count(f'href="{LIST}/') == 3


def test_a_page_shows_what_would_come_back_and_what_happened(owner_client: GuardedClient, acme: Organization) -> None:
    zoe = make(standard_attributes={"name": "Zoë Ünal", "address": {"locality": "Ulm", "country": "DE"}})
    give(zoe, [Role.objects.create(key="support", name="Support")], [Group.objects.create(key="staff")])
    join(zoe, acme)
    Authenticator.objects.create(user=zoe, kind="primary", type="password", secret="argon2-of-zoe")
    url = delete(zoe, reason="Asked us to")
    page = text(owner_client.get(url))
    for words in ("Zoë Ünal", "zoe@example.com", "Ulm, DE", "Support", "staff", "Acme", "Password", "Asked us to"):
        assert words in page
    assert "User deleted" in page
    assert "argon2-of-zoe" not in page
    assert "Not everything can come back" not in page


def test_a_user_is_restored(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make(standard_attributes={"name": "Zoë Ünal"})
    url = delete(zoe)
    assert "Zoë Ünal" in text(owner_client.get(f"{url}/restore", headers=DIALOG))
    answer = owner_client.post(f"{url}/restore", headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/users/{zoe.pk}")
    assert "Zoë Ünal is restored." in text(owner_client.get(f"/users/{zoe.pk}"))
    assert [entry.author_kind for entry in entries(activity_type="user.restored")] == ["administrator"]
    assert owner_client.get(url).status_code == 404


def test_what_conflicts_is_said_and_left_out_only_when_asked(owner_client: GuardedClient) -> None:
    zoe = make()
    role = Role.objects.create(key="support", name="Support")
    give(zoe, [role])
    url = delete(zoe)
    role.delete()
    holder = make()
    for page in (text(owner_client.get(url)), text(owner_client.get(f"{url}/restore"))):
        assert "another user has it now" in page
        assert f'href="/users/{holder.pk}"' in page
        assert "<bdi>Support</bdi></b>: it has been deleted" in page
    refused = owner_client.post(f"{url}/restore")
    assert refused.status_code == 422
    assert 'role="alert"' in text(refused)
    assert not User.objects.filter(pk=zoe.pk).exists()
    assert owner_client.post(f"{url}/restore", {"without_conflicts": "on"}).status_code == 302
    assert again(zoe).standard_attributes == {}
    assert "2 things could not come back" in text(owner_client.get(f"/users/{zoe.pk}"))


def test_a_user_is_erased_once_the_word_is_typed(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    url = delete(zoe)
    assert "zoe@example.com" in text(owner_client.get(f"{url}/erase", headers=DIALOG))
    assert owner_client.post(f"{url}/erase", {"confirmation": "zoe"}).status_code == 422
    assert DeletedUser.objects.exists()
    answer = owner_client.post(f"{url}/erase", {"confirmation": "zoe@example.com"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert not DeletedUser.objects.exists()
    assert [entry.personal for entry in entries(user_id=zoe.pk)[:-1]] == [{}, {}]


def test_the_history_of_an_anonymized_user_is_erased(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    url = f"/users/{zoe.pk}/status"
    assert "Erase history" not in text(owner_client.get(url))
    assert owner_client.post(f"{url}/forget", {"confirmation": "zoe@example.com"}).status_code == 422
    anonymize_user(actor=HOST, user_id=zoe.pk)
    assert "Erase history" in text(owner_client.get(url))
    assert owner_client.post(f"{url}/forget", {"confirmation": str(zoe.pk)}).status_code == 302
    assert [entry.personal for entry in entries(user_id=zoe.pk)[:-1]] == [{}, {}]


@pytest.mark.parametrize("action", ["erase", "restore"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_both_need_a_fresh_proof_of_identity(owner_client: GuardedClient, method: str, action: str) -> None:
    url = delete(make())
    session = owner_client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 0}]
    session.save()
    answer = getattr(owner_client, method)(f"{url}/{action}", {"confirmation": "zoe@example.com"})
    assert (answer.status_code, answer["Location"].startswith("/confirm")) == (302, True)
    assert DeletedUser.objects.exists()


def test_a_key_that_is_lost_is_said_and_only_erasing_is_left(owner_client: GuardedClient) -> None:
    zoe = make()
    url = delete(zoe)
    DeletedUser.objects.update(snapshot="lost:AAAA", label="lost:AAAA")
    assert "Cannot be read" in text(owner_client.get(LIST))
    page = text(owner_client.get(url))
    assert "cannot be read" in page
    assert f"{url}/restore" not in page
    assert owner_client.post(f"{url}/restore").status_code == 422
    assert owner_client.post(f"{url}/erase", {"confirmation": str(zoe.pk)}).status_code == 302


def test_an_auditor_sees_and_changes_nothing(auditor_client: GuardedClient) -> None:
    url = delete(make())
    page = text(auditor_client.get(url))
    assert "zoe@example.com" in page
    assert f"{url}/restore" not in page
    assert f"{url}/erase" not in page
    for action in ("restore", "erase"):
        assert auditor_client.get(f"{url}/{action}").status_code == 403
        assert auditor_client.post(f"{url}/{action}").status_code == 403
    assert AuditEntry.objects.filter(outcome="denied").count() == 4


def test_an_organization_sees_only_its_people(
    signed_in: Callable[..., GuardedClient], acme: Organization, globex: Organization
) -> None:
    client = signed_in("")
    assert client.get(LIST).status_code == 403
    grant(client, acme, *ALL, "organizations.members")
    ours, theirs, both = (make(f"{name}@example.com") for name in ("ours", "theirs", "both"))
    role = Role.objects.create(key="globex:chief", name="Chief of Globex", organization=globex)
    for user, organizations in ((ours, [acme]), (theirs, [globex]), (both, [acme, globex])):
        for organization in organizations:
            join(user, organization)
    give(both, [role])
    urls = [delete(user) for user in (ours, theirs, both)]
    page = text(client.get(LIST))
    assert ("ours@" in page, "theirs@" in page, "both@" in page) == (True, False, True)
    assert [client.get(url).status_code for url in urls] == [200, 404, 200]
    assert "Globex" not in text(client.get(urls[2]))
    for action in ("erase", "restore"):
        assert [f"{url}/{action}" in text(client.get(url)) for url in (urls[0], urls[2])] == [True, False]
    assert client.post(f"{urls[2]}/erase", {"confirmation": "both@example.com"}).status_code == 403
    assert client.get(f"{urls[2]}/restore").status_code == 403
    assert [client.post(f"{url}/restore").status_code for url in urls] == [302, 404, 403]


def test_what_is_not_the_restorers_to_give_is_said_without_naming_it(
    signed_in: Callable[..., GuardedClient], acme: Organization
) -> None:
    client = signed_in("")
    grant(client, acme, *ALL, "organizations.view")
    zoe = make()
    join(zoe, acme)
    give(zoe, [Role.objects.create(key="chief", name="Chief")], [Group.objects.create(key="board", name="Board")])
    url = delete(zoe)
    for page in (text(client.get(url)), text(client.get(f"{url}/restore"))):
        assert "Organization <b><bdi>Acme</bdi></b>: it is not yours to give" in page
        assert page.count("Something that you may not see") == 1
        assert "Chief" not in page
        assert "Board" not in page
    assert client.post(f"{url}/restore").status_code == 422
    answer = client.post(f"{url}/restore", {"without_conflicts": "on"})
    # Who is no member any more is out of sight.
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert not again(zoe).memberships.exists()


def test_who_deleted_and_why_is_told_only_to_those_who_may_know(
    signed_in: Callable[..., GuardedClient], owner_client: GuardedClient, root: Actor, ada: Actor, acme: Organization
) -> None:
    client = signed_in("")
    grant(client, acme, *ALL, "audit_log.view")
    first, second = make(), make("yan@example.com")
    for user, actor in ((first, root), (second, ada)):
        join(user, acme)
        delete_user(actor=actor, user_id=user.pk, reason="told us a secret")
    urls = [f"{LIST}/{user.pk}" for user in (first, second)]
    for url in (LIST, *urls):
        page = text(client.get(url))
        assert "root@example.com" not in page
        assert "an administrator" in page
    assert "ada@example.com" not in text(client.get(LIST))
    assert all("<dt>By</dt><dd>an administrator</dd>" in text(client.get(url)) for url in urls)
    # The entry of an act by directory-wide right is not the organization's to read.
    assert ["told us a secret" in text(client.get(url)) for url in urls] == [False, True]
    assert "root@example.com" in text(owner_client.get(LIST))
    assert all("told us a secret" in text(owner_client.get(url)) for url in urls)


@pytest.mark.parametrize("address", ["x", str(uuid4()), "%00"], ids=["word", "unknown", "null"])
def test_there_is_nothing_at_other_addresses(owner_client: GuardedClient, address: str) -> None:
    for rest in ("", "/restore", "/erase"):
        assert owner_client.get(f"{LIST}/{address}{rest}").status_code == 404
        if rest:
            assert owner_client.post(f"{LIST}/{address}{rest}").status_code == 404


def test_nobody_is_shown_after_their_time(owner_client: GuardedClient) -> None:
    url = delete(make())
    DeletedUser.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "zoe@example.com" not in text(owner_client.get(LIST)).split('id="list"')[1]
    assert owner_client.get(url).status_code == 404


def test_a_bad_cursor_is_refused(owner_client: GuardedClient) -> None:
    assert owner_client.get(f"{LIST}?cursor=x").status_code == 400


def test_markup_is_shown_as_text(owner_client: GuardedClient) -> None:
    url = delete(make(standard_attributes={"name": EVIL}), reason=EVIL)
    for page in (text(owner_client.get(address)) for address in (LIST, url, f"{url}/restore", f"{url}/erase")):
        assert "&lt;img" in page
        assert "<img src=x" not in page
