"""Counters of failed sign-ins: what keeps somebody from guessing on."""

from django.db import models

from directory.models.users import User


class Lockout(models.Model):
    """Failed attempts on one account, from one address or (``address`` null) from wherever.

    ``attempts`` are those since the counter last began anew; it does when nothing failed until ``forgotten_at``.
    While ``locked_until`` lies ahead no attempt is let through.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="lockouts", db_index=False)
    address = models.GenericIPAddressField(null=True)
    attempts = models.PositiveIntegerField()
    locked_until = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "address"], nulls_distinct=False, name="lockout_one_counter")
        ]
        indexes = [models.Index(fields=["forgotten_at"], name="lockout_forgotten")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.address or 'everywhere'}"
