"""What a web process counts. Every label has few values, whatever a client sends."""

import os
import resource
import sys
import threading
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from portal.metrics.shared import VARIABLE

#: Where the siblings' counts lie; None when this process counts alone.
SHARED = Path(os.environ[VARIABLE]) if VARIABLE in os.environ else None
REGISTRY = CollectorRegistry()

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter(
    "portal_http_requests",
    "Requests answered, by the name of the view.",
    ["view", "method", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram("portal_http_request_seconds", "Time to answer.", ["view"], buckets=_BUCKETS, registry=REGISTRY)
STATEMENTS = Counter("portal_database_statements", "Statements sent to the database.", ["view"], registry=REGISTRY)
DATABASE_SECONDS = Counter(
    "portal_database_seconds", "Time spent waiting for the database.", ["view"], registry=REGISTRY
)
DATABASE_ERRORS = Counter(
    "portal_database_errors", "Statements that failed, by class of error.", ["error"], registry=REGISTRY
)
_PROCESSES = Gauge("portal_processes", "Web processes.", multiprocess_mode="livesum", registry=REGISTRY)
_STARTED = Gauge(
    "portal_start_time_seconds", "When the oldest web process started.", multiprocess_mode="livemin", registry=REGISTRY
)
_MEMORY = Gauge(
    "portal_peak_memory_bytes", "Most memory each web process has used, added up.", multiprocess_mode="livesum",
    registry=REGISTRY,
)  # fmt: skip
_CPU = Counter("portal_cpu_seconds", "Processor time of the web processes.", registry=REGISTRY)

#: Seconds between two looks at this process itself.
_LOOK = 5.0
_looked = {"at": 0.0, "cpu": 0.0}
_looking = threading.Lock()


def note_request(view: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    REQUESTS.labels(view, method if method in METHODS else "OTHER", str(status)).inc()
    SECONDS.labels(view).observe(seconds)
    _look_at_process()


def note_database(view: str, statements: int, seconds: float) -> None:
    """Count what a request asked of the database."""
    if statements:
        STATEMENTS.labels(view).inc(statements)
        DATABASE_SECONDS.labels(view).inc(seconds)


def _look_at_process() -> None:
    now = time.monotonic()
    if now - _looked["at"] < _LOOK or not _looking.acquire(blocking=False):
        return
    try:
        cpu = time.process_time()
        _CPU.inc(max(cpu - _looked["cpu"], 0))
        _looked.update(at=now, cpu=cpu)
        # Kilobytes on Linux, bytes on macOS.
        _MEMORY.set(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
    finally:
        _looking.release()


_PROCESSES.set(1)
_STARTED.set(time.time())
