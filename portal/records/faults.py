"""Why a file is refused as a whole: what is wrong with it, not with one of its records."""

#: Bytes of one line, or of one CSV record.
MAX_LINE = 1_000_000
#: Characters of one CSV cell.
MAX_CELL = 64_000
MAX_COLUMNS = 200


class BrokenFile(Exception):
    """The file cannot be read from ``line`` (counted from 1) on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


TOO_LONG = f"a line must be at most {MAX_LINE:,} bytes long."
