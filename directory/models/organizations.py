"""Organizations and who belongs to them. Grants to administrators on one organization hang here too."""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from directory.models.base import Row
from directory.models.users import User
from directory.values.permissions import Permission


class Organization(Row):
    """One organization. ``slug`` prefixes the keys of the roles and groups that belong to it."""

    slug = models.CharField(max_length=24, unique=True)
    name = models.TextField()
    description = models.TextField(null=True)

    class Meta(Row.Meta):
        # Every permission hangs on this type, because guardian can grant only permissions of the object's own type.
        permissions = [(permission.value, permission.label) for permission in Permission]

    def __str__(self) -> str:
        return self.slug


class MembershipRole(models.TextChoices):
    """A member's standing in the organization (organization sync contract)."""

    USER = "user"
    ADMIN = "admin"


class MembershipStatus(models.TextChoices):
    """``retired`` members stay listed; the account itself is not touched (organization sync contract)."""

    ACTIVE = "active"
    RETIRED = "retired"


class Membership(models.Model):
    """A user in an organization."""

    pk = models.CompositePrimaryKey("organization_id", "user_id")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=MembershipRole, default=MembershipRole.USER)
    status = models.CharField(max_length=10, choices=MembershipStatus, default=MembershipStatus.ACTIVE)
    external_id = models.TextField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["organization", "external_id"], name="membership_external_id")]


class OrganizationUserObjectPermission(UserObjectPermissionBase):
    """A permission given to one administrator on one organization."""

    content_object = models.ForeignKey(Organization, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class OrganizationGroupObjectPermission(GroupObjectPermissionBase):
    """A permission given to an admin role on one organization."""

    content_object = models.ForeignKey(Organization, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        default_permissions = ()
