"""How a user is known: login IDs and accounts elsewhere, with the claims they carry (contract section 9)."""

from django.db import models
from django.db.models import Q

from directory.models.base import Row
from directory.models.users import User


class IdentityType(models.TextChoices):
    """The kinds of identity of the contract's ``IdentityType``, lower-cased."""

    LOGIN_ID = "login_id"
    OAUTH = "oauth"
    ANONYMOUS = "anonymous"
    BIOMETRIC = "biometric"
    PASSKEY = "passkey"
    SIWE = "siwe"
    LDAP = "ldap"


class Identity(Row):
    """One identity. Its standard claims lie in columns, whatever its type, so that one look-up serves all types."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    type = models.CharField(max_length=10, choices=IdentityType)
    email = models.TextField(null=True)
    phone_number = models.TextField(null=True)
    preferred_username = models.TextField(null=True)

    login_id_type = models.CharField(max_length=10, null=True)
    login_id_key = models.CharField(max_length=40, null=True)
    original_value = models.TextField(null=True)
    unique_key = models.TextField(null=True)

    provider_type = models.CharField(max_length=40, null=True)
    provider_alias = models.CharField(max_length=100, null=True)
    provider_subject = models.TextField(null=True)
    details = models.JSONField(default=dict)

    class Meta(Row.Meta):
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(
                fields=["login_id_type", "unique_key"], condition=Q(type="login_id"), name="identity_login_id_unique"
            ),
            models.UniqueConstraint(
                fields=["provider_alias", "provider_subject"], condition=Q(type="oauth"), name="identity_oauth_unique"
            ),
            models.CheckConstraint(
                name="identity_login_id_whole",
                condition=~Q(type="login_id")
                | Q(
                    login_id_type__isnull=False,
                    login_id_key__isnull=False,
                    original_value__isnull=False,
                    unique_key__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["email"], name="identity_email", condition=Q(email__isnull=False)),
            models.Index(fields=["phone_number"], name="identity_phone", condition=Q(phone_number__isnull=False)),
            models.Index(
                fields=["preferred_username"], name="identity_username", condition=Q(preferred_username__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def value(self) -> str | None:
        """The normalised value of a login ID; the first claim there is for other types."""
        by_type = {"email": self.email, "phone": self.phone_number, "username": self.preferred_username}
        return by_type.get(self.login_id_type or "") or self.email or self.phone_number or self.preferred_username


class VerifiedClaim(models.Model):
    """A claim value that is known to be the user's: drives ``email_verified`` and ``phone_number_verified``."""

    pk = models.CompositePrimaryKey("user_id", "name", "value")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="verified_claims", db_index=False)
    name = models.CharField(max_length=20)
    value = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
