"""An import that does not come to its end: what was done stays, and the closing entry says so."""

import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from directory.actors import Actor
from directory.models import User
from portal.importing import Report, Request, look, run

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


def prepared(path: Path) -> tuple[Request, Report]:
    path.write_text("email\na@example.com\nb@example.com\nc@example.com\n")
    request = Request(path, "csv", batch=1)
    return request, look(request)


def test_ctrl_c_stops_after_the_batch_under_way(tmp_path: Path, root: Actor, entries: Entries) -> None:
    request, report = prepared(tmp_path / "people.csv")
    run(root, request, report, io.BytesIO(), lambda _end, _rows: os.kill(os.getpid(), signal.SIGINT))
    assert report.ended == "interrupted"
    assert User.objects.count() == report.summary.inserted < 3
    (closing,) = entries(activity_type="users.imported")
    assert (closing.outcome, closing.facts["ended"]) == ("failed", "interrupted")
    assert closing.facts["inserted"] == report.summary.inserted


def test_a_file_that_breaks_under_our_hands_keeps_what_was_done(tmp_path: Path, root: Actor, entries: Entries) -> None:
    request, report = prepared(tmp_path / "people.csv")
    request.path.write_bytes(b"email\na@example.com\nb@example.com\n\xff\n")
    run(root, request, report, io.BytesIO(), lambda _end, _rows: None)
    assert report.fault is not None
    assert report.fault.line == 4
    assert User.objects.count() == 2
    (closing,) = entries(activity_type="users.imported")
    assert closing.facts["ended"] == "broken"
