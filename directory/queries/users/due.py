"""Whose deletion or anonymization is due."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from directory.actors import Actor
from directory.permissions import Permission
from directory.queries.reach import visible_users


def due_users(actor: Actor, *, after: UUID | None = None, limit: int = 1_000) -> Sequence[UUID]:
    """Ids, ascending, of users in reach whose scheduled time has come: ``limit`` at most, those past ``after``.

    Whoever walks them by ``after`` gets past users who stay due because theirs could not be carried out.
    """
    now = timezone.now()
    due = visible_users(actor, Permission.USERS_DELETE).filter(Q(delete_at__lte=now) | Q(anonymize_at__lte=now))
    if after is not None:
        due = due.filter(id__gt=after)
    return list(due.order_by("id").values_list("id", flat=True)[:limit])
