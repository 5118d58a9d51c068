"""A person of the directory. Never an administrator of the portal: that is another table."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q, Value

from directory.models.base import Row
from directory.values.account_status import AccountStatus

#: Stand-ins for "never signed in" that keep such users last in both directions of the sort.
NEVER_FIRST = Value("0001-01-01 00:00:00+00", output_field=models.DateTimeField())
NEVER_LAST = Value("9999-12-31 00:00:00+00", output_field=models.DateTimeField())


class User(Row):
    """One account. Attributes hold what was given; what follows from it is derived in ``queries.users``.

    The database keeps one more column by itself, ``search_signature``, for ``queries.users.search`` alone: 256 bits
    that follow from ``search_vector``, carried by the indexes in which lists are walked (migration 0008).
    """

    last_login_at = models.DateTimeField(null=True, editable=False)
    standard_attributes = models.JSONField(default=dict, blank=True)
    custom_attributes = models.JSONField(default=dict, blank=True)

    is_disabled = models.BooleanField(default=False)
    disable_reason = models.TextField(null=True)
    is_deactivated = models.BooleanField(default=False)
    temporarily_disabled_from = models.DateTimeField(null=True)
    temporarily_disabled_until = models.DateTimeField(null=True)
    account_valid_from = models.DateTimeField(null=True)
    account_valid_until = models.DateTimeField(null=True)
    delete_at = models.DateTimeField(null=True)
    delete_reason = models.TextField(null=True)
    anonymize_at = models.DateTimeField(null=True)
    is_anonymized = models.BooleanField(default=False)
    mfa_grace_period_end_at = models.DateTimeField(null=True)

    search_vector = SearchVectorField(null=True, editable=False)

    class Meta(Row.Meta):
        indexes = [
            # A short pending list: writes are a quarter cheaper, and a search reads 256 kB more at most.
            GinIndex(fields=["search_vector"], name="user_search", fastupdate=True, gin_pending_list_limit=256),
            models.Index(fields=["delete_at"], name="user_delete_at", condition=Q(delete_at__isnull=False)),
            models.Index(fields=["anonymize_at"], name="user_anonymize_at", condition=Q(anonymize_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="user_valid_period",
                condition=Q(account_valid_from__isnull=True)
                | Q(account_valid_until__isnull=True)
                | Q(account_valid_from__lt=F("account_valid_until")),
            ),
            models.CheckConstraint(
                name="user_temporary_period",
                condition=Q(temporarily_disabled_from__isnull=True, temporarily_disabled_until__isnull=True)
                | Q(temporarily_disabled_from__lt=F("temporarily_disabled_until")),
            ),
            models.CheckConstraint(
                name="user_one_schedule", condition=Q(delete_at__isnull=True) | Q(anonymize_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def status(self) -> AccountStatus:
        """The stored columns of the account status as one value, for the rules in ``values.account_status``."""
        return AccountStatus(**{name: getattr(self, name) for name in STATUS_COLUMNS})

    def set_status(self, status: AccountStatus) -> None:
        """Put a status back into the columns; the caller saves."""
        for name in STATUS_COLUMNS:
            setattr(self, name, getattr(status, name))


STATUS_COLUMNS = (
    "is_disabled",
    "disable_reason",
    "is_deactivated",
    "temporarily_disabled_from",
    "temporarily_disabled_until",
    "account_valid_from",
    "account_valid_until",
    "delete_at",
    "delete_reason",
    "anonymize_at",
    "is_anonymized",
)


class CustomAttribute(Row):
    """The definition of one custom attribute (contract section 8). ``name`` is its JSON pointer without the slash."""

    name = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=20)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    enum = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)

    class Meta(Row.Meta):
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class SignUpCount(models.Model):
    """How many users were created on a UTC day, by hand or by import: the sum over the day's shards.

    The creating transaction itself adds to one shard picked by chance, so that two creations on one day seldom wait
    for one another's commit. Never lowered: who is deleted later was created all the same.
    """

    pk = models.CompositePrimaryKey("day", "shard")
    day = models.DateField()
    shard = models.SmallIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()
