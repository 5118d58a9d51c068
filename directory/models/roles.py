"""Roles, and who has them."""

from django.db import models
from django.db.models import F
from django.db.models.functions import Lower

from directory.models.base import Row, folded_words
from directory.models.organizations import Organization
from directory.models.users import User


class Role(Row):
    """One role. Its key is unique over the whole directory; its name among the roles of the same organization."""

    key = models.CharField(max_length=40, unique=True)
    name = models.TextField(null=True)
    description = models.TextField(null=True)
    search_words = models.GeneratedField(
        expression=folded_words("key", "name"), output_field=models.TextField(), db_persist=True
    )
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="roles")

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                F("organization"),
                name="role_name_unique",
                condition=models.Q(name__isnull=False),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.key


class UserRole(models.Model):
    """A role given to a user directly."""

    pk = models.CompositePrimaryKey("user_id", "role_id")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="user_roles", db_index=False)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="user_roles", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["role", "user"], name="user_role_by_role")]
