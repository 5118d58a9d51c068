"""The figures of the overview, each within sight and none counted without end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from directory.actors import Actor
from directory.models import Membership, Organization, Role, SignUpCount, User
from directory.operations.search import refresh_search
from directory.queries import overview
from directory.queries.overview import Count, counts, sign_ups_per_day

pytestmark = pytest.mark.django_db


def a_user(organization: Organization | None = None, **columns: Any) -> User:
    user = User.objects.create(**columns)
    if organization:
        now = datetime.now(UTC)
        Membership.objects.create(organization=organization, user=user, created_at=now, updated_at=now)
    refresh_search([user.id])
    return user


def test_each_figure_counts_what_the_actor_may_see(root: Actor, ben: Actor, acme: Organization) -> None:
    soon = datetime.now(UTC) + timedelta(days=30)
    a_user(acme)
    a_user(acme, is_disabled=True)
    a_user(is_disabled=True)
    a_user(is_disabled=True, delete_at=soon)
    a_user(is_disabled=True, is_anonymized=True)
    Role.objects.create(key="support")
    Role.objects.create(key="acme:editors", organization=acme)
    everything, acmes = counts(root), counts(ben)
    assert (everything.users, everything.disabled) == (Count(5), Count(2))
    assert (everything.scheduled, everything.anonymized) == (Count(1), Count(1))
    assert (everything.roles, everything.groups, everything.organizations) == (Count(2), Count(0), Count(1))
    assert (acmes.users, acmes.disabled, acmes.scheduled, acmes.roles) == (Count(2), Count(1), Count(0), Count(1))


def test_whoever_may_see_nothing_gets_no_figures(nobody: Actor) -> None:
    figures = counts(nobody)
    assert {getattr(figures, name) for name in figures.__slots__} == {None}
    assert sign_ups_per_day(nobody) is None


def test_no_figure_is_counted_beyond_the_cap(root: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "COUNTED", 2)
    for _ in range(4):
        a_user(is_disabled=True)
    assert counts(root).disabled == Count(2, more=True)


def test_sign_ups_are_summed_over_shards_and_days_without_any_are_there(root: Actor) -> None:
    today = datetime.now(UTC).date()
    SignUpCount.objects.create(day=today, shard=0, count=2)
    SignUpCount.objects.create(day=today, shard=5, count=3)
    SignUpCount.objects.create(day=today - timedelta(days=29), shard=1, count=7)
    SignUpCount.objects.create(day=today - timedelta(days=30), shard=1, count=100)
    days = sign_ups_per_day(root)
    assert days is not None
    assert (len(days), days[0], days[-1]) == (30, (today - timedelta(days=29), 7), (today, 5))
    assert sum(number for _day, number in days) == 12


def test_sign_ups_are_not_shown_for_one_organization(ada: Actor) -> None:
    assert sign_ups_per_day(ada) is None


@pytest.mark.parametrize("number", [5, 50])
def test_the_overview_costs_the_same_for_few_and_for_many(
    root: Actor, number: int, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        a_user()
    with django_assert_num_queries(5):
        counts(root)
    with django_assert_num_queries(1):
        sign_ups_per_day(root)
