"""The tasks that the queue knows, and when the periodic ones run."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from directory.operations.jobs.defer import DELIVER, QUEUES, RUN_JOB
from portal.jobs import rounds, running
from portal.jobs.exports import export_file
from portal.jobs.imports import import_file
from portal.jobs.telling import told

#: How each kind of job is run.
RUNNERS: dict[str, running.Runner] = {"import_users": import_file, "export_users": export_file}
ROUNDS = QUEUES[DELIVER]
#: Only what the database is to blame for is tried again by the queue; what is wrong with a job is written into it.
_AGAIN = RetryStrategy(max_attempts=1000, wait=2, retry_exceptions=running.DATABASE_ERRORS)


@app.task(name=RUN_JOB, queue=QUEUES[RUN_JOB], retry=_AGAIN)
def run_job(job_id: str) -> None:
    """Run one job of the directory's table of jobs."""
    with told(UUID(job_id)):
        running.run(UUID(job_id), RUNNERS)


@app.task(name=DELIVER, queue=ROUNDS, retry=_AGAIN)
def deliver() -> None:
    """Deliver what has just been put into the outbox."""
    rounds.deliver_messages()


@app.periodic(cron="* * * * *")
@app.task(name="due", queue=ROUNDS, queueing_lock="due")
def due(timestamp: int) -> None:
    """Every minute: users whose scheduled time has come."""
    del timestamp
    rounds.carry_out_due()


@app.periodic(cron="* * * * *")
@app.task(name="redeliver", queue=ROUNDS, queueing_lock="redeliver")
def redeliver(timestamp: int) -> None:
    """Every minute: messages whose next attempt has come; jobs that the queue has lost."""
    del timestamp
    rounds.wake_forgotten()
    rounds.deliver_messages()


@app.periodic(cron="7 * * * *")
@app.task(name="partitions", queue=ROUNDS, queueing_lock="partitions")
def partitions(timestamp: int) -> None:
    """Every hour: the audit log's months to come, and the end of those kept long enough."""
    del timestamp
    rounds.keep_partitions()


@app.periodic(cron="*/10 * * * *")
@app.task(name="forget", queue=ROUNDS, queueing_lock="forget")
def forget(timestamp: int) -> None:
    """Every ten minutes: what has expired."""
    del timestamp
    rounds.forget_expired()
