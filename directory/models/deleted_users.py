"""What is kept of deleted users, so that a deletion can be undone for a while."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from directory.models.base import new_id


class DeletedUser(models.Model):
    """One deleted user: when, by whom, from which organizations; all that tells who it was is encrypted.

    ``id`` is the user's own. ``label`` is for lists, ``snapshot`` holds the rows (``operations.deleted_users``). Links
    are bare ids: the row outlives whom and what it names. After ``expires_at`` it counts as gone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deleted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    deleted_by_id = models.UUIDField(null=True)
    organization_ids = ArrayField(models.UUIDField(), default=list)
    label = models.TextField()
    snapshot = models.TextField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["-deleted_at", "-id"], name="deleted_user_newest"),
            models.Index(fields=["expires_at"], name="deleted_user_expires_at"),
            GinIndex(fields=["organization_ids"], name="deleted_user_organizations"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def label_context(self) -> str:
        """What the encrypted label is bound to."""
        return f"deleted_user.label:{self.id}"

    @property
    def snapshot_context(self) -> str:
        """What the encrypted snapshot is bound to."""
        return f"deleted_user.snapshot:{self.id}"
