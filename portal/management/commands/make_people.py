"""``manage.py make_people N FILE``: a seeded sample of invented people to import, about 1% of them bad on purpose."""

import argparse
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from portal.records.writers import FORMATS, open_writer
from portal.sample.faults import Fault
from portal.sample.people import people
from portal.sample.records import COLUMNS

MOST = 100_000_000
_FORMAT_OF_SUFFIX = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_BUFFER = 1 << 20


class Command(BaseCommand):
    """Writes the file under a temporary name and renames it when it is complete."""

    help = (
        "Writes N invented people as an import file whose identifier is email. The same N, seed and format give the "
        "same bytes. About 1 row in 100 is bad in one way; how many of which is printed at the end."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """N, FILE and the options."""
        parser.add_argument("count", metavar="N", type=_count, help=f"how many rows, 1 to {MOST:,}")
        parser.add_argument("file", metavar="FILE", type=Path, help="where to, ending with .csv, .ndjson or .jsonl")
        parser.add_argument("--seed", type=_seed, default=1, help="another seed, other people (default 1)")
        parser.add_argument("--format", choices=FORMATS, help="default: by the ending of FILE")
        parser.add_argument("--force", action="store_true", help="replace FILE if there is one")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the file and print the account of it. Raises ``CommandError`` for a FILE that cannot be written."""
        count, seed, target = options["count"], options["seed"], options["file"]
        file_format = options["format"] or _format_by_suffix(target)
        _refuse_existing(target, force=options["force"])
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        started = time.perf_counter()
        try:
            faults = _write(part, count, seed, file_format)
            _refuse_existing(target, force=options["force"])
            part.replace(target)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror or error}.") from error
        finally:
            part.unlink(missing_ok=True)
        seconds = time.perf_counter() - started
        self.stdout.write(_account(target, count, seed, faults, seconds))


def _write(path: Path, count: int, seed: int, file_format: str) -> Counter[Fault]:
    faults: Counter[Fault] = Counter()
    with path.open("xb", buffering=_BUFFER) as stream:
        writer = open_writer(stream, file_format, COLUMNS)
        for person in tqdm(people(count, seed), total=count, unit=" rows", disable=None, mininterval=0.5):
            writer.write(person.record)
            if person.fault is not None:
                faults[person.fault] += 1
        writer.flush()
    return faults


def _account(target: Path, count: int, seed: int, faults: Counter[Fault], seconds: float) -> str:
    bad = faults.total()
    table = [(str(fault), faults[fault]) for fault in Fault]
    table += [("bad rows together", bad), ("good rows", count - bad)]
    width = max(len(label) for label, _ in table)
    lines = [f"{count:,} rows in {target} (seed {seed}, {target.stat().st_size:,} bytes), {bad:,} of them bad:"]
    lines += [f"  {label:<{width}}  {number:>11,}" for label, number in table]
    lines.append(f"It took {seconds:.1f} s: {count / seconds:,.0f} rows a second.")
    return "\n".join(lines)


def _format_by_suffix(target: Path) -> str:
    file_format = _FORMAT_OF_SUFFIX.get(target.suffix.lower())
    if file_format is None:
        raise CommandError(f"{target} ends neither with .csv nor with .ndjson: name the format with --format.")
    return file_format


def _refuse_existing(target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise CommandError(f"{target} is a directory.")
    if target.exists() and not force:
        raise CommandError(f"{target} exists already: name another file, or replace it with --force.")
    if not target.parent.is_dir():
        raise CommandError(f"There is no directory {target.parent}.")


def _count(text: str) -> int:
    number = _whole(text)
    if not 1 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"N must be from 1 to {MOST:,}.")
    return number


def _seed(text: str) -> int:
    number = _whole(text)
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 to 2^63 - 1.")
    return number


def _whole(text: str) -> int:
    if len(text) > 20 or not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text[:30]!r} is not a whole number.")
    return int(text)
