"""Takes an upload straight to the folder of the job that will read it."""

import hashlib
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from portal.jobs import files


class JobUploadHandler(FileUploadHandler):
    """The one file of a form, written as it comes in. ``too_large`` says that it was cut off at ``limit`` bytes;
    ``fingerprint`` tells it from others. Nobody but the caller removes it: ``claimed`` is for them to remember."""

    chunk_size = 1 << 20

    def __init__(self, request: HttpRequest, job_id: UUID, limit: int) -> None:
        super().__init__(request)
        self.job_id = job_id
        self.limit = limit
        self.too_large = False
        self.claimed = False
        self._hash = hashlib.sha256()
        self._stream: BinaryIO | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what came in."""
        return self._hash.hexdigest()

    @property
    def path(self) -> Path:
        """Where it lies."""
        return files.folder_of(self.job_id) / files.UPLOAD

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins: the first one is kept."""
        super().new_file(*args, **kwargs)
        if self._stream is not None or self.field_name != "file":
            raise SkipFile
        files.make_folder(self.job_id)
        self._stream = files.create(self.path)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """A piece of it."""
        assert self._stream is not None
        if start + len(raw_data) > self.limit:
            self.too_large = True
            self._stream.close()
            raise StopUpload(connection_reset=True)
        self._hash.update(raw_data)
        self._stream.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        """It is all here, as far as the form tells."""
        assert self._stream is not None
        files.settle(self._stream)
        self._stream.close()
        return UploadedFile(name=self.file_name, content_type=self.content_type, size=file_size, charset=self.charset)

    def upload_interrupted(self) -> None:
        """The sender went away."""
        if self._stream is not None:
            self._stream.close()
