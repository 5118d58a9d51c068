"""Background work: asking for it, what the worker writes about it, and forgetting it."""

from directory.operations.jobs.asking import (
    cancel_job,
    download_job_file,
    repeat_job,
    request_export,
    request_import,
)
from directory.operations.jobs.defer import defer, wake
from directory.operations.jobs.expiry import remove_expired_jobs
from directory.operations.jobs.running import (
    JobLost,
    advance_job,
    finish_job,
    release_job,
    start_job,
    wake_forgotten_jobs,
)

__all__ = [
    "JobLost",
    "advance_job",
    "cancel_job",
    "defer",
    "download_job_file",
    "finish_job",
    "release_job",
    "remove_expired_jobs",
    "repeat_job",
    "request_export",
    "request_import",
    "start_job",
    "wake",
    "wake_forgotten_jobs",
]
