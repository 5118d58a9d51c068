"""``/metrics`` in the text format of Prometheus, for whoever holds the token or comes from a trusted network."""

import hmac
import ipaddress
import logging
import platform
from collections.abc import Iterable, Iterator
from typing import Any

import django
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from directory.queries.figures import Figures, figures
from portal.metrics.instruments import REGISTRY, SHARED
from portal.metrics.shared import is_running

logger = logging.getLogger(__name__)

#: Without types of their own.
_gather: Any = MultiProcessCollector
_mark_dead: Any = mark_process_dead


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What is counted, of all web processes together, and how jobs, outbox and audit log stand at this moment."""
    if not _is_trusted(request):
        if settings.METRICS_TOKEN:
            return HttpResponse("unauthorized", "text/plain", 401, headers={"WWW-Authenticate": "Bearer"})
        return HttpResponse("forbidden", "text/plain", 403)
    return HttpResponse(rendered(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def rendered() -> bytes:
    """The text. Without a database it says so, and what is counted here is told all the same."""
    counted = REGISTRY
    if SHARED is not None:
        _bury_the_dead()
        counted = CollectorRegistry()
        _gather(counted, path=str(SHARED))
    asked = CollectorRegistry()
    asked.register(_Asked())
    return generate_latest(counted) + generate_latest(asked)


def _is_trusted(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)


def _bury_the_dead() -> None:
    """What a process that has ended said of itself (not what it counted) counts no longer."""
    assert SHARED is not None
    for path in SHARED.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and not is_running(int(pid)):
            _mark_dead(int(pid), str(SHARED))


class _Asked(Collector):
    """What is looked up when somebody asks."""

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "portal", "What runs here.", {"python": platform.python_version(), "django": django.get_version()}
        )
        try:
            found = figures()
        except DatabaseError as error:
            logger.warning("metrics without the database: %s", type(error).__name__)
            yield _gauge("portal_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("portal_database_up", "Whether the database answers.", 1)
        yield from _told(found)


def _told(found: Figures) -> Iterable[Metric]:
    jobs = GaugeMetricFamily("portal_jobs", "Jobs by state.", labels=["state"])
    for state, number in found.jobs.items():
        jobs.add_metric([state], number)
    yield jobs
    yield _gauge("portal_messages_queued", "Messages waiting in the outbox.", found.messages_queued)
    yield _gauge(
        "portal_messages_overdue_seconds", "How long the longest due message has waited.", found.oldest_message_age or 0
    )
    yield _gauge(
        "portal_schedules_overdue", "Deletions and anonymizations that are due and not done.", found.schedules_overdue
    )
    if found.newest_entry_age is not None:
        yield _gauge("portal_audit_newest_entry_age_seconds", "Age of the newest audit entry.", found.newest_entry_age)
    yield _gauge("portal_audit_months_ahead", "Months of the audit log that lie ready.", found.partitions_ahead)
    yield _gauge(
        "portal_audit_entries_out_of_place", "1 when an entry found no month to go to.", found.entries_out_of_place
    )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
