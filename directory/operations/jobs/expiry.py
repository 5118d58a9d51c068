"""Forgetting what was done long ago."""

from datetime import datetime

from directory.actors import Actor
from directory.models import UNFINISHED, Job
from directory.operations.base import operation, unchanged
from directory.permissions import Permission, require_host


@operation(permission=Permission.JOBS_MANAGE)
def remove_expired_jobs(*, actor: Actor, before: datetime) -> int:
    """Remove jobs that ended before that moment. Returns how many; the audit log keeps that they were.

    Only the host itself may.
    """
    require_host(actor)
    unchanged()
    return Job.objects.exclude(state__in=UNFINISHED).filter(finished_at__lt=before).delete()[0]
