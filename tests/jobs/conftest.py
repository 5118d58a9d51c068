"""Files of jobs in a place of their own; an owner who asks for them."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from directory import permissions
from directory.actors import Actor, ActorKind, Door
from directory.models import Administrator, Job
from directory.models.base import new_id
from directory.operations.jobs import request_export, request_import
from portal.jobs import files, running, stopping
from portal.jobs.tasks import RUNNERS
from tests.signin.fixtures import enrolled


@pytest.fixture(autouse=True)
def job_files(tmp_path: Path, settings: Any) -> Path:
    settings.JOB_FILES = tmp_path / "jobs"
    settings.OUTBOX_DIR = tmp_path / "outbox"
    stopping.forget()
    return tmp_path / "jobs"


@pytest.fixture
def owner(db: None) -> Administrator:
    return enrolled("olga@example.com", "owner")


def acting(administrator: Administrator) -> Actor:
    """The administrator at a page, just proved."""
    everywhere, organizations = permissions.rights_of(administrator)
    return Actor(
        kind=ActorKind.ADMINISTRATOR,
        door=Door.PORTAL,
        id=administrator.pk,
        label=administrator.email,
        everywhere=everywhere,
        organizations=organizations,
        reauthenticated=True,
    )


def people_csv(count: int, prefix: str = "p") -> str:
    rows = "".join(f"{prefix}{number}@example.com,Person {number}\n" for number in range(count))
    return f"email,name\n{rows}"


def asked_import(administrator: Administrator, content: str, **options: Any) -> Job:
    """An import that waits in the queue, its file in place."""
    job_id = new_id()
    with files.create(files.make_folder(job_id) / files.UPLOAD) as stream:
        stream.write(content.encode())
    return request_import(actor=acting(administrator), job_id=job_id, file_format="csv", **options)


def asked_export(administrator: Administrator, **options: Any) -> Job:
    return request_export(actor=acting(administrator), job_id=new_id(), **{"file_format": "csv", **options})


def run(job: Job) -> Job:
    """As the worker does. Returns the job as it is then."""
    running.run(job.id, RUNNERS)
    job.refresh_from_db()
    return job


def results(job_id: UUID) -> list[bytes]:
    return (files.folder_of(job_id) / files.RESULTS).read_bytes().splitlines()
