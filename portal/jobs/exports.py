"""Runs an export: a file of records, complete or not there at all."""

from typing import Any
from uuid import UUID

from directory import permissions
from directory.errors import Invalid
from directory.operations.base import unit_of_work
from directory.operations.exports import record_export
from directory.permissions import Permission
from directory.queries.custom_attributes import visible_custom_attributes
from directory.queries.exports import export_records
from directory.queries.users import UserFilter, estimate_users
from portal.exporting import columns_for, writer_for
from portal.jobs.results import ResultFile
from portal.jobs.running import Run

#: Records between two looks at whether to go on.
STEP = 2_000


def file_name(file_format: str) -> str:
    """What the complete file is called."""
    return f"users.{file_format}"


def export_file(run: Run) -> None:
    """The runner of ``export_users`` jobs. What another attempt had written is dropped: it starts anew."""
    job, actor = run.job, run.actor()
    permissions.require(actor, Permission.USERS_EXPORT)
    narrowed, file_format = _filter(job.parameters["filters"], job.personal), job.parameters["file_format"]
    total = None if narrowed else estimate_users(actor)[0]
    run.advance(0, total)
    columns = columns_for(None, [row.name for row in visible_custom_attributes(actor)])
    file = ResultFile(job.id, file_name(file_format), job.attempts)
    try:
        writer = writer_for(file.stream, file_format, columns)
        rows = 0
        for record in export_records(actor, narrowed=narrowed or None):
            if rows % STEP == 0:
                run.look()
                # By the rights of this moment: who has lost them gets no file.
                permissions.require(run.actor(), Permission.USERS_EXPORT)
                run.advance(rows, max(total, rows) if total is not None else None)
            writer.write(record)
            rows += 1
        run.look()
        writer.flush()
        file.settle()
        file.publish()
    finally:
        file.close()
    with unit_of_work():
        record_export(
            actor=run.actor(), export_id=job.id, file_format=file_format, rows=rows, filters=job.parameters["filters"]
        )
        run.succeed(done=rows, counts={"exported": rows})


def _filter(given: dict[str, str], personal: dict[str, Any]) -> UserFilter:
    try:
        ids = {f"{name}_id": UUID(given[name]) for name in ("role", "group", "organization") if given.get(name)}
    except ValueError as error:
        raise Invalid("A filter of this export is not an id.") from error
    return UserFilter(search=personal.get("search", ""), state=given.get("state"), **ids)
