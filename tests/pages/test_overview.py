"""The first page after signing in."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from guardian.shortcuts import assign_perm

from directory.actors import Actor
from directory.models import Organization, Role, SignUpCount
from tests.queries.logged import wrote
from tests.queries.test_overview import a_user
from tests.signin.fixtures import enrolled, sign_in_at_once
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def test_the_owner_sees_figures_sign_ups_and_the_latest_entries(owner_client: GuardedClient, root: Actor) -> None:
    a_user(is_disabled=True)
    Role.objects.create(key="support")
    SignUpCount.objects.create(day=datetime.now(UTC).date(), shard=0, count=4)
    entry = wrote(root, label="Zoë Ünal")
    page = owner_client.get("/").content.decode()
    for text in (
        'href="/users?status=disabled"',
        'href="/roles"',
        "Sign-ups per day",
        "<svg",
        "Zoë Ünal",
        f'href="/audit-log/{entry}"',
    ):
        assert text in page, text


def test_an_empty_directory_has_an_overview_too(owner_client: GuardedClient) -> None:
    page = owner_client.get("/").content.decode()
    assert "Nobody signed up" in page
    assert "Nothing is recorded yet" in page


def test_an_administrator_of_one_organization_sees_its_figures_and_no_sign_ups(acme: Organization, root: Actor) -> None:
    ben = enrolled("ben@example.com")
    for right in ("users.view", "audit_log.view"):
        assign_perm(f"directory.{right}", ben, acme)
    a_user(acme)
    a_user()
    wrote(root, label="Of nobody")
    wrote(root, label="Of Acme", organization_id=acme.id)
    page = sign_in_at_once(GuardedClient(), ben).get("/").content.decode()
    assert '<span class="stat-value"><span class="num">1</span>' in page
    assert "Sign-ups" not in page
    assert "Of Acme" in page
    assert "Of nobody" not in page


def test_somebody_without_rights_is_told_so(signed_in: Callable[..., GuardedClient]) -> None:
    response = signed_in("").get("/")
    assert response.status_code == 200
    assert "You hold no right to see anything yet" in response.content.decode()
