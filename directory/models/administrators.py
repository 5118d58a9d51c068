"""Those who sign in to the portal. Nothing done to the directory's users can make one, or unmake one."""

from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
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


class Grant(models.Model):
    """An admin role of one administrator, directory-wide or on one organization.

    It names what Django's group membership, or guardian's rows, give effect to; operations write the two together.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    administrator = models.ForeignKey(Administrator, on_delete=models.CASCADE, related_name="grants")
    admin_role = models.CharField(max_length=40)
    organization = models.ForeignKey("directory.Organization", on_delete=models.CASCADE, null=True)
    granted_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["administrator", "admin_role", "organization"], name="grant_unique", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Invitation(models.Model):
    """An administrator who has yet to choose a password. Only the hash of the token in the mail is kept."""

    administrator = models.OneToOneField(Administrator, on_delete=models.CASCADE, primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.administrator_id)


class AdministratorSession(AbstractBaseSession):
    """A browser's session: Django's row under the hash of its key, with whose it is, so that it can be ended.

    ``id`` stays the same when the key changes. Written by Django's session machinery (``portal.sessions``).
    """

    id = models.UUIDField(default=new_id, editable=False)
    administrator = models.ForeignKey(Administrator, on_delete=models.CASCADE, null=True, related_name="sessions")
    signed_in_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=50, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        default_permissions = ()
        # Not of the directory: like Django's own table it is written outside operations.
        db_table = "portal_session"

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The engine of the settings, as Django asks of a session's model."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class SecondFactor(models.Model):
    """allauth's table of second factors, as far as the directory must know it: whose, of which kind, and to end it."""

    administrator = models.ForeignKey(
        Administrator, on_delete=models.DO_NOTHING, db_column="user_id", related_name="second_factors"
    )
    type = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "mfa_authenticator"

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"
