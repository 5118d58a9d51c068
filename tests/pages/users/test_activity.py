"""What happened to a user."""

from collections.abc import Callable

import pytest

from directory.models import Organization, Role
from directory.operations.users import disable_user, enable_user
from tests.pages.users.people import HOST, Entries, give, grant, join, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def test_entries_are_shown_newest_first_and_lead_to_their_pages(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    give(zoe, [Role.objects.create(key="support")])
    make("ben@example.com")
    page = text(owner_client.get(f"/users/{zoe.pk}/activity"))
    ids = [part.split('"')[0] for part in page.split('href="/audit-log/')[1:]]
    assert ids == [str(entry.pk) for entry in reversed(entries(user_id=zoe.pk))]
    assert "Added: support" in page


def test_the_history_is_paged(owner_client: GuardedClient) -> None:
    zoe = make()
    for _ in range(13):
        disable_user(actor=HOST, user_id=zoe.pk)
        enable_user(actor=HOST, user_id=zoe.pk)
    page = text(owner_client.get(f"/users/{zoe.pk}/activity"))
    assert page.count('href="/audit-log/') == 25
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = text(owner_client.get(older))
    assert rest.count('href="/audit-log/') == 2
    assert "User created" in rest


def test_a_broken_cursor_is_refused(owner_client: GuardedClient) -> None:
    assert owner_client.get(f"/users/{make().pk}/activity?cursor=x").status_code == 400


def test_without_the_right_there_is_no_tab_and_no_page(
    signed_in: Callable[..., GuardedClient], acme: Organization
) -> None:
    zoe = make()
    join(zoe, acme)
    client = signed_in("")
    grant(client, acme, "users.view")
    assert "/activity" not in text(client.get(f"/users/{zoe.pk}"))
    assert client.get(f"/users/{zoe.pk}/activity").status_code == 403
