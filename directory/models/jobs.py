"""Work that takes longer than a request. The queue wakes a worker; what is to be done, and how far it came, is here."""

from django.db import models
from django.db.models import F, Q

from directory.models.base import Row


class JobState(models.TextChoices):
    """Waiting, under way, or ended in one of three ways."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: States from which a job goes on.
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Job(Row):
    """One piece of work. ``parameters``, ``mark`` and ``counts`` hold nothing personal; what is lies in ``personal``.

    ``mark`` says where to take the job up again; it is written in the transaction of the step that reached it.
    ``attempts`` counts how often a worker took it up: the number is the token by which a worker that was given up for
    dead learns that the job is no longer its own. ``attempts_in_vain`` counts those since the last lasting step.
    """

    kind = models.CharField(max_length=40)
    title = models.TextField(default="")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    key = models.TextField(null=True)
    created_by = models.UUIDField(null=True)
    parameters = models.JSONField(default=dict)
    personal = models.JSONField(default=dict)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    mark = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, null=True)
    error = models.TextField(null=True)
    attempts = models.IntegerField(default=0)
    attempts_in_vain = models.IntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state__in=UNFINISHED), name="job_one_at_a_time"),
        ]
        indexes = [
            models.Index(F("state"), F("id").desc(), name="job_state"),
            models.Index(F("created_by"), F("id").desc(), name="job_creator"),
            models.Index(fields=["finished_at"], name="job_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def finished(self) -> bool:
        """Whether nothing more will be done."""
        return self.state not in UNFINISHED
