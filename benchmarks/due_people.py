"""People whose scheduled time has come, and messages that wait, for what measures and torments the worker."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from directory.actors import Door, system
from directory.models import User
from directory.models.base import new_id
from directory.operations.imports import import_users
from directory.operations.messages import send
from directory.values.import_records import ImportRules
from directory.values.import_rows import Row, check_row

HOST = system(Door.COMMAND, label="benchmark")
BATCH = 1_000


def make_people(count: int, prefix: str) -> list[UUID]:
    """Invented people with name, e-mail address, username and a verified claim. Returns their ids."""
    rules, ids = ImportRules("email"), []
    for first in range(0, count, BATCH):
        rows = [check_row(Row(n, n, _record(prefix, n)), rules) for n in range(first, min(first + BATCH, count))]
        results = import_users(actor=HOST, import_id=new_id(), rows=rows)
        ids += [result.user_id for result in results if result.user_id is not None]
    if len(ids) != count:
        raise AssertionError(f"{count - len(ids)} of {count} people were refused")
    return ids


def make_due(ids: Iterable[UUID], column: str = "delete_at") -> None:
    """Have the scheduled time of these users be past: ``delete_at`` or ``anonymize_at``."""
    past = timezone.now() - timedelta(days=1)
    User.objects.filter(pk__in=list(ids)).update(**{column: past}, is_disabled=True)


def make_messages(count: int, prefix: str) -> list[UUID]:
    """Messages that wait in the outbox. Returns their ids."""
    with transaction.atomic():
        return [_message(f"{prefix}{number}@example.com") for number in range(count)]


def _message(recipient: str) -> UUID:
    body = "The code is 123456."
    return send(HOST, channel="email", recipient=recipient, kind="benchmark", subject="A message", body=body).id


def _record(prefix: str, number: int) -> dict[str, object]:
    return {
        "email": f"{prefix}{number}@example.com",
        "preferred_username": f"{prefix}{number}",
        "name": f"Person {number}",
        "email_verified": True,
    }
