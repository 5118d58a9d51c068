"""The worker process: fetches from the queue, gives back what dead workers held, survives a restart of the database."""

import asyncio
import contextlib
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from procrastinate import App, exceptions
from procrastinate.contrib.django import app
from procrastinate.jobs import DeleteJobCondition, Status

from directory.operations.jobs.defer import QUEUES, RUN_JOB
from portal.jobs import stopping
from portal.jobs.tasks import ROUNDS

logger = logging.getLogger(__name__)

#: Seconds without a sign of life after which a worker counts as dead. What it held is then given to others; should it
#: be alive after all, the job's token keeps it from doing anything twice.
STALLED_AFTER = 20.0
#: Seconds between two looks into the queue when no notice of new work comes.
POLL = 5.0
#: Seconds until it starts anew after it was thrown out by the database.
PAUSE = 2.0
#: Rounds that may run at once beside the jobs.
_ROUNDS_AT_ONCE = 2
#: Hours for which the queue remembers what failed.
_FAILED_KEPT = 24


@dataclass(frozen=True, slots=True)
class Options:
    """How many jobs at once, and after how many seconds a silent worker counts as dead."""

    concurrency: int = 2
    stalled_after: float = STALLED_AFTER


def serve(options: Options) -> None:
    """Work until SIGTERM or SIGINT; then finish the steps under way, give back what is not done, and return."""
    stopping.forget()
    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        asyncio.run(_serve(app, options))


async def _serve(queue: App, options: Options) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(options.concurrency + _ROUNDS_AT_ONCE + 2, "worker"))
    stop = asyncio.Event()

    def ask() -> None:
        stopping.ask_to_stop()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    while not stop.is_set():
        try:
            async with queue.open_async():
                await _work(queue, options, stop)
        except Exception as error:
            logger.warning("the worker was interrupted (%s) and starts anew", type(error).__name__)
        if not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE)


async def _work(queue: App, options: Options, stop: asyncio.Event) -> None:
    """Until told to stop, or until one of the parts ends by itself: then the others end in order, too."""
    parts = [
        asyncio.create_task(_fetch(queue, [QUEUES[RUN_JOB]], options.concurrency, options.stalled_after)),
        asyncio.create_task(_fetch(queue, [ROUNDS], _ROUNDS_AT_ONCE, options.stalled_after)),
        asyncio.create_task(_look_after(queue, options.stalled_after)),
    ]
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([*parts, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    for part in parts:
        part.cancel()
    for result in await asyncio.gather(*parts, return_exceptions=True):
        if isinstance(result, Exception):
            logger.warning("a part of the worker ended: %s", type(result).__name__)


async def _fetch(queue: App, names: list[str], concurrency: int, stalled_after: float) -> None:
    await queue.run_worker_async(
        queues=names,
        concurrency=concurrency,
        fetch_job_polling_interval=POLL,
        update_heartbeat_interval=stalled_after / 4,
        stalled_worker_timeout=stalled_after,
        delete_jobs=DeleteJobCondition.SUCCESSFUL.value,
        install_signal_handlers=False,
    )


async def _look_after(queue: App, stalled_after: float) -> None:
    """Give back what dead workers held, again and again. Outside the queue: there it could be held up itself."""
    manager = queue.job_manager
    while True:
        try:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after):
                await _give_back(queue, job.id or 0)
            await manager.prune_stalled_workers(stalled_after * 10)
            await manager.delete_old_jobs(
                _FAILED_KEPT, include_failed=True, include_cancelled=True, include_aborted=True
            )
        except exceptions.ConnectorException as error:
            logger.warning("looking after dead workers failed: %s", type(error).__name__)
        await asyncio.sleep(stalled_after / 2)


async def _give_back(queue: App, id: int) -> None:
    """Queue what a dead worker held. A round of which another one waits already is not needed twice."""
    manager = queue.job_manager
    try:
        await manager.retry_job_by_id_async(id, retry_at=datetime.now(UTC))
    except exceptions.UniqueViolation:
        with contextlib.suppress(exceptions.ConnectorException):
            await manager.finish_job_by_id_async(id, Status.FAILED, delete_job=True)
    except exceptions.ConnectorException:
        # Another worker was quicker.
        return
