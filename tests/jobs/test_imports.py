"""An import as a job: its rows, its file of results, who may, and taking it up again."""

import json
import stat
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from directory.errors import Forbidden, Invalid, ReauthenticationRequired
from directory.models import Administrator, AuditEntry, Job, JobState, User
from directory.models.base import new_id
from directory.operations.jobs import cancel_job, repeat_job, request_import, start_job
from portal.jobs import files, imports, running, stopping
from portal.jobs.actors import WORKER
from portal.jobs.tasks import RUNNERS
from tests.jobs.conftest import acting, asked_import, people_csv, results, run
from tests.signin.fixtures import enrolled

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)


class Killed(BaseException):
    """Stands for the end of the process: nothing in between may catch it and go on."""


def after_steps(monkeypatch: pytest.MonkeyPatch, count: int, act: Callable[[], None]) -> None:
    """Do something when that many steps are done."""
    original, done = running.Run.advance, []

    def advance(self: running.Run, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        done.append(1)
        if len(done) == count + 1:
            act()

    monkeypatch.setattr(running.Run, "advance", advance)


def test_every_row_is_imported_once_and_told_of(owner: Administrator, entries: Entries) -> None:
    job = run(asked_import(owner, people_csv(25)))
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 25, 25)
    assert job.counts == {"total": 25, "inserted": 25, "updated": 0, "skipped": 0, "failed": 0}
    assert User.objects.count() == 25
    assert [json.loads(line)["index"] for line in results(job.id)] == list(range(25))
    for entry in entries(activity_type="user.created"):
        assert (entry.door, entry.author_id, entry.personal["author"]) == ("job", owner.pk, owner.email)
    (told,) = entries(activity_type="users.imported")
    assert (told.facts["inserted"], told.facts["ended"], told.subject_id) == (25, "completed", job.id)
    assert [entry.activity_type for entry in entries(subject_id=job.id, subject_kind="job")] == [
        "job.created",
        "job.finished",
    ]


def test_its_files_are_private(owner: Administrator) -> None:
    job = run(asked_import(owner, people_csv(3)))
    folder = files.folder_of(job.id)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["results.ndjson", "upload"]


def test_a_dry_run_changes_nothing_and_tells_each_difference(owner: Administrator) -> None:
    job = run(asked_import(owner, people_csv(12), dry_run=True))
    assert job.state == JobState.SUCCEEDED
    assert not User.objects.exists()
    first = json.loads(results(job.id)[0])
    assert first["outcome"] == "inserted"
    assert first["changes"]["standard_attributes.name"] == {"old": None, "new": "Person 0"}
    assert not AuditEntry.objects.filter(activity_type="users.imported").exists()


def test_killed_in_a_step_it_goes_on_behind_the_last_one(owner: Administrator, monkeypatch: Any) -> None:
    job = asked_import(owner, people_csv(45))

    def die() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        # The third step has written its people and its results, but is not committed.
        after_steps(patch, 3, die)
        with pytest.raises(Killed):
            running.run(job.id, RUNNERS)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.RUNNING, 20)
    assert User.objects.count() == 20
    job = run(job)
    assert (job.state, job.done, job.attempts) == (JobState.SUCCEEDED, 45, 2)
    assert job.counts["inserted"] == 45
    assert [json.loads(line)["index"] for line in results(job.id)] == list(range(45))
    assert AuditEntry.objects.filter(activity_type="user.created").count() == 45
    assert AuditEntry.objects.filter(activity_type="users.imported").count() == 1
    assert {path.name for path in files.folder_of(job.id).iterdir()} == {"upload", "results.ndjson"}


def test_who_was_given_up_for_dead_and_is_not_does_nothing_twice(owner: Administrator, monkeypatch: Any) -> None:
    job = asked_import(owner, people_csv(45))
    # In the middle of the first worker's second step another worker takes the job up.
    after_steps(monkeypatch, 1, lambda: start_job(actor=WORKER, job_id=job.id) and None)
    running.run(job.id, RUNNERS)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.RUNNING, 2)
    job = run(job)
    assert (job.state, job.counts["inserted"]) == (JobState.SUCCEEDED, 45)
    assert [json.loads(line)["index"] for line in results(job.id)] == list(range(45))


def test_told_to_end_the_worker_gives_the_job_back_after_its_step(owner: Administrator, monkeypatch: Any) -> None:
    job = asked_import(owner, people_csv(45))
    with monkeypatch.context() as patch:
        after_steps(patch, 2, stopping.ask_to_stop)
        running.run(job.id, RUNNERS)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.QUEUED, 20)
    stopping.forget()
    assert run(job).counts["inserted"] == 45


def test_cancelled_it_stops_at_the_next_step_and_says_how_far_it_came(
    owner: Administrator, monkeypatch: Any, entries: Entries
) -> None:
    job = asked_import(owner, people_csv(45))
    after_steps(monkeypatch, 2, lambda: cancel_job(actor=acting(owner), job_id=job.id) and None)
    job = run(job)
    assert (job.state, job.done, job.error_code) == (JobState.CANCELLED, 20, None)
    assert User.objects.count() == len(results(job.id)) == 20
    (told,) = entries(activity_type="users.imported")
    assert (told.facts["ended"], told.facts["total"]) == ("interrupted", 20)


def test_cancelled_before_it_began_it_never_begins(owner: Administrator) -> None:
    job = asked_import(owner, people_csv(5))
    assert cancel_job(actor=acting(owner), job_id=job.id).state == JobState.CANCELLED
    assert run(job).state == JobState.CANCELLED
    assert not User.objects.exists()


def test_the_loss_of_the_right_ends_it(owner: Administrator, monkeypatch: Any, entries: Entries) -> None:
    job = asked_import(owner, people_csv(45))
    after_steps(monkeypatch, 1, owner.groups.clear)
    job = run(job)
    assert (job.state, job.error_code, job.done) == (JobState.FAILED, "Forbidden", 10)
    assert "Import users" in (job.error or "")
    assert User.objects.count() == len(results(job.id)) == 10
    assert [entry.author_id for entry in entries(outcome="denied")] == [owner.pk]


def test_an_inactive_administrators_job_does_not_run(owner: Administrator) -> None:
    job = asked_import(owner, people_csv(5))
    Administrator.objects.filter(pk=owner.pk).update(is_active=False)
    assert run(job).error_code == "Forbidden"
    assert not User.objects.exists()


def test_a_failed_one_repeated_goes_on_where_it_stopped(owner: Administrator, monkeypatch: Any) -> None:
    job = asked_import(owner, people_csv(45))
    roles = list(owner.groups.all())
    with monkeypatch.context() as patch:
        after_steps(patch, 2, owner.groups.clear)
        assert run(job).error_code == "Forbidden"
    owner.groups.set(roles)
    repeat_job(actor=acting(owner), job_id=job.id)
    job = run(job)
    assert (job.state, job.counts["inserted"], job.counts["skipped"]) == (JobState.SUCCEEDED, 45, 0)
    assert [json.loads(line)["index"] for line in results(job.id)] == list(range(45))


def test_the_database_away_leaves_the_job_to_the_next_attempt(owner: Administrator, monkeypatch: Any) -> None:
    job = asked_import(owner, people_csv(45))

    def lose() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        after_steps(patch, 2, lose)
        with pytest.raises(OperationalError):
            running.run(job.id, RUNNERS)
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING
    assert run(job).counts["inserted"] == 45


def test_one_that_kills_every_worker_ends_as_failed(owner: Administrator, monkeypatch: Any) -> None:
    job = asked_import(owner, people_csv(5))
    for _ in range(5):
        start_job(actor=WORKER, job_id=job.id)
    job = run(job)
    assert (job.state, job.error_code, job.attempts) == (JobState.FAILED, "KeepsFailing", 5)


def test_a_broken_file_is_refused_as_a_whole(owner: Administrator) -> None:
    job = run(asked_import(owner, 'email,name\na@example.com,"never closed\n'))
    assert (job.state, job.error_code, job.done) == (JobState.FAILED, "BrokenFile", 0)
    assert "Line 2" in (job.error or "")


def test_a_file_that_is_gone_is_said(owner: Administrator) -> None:
    job = asked_import(owner, people_csv(5))
    files.remove_folder(job.id)
    assert run(job).error_code == "FileGone"


def test_the_same_file_asked_for_twice_is_one_job(owner: Administrator) -> None:
    first = asked_import(owner, people_csv(5), fingerprint="f1")
    second = asked_import(owner, people_csv(5), fingerprint="f1")
    assert first.id == second.id
    assert asked_import(owner, people_csv(5), fingerprint="f1", dry_run=True).id != first.id
    run(first)
    assert asked_import(owner, people_csv(5), fingerprint="f1").id != first.id


def test_who_may_not_import_may_not_ask_for_it() -> None:
    auditor = enrolled("audit@example.com", "auditor")
    with pytest.raises(Forbidden):
        asked_import(auditor, people_csv(5))
    assert not Job.objects.exists()


def test_asking_needs_a_fresh_proof(owner: Administrator) -> None:
    import dataclasses

    stale = dataclasses.replace(acting(owner), reauthenticated=False)
    with pytest.raises(ReauthenticationRequired):
        request_import(actor=stale, job_id=new_id(), file_format="csv")


@pytest.mark.parametrize("wrong", [{"file_format": "xlsx"}, {"identifier": "name"}])
def test_unknown_words_are_refused(owner: Administrator, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        request_import(actor=acting(owner), job_id=new_id(), **{"file_format": "csv", **wrong})
