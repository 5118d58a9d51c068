"""Groups, who is in them, and the roles they give."""

from django.db import models

from directory.models.base import Row, folded_words
from directory.models.organizations import Organization
from directory.models.roles import Role
from directory.models.users import User


class Group(Row):
    """One group of users. Its key is unique over the whole directory. Not Django's ``Group``: that is an admin role."""

    key = models.CharField(max_length=40, unique=True)
    name = models.TextField(null=True)
    description = models.TextField(null=True)
    search_words = models.GeneratedField(
        expression=folded_words("key", "name"), output_field=models.TextField(), db_persist=True
    )
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="groups")

    class Meta(Row.Meta):
        pass

    def __str__(self) -> str:
        return self.key


class UserGroup(models.Model):
    """A user in a group."""

    pk = models.CompositePrimaryKey("user_id", "group_id")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="user_groups", db_index=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="user_groups", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["group", "user"], name="user_group_by_group")]


class GroupRole(models.Model):
    """A role that every user of a group has."""

    pk = models.CompositePrimaryKey("group_id", "role_id")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="group_roles", db_index=False)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="group_roles", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["role", "group"], name="group_role_by_role")]
