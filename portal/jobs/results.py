"""The file that a job writes, in a form that outlives its worker.

Each attempt writes a file of its own, so that a worker that was given up for dead and is not cannot write into that of
its successor; an attempt that goes on where another one stopped begins with a copy of what that one had committed.
"""

import os
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from portal.jobs import files


class ResultFile:
    """``name`` is what the file is called once it is complete. Write to ``stream``."""

    def __init__(self, job_id: UUID, name: str, attempt: int, *, former: str = "", length: int = 0) -> None:
        folder = files.make_folder(job_id)
        self._target = folder / name
        self._path = folder / f"{attempt}.{name}"
        self.part = self._path.name
        self.length = 0
        self.stream: BinaryIO = files.create(self._path)
        if length:
            self._take_over(folder / former, length)

    def settle(self) -> int:
        """Have all that was written reach the disk. Returns the length, for the job's mark."""
        self.length = files.settle(self.stream)
        return self.length

    def publish(self) -> None:
        """Give the file its name, cut to what was settled last; parts of former attempts go."""
        self.close()
        os.truncate(self._path, self.length)
        self._path.replace(self._target)
        for part in self._target.parent.glob(f"*.{self._target.name}"):
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the file to the next attempt."""
        if not self.stream.closed:
            self.stream.close()

    def _take_over(self, former: Path, length: int) -> None:
        if not former.exists():
            # It was published, and the transaction that should have said so was lost.
            former = self._target
        with former.open("rb") as source:
            left = length
            while left and (block := source.read(min(left, 1 << 20))):
                self.stream.write(block)
                left -= len(block)
        if left:
            raise FileNotFoundError(former)
        self.settle()
        # The former file stays until one is published: should this attempt be lost at once, the mark still names it.
