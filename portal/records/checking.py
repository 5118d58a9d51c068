"""Checking records on the processor's other cores, while this process writes what is checked already."""

import os
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context

from directory.values.custom_attributes import CustomAttributeDefinition
from directory.values.import_records import ImportRules
from directory.values.import_rows import CheckedRow, check_row
from portal.records.columns import Columns
from portal.records.files import Chunk, Shape, rows_of

#: Files smaller than this, in bytes, are not worth the start of other processes.
SMALL = 2_000_000
_MOST_WORKERS = 4
#: Chunks under way beyond one for each worker: enough that nobody waits, few enough that memory stays flat.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a worker must know: plain values, so that they can be sent to another process."""

    shape: Shape
    identifier: str
    definitions: tuple[CustomAttributeDefinition, ...]
    empty_is_null: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """One chunk's rows, where in the file it ended (bytes), and the seconds that parsing and validating took."""

    rows: list[CheckedRow]
    end: int
    parsing: float
    validating: float


class Checker:
    """Turns chunks into checked rows. Pickled once, into each worker."""

    def __init__(self, plan: Plan) -> None:
        definitions = {definition.name: definition for definition in plan.definitions}
        self._rules = ImportRules(plan.identifier, definitions, plan.shape.is_export)
        numbers = frozenset(name for name, found in definitions.items() if found.type in ("number", "integer"))
        is_csv = plan.shape.file_format == "csv"
        self._columns = (
            Columns(plan.shape.header, numbers=numbers, empty_is_null=plan.empty_is_null) if is_csv else None
        )

    def check(self, chunk: Chunk) -> Checked:
        """Parse and validate. Raises ``BrokenFile`` only when the file has changed since it was looked through."""
        started = time.perf_counter()
        rows = list(rows_of(chunk, self._columns))
        parsed = time.perf_counter()
        checked = [check_row(row, self._rules) for row in rows]
        return Checked(checked, chunk.end, parsed - started, time.perf_counter() - parsed)


def check_all(chunks: Iterable[Chunk], plan: Plan, workers: int) -> Iterator[Checked]:
    """The chunks checked, in their order; with ``workers`` 0 in this process."""
    if workers == 0:
        yield from map(Checker(plan).check, chunks)
        return
    source = iter(chunks)
    with ExitStack() as stack:
        # Spawned, not forked: a fork would share this process's connection to the database.
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start, initargs=(plan,))
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        # That takes them seconds: until the first is there, this process checks by itself.
        ready, own = pool.submit(_ready), Checker(plan)
        while not ready.done() and (chunk := next(source, None)) is not None:
            yield own.check(chunk)
        under_way: deque[Future[Checked]] = deque()
        under_way.extend(pool.submit(_check, chunk) for chunk in islice(source, workers + _AHEAD))
        while under_way:
            checked = under_way.popleft().result()
            under_way.extend(pool.submit(_check, chunk) for chunk in islice(source, 1))
            yield checked


def workers_for(shape: Shape) -> int:
    """How many processes a file of this size deserves on this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 0 if shape.size < SMALL or cores < 2 else min(cores - 1, _MOST_WORKERS)


_checker: list[Checker] = []


def _start(plan: Plan) -> None:
    # Ctrl-C reaches the whole process group; the main process decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _checker[:] = [Checker(plan)]


def _ready() -> None:
    """Done as soon as there is a worker to do it."""


def _check(chunk: Chunk) -> Checked:
    return _checker[0].check(chunk)
