"""The lines of a binary stream, bounded and strictly decoded."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from portal.records.faults import MAX_LINE, TOO_LONG, BrokenFile

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def byte_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line with its ending) without a byte order mark. Raises ``BrokenFile`` for an over-long one."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise BrokenFile(number, TOO_LONG)
        yield number, line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line


def text_lines(stream: BinaryIO, watch: Callable[[int, int], None]) -> Iterator[str]:
    """The lines as text; ``watch`` hears each number and length in bytes before the line is handed over.

    Raises ``BrokenFile`` for what is not UTF-8, and for NUL, which no text of ours can hold.
    """
    for number, line in byte_lines(stream):
        watch(number, len(line))
        if b"\0" in line:
            raise BrokenFile(number, "there is a NUL byte: this is not a text file in UTF-8.")
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            message = f"byte {error.start + 1} of the line is not UTF-8. Save the file as UTF-8 and try again."
            raise BrokenFile(number, message) from None
