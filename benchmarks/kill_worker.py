"""Kills workers with SIGKILL while they work, and checks that nothing is lost and nothing is done twice.

``python -m benchmarks.kill_worker [--kills 100] [--workers 2] [--users 2000] [--rows 5000] [--restarts 0]``

Makes a database of its own on the portal's server and drops it at the end. Each round queues users due for deletion and
for anonymization, some whose deletion was cancelled, an import, and messages; workers are killed at random moments,
under way by then, until all is done. ``--restarts`` stops and starts the embedded server too: give that one a data
directory of its own by ``PORTAL_DATA``, for all else that runs on it feels it.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from benchmarks.scratch import scratch_database, set_up

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "benchmark_kill_worker"
STALLED_AFTER = 1.0


def environment(data: Path) -> dict[str, str]:
    """For a worker on the present connection's database, with files of its own."""
    from django.db import connection

    parameters = connection.get_connection_params()
    user = quote(parameters.get("user", ""), safe="")
    password = f":{quote(parameters['password'], safe='')}" if parameters.get("password") else ""
    host, port = parameters.get("host", "localhost"), parameters.get("port", "")
    where = f"/{parameters['dbname']}?host={quote(host, safe='')}" + (f"&port={port}" if port else "")
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{user}{password}@{where}",
        "PORTAL_DATA": str(data),
        "JOB_FILES": str(data / "jobs"),
    }


def start_worker(data: Path, *, stalled_after: float = STALLED_AFTER) -> subprocess.Popen[bytes]:
    """A worker process of its own session; its log goes beside the files."""
    command = [sys.executable, "manage.py", "worker", "--stalled-after", str(stalled_after)]
    with (data / "worker.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment(data), stdout=log, stderr=log, start_new_session=True
        )


@contextmanager
def workers(data: Path, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Workers that are ended at the end, whichever they are by then."""
    running = [start_worker(data) for _ in range(count)]
    try:
        yield running
    finally:
        for worker in running:
            worker.send_signal(signal.SIGTERM)
        for worker in running:
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


@dataclass
class Work:
    """What one round has to do."""

    deleted: list[UUID]
    anonymized: list[UUID]
    cancelled: list[UUID]
    messages: list[UUID]
    import_id: UUID
    rows: int
    prefix: str = field(default="")

    def progress(self) -> tuple[int, ...]:
        """Something that changes whenever anything was done."""
        from directory.models import Job, Message, User

        return (
            User.objects.filter(pk__in=self.deleted).count(),
            User.objects.filter(pk__in=self.anonymized, is_anonymized=False).count(),
            Message.objects.filter(pk__in=self.messages, state="queued").count(),
            self.rows - Job.objects.get(pk=self.import_id).done,
            int(Job.objects.get(pk=self.import_id).state != "succeeded"),
        )

    @property
    def finished(self) -> bool:
        """Whether all is done."""
        return not any(self.progress())


def make_work(prefix: str, *, users: int, rows: int, messages: int) -> Work:
    """Half of ``users`` are due for deletion, half for anonymization; a tenth more were cancelled."""
    from benchmarks.due_people import HOST, make_due, make_messages, make_people
    from directory.models.base import new_id
    from directory.operations.jobs import request_import
    from directory.operations.users import unschedule_deletion
    from portal.jobs import files

    deleted, anonymized = make_people(users // 2, f"{prefix}d"), make_people(users // 2, f"{prefix}a")
    cancelled = make_people(max(users // 10, 1), f"{prefix}c")
    make_due(cancelled)
    for user_id in cancelled:
        unschedule_deletion(actor=HOST, user_id=user_id)
    import_id = new_id()
    with files.create(files.make_folder(import_id) / files.UPLOAD) as stream:
        stream.write(b"email,name\n")
        stream.writelines(f"{prefix}i{n}@example.com,Person {n}\n".encode() for n in range(rows))
    waiting = make_messages(messages, prefix)
    make_due(anonymized, "anonymize_at")
    make_due(deleted)
    request_import(actor=HOST, job_id=import_id, file_format="csv")
    return Work(deleted, anonymized, cancelled, waiting, import_id, rows, prefix)


def check(work: Work, data: Path) -> dict[str, int]:
    """Everything once: rows against entries, both ways. Raises ``AssertionError``. Returns what was counted."""
    from directory.models import AuditEntry, Identity, Job, Message, User

    def entries(event: str, ids: list[UUID]) -> Counter[UUID]:
        found = AuditEntry.objects.filter(activity_type=event, user_id__in=ids).values_list("user_id", flat=True)
        return Counter(found)

    assert not User.objects.filter(pk__in=work.deleted).exists(), "a due user is still there"
    assert entries("user.deleted", work.deleted) == Counter(work.deleted), "deletions and entries differ"
    assert User.objects.filter(pk__in=work.anonymized, is_anonymized=True).count() == len(work.anonymized)
    assert entries("user.anonymized", work.anonymized) == Counter(work.anonymized)
    kept = User.objects.filter(pk__in=work.cancelled, is_anonymized=False).count()
    assert kept == len(work.cancelled), "a cancelled deletion was carried out"
    assert not entries("user.deleted", work.cancelled), "a cancelled deletion was recorded as done"

    job = Job.objects.get(pk=work.import_id)
    imported = list(Identity.objects.filter(email__startswith=f"{work.prefix}i").values_list("user_id", flat=True))
    assert len(imported) == len(set(imported)) == work.rows, f"{len(imported)} imported of {work.rows}"
    assert entries("user.created", imported) == Counter(imported), "imported people and entries differ"
    assert job.counts == {"total": work.rows, "inserted": work.rows, "updated": 0, "skipped": 0, "failed": 0}
    lines = (data / "jobs" / str(work.import_id) / "results.ndjson").read_bytes().splitlines()
    results = [json.loads(line) for line in lines]
    assert [result["index"] for result in results] == list(range(work.rows)), "a row's result is missing or doubled"
    assert {result["user_id"] for result in results} == set(map(str, imported))
    for event in ("users.imported", "job.finished"):
        assert AuditEntry.objects.filter(activity_type=event, subject_id=work.import_id).count() == 1, event

    sent = Message.objects.filter(pk__in=work.messages, state="sent", body__isnull=True).count()
    told = AuditEntry.objects.filter(activity_type="email.sent", subject_id__in=work.messages)
    assert sent == len(work.messages) == told.count(), "messages and entries differ"
    for message_id in work.messages:
        assert (data / "outbox" / f"{message_id}.eml").is_file(), "a message was said to be sent and was not"
    return {
        "deletions": len(work.deleted),
        "anonymizations": len(work.anonymized),
        "cancelled": len(work.cancelled),
        "imported rows": work.rows,
        "messages": len(work.messages),
        "attempts at the import": job.attempts,
    }


def wait_for_progress(work: Work, seconds: float = 60) -> None:
    """Until anything moved on, or all is done. Raises ``TimeoutError``."""
    before, end = work.progress(), time.monotonic() + seconds
    while any(before) and work.progress() == before:
        if time.monotonic() > end:
            raise TimeoutError(f"nothing was done for {seconds:.0f} s: {before}")
        time.sleep(0.02)


def torment(work: Work, data: Path, running: list[subprocess.Popen[bytes]], kills: int) -> int:
    """Kill one worker after another, each while something is being done, until all is. Returns how many."""
    killed = 0
    while not work.finished and killed < kills:
        wait_for_progress(work)
        time.sleep(random.random() * 0.3)
        place = random.randrange(len(running))
        running[place].kill()
        running[place].wait()
        killed += 1
        running[place] = start_worker(data)
    return killed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--restarts", type=int, default=0)
    options = parser.parse_args()
    set_up()
    from django.conf import settings

    total: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, scratch_database(DATABASE):
        data = Path(folder)
        settings.JOB_FILES = data / "jobs"
        rounds = 0
        while total["kills"] < options.kills or total["server restarts"] < options.restarts:
            rounds += 1
            work = make_work(f"r{rounds}", users=options.users, rows=options.rows, messages=options.messages)
            with workers(data, options.workers) as running:
                if total["server restarts"] < options.restarts:
                    wait_for_progress(work)
                    restart_server()
                    total["server restarts"] += 1
                total["kills"] += torment(work, data, running, options.kills - total["kills"])
                while not work.finished:
                    wait_for_progress(work, 90)
            total.update(check(work, data))
            print(f"round {rounds}: {total['kills']} kills so far, all checked", flush=True)
    print(f"\n{rounds} rounds in {time.monotonic() - began:.0f} s; each of these exactly once, with one entry each:")
    for name, count in total.items():
        print(f"  {name:<24}{count:>9,}")


def restart_server() -> None:
    """Stop the embedded server under the workers' feet, and start it again after a moment."""
    from django.conf import settings
    from django.db import connections

    from portal import embedded_postgres

    data = Path(settings.DATA_DIR)
    connections.close_all()
    embedded_postgres.stop(data)
    time.sleep(3)
    embedded_postgres.start(data)


if __name__ == "__main__":
    main()
