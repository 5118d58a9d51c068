"""The log's lines about jobs: when a worker takes one up, and how it left it. Each line between carries its id."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from directory.models import Job
from portal.logs import about_job

logger = logging.getLogger(__name__)


@contextmanager
def told(job_id: UUID) -> Iterator[None]:
    """One line before, one after; when the attempt fails for good or is to be made again, the after says so."""
    with about_job(job_id):
        start = time.perf_counter()
        logger.info("job taken up", extra={"facts": _facts(job_id)})
        try:
            yield
        except BaseException as error:
            logger.warning("attempt broken off by %s", type(error).__name__, extra={"facts": {"ms": _ms(start)}})
            raise
        logger.info("job left", extra={"facts": {**_facts(job_id), "ms": _ms(start)}})


def _facts(job_id: UUID) -> dict[str, object]:
    if not logger.isEnabledFor(logging.INFO):
        return {}
    row = Job.objects.filter(pk=job_id).values("kind", "state", "attempts").first()
    return dict(row or {})


def _ms(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)
