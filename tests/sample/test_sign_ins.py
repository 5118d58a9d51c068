"""The demo's sign-ins: of every kind, alike in every run, and nobody is signed in who cannot be."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.actors import Actor
from directory.models import APIClient, Authorization, Lockout, Organization, Session, User
from directory.queries.lockouts import account_lockout
from directory.queries.users import is_disabled_now
from directory.values.devices import display_name
from portal.sample import directory as sample
from portal.sample.sign_ins import sign_in

pytestmark = pytest.mark.django_db


def test_the_demo_has_sessions_of_both_kinds_authorizations_and_lockouts(host: Actor) -> None:
    sample.fill(host, 300)
    assert set(Session.objects.values_list("kind", flat=True)) == {"idp", "offline_grant"}
    third = Authorization.objects.filter(client__is_first_party=False)
    assert third.exists()
    assert not Authorization.objects.filter(client__is_first_party=True).exists()
    assert 0 < Session.objects.filter(client__is_first_party=False).count() <= third.count()
    assert not Session.objects.annotate(out=is_disabled_now_of_user()).filter(out=True).exists()
    locked = list(User.objects.filter(lockouts__isnull=False).distinct())
    assert {len(account_lockout(host, user).locked_addresses) for user in locked} == {1, 2}
    assert {client.organization and client.organization.slug for client in APIClient.objects.all()} == {None, "acme"}
    names = {display_name(row.user_agent, row.device_info) for row in Session.objects.all()}
    assert {"Firefox 144 on Linux", "Example Slate 8 (Android 15)"} <= names


def is_disabled_now_of_user() -> Any:
    from django.db.models import OuterRef, Subquery

    users = User.objects.filter(pk=OuterRef("user_id")).annotate(out=is_disabled_now())
    return Subquery(users.values("out"))


def test_last_sign_ins_are_spread_and_some_never_came(host: Actor) -> None:
    sample.fill(host, 300)
    now = timezone.now()
    ages = [None if at is None else (now - at).days for at in User.objects.values_list("last_login_at", flat=True)]
    assert ages.count(None) > 20
    weeks = Counter("recent" if age < 14 else "months" if age < 90 else "long ago" for age in ages if age is not None)
    assert min(weeks.values()) > 5
    assert len(weeks) == 3
    newest = Session.objects.order_by("-id")[:20]
    assert [row.created_at for row in newest] == sorted((row.created_at for row in newest), reverse=True)
    assert all(row.expires_at > now > row.created_at for row in Session.objects.all())


def test_the_same_seed_gives_the_same_sign_ins(host: Actor, acme: Organization) -> None:
    def rows() -> list[Any]:
        columns = ("user_id", "kind", "client__client_id", "last_accessed_with_ip", "user_agent")
        return sorted(Session.objects.values_list(*columns), key=str)

    ids = [user.pk for user in User.objects.bulk_create(User() for _ in range(100))]
    sign_in(host, ids, acme, 3)
    first = rows()
    for model in (Session, Authorization, Lockout, APIClient):
        model.objects.all().delete()
    from directory.models import Client

    Client.objects.all().delete()
    sign_in(host, ids, acme, 3)
    assert rows() == first
    assert len(first) > 100


def test_it_is_quick(host: Actor, acme: Organization, django_assert_max_num_queries: Any) -> None:
    ids = [user.pk for user in User.objects.bulk_create(User() for _ in range(1_000))]
    with django_assert_max_num_queries(80):
        sign_in(host, ids, acme, 3)
    assert Session.objects.filter(expires_at__gt=timezone.now() + timedelta(days=1)).count() > 1_000
