"""People, memberships and ties made straight in the tables, and what tests read back."""

import threading
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import connection
from django.utils import timezone

from directory.errors import DirectoryError
from directory.models import Group, GroupRole, Membership, Organization, Role, User, UserGroup, UserRole
from directory.operations.base import unit_of_work
from directory.operations.search import refresh_search


def people(*names: str, member_of: Organization | None = None, **membership: str) -> list[User]:
    """Users of these names, with their search vectors, in the order given."""
    users = [User(standard_attributes={"name": name}) for name in names]
    User.objects.bulk_create(users)
    if member_of is not None:
        join(member_of, users, **membership)
    refresh_search([user.id for user in users])
    return users


def join(organization: Organization, users: Iterable[User], **membership: str) -> None:
    now = timezone.now()
    rows = [
        Membership(organization=organization, user=user, created_at=now, updated_at=now, **membership) for user in users
    ]
    Membership.objects.bulk_create(rows)


def tie(*, role: Role | None = None, group: Group | None = None, users: Iterable[User] = ()) -> None:
    """Give ``users`` the role or put them into the group; with neither users, let the group give the role."""
    now = timezone.now()
    found = list(users)
    if role is not None:
        UserRole.objects.bulk_create([UserRole(user=user, role=role, created_at=now) for user in found])
    if group is not None:
        UserGroup.objects.bulk_create([UserGroup(user=user, group=group, created_at=now) for user in found])
    if role is not None and group is not None and not found:
        GroupRole.objects.create(group=group, role=role, created_at=now)
    refresh_search([user.id for user in found])


def found_by(token: str) -> set[UUID]:
    """The users whose search vector holds the token."""
    return set(
        User.objects.extra(where=["search_vector @@ %s::tsquery"], params=[f"'{token}'"]).values_list("id", flat=True)
    )


def at_once(count: int, call: Callable[[], object]) -> list[object]:
    """What ``call`` returned or raised in ``count`` threads that start together, each with its own connection."""
    barrier = threading.Barrier(count)
    outcomes: list[object] = []

    def run() -> None:
        try:
            barrier.wait(30)
            outcomes.append(call())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def before_commit_of(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """What ``second`` ends with when it starts, in another connection, between ``first`` and its commit.

    ``first`` commits once ``second`` waits for one of its locks, or has ended without waiting.
    """
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(second())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with unit_of_work():
        first()
        thread.start()
        while thread.is_alive() and not _somebody_waits():
            thread.join(0.02)
    thread.join(60)
    return codes(outcomes)


def codes(outcomes: Iterable[object]) -> list[object]:
    """Refusals by their code; anything else as it is, so that an unforeseen error cannot pass for a success."""
    return [outcome.code if isinstance(outcome, DirectoryError) else outcome for outcome in outcomes]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
