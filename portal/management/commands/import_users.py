"""``manage.py import_users FILE``: adds and changes people from CSV or NDJSON (contract section 11)."""

import argparse
import resource
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from directory.actors import Door, system
from directory.operations.imports.batches import MAX_ROWS
from directory.values.import_records import IDENTIFIERS
from portal.importing import BATCH, Report, Request, look, run
from portal.records.faults import BrokenFile
from portal.records.files import FORMATS, format_of


class Command(BaseCommand):
    """Ends with 0 when every row was dealt with, even if some failed; 2 for a file that is refused, 1 otherwise."""

    help = (
        "Imports people from a CSV or NDJSON file with the record fields of the admin API's bulk import. A row that is "
        "refused never stops the others; each row's result is written to a file. A broken file is refused as a whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE and the options."""
        parser.add_argument("file", metavar="FILE", type=Path, help="ending with .csv, .ndjson or .jsonl")
        parser.add_argument("--identifier", choices=IDENTIFIERS, default="email", help="says whose record it is")
        parser.add_argument(
            "--upsert", action="store_true", help="change those who are there already, instead of skipping them"
        )
        parser.add_argument("--dry-run", action="store_true", help="change nothing; say per row what would change")
        parser.add_argument("--result", type=Path, help="where to write the results (default FILE.result.ndjson)")
        parser.add_argument("--format", choices=FORMATS, help="default: by the ending of FILE")
        parser.add_argument("--batch", type=_batch, default=BATCH, help=f"rows in one transaction (default {BATCH})")
        parser.add_argument(
            "--empty-is-null",
            action="store_true",
            help="CSV: an empty cell in a column of text removes the value, instead of keeping it",
        )
        parser.add_argument("--quiet", action="store_true", help="no progress bar and no table")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Look through, import, tell. Raises ``CommandError``."""
        path: Path = options["file"]
        file_format = options["format"] or format_of(path)
        if file_format is None:
            raise CommandError(f"{path} ends neither with .csv nor with .ndjson: name the format with --format.")
        request = Request(
            path=path,
            file_format=file_format,
            identifier=options["identifier"],
            upsert=options["upsert"],
            dry_run=options["dry_run"],
            empty_is_null=options["empty_is_null"],
            batch=options["batch"],
        )
        result_path = options["result"] or path.with_name(f"{path.name}.result.ndjson")
        if result_path.resolve() == path.resolve():
            raise CommandError("The results would overwrite the file: name another file with --result.")
        report = self._import(request, result_path, quiet=options["quiet"])
        if not options["quiet"]:
            self.stdout.write(account(report, request))
            self.stdout.write(f"The result of each row is in {result_path}.")
        if report.ended == "interrupted":
            raise CommandError(f"Stopped by Ctrl-C after {report.summary.total:,} rows; they stay.", returncode=130)
        if report.fault is not None:
            message = f"{path}, {report.fault} The {report.summary.total:,} rows before it are done and stay."
            raise CommandError(message, returncode=2)

    def _import(self, request: Request, result_path: Path, *, quiet: bool) -> Report:
        try:
            report = look(request)
        except BrokenFile as fault:
            raise CommandError(f"{request.path}, {fault} Nothing was imported.", returncode=2) from None
        except OSError as error:
            raise CommandError(f"{request.path} cannot be read: {error.strerror or error}.", returncode=2) from error
        try:
            stream = result_path.open("wb")
        except OSError as error:
            raise CommandError(f"{result_path} cannot be written: {error.strerror or error}.") from error
        hidden = quiet or None
        with stream, tqdm(total=report.shape.size, unit="B", unit_scale=True, disable=hidden) as bar:

            def progress(end: int, _rows: int) -> None:
                bar.update(end - bar.n)
                bar.set_postfix_str(f"{report.summary.total:,} rows, {report.summary.failed:,} failed")

            run(system(Door.COMMAND), request, report, stream, progress)
            bar.update(report.shape.size - bar.n if report.ended == "completed" else 0)
        return report


def account(report: Report, request: Request) -> str:
    """The final table."""
    summary = report.summary
    title = "Dry run: nothing was changed. " if request.dry_run else ""
    lines = [f"{title}{summary.total:,} of {report.shape.rows:,} rows in {request.path}"]
    lines += [f"  {name:<12}{number:>10,}" for name, number in summary.counts().items() if name != "total"]
    lines += [f"    {number:>8,}  {reason}" for reason, number in summary.reasons.most_common()]
    rate = summary.total / report.lasted if report.lasted else 0
    lines += [
        f"It took {report.lasted:.1f} s: {rate:,.0f} people a second.",
        "  seconds of work, which overlap where there are cores for it:",
        f"    looking through {report.looking:>6.1f}  (before all else)",
        f"    parsing         {report.parsing:>6.1f}",
        f"    validating      {report.validating:>6.1f}",
        f"    writing         {report.writing:>6.1f}",
        f"  peak memory       {peak_memory():>6,.0f} MB",
    ]
    return "\n".join(lines)


def peak_memory() -> float:
    """The most memory that this process, or one that it started, has had so far, in MB."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most * unit / 1e6


def _batch(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MAX_ROWS):
        raise argparse.ArgumentTypeError(f"a batch is 1 to {MAX_ROWS:,} rows.")
    return int(text)
