"""Putting work into the queue, races for it, and what the rounds do to jobs and their files."""

import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Administrator, Job, JobState
from directory.models.base import new_id
from directory.operations.base import unit_of_work
from directory.operations.jobs import JobLost, advance_job, cancel_job, defer, start_job, wake_forgotten_jobs
from directory.operations.users import create_user
from directory.queries.jobs import get_job, list_jobs
from portal.jobs import files, rounds, running
from portal.jobs.actors import WORKER
from portal.jobs.tasks import RUNNERS
from tests.jobs.conftest import acting, asked_import, people_csv, run


def queued() -> list[Any]:
    return [job.args.get("job_id") for job in ProcrastinateJob.objects.filter(task_name="run_job").order_by("id")]


@pytest.mark.django_db
def test_a_job_and_its_place_in_the_queue_come_and_go_together(root: Actor) -> None:
    with unit_of_work():
        job = defer(root, kind="export_users", parameters={})
    assert queued() == [str(job.id)]

    def refused() -> None:
        with unit_of_work():
            defer(root, kind="export_users", parameters={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refused()
    assert Job.objects.get() == job
    assert queued() == [str(job.id)]


@pytest.mark.django_db
def test_what_nobody_can_run_says_so(root: Actor) -> None:
    with unit_of_work():
        job = defer(root, kind="from_the_future", parameters={})
    assert run(job).error_code == "UnknownKind"


@pytest.mark.django_db
def test_a_fault_of_ours_ends_the_job_without_telling_what_it_held(root: Actor, monkeypatch: Any) -> None:
    def break_down(_: running.Run) -> None:
        raise ValueError("jane@example.com")

    monkeypatch.setitem(RUNNERS, "broken", break_down)
    with unit_of_work():
        job = defer(root, kind="broken", parameters={})
    job = run(job)
    assert (job.state, job.error_code) == (JobState.FAILED, "UnexpectedError")
    assert "jane" not in (job.error or "")


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_many_at_once_it_is_one_job(root: Actor) -> None:
    found: list[Any] = []

    def ask() -> None:
        try:
            with unit_of_work():
                found.append(defer(root, kind="export_users", parameters={}, key="the same").id)
        finally:
            connection.close()

    together(ask, 8)
    assert len(found) == 8
    assert set(found) == {Job.objects.get().id}
    assert queued() == [str(found[0])]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_with_one_job_one_does_it(root: Actor) -> None:
    from tests.signin.fixtures import enrolled

    owner = enrolled("olga@example.com")
    from django.contrib.auth.models import Group as AdminRole
    from django.core.management import call_command

    if not AdminRole.objects.filter(name="owner").exists():
        # Gone with the flush after another test: as after a migration.
        call_command("migrate", verbosity=0)
    owner.groups.add(AdminRole.objects.get(name="owner"))
    job = asked_import(owner, people_csv(60))

    def work() -> None:
        try:
            running.run(job.id, RUNNERS)
        finally:
            connection.close()

    together(work, 4)
    job.refresh_from_db()
    assert (job.state, job.counts["inserted"], job.counts["failed"]) == (JobState.SUCCEEDED, 60, 0)


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_due_users_share_them(root: Actor) -> None:
    from directory.models import AuditEntry, User

    users = [create_user(actor=root, login_id_key="username", login_id=f"due{n}") for n in range(12)]
    User.objects.update(delete_at=timezone.now() - timedelta(days=1), is_disabled=True)
    done: list[int] = []

    def work() -> None:
        try:
            done.append(rounds.carry_out_due())
        finally:
            connection.close()

    together(work, 4)
    assert sum(done) == len(users)
    assert AuditEntry.objects.filter(activity_type="user.deleted").count() == len(users)


@pytest.mark.django_db
def test_the_token_of_a_former_attempt_writes_nothing(owner: Administrator) -> None:
    job = asked_import(owner, people_csv(1))
    first = start_job(actor=WORKER, job_id=job.id)
    start_job(actor=WORKER, job_id=job.id)
    assert first is not None
    with pytest.raises(JobLost):
        advance_job(actor=WORKER, job_id=job.id, attempt=first.attempts, done=1)


@pytest.mark.django_db
def test_only_the_worker_itself_writes_how_far_a_job_came(root: Actor, owner: Administrator) -> None:
    job = asked_import(owner, people_csv(1))
    with pytest.raises(Forbidden):
        start_job(actor=root, job_id=job.id)
    with pytest.raises(Forbidden):
        wake_forgotten_jobs(actor=root)


@pytest.mark.django_db
def test_one_sees_ones_own_jobs_and_with_the_right_all(owner: Administrator, auditor: Actor, ada: Actor) -> None:
    job = asked_import(owner, people_csv(1))
    for actor in (acting(owner), auditor):
        assert [row.id for row in list_jobs(actor).rows] == [job.id]
    # A right on one organization does not reach work on all of the directory.
    assert not list_jobs(ada).rows
    with pytest.raises(NotFound):
        get_job(ada, job.id)
    with pytest.raises(NotFound):
        cancel_job(actor=ada, job_id=job.id)
    with pytest.raises(Forbidden):
        cancel_job(actor=auditor, job_id=job.id)


@pytest.mark.django_db
def test_a_job_that_the_queue_has_lost_is_put_there_again(owner: Administrator) -> None:
    job = asked_import(owner, people_csv(1))
    assert rounds.wake_forgotten() == 0
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(updated_at=long_ago)
    assert rounds.wake_forgotten() == 0, "it is in the queue"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert rounds.wake_forgotten() == 1
    assert queued() == [str(job.id)] * 2
    assert run(job).state == JobState.SUCCEEDED
    assert rounds.wake_forgotten() == 0


@pytest.mark.django_db
def test_files_go_a_day_after_the_job_and_at_once_when_there_is_none(owner: Administrator, job_files: Path) -> None:
    kept, old = run(asked_import(owner, people_csv(1))), run(asked_import(owner, people_csv(1, "q")))
    waiting = asked_import(owner, people_csv(1, "w"))
    Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(hours=25))
    fresh, orphan = files.make_folder(new_id()), files.make_folder(new_id())
    (orphan / "upload").write_bytes(b"half")
    for path in (orphan / "upload", orphan):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert rounds.remove_expired_files() == 2
    assert {folder.name for folder in job_files.iterdir()} == {str(kept.id), str(waiting.id), fresh.name}


@pytest.mark.django_db
def test_jobs_that_ended_long_ago_are_forgotten(owner: Administrator) -> None:
    old, waiting = run(asked_import(owner, people_csv(1))), asked_import(owner, people_csv(2))
    Job.objects.update(created_at=timezone.now() - timedelta(days=90))
    Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=31))
    rounds.forget_expired()
    assert list(Job.objects.all()) == [waiting]


def together(act: Any, count: int) -> None:
    threads = [threading.Thread(target=act) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
