"""What the worker does by itself takes a moment or a number that nobody checks: so nobody else may do it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from directory.actors import Actor, Door, system
from directory.errors import Forbidden
from directory.operations.authenticators import remove_expired_codes
from directory.operations.base import OPERATIONS
from directory.operations.deleted_users import remove_expired_snapshots
from directory.operations.jobs import remove_expired_jobs, wake_forgotten_jobs
from directory.operations.lockouts import remove_forgotten_lockouts
from directory.operations.messages import deliver_next, remove_expired_messages
from directory.operations.partitions import drop_expired_month
from directory.operations.sessions import remove_expired_sessions

pytestmark = pytest.mark.django_db
TOMORROW = timezone.now() + timedelta(days=1)
ROUNDS: dict[str, Callable[..., object]] = {
    "authenticators.one_time_codes.remove_expired_codes": partial(remove_expired_codes, limit=10**6),
    "deleted_users.erase.remove_expired_snapshots": partial(remove_expired_snapshots, limit=10**6),
    "jobs.expiry.remove_expired_jobs": partial(remove_expired_jobs, before=TOMORROW),
    "jobs.running.wake_forgotten_jobs": wake_forgotten_jobs,
    "lockouts.remove_forgotten_lockouts": partial(remove_forgotten_lockouts, limit=10**6),
    "messages.deliver_next": partial(deliver_next, sender="portal@example.com", hand_over=lambda _: None),
    "messages.remove_expired_messages": partial(remove_expired_messages, before=TOMORROW),
    "partitions.drop_expired_month": partial(drop_expired_month, keep_months=1),
    "sessions.remove_expired_sessions": partial(remove_expired_sessions, limit=10**6),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_not_even_who_may_everything_does_the_workers_rounds(
    root: Actor, entries: Callable[..., list[Any]], name: str
) -> None:
    with pytest.raises(Forbidden, match="Only the worker"):
        ROUNDS[name](actor=root)
    (entry,) = entries()
    assert (entry.activity_type, entry.facts) == ("operation.denied", {"operation": name, "permission": "system"})


@pytest.mark.parametrize("name", ROUNDS)
def test_the_worker_does(name: str) -> None:
    assert not ROUNDS[name](actor=system(Door.JOB))


def test_every_operation_that_forgets_is_here() -> None:
    forgetting = {name for name in OPERATIONS if name.rpartition(".")[2].startswith(("remove_expired", "remove_forg"))}
    assert len(forgetting) == 6
    assert forgetting < ROUNDS.keys()
