"""Runs the import of a file: looks it through, checks its records, hands them on in batches, writes the result file."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from directory.actors import Actor
from directory.errors import DirectoryError
from directory.models.base import new_id
from directory.operations.imports import ImportSummary, RowResult, finish_import, import_users
from directory.operations.statistics import refresh_statistics
from directory.queries.custom_attributes import definition_of, visible_custom_attributes
from portal.records.checking import Plan, check_all, workers_for
from portal.records.faults import BrokenFile
from portal.records.files import Shape, chunks, look_through

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported, and how. ``workers`` None means as many as the file and the machine deserve."""

    path: Path
    file_format: str
    identifier: str = "email"
    upsert: bool = False
    dry_run: bool = False
    empty_is_null: bool = False
    batch: int = BATCH
    workers: int | None = None


@dataclass(slots=True)
class Report:
    """What came of it. Seconds: ``looking`` through the file once; ``parsing`` and ``validating`` are the processor's
    time wherever it was spent, and overlap with ``writing``; ``lasted`` is the time on the clock."""

    import_id: UUID
    shape: Shape
    summary: ImportSummary = field(default_factory=ImportSummary)
    looking: float = 0.0
    parsing: float = 0.0
    validating: float = 0.0
    writing: float = 0.0
    lasted: float = 0.0
    ended: str = "completed"
    fault: BrokenFile | None = None


def look(request: Request) -> Report:
    """The first pass. Raises ``BrokenFile`` and ``OSError``; nothing has been written then."""
    started = time.perf_counter()
    shape = look_through(request.path, request.file_format)
    return Report(new_id(), shape, looking=time.perf_counter() - started)


def run(
    actor: Actor, request: Request, report: Report, results: BinaryIO, progress: Callable[[int, int], None]
) -> None:
    """The second pass, into ``report`` and ``results`` (one JSON object a row). ``progress`` hears of bytes and rows.

    Ctrl-C ends it after the batch under way; so does a file that is no longer the one that was looked through. Either
    way what was done stays, and the closing entry says how it ended. A dry run writes no entry.
    """
    started = time.perf_counter()
    definitions = {row.name: definition_of(row) for row in visible_custom_attributes(actor)}
    plan = Plan(report.shape, request.identifier, tuple(definitions.values()), request.empty_is_null)
    seen: set[int] | None = set() if request.dry_run else None
    workers = workers_for(report.shape) if request.workers is None else request.workers
    try:
        with _stop_asked() as stop_asked:
            for checked in check_all(chunks(request.path, report.shape, request.batch), plan, workers):
                began = time.perf_counter()
                done = import_users(
                    actor=actor,
                    import_id=report.import_id,
                    rows=checked.rows,
                    upsert=request.upsert,
                    dry_run=request.dry_run,
                    seen=seen,
                    definitions=definitions,
                )
                report.writing += time.perf_counter() - began
                report.parsing += checked.parsing
                report.validating += checked.validating
                report.summary.add(done)
                write_results(results, done)
                progress(checked.end, len(done))
                if stop_asked():
                    report.ended = "interrupted"
                    break
    except BrokenFile as fault:
        report.ended, report.fault = "broken", fault
    except BaseException:
        report.ended = "interrupted"
        raise
    finally:
        report.lasted = time.perf_counter() - started
        if not request.dry_run:
            finish_import(
                actor=actor,
                import_id=report.import_id,
                summary=report.summary,
                identifier=request.identifier,
                upsert=request.upsert,
                file_name=request.path.name,
                ended=report.ended,
            )
            if report.summary.inserted:
                refresh_statistics()


def write_results(stream: BinaryIO, results: Sequence[RowResult]) -> None:
    """One JSON object a line: the contract's ``details``, with the line of the file beside the index."""
    option = orjson.OPT_APPEND_NEWLINE
    stream.writelines(orjson.dumps(_result(result), default=_plain, option=option) for result in results)
    stream.flush()


def _result(result: RowResult) -> dict[str, Any]:
    row: dict[str, Any] = {
        "index": result.number,
        "line": result.line,
        "outcome": result.outcome.value,
        "user_id": result.user_id,
        "warnings": [{"message": message} for message in result.warnings],
        "errors": [] if result.error is None else [_error(result.error)],
    }
    if result.new:
        row["changes"] = {name: {"old": result.old.get(name), "new": value} for name, value in result.new.items()}
    return row


def _error(error: DirectoryError) -> dict[str, Any]:
    causes = [{"location": cause.location, "kind": cause.kind, "message": cause.message} for cause in error.causes]
    return {"name": type(error).__name__, "reason": error.code, "message": error.message, "causes": causes}


def _plain(value: object) -> Any:
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


@contextmanager
def _stop_asked() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed since; pressed a second time it ends the program at once, as ever."""
    asked: list[bool] = []

    def note(_signal: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)

    try:
        former = signal.signal(signal.SIGINT, note)
    except ValueError:
        # Only the main thread may; elsewhere nobody can press Ctrl-C.
        yield lambda: False
        return
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, former)
