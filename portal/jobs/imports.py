"""Runs an import: batch by batch, each with its results and the mark of how far it came in one transaction."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from directory.operations.base import unit_of_work
from directory.operations.imports import ImportSummary, finish_import, import_users
from directory.operations.jobs.running import JobLost
from directory.operations.statistics import refresh_statistics
from directory.permissions import Permission
from directory.queries.custom_attributes import definition_of, visible_custom_attributes
from portal.importing import write_results
from portal.jobs import files
from portal.jobs.actors import WORKER
from portal.jobs.results import ResultFile
from portal.jobs.running import DATABASE_ERRORS, Run, StopAsked
from portal.records.checking import Checked, Plan, check_all
from portal.records.files import Shape, chunks, look_through

#: Rows in one step: as many as a second is enough for, so that a cancelled import ends soon.
BATCH = 500
#: Reasons of failed rows that are counted apart.
_MOST_REASONS = 20


@dataclass(slots=True)
class _Import:
    run: Run
    path: Path
    shape: Shape
    summary: ImportSummary
    results: ResultFile
    seen: set[int] | None
    definitions: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.run.job.parameters)

    def step(self, checked: Checked) -> None:
        """One batch: its rows, its results, and the mark, all or nothing."""
        with unit_of_work():
            done = import_users(
                actor=self.run.actor(),
                import_id=self.run.job.id,
                rows=checked.rows,
                upsert=self.options["upsert"],
                dry_run=self.options["dry_run"],
                seen=self.seen,
                definitions=self.definitions,
            )
            self.summary.add(done)
            write_results(self.results.stream, done)
            length = self.results.settle()
            self.run.advance(
                self.summary.total,
                self.shape.rows,
                counts=self.counts(),
                # What a dry run remembers of its rows is in this process alone: another one begins anew.
                mark=None if self.options["dry_run"] else self._mark(length),
            )

    def counts(self) -> dict[str, Any]:
        """The summary as the job shows it."""
        counts: dict[str, Any] = self.summary.counts()
        if self.summary.reasons:
            counts["reasons"] = dict(self.summary.reasons.most_common(_MOST_REASONS))
        return counts

    def close(self, ended: str) -> None:
        """The entry that tells of the import as a whole, in the transaction that ends the job."""
        if self.options["dry_run"]:
            return
        actor = self.run.actor()
        finish_import(
            actor=actor if actor.may(Permission.USERS_IMPORT) else WORKER,
            import_id=self.run.job.id,
            summary=self.summary,
            identifier=self.options["identifier"],
            upsert=self.options["upsert"],
            file_name=self.run.job.personal.get("file_name", ""),
            ended=ended,
        )

    def _mark(self, length: int) -> dict[str, Any]:
        summary = {**self.summary.counts(), "reasons": dict(self.summary.reasons)}
        return {"shape": asdict(self.shape), "summary": summary, "file": self.results.part, "length": length}


def import_file(run: Run) -> None:
    """The runner of ``import_users`` jobs. It goes on behind the last batch that was committed."""
    run.look()
    task = _begin(run)
    run.closing = task.close
    try:
        plan = Plan(
            task.shape,
            task.options["identifier"],
            tuple(task.definitions.values()),
            task.options["empty_is_null"],
        )
        source = chunks(task.path, task.shape, BATCH, skip=task.summary.total)
        # In this process: other ones would outlive a worker that is killed.
        for checked in check_all(source, plan, 0):
            run.look()
            task.step(checked)
    except (StopAsked, JobLost, *DATABASE_ERRORS):
        raise
    except Exception:
        # It ends here. What is done stays, and its results can be had.
        task.results.publish()
        raise
    finally:
        task.results.close()
    task.results.publish()
    run.succeed(done=task.summary.total, counts=task.counts())
    if task.summary.inserted and not task.options["dry_run"]:
        refresh_statistics()


def _begin(run: Run) -> _Import:
    job = run.job
    path = files.folder_of(job.id) / files.UPLOAD
    mark = {} if job.parameters["dry_run"] else job.mark
    shape = _shape(mark["shape"]) if mark else look_through(path, job.parameters["file_format"])
    if not mark:
        run.advance(0, shape.rows)
    given = dict(mark.get("summary", {}))
    reasons = given.pop("reasons", {})
    summary = ImportSummary(**given)
    summary.reasons.update(reasons)
    results = ResultFile(job.id, files.RESULTS, job.attempts, former=mark.get("file", ""), length=mark.get("length", 0))
    seen: set[int] | None = set() if job.parameters["dry_run"] else None
    definitions = {row.name: definition_of(row) for row in visible_custom_attributes(run.actor())}
    return _Import(run, path, shape, summary, results, seen, definitions)


def _shape(given: dict[str, Any]) -> Shape:
    return Shape(**{**given, "header": tuple(given["header"])})
