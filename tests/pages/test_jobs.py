"""The pages of jobs, imports, exports and the outbox."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from directory.models import Administrator, Job, JobState, Message, User
from directory.operations.jobs import start_job
from portal.jobs import files, running, stopping
from portal.jobs.actors import WORKER
from portal.jobs.tasks import RUNNERS
from tests.jobs.conftest import people_csv
from tests.signin.fixtures import enrolled, sign_in_at_once
from tests.write_guard import GuardedClient, guarded

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def job_files(tmp_path: Path, settings: Any) -> Path:
    settings.JOB_FILES = tmp_path / "jobs"
    stopping.forget()
    return tmp_path / "jobs"


@pytest.fixture
def olga(db: None) -> Administrator:
    return enrolled("olga@example.com", "owner")


@pytest.fixture
def client(olga: Administrator) -> GuardedClient:
    return sign_in_at_once(GuardedClient(), olga)


def upload(client: GuardedClient, content: str, name: str = "people.csv", **options: Any) -> Any:
    given = {"identifier": "email", "dry_run": "on", **options}
    form = {key: value for key, value in given.items() if value is not None}
    return client.post("/users/import", {**form, "file": SimpleUploadedFile(name, content.encode()), "end": "1"})


def proved_long_ago(client: GuardedClient) -> None:
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 3600}]
    session.save()


def work(job: Job) -> Job:
    with guarded():
        running.run(job.id, RUNNERS)
    job.refresh_from_db()
    return job


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def stored(job_files: Path) -> list[str]:
    return sorted(path.name for path in job_files.iterdir()) if job_files.is_dir() else []


def test_a_dry_run_then_in_earnest_with_one_click(client: GuardedClient, job_files: Path) -> None:
    answer = upload(client, people_csv(3))
    assert answer.status_code == 302
    dry = Job.objects.get()
    assert answer["Location"] == f"/jobs/{dry.id}"
    assert "Waiting for a worker" in text_of(client.get(f"/jobs/{dry.id}"))
    work(dry)
    shown = text_of(client.get(f"/jobs/{dry.id}"))
    assert "nothing was changed" in shown
    assert "Import for real" in shown
    rows = text_of(client.get(f"/jobs/{dry.id}/rows"))
    assert "Row 1" in rows
    assert "p0@example.com" in rows
    assert not User.objects.exists()
    assert client.post(f"/jobs/{dry.id}/import").status_code == 302
    real = Job.objects.exclude(pk=dry.pk).get()
    # A second click finds the first one's job, and leaves no second copy of the file.
    assert client.post(f"/jobs/{dry.id}/import")["Location"] == f"/jobs/{real.id}"
    assert stored(job_files) == sorted([str(dry.id), str(real.id)])
    assert work(real).counts["inserted"] == 3
    assert "Download the results" in text_of(client.get(f"/jobs/{real.id}"))


def test_the_upload_lies_private_and_whole(client: GuardedClient, job_files: Path) -> None:
    content = people_csv(5_000)
    upload(client, content)
    path = files.folder_of(Job.objects.get().id) / files.UPLOAD
    assert path.read_text() == content
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("email\n", {"name": "people.xlsx"}, "must end with"),
        ("", {}, "empty"),
        ("email\n", {"identifier": "shoe_size"}, "valid choice"),
    ],
)
def test_a_refused_upload_leaves_nothing(
    client: GuardedClient, job_files: Path, content: str, options: dict[str, str], said: str
) -> None:
    answer = upload(client, content, **options)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert stored(job_files) == []
    assert not Job.objects.exists()


def test_an_upload_too_large_is_cut_off_and_leaves_nothing(
    client: GuardedClient, job_files: Path, settings: Any
) -> None:
    settings.IMPORT_MAX_MEGABYTES = 1
    answer = upload(client, "x" * 1_000_001)
    assert answer.status_code == 422
    assert "at most 1 MB" in text_of(answer)
    assert stored(job_files) == []


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.97])
def test_an_upload_that_ends_half_way_leaves_nothing(client: GuardedClient, job_files: Path, kept: float) -> None:
    boundary = "b0undary"
    fields = [("identifier", "email"), ("dry_run", "on")]
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields)
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n'
    body += (
        people_csv(2_000) + f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="end"\r\n\r\n1\r\n--{boundary}--'
    )
    whole = body.encode()
    answer = client.generic(
        "POST",
        "/users/import",
        whole[: int(len(whole) * kept)],
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    assert answer.status_code in (400, 422)
    assert stored(job_files) == []
    assert not Job.objects.exists()


def test_an_upload_without_its_token_is_refused_and_leaves_nothing(olga: Administrator, job_files: Path) -> None:
    strict = GuardedClient(enforce_csrf_checks=True)
    sign_in_at_once(strict, olga)
    assert upload(strict, people_csv(2)).status_code == 403
    assert stored(job_files) == []
    page = strict.get("/users/import").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    assert upload(strict, people_csv(2), csrfmiddlewaretoken=token[1]).status_code == 302


def test_the_form_asks_first_for_a_fresh_proof(client: GuardedClient, olga: Administrator) -> None:
    proved_long_ago(client)
    answer = client.get("/users/import")
    assert answer.status_code == 302
    assert "next=%2Fusers%2Fimport" in answer["Location"]


def test_who_may_not_import_or_export_is_refused_and_recorded(
    auditor_client: GuardedClient, entries: Entries, job_files: Path
) -> None:
    assert auditor_client.get("/users/import").status_code == 403
    assert upload(auditor_client, people_csv(2)).status_code == 403
    assert auditor_client.post("/users/export", {"file_format": "csv"}).status_code == 403
    assert len(entries(outcome="denied")) == 3
    assert stored(job_files) == []
    assert not Job.objects.exists()


def test_an_export_is_made_by_a_job_and_fetched_by_who_asked(client: GuardedClient, entries: Entries) -> None:
    work(_uploaded(client, 3))
    assert "All users" in text_of(client.get("/users/export"))
    answer = client.post("/users/export", {"file_format": "csv"})
    job = work(Job.objects.get(kind="export_users"))
    assert answer["Location"] == f"/jobs/{job.id}"
    assert (job.state, job.counts) == (JobState.SUCCEEDED, {"exported": 3})
    fetched = client.get(f"/jobs/{job.id}/files/users.csv")
    lines = b"".join(fetched.streaming_content).decode().splitlines()
    assert len(lines) == 4
    assert "p0@example.com" in lines[1]
    assert fetched["Content-Disposition"] == 'attachment; filename="users.csv"'
    assert fetched["Cache-Control"] == "no-store"
    (told,) = entries(activity_type="job.file.downloaded")
    assert (told.facts["file"], told.subject_id) == ("users.csv", job.id)
    (exported,) = entries(activity_type="users.exported")
    assert (exported.facts["rows"], exported.door) == (3, "job")


def test_an_export_takes_the_filters_of_the_list(client: GuardedClient) -> None:
    work(_uploaded(client, 12))
    shown = text_of(client.get("/users/export?q=p11%40example.com&status=normal"))
    assert "Search: p11@example.com" in shown
    client.post("/users/export?q=p11%40example.com&status=normal", {"file_format": "ndjson"})
    job = work(Job.objects.get(kind="export_users"))
    assert job.counts == {"exported": 1}
    assert "p11@example.com" not in str(job.parameters)


def test_a_download_asks_for_a_fresh_proof(client: GuardedClient) -> None:
    client.post("/users/export", {"file_format": "csv"})
    job = work(Job.objects.get())
    proved_long_ago(client)
    answer = client.get(f"/jobs/{job.id}/files/users.csv")
    assert answer.status_code == 302
    assert "next=" in answer["Location"]


def test_files_and_rows_are_for_who_asked_only(client: GuardedClient, signed_in: Any) -> None:
    job = work(_uploaded(client, 3))
    other, auditor, nobody = signed_in("owner"), signed_in("auditor"), signed_in("")
    assert "Import of users" in text_of(other.get("/jobs"))
    assert other.get(f"/jobs/{job.id}").status_code == 200
    for address in (f"/jobs/{job.id}/files/results.ndjson", f"/jobs/{job.id}/rows"):
        assert client.get(address).status_code == 200
        assert other.get(address).status_code == 403
        assert auditor.get(address).status_code == 403
        assert nobody.get(address).status_code == 404
    assert nobody.get(f"/jobs/{job.id}").status_code == 404
    assert "No jobs yet" in text_of(nobody.get("/jobs"))


@pytest.mark.parametrize("name", ["upload", "..%2Fsecrets.json", "1.results.ndjson", "users.csv"])
def test_no_other_file_can_be_fetched(client: GuardedClient, name: str) -> None:
    job = work(_uploaded(client, 1))
    assert client.get(f"/jobs/{job.id}/files/{name}").status_code == 404


def test_only_who_asked_and_managers_of_jobs_may_cancel(client: GuardedClient, signed_in: Any) -> None:
    upload(client, people_csv(3))
    job = Job.objects.get()
    assert signed_in("").post(f"/jobs/{job.id}/cancel").status_code == 404
    assert signed_in("auditor").post(f"/jobs/{job.id}/cancel").status_code == 403
    assert signed_in("owner").post(f"/jobs/{job.id}/cancel").status_code == 302
    assert "Cancelled" in text_of(client.get(f"/jobs/{job.id}"))
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 409
    assert client.post(f"/jobs/{job.id}/repeat").status_code == 302
    assert work(job).state == JobState.SUCCEEDED


def test_the_page_asks_again_only_while_the_job_runs(client: GuardedClient) -> None:
    upload(client, people_csv(3))
    job = Job.objects.get()
    htmx = {"HX-Request": "true", "HX-Target": "progress"}
    start_job(actor=WORKER, job_id=job.id)
    part = client.get(f"/jobs/{job.id}", headers=htmx).content.decode()
    assert part.lstrip().startswith('<div id="progress" hx-get=')
    assert 'hx-trigger="every 3s"' in client.get("/jobs").content.decode()
    work(job)
    assert "hx-trigger" not in client.get(f"/jobs/{job.id}", headers=htmx).content.decode()
    assert 'hx-trigger="every 3s"' not in client.get("/jobs").content.decode()


@pytest.mark.parametrize(
    ("waits", "heartbeat", "said"), [(2, None, True), (2, 2, True), (2, 0, False), (0, None, False)]
)
def test_a_job_that_waits_while_no_worker_runs_says_so(
    client: GuardedClient, waits: int, heartbeat: int | None, said: bool
) -> None:
    """``waits`` and ``heartbeat`` are minutes ago."""
    upload(client, people_csv(1))
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - timedelta(minutes=waits))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        if heartbeat is not None:
            at = timezone.now() - timedelta(minutes=heartbeat)
            cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [at])
    shown = text_of(client.get(f"/jobs/{job.id}"))
    assert ("No worker is running." in shown) is said
    assert "Waiting for a worker." in shown


def test_rows_are_paged_and_filtered(client: GuardedClient) -> None:
    content = people_csv(120) + "not an address,Nobody\n"
    job = work(_uploaded(client, content=content))
    first = client.get(f"/jobs/{job.id}/rows")
    assert "50 rows" in text_of(first)
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert following is not None
    second = text_of(client.get(following[1].replace("&amp;", "&")))
    assert "Row 51" in second
    assert "Row 100" in second
    assert "Row 101" not in second
    failed = text_of(client.get(f"/jobs/{job.id}/rows?outcome=failed"))
    assert "Row 121" in failed
    assert "Row 1 " not in failed
    for wrong in ("at=99999999", "at=-1", "at=x", "outcome=nonsense"):
        assert client.get(f"/jobs/{job.id}/rows?{wrong}").status_code == 200


def test_jobs_are_filtered_by_state(client: GuardedClient) -> None:
    work(_uploaded(client, 1))
    assert "Import of users" in text_of(client.get("/jobs?state=succeeded"))
    assert "No job is in this state" in text_of(client.get("/jobs?state=failed"))
    assert client.get("/jobs?state=nonsense").status_code == 400


def test_the_outbox_shows_what_went_to_whom_and_never_what_it_said(client: GuardedClient, signed_in: Any) -> None:
    for number in range(3):
        Message.objects.create(
            channel="email",
            recipient=f"to{number}@example.com",
            kind="reset_password",
            subject="Reset your password",
            body="encrypted:123456",
        )
    shown = text_of(client.get("/messages"))
    assert "to0@example.com" in shown
    assert "Reset your password" in shown
    assert "123456" not in shown
    assert "to1@example.com" not in text_of(client.get("/messages?recipient=TO2%40example.com"))
    assert "to0@example.com" in text_of(client.get("/messages?state=queued&channel=email"))
    assert client.get("/messages?channel=pigeon").status_code == 400
    assert signed_in("").get("/messages").status_code == 403


def test_hostile_names_of_files_are_shown_as_they_are(client: GuardedClient) -> None:
    upload(client, people_csv(1), name="<script>alert(1)</script>.csv")
    page = client.get("/jobs").content.decode() + client.get(f"/jobs/{Job.objects.get().id}").content.decode()
    assert "<script>alert" not in page


def _uploaded(client: GuardedClient, count: int = 0, content: str = "") -> Job:
    upload(client, content or people_csv(count), dry_run=None)
    return Job.objects.get(kind="import_users")
