"""What is scheduled is done when it is due, once, and not when it was cancelled."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from directory.actors import Actor, Door, system
from directory.models import AuditEntry, Message, User
from directory.models.base import new_id
from directory.operations.base import unit_of_work
from directory.operations.jobs import request_export
from directory.operations.messages import send
from directory.operations.users import carry_out_schedule, create_user, schedule_deletion, unschedule_deletion
from directory.queries.users import due_users

Entries = Callable[..., list[Any]]


def scheduled(root: Actor, name: str, column: str, *, days: int) -> User:
    user = create_user(actor=root, login_id_key="username", login_id=name)
    User.objects.filter(pk=user.pk).update(**{column: timezone.now() + timedelta(days=days)}, is_disabled=True)
    return user


@pytest.mark.django_db
def test_only_what_is_due_is_done(root: Actor, entries: Entries) -> None:
    gone = scheduled(root, "gone", "delete_at", days=-1)
    hidden = scheduled(root, "hidden", "anonymize_at", days=-1)
    later = scheduled(root, "later", "delete_at", days=1)
    out = StringIO()
    call_command("worker", "--once", stdout=out)
    assert out.getvalue() == "2 due.\n"
    assert not User.objects.filter(pk=gone.pk).exists()
    assert User.objects.get(pk=hidden.pk).is_anonymized
    assert User.objects.get(pk=later.pk).delete_at is not None
    for event, user in (("user.deleted", gone), ("user.anonymized", hidden)):
        (entry,) = entries(activity_type=event)
        assert (entry.user_id, entry.author_kind, entry.facts["reason"]) == (user.pk, "system", "schedule")
    call_command("worker", "--once", stdout=(out := StringIO()))
    assert out.getvalue() == "0 due.\n"


@pytest.mark.django_db
def test_what_was_cancelled_after_it_was_found_due_is_left_alone(root: Actor, host: Actor) -> None:
    user = create_user(actor=root, login_id_key="username", login_id="kept")
    schedule_deletion(actor=root, user_id=user.id)
    User.objects.filter(pk=user.pk).update(delete_at=timezone.now() - timedelta(days=1))
    assert due_users(host) == [user.id]
    unschedule_deletion(actor=root, user_id=user.id)
    assert carry_out_schedule(actor=host, user_id=user.id) is False
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.django_db
def test_one_who_cannot_be_deleted_does_not_keep_the_others(root: Actor, caplog: pytest.LogCaptureFixture) -> None:
    users = [scheduled(root, name, "delete_at", days=-1) for name in ("first", "stuck", "last")]
    stuck = min(users, key=lambda user: user.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'stuck@example.com stays' USING ERRCODE = 'restrict_violation'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE DELETE ON directory_user FOR EACH ROW"
            f" WHEN (OLD.id = '{stuck.pk}') EXECUTE FUNCTION pg_temp.refuse()"
        )
    call_command("worker", "--once", stdout=(out := StringIO()))
    assert out.getvalue() == "2 due.\n"
    assert list(User.objects.values_list("pk", flat=True)) == [stuck.pk]
    (said,) = [record.getMessage() for record in caplog.records if record.name.endswith("rounds")]
    assert said == f"schedule of user {stuck.pk} not carried out: IntegrityError"


@pytest.mark.django_db
def test_who_is_due_is_walked_page_by_page(root: Actor, host: Actor) -> None:
    ids = sorted(scheduled(root, name, "delete_at", days=-1).pk for name in ("one", "two", "three"))
    assert due_users(host, limit=2) == ids[:2]
    assert due_users(host, after=ids[1], limit=2) == ids[2:]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_does_it(root: Actor, host: Actor) -> None:
    user = scheduled(root, "gone", "delete_at", days=-1)
    done: list[bool] = []

    def run(user_id: UUID) -> None:
        try:
            done.append(carry_out_schedule(actor=host, user_id=user_id))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[user.id]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 7 + [True]
    assert AuditEntry.objects.filter(activity_type="user.deleted").count() == 1


@pytest.mark.django_db
def test_once_does_the_jobs_and_messages_that_wait(root: Actor, settings: Any, tmp_path: Path) -> None:
    settings.JOB_FILES, settings.OUTBOX_DIR = tmp_path / "jobs", tmp_path / "outbox"
    host = system(Door.COMMAND)
    job = request_export(actor=host, job_id=new_id(), file_format="ndjson")
    with unit_of_work():
        send(host, channel="email", recipient="j@example.com", kind="test", subject="", body="")
    call_command("worker", "--once", stdout=StringIO())
    job.refresh_from_db()
    assert (job.state, Message.objects.get().state) == ("succeeded", "sent")
    assert (tmp_path / "jobs" / str(job.id) / "users.ndjson").is_file()


@pytest.mark.parametrize("wrong", ["0", "33", "many"])
def test_an_impossible_concurrency_is_refused(wrong: str) -> None:
    with pytest.raises(CommandError, match="from 1 to 32"):
        call_command("worker", "--concurrency", wrong)
