"""The audit log: entries that nothing changes, and beside each what is personal in it, which can be erased.

Both tables are partitioned by month on the entry's UUIDv7 and are made by hand in the migrations.
"""

import json
from typing import Any

from django.db import models


class AuditEntry(models.Model):
    """One thing that happened. Links by bare ids: it outlives all that it describes."""

    id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    created_at = models.DateTimeField()
    activity_type = models.TextField()
    outcome = models.TextField()
    door = models.TextField()
    author_kind = models.TextField()
    author_id = models.UUIDField(null=True)
    impersonator_id = models.UUIDField(null=True)
    subject_kind = models.TextField()
    subject_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    organization_id = models.UUIDField(null=True)
    request_id = models.TextField()
    details = models.TextField()
    personal_hash = models.BinaryField()
    transaction_id = models.BigIntegerField()
    row_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "directory_auditentry"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.activity_type} {self.id}"

    @property
    def facts(self) -> dict[str, Any]:
        """``details`` by name. It is stored as canonical JSON text, because the row hash covers these very bytes."""
        facts: dict[str, Any] = json.loads(self.details)
        return facts


class AuditPersonal(models.Model):
    """What is personal in one entry: labels, old and new values, address, user agent. Deleting the row forgets it.

    ``data`` is canonical JSON text: the entry's ``personal_hash`` is SHA-256 over ``salt`` and these very bytes.
    """

    entry_id = models.UUIDField(primary_key=True)
    salt = models.BinaryField()
    data = models.TextField()

    class Meta:
        managed = False
        db_table = "directory_auditpersonal"
        default_permissions = ()

    @property
    def values(self) -> dict[str, Any]:
        """The parts by name: ``author``, ``subject``, ``address``, ``user_agent``, ``old``, ``new``."""
        values: dict[str, Any] = json.loads(self.data)
        return values
