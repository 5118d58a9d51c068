"""An export as a job: complete or not there at all."""

from typing import Any

import pytest

from directory.errors import Forbidden
from directory.models import Administrator, AuditEntry, JobState
from directory.operations.jobs import cancel_job
from portal.jobs import exports, files, running, stopping
from portal.jobs.tasks import RUNNERS
from tests.jobs.conftest import acting, asked_export, asked_import, people_csv, run
from tests.jobs.test_imports import Killed, after_steps
from tests.signin.fixtures import enrolled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "STEP", 5)


@pytest.fixture
def people(owner: Administrator) -> int:
    run(asked_import(owner, people_csv(20)))
    return 20


def test_killed_it_starts_anew_and_ends_with_one_file(owner: Administrator, people: int, monkeypatch: Any) -> None:
    job = asked_export(owner)

    def die() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        after_steps(patch, 2, die)
        with pytest.raises(Killed):
            running.run(job.id, RUNNERS)
    assert not (files.folder_of(job.id) / "users.csv").exists()
    job = run(job)
    assert (job.state, job.done, job.attempts) == (JobState.SUCCEEDED, people, 2)
    assert [path.name for path in files.folder_of(job.id).iterdir()] == ["users.csv"]
    assert len((files.folder_of(job.id) / "users.csv").read_text().splitlines()) == people + 1
    assert AuditEntry.objects.filter(activity_type="users.exported").count() == 1


def test_the_loss_of_the_right_ends_it_without_a_file(owner: Administrator, people: int, monkeypatch: Any) -> None:
    job = asked_export(owner)
    after_steps(monkeypatch, 2, owner.groups.clear)
    job = run(job)
    assert (job.state, job.error_code) == (JobState.FAILED, "Forbidden")
    assert not (files.folder_of(job.id) / "users.csv").exists()
    assert not AuditEntry.objects.filter(activity_type="users.exported").exists()


def test_cancelled_and_stopped_between_steps(owner: Administrator, people: int, monkeypatch: Any) -> None:
    job = asked_export(owner)
    with monkeypatch.context() as patch:
        after_steps(patch, 1, stopping.ask_to_stop)
        running.run(job.id, RUNNERS)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    stopping.forget()
    with monkeypatch.context() as patch:
        after_steps(patch, 2, lambda: cancel_job(actor=acting(owner), job_id=job.id) and None)
        assert run(job).state == JobState.CANCELLED


def test_the_same_export_asked_for_twice_is_one_job(owner: Administrator) -> None:
    assert asked_export(owner).id == asked_export(owner).id
    assert asked_export(owner).id != asked_export(owner, file_format="ndjson").id


def test_who_may_not_export_may_not_ask_for_it() -> None:
    with pytest.raises(Forbidden):
        asked_export(enrolled("audit@example.com", "auditor"))


def test_an_empty_directory_gives_an_empty_file(owner: Administrator) -> None:
    job = run(asked_export(owner, file_format="ndjson"))
    assert (job.state, job.done) == (JobState.SUCCEEDED, 0)
    assert (files.folder_of(job.id) / "users.ndjson").read_bytes() == b""
