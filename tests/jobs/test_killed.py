"""Real workers, killed with SIGKILL in the middle of everything: each thing is done once, and nothing is lost."""

import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kill_worker import check, make_work, start_worker, torment, wait_for_progress, workers
from directory.models import Job, JobState


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_nothing_and_do_nothing_twice(tmp_path: Path, settings: Any) -> None:
    settings.JOB_FILES = tmp_path / "jobs"
    work = make_work("k", users=60, rows=2_000, messages=20)
    with workers(tmp_path, 1) as running:
        killed = torment(work, tmp_path, running, 2)
        running.append(start_worker(tmp_path))
        while not work.finished:
            wait_for_progress(work)
    assert killed == 2
    assert check(work, tmp_path)["attempts at the import"] >= 1


@pytest.mark.django_db(transaction=True)
def test_told_to_end_a_worker_leaves_in_good_order_and_another_goes_on(tmp_path: Path, settings: Any) -> None:
    settings.JOB_FILES = tmp_path / "jobs"
    work = make_work("t", users=4, rows=4_000, messages=2)
    first = start_worker(tmp_path)
    job = Job.objects.filter(pk=work.import_id)
    end = time.monotonic() + 60
    while job.get().done == 0 and time.monotonic() < end:
        time.sleep(0.02)
    first.terminate()
    assert first.wait(30) == 0
    left = job.get()
    assert left.state in (JobState.QUEUED, JobState.SUCCEEDED)
    assert left.attempts_in_vain == 0
    with workers(tmp_path, 1):
        while not work.finished:
            wait_for_progress(work)
    check(work, tmp_path)
