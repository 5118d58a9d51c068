"""What became of each row of an import, and of all of them together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from directory.errors import Conflict, DirectoryError
from directory.values.import_rows import CheckedRow


class ImportOutcome(StrEnum):
    """Contract section 11."""

    INSERTED = "inserted"
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(slots=True)
class RowResult:
    """One row. ``old`` and ``new`` hold what changed, and only after a dry run; secrets are never among it."""

    number: int
    line: int
    outcome: ImportOutcome
    user_id: UUID | None = None
    warnings: tuple[str, ...] = ()
    error: DirectoryError | None = None
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ImportSummary:
    """Counts. ``reasons`` says how many rows failed for which reason: an error's code, with field and kind of its first
    cause (``ValidationFailed birthdate format``)."""

    total: int = 0
    inserted: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, results: Iterable[RowResult]) -> None:
        """Count these rows too."""
        for result in results:
            self.total += 1
            name = result.outcome.value
            setattr(self, name, getattr(self, name) + 1)
            if result.error is not None:
                self.reasons[reason_of(result.error)] += 1

    def counts(self) -> dict[str, int]:
        """The five numbers by the contract's names."""
        return {
            "total": self.total,
            "inserted": self.inserted,
            "updated": self.updated,
            "skipped": self.skipped,
            "failed": self.failed,
        }


def reason_of(error: DirectoryError) -> str:
    """Why a row failed, in few enough words to be counted."""
    if not error.causes:
        return error.code
    first = error.causes[0]
    return " ".join(part for part in (error.code, first.field.split(".", 1)[0], first.kind) if part)


def failed(row: CheckedRow, error: DirectoryError) -> RowResult:
    """The row was refused."""
    return RowResult(row.number, row.line, ImportOutcome.FAILED, error=error)


def skipped(row: CheckedRow, user_id: UUID | None, *warnings: str) -> RowResult:
    """Nothing was done, and nothing is wrong."""
    return RowResult(row.number, row.line, ImportOutcome.SKIPPED, user_id=user_id, warnings=warnings)


def duplicated(claim_name: str) -> Conflict:
    """Somebody else has this login ID."""
    return Conflict(
        f"This {_NOUNS[claim_name]} is taken already.",
        code="DuplicatedIdentity",
        info={"cause": {"kind": "DuplicatedIdentity"}, "claim": claim_name},
    )


_NOUNS = {"email": "e-mail address", "phone_number": "phone number", "preferred_username": "username"}
