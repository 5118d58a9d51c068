"""``manage.py field_encryption``: which keys made what is encrypted, and putting all of it under the first one."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from directory.actors import Actor, Door, system
from directory.encryption import current_key_id
from directory.operations.field_encryption import COLUMNS, keys_in_use, record_rotation, reencrypt_batch

#: Values in one transaction.
BATCH = 500


class Command(BaseCommand):
    help = (
        "“status” counts the encrypted values under each key. “rotate” re-encrypts everything under the first of "
        "FIELD_ENCRYPTION_KEYS, in batches, beside a running portal; stopped at any moment, it goes on when it is "
        "called again. Afterwards the other keys can be taken out of the settings."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["status", "rotate"])
        parser.add_argument("--batch", type=int, default=BATCH, help=f"values in one transaction (default {BATCH})")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("A batch is at least one value.")
        if options["what"] == "rotate":
            self._rotate(system(Door.COMMAND, label="field_encryption"), options["batch"])
        else:
            self._status()

    def _status(self) -> None:
        current = current_key_id()
        self.stdout.write(f"The first key is “{current}”.")
        for name, column in COLUMNS.items():
            counts = keys_in_use(name)
            words = ", ".join(f"{count:,} under “{key}”" for key, count in counts.items()) or "none"
            self.stdout.write(f"  {column.label}: {words}")

    def _rotate(self, actor: Actor, limit: int) -> None:
        changed: Counter[str] = Counter()
        unreadable: list[str] = []
        complete = False
        try:
            for name in COLUMNS:
                self._rotate_column(actor, name, limit, changed, unreadable)
            complete = True
        finally:
            record_rotation(actor=actor, changed=dict(changed), unreadable=len(unreadable), complete=complete)
        self.stdout.write(f"{changed.total():,} values put under “{current_key_id()}”.")
        if unreadable:
            raise CommandError(f"{len(unreadable):,} values cannot be read with any of the keys: keep the old ones.")

    def _rotate_column(self, actor: Actor, name: str, limit: int, changed: Counter[str], unreadable: list[str]) -> None:
        last, before = None, len(unreadable)
        while True:
            batch = reencrypt_batch(actor=actor, column=name, after=last, limit=limit)
            changed[name] += batch.changed
            unreadable += batch.unreadable
            last = batch.last
            if last is None:
                break
        self.stdout.write(f"  {COLUMNS[name].label}: {changed[name]:,} re-encrypted")
        for id in unreadable[before:]:
            self.stderr.write(f"    cannot be read: {id}")
