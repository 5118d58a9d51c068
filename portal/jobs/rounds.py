"""What has to be done though nobody asks for it. Each round may be repeated, broken off, and run twice at once."""

import logging
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from directory.models import UNFINISHED, Job
from directory.operations.authenticators import remove_expired_codes
from directory.operations.deleted_users import remove_expired_snapshots
from directory.operations.jobs import remove_expired_jobs, wake_forgotten_jobs
from directory.operations.lockouts import remove_forgotten_lockouts
from directory.operations.messages import deliver_next, remove_expired_messages
from directory.operations.partitions import drop_expired_month, ensure_partitions
from directory.operations.sessions import remove_expired_sessions
from directory.operations.users import carry_out_schedule
from directory.queries.users import due_users
from portal.jobs import files
from portal.jobs.actors import WORKER
from portal.jobs.running import DATABASE_ERRORS
from portal.jobs.stopping import stop_asked
from portal.outbox.sending import hand_over

logger = logging.getLogger(__name__)

#: What forgets the expired rows of other nouns, some at a time; each says how many it removed.
_FORGETTING = (remove_expired_sessions, remove_forgotten_lockouts, remove_expired_codes, remove_expired_snapshots)
#: Seconds for which a folder without a job is left alone: its upload may be under way.
_UPLOADING = 60 * 60


def carry_out_due() -> int:
    """Delete and anonymize users whose time has come, each in a transaction of its own. Returns how many.

    A user for whom it fails, whatever the reason, is logged by id and left for the next round. Those of one page are
    taken in any order: two workers at the same page would else wait for each other at every user.
    """
    done, last = 0, None
    while not stop_asked() and (ids := due_users(WORKER, after=last)):
        last = ids[-1]
        for user_id in secrets.SystemRandom().sample(ids, len(ids)):
            if stop_asked():
                break
            try:
                done += carry_out_schedule(actor=WORKER, user_id=user_id)
            except Exception as error:
                if isinstance(error, DATABASE_ERRORS) and not connection.is_usable():
                    raise
                # One who cannot be deleted must not keep the others waiting. An error's text may hold what is personal.
                logger.error("schedule of user %s not carried out: %s", user_id, type(error).__name__)
    return done


def deliver_messages() -> int:
    """Deliver what is due in the outbox. Returns how many messages were tried."""
    tried = 0
    if not settings.OUTBOX_ENABLED:
        return tried
    while not stop_asked() and deliver_next(actor=WORKER, sender=settings.EMAIL_FROM, hand_over=hand_over):
        tried += 1
    return tried


def keep_partitions() -> None:
    """Make the audit log's months to come, and drop those kept long enough (``AUDIT_RETENTION``, in months)."""
    ensure_partitions()
    if settings.AUDIT_RETENTION is not None:
        while drop_expired_month(actor=WORKER, keep_months=settings.AUDIT_RETENTION):
            pass


def forget_expired() -> None:
    """Remove ended sessions, used codes, old jobs and messages, and the files of jobs."""
    now = timezone.now()
    call_command("clearsessions")
    for forget in _FORGETTING:
        while not stop_asked() and forget(actor=WORKER):
            pass
    remove_expired_jobs(actor=WORKER, before=now - timedelta(days=settings.JOBS_KEPT_DAYS))
    remove_expired_messages(actor=WORKER, before=now - timedelta(days=settings.MESSAGES_KEPT_DAYS))
    remove_expired_files()


def remove_expired_files() -> int:
    """Remove the folders of jobs that ended ``JOB_FILES_HOURS`` ago, and of uploads that became no job."""
    removed = 0
    limit = timezone.now() - timedelta(hours=settings.JOB_FILES_HOURS)
    for id, age in files.folders():
        job = Job.objects.filter(pk=id).first()
        unclaimed = job is None and age > _UPLOADING
        expired = job is not None and job.state not in UNFINISHED and (job.finished_at or limit) <= limit
        if unclaimed or expired:
            files.remove_folder(id)
            removed += 1
    return removed


def wake_forgotten() -> int:
    """Put jobs into the queue again that the queue has lost. Returns how many."""
    return wake_forgotten_jobs(actor=WORKER)
