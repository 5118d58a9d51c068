"""Back-ends that use the APIs, and the public halves of the keys by which they prove who they are."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from directory.models.base import Row
from directory.models.organizations import Organization


class APIClient(Row):
    """One back-end. ``scopes`` are permissions: directory-wide, or on its one organization alone."""

    name = models.TextField()
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="api_clients")
    scopes = ArrayField(models.CharField(max_length=100), default=list)
    is_active = models.BooleanField(default=True)

    class Meta(Row.Meta):
        verbose_name = "API client"

    def __str__(self) -> str:
        return str(self.id)


class APIClientKey(Row):
    """The public half of a key pair. The private half was shown once and is nowhere. Its id is the token's ``kid``."""

    api_client = models.ForeignKey(APIClient, on_delete=models.CASCADE, related_name="keys")
    algorithm = models.CharField(max_length=10)
    public_key = models.TextField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta(Row.Meta):
        verbose_name = "API client key"

    def __str__(self) -> str:
        return self.kid

    @property
    def kid(self) -> str:
        """What the header of a token names it by (RFC 7515 section 4.1.4)."""
        return str(self.id)
