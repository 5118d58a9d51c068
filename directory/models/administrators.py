"""Those who sign in to the portal. Nothing done to the directory's users can make one, or unmake one."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from directory.models.base import new_id


class AdministratorManager(BaseUserManager["Administrator"]):
    """Look-up by e-mail address without regard to case. Makes nobody: that is ``operations.administrators``."""

    def get_by_natural_key(self, username: str | None) -> "Administrator":
        return self.get(email__iexact=username)


class Administrator(AbstractBaseUser, PermissionsMixin):
    """One administrator (``AUTH_USER_MODEL``). Rights come from admin roles and grants, never from ``is_superuser``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AdministratorManager] = AdministratorManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(Lower("email"), name="administrator_email_unique")]

    def __str__(self) -> str:
        return str(self.id)

    def get_full_name(self) -> str:
        """What the portal calls them."""
        return self.name or self.email

    def has_perm(self, perm: Any, obj: Any = None) -> bool:
        """Always false: rights are decided by ``directory.permissions`` alone."""
        return False
