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
    """One authenticator. ``secret`` is an encoded password hash or an encrypted TOTP seed, by type.

    ``last_step`` is the newest time step (30 s since the epoch) whose TOTP code was used. Of a passkey,
    ``credential_id`` and ``public_key`` (COSE) are base64url without padding, ``transports`` its registration's hints.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="authenticators")
    kind = models.CharField(max_length=10, choices=AuthenticatorKind)
    type = models.CharField(max_length=15, choices=AuthenticatorType)
    is_default = models.BooleanField(default=False)
    secret = models.TextField(null=True)
    expire_after = models.DateTimeField(null=True)
    display_name = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    secret_set_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(null=True)
    credential_id = models.TextField(null=True)
    public_key = models.TextField(null=True)
    sign_count = models.BigIntegerField(default=0, db_default=0)
    transports = models.JSONField(null=True)

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
            models.UniqueConstraint(
                fields=["credential_id"], condition=Q(type="passkey"), name="authenticator_one_credential"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.type} {self.id}"


class PasswordHistory(Row):
    """The hash of a password that a user has had: what the policy forbids to use again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    password_hash = models.TextField()

    class Meta(Row.Meta):
        verbose_name_plural = "password history"

    def __str__(self) -> str:
        return str(self.id)


class RecoveryCode(Row):
    """One recovery code, as its SHA-256: a code has 120 bits, so a slow hash would add nothing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False)
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta(Row.Meta):
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_unique")]

    def __str__(self) -> str:
        return str(self.id)


class CodePurpose(models.TextChoices):
    """What a one-time code is good for. The first two are the contract's ``OTPPurpose``, lower-cased."""

    LOGIN = "login"
    VERIFICATION = "verification"
    RESET_PASSWORD = "reset_password"


class OneTimeCode(Row):
    """A code or link sent to an address. One for each target and purpose: a new one replaces it.

    ``code_hash`` is a keyed hash of a short code, the plain SHA-256 of a link's long token. ``sent_in_window`` counts
    what was sent since ``window_started_at``, for the limits.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="one_time_codes")
    channel = models.CharField(max_length=5, choices=[("email", "Email"), ("sms", "SMS")])
    target = models.TextField()
    purpose = models.CharField(max_length=14, choices=CodePurpose)
    code_hash = models.CharField(max_length=64)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    window_started_at = models.DateTimeField()
    sent_in_window = models.PositiveIntegerField(default=1)

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["target", "purpose", "user"], name="one_time_code_one", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["code_hash"], condition=Q(purpose="reset_password"), name="one_time_code_token"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="one_time_code_expires")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"
