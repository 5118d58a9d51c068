"""How a user proves to be who they are. Secrets are hashed (passwords) or encrypted (TOTP), never in clear."""

from django.db import models
from django.db.models import Q

from directory.models.base import Row
from directory.models.users import User


class AuthenticatorKind(models.TextChoices):
    """First or second factor."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class AuthenticatorType(models.TextChoices):
    """The contract's ``AuthenticatorType``, lower-cased."""

    PASSWORD = "password"
    TOTP = "totp"
    OOB_OTP_EMAIL = "oob_otp_email"
    OOB_OTP_SMS = "oob_otp_sms"
    PASSKEY = "passkey"


class Authenticator(Row):
    """One authenticator. ``secret`` is an encoded password hash or an encrypted TOTP seed, by type."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="authenticators")
    kind = models.CharField(max_length=10, choices=AuthenticatorKind)
    type = models.CharField(max_length=15, choices=AuthenticatorType)
    is_default = models.BooleanField(default=False)
    secret = models.TextField(null=True)
    expire_after = models.DateTimeField(null=True)
    display_name = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(type="password"), name="authenticator_one_password"
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "type", "email", "phone"],
                condition=Q(type__startswith="oob_otp"),
                nulls_distinct=False,
                name="authenticator_one_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.type} {self.id}"
