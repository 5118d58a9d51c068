"""Where users are signed in, and what they allowed others. A session that ends leaves no row (contract section 6)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from directory.models.base import Row
from directory.models.clients import Client
from directory.models.users import User


class SessionKind(models.TextChoices):
    """The contract's ``SessionType``, lower-cased: of the sign-in page itself, or of an application."""

    IDP = "idp"
    OFFLINE_GRANT = "offline_grant"


class Authorization(Row):
    """What a user allowed an application: one row per pair. Only those of third parties are ever shown."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="authorizations", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="authorizations")
    scopes = ArrayField(models.CharField(max_length=100), default=list)

    class Meta(Row.Meta):
        constraints = [models.UniqueConstraint(fields=["user", "client"], name="authorization_one_per_client")]

    def __str__(self) -> str:
        return str(self.id)


class Session(Row):
    """One session. ``token_hash`` is the SHA-256 of its token in hex; the token itself is nowhere.

    Sessions with one ``sso_group`` end together. ``authentication_methods`` are those of RFC 8176 (the contract's
    ``amr``). ``device_info`` is what an application says of its device.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    kind = models.CharField(max_length=15, choices=SessionKind)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, related_name="sessions")
    authorization = models.ForeignKey(
        Authorization, on_delete=models.CASCADE, null=True, related_name="sessions", db_index=False
    )
    token_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=100), default=list)
    sso_group = models.UUIDField(null=True)
    authentication_methods = ArrayField(models.CharField(max_length=20), default=list)
    last_accessed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    created_with_ip = models.GenericIPAddressField(null=True)
    last_accessed_with_ip = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")
    device_info = models.JSONField(default=dict)

    class Meta(Row.Meta):
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="session_token_unique")]
        indexes = [
            models.Index(fields=["user", "-id"], name="session_of_user"),
            models.Index(fields=["expires_at", "id"], name="session_expiry"),
            models.Index(fields=["sso_group"], name="session_sso_group", condition=Q(sso_group__isnull=False)),
            models.Index(
                fields=["authorization"], name="session_authorization", condition=Q(authorization__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
