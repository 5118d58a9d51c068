"""``manage.py export_users``: every person as CSV or NDJSON (contract section 11)."""

import os
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.actors import Actor, Door, system
from directory.operations.exports import Exported, export_users
from directory.queries.custom_attributes import visible_custom_attributes
from portal.exporting import columns_for, writer_for
from portal.records.files import FORMATS, format_of


class Command(BaseCommand):
    """A file is written under a temporary name, readable by its owner only, and renamed when it is complete."""

    help = (
        "Exports all users, oldest first, without any password or seed. What it writes can be read again by "
        "import_users. In CSV, cells that a spreadsheet would run as formulas begin with a quote."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The options."""
        parser.add_argument("--format", choices=FORMATS, help="default: by the ending of --output, else ndjson")
        parser.add_argument("--output", default="-", help="a file, or - for the standard output (default)")
        parser.add_argument("--fields", help="CSV: the columns, dotted, separated by commas")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Export. Raises ``CommandError``."""
        actor = system(Door.COMMAND)
        target = None if options["output"] == "-" else Path(options["output"])
        file_format = options["format"] or (format_of(target) if target else None) or "ndjson"
        fields = options["fields"].split(",") if options["fields"] else None
        if fields and file_format != "csv":
            raise CommandError("--fields chooses columns: it goes with CSV only.")
        try:
            columns = columns_for(fields, [row.name for row in visible_custom_attributes(actor)])
        except ValueError as error:
            raise CommandError(str(error)) from error
        started = time.perf_counter()
        if target is None:
            done = _export(actor, sys.stdout.buffer, file_format, columns)
        else:
            done = _to_file(actor, target, file_format, columns)
        if done.cut_short_by is not None:
            raise CommandError(f"Cut short after {done.rows:,} users: {done.cut_short_by!r}")
        seconds = time.perf_counter() - started
        rate = done.rows / seconds
        self.stderr.write(f"{done.rows:,} users in {seconds:.1f} s: {rate:,.0f} a second.", self.style.SUCCESS)


def _to_file(actor: Actor, target: Path, file_format: str, columns: list[str]) -> Exported:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as stream:
            done = _export(actor, stream, file_format, columns)
        if done.cut_short_by is None:
            part.replace(target)
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
    return done


def _export(actor: Actor, stream: BinaryIO, file_format: str, columns: list[str]) -> Exported:
    writer = writer_for(stream, file_format, columns)
    done = export_users(actor=actor, file_format=file_format, write=writer.write)
    writer.flush()
    return done
