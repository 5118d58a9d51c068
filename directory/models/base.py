"""What every row of the directory has: a time-ordered id and its two times."""

from uuid import UUID

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): the order of ids is the order of time."""
    return uuid7()


class Row(models.Model):
    """Base of the nouns. ``updated_at`` doubles as the row's version: operations set it, never the database."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
        default_permissions = ()
