"""The files of jobs: one folder for each job, which nobody but the portal's own account can read."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

UPLOAD = "upload"
RESULTS = "results.ndjson"


def folder_of(job_id: UUID) -> Path:
    """The job's folder, which need not be there."""
    return Path(settings.JOB_FILES) / str(job_id)


def make_folder(job_id: UUID) -> Path:
    """The job's folder, made when it is missing."""
    folder = folder_of(job_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def remove_folder(job_id: UUID) -> None:
    """Remove a job's files, if any."""
    shutil.rmtree(folder_of(job_id), ignore_errors=True)


def create(path: Path) -> BinaryIO:
    """A new, empty, private file to write; one that was there is emptied."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=1 << 20)


def reopen(path: Path, length: int) -> BinaryIO:
    """A private file to go on writing after ``length`` bytes: what lies beyond was never said to be done."""
    stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=1 << 20)
    stream.truncate(length)
    stream.seek(length)
    return stream


def settle(stream: BinaryIO) -> int:
    """Have all that was written reach the disk. Returns the length of the file."""
    stream.flush()
    os.fsync(stream.fileno())
    return stream.tell()


def share(source: UUID, target: UUID, name: str) -> None:
    """Give a job's file to another job too, without copying it. Raises ``FileNotFoundError`` when it is gone."""
    path = make_folder(target) / name
    try:
        os.link(folder_of(source) / name, path)
    except FileExistsError:
        pass
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        shutil.copyfile(folder_of(source) / name, path)
        path.chmod(0o600)


def folders() -> Iterator[tuple[UUID, float]]:
    """The folders there are: the job's id, and the seconds since anything was written there."""
    root = Path(settings.JOB_FILES)
    if not root.is_dir():
        return
    now = time.time()
    for folder in root.iterdir():
        try:
            id = UUID(folder.name)
            latest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
        except (ValueError, OSError):
            continue
        yield id, now - latest
