"""Walks the audit log by one index, newest or oldest first, so that no page sorts or reads the whole log.

The planner is not left to choose between the log's own order and an index led by a filter: a run of other entries at
the head of the log makes it choose wrongly. The filter's columns stand in a row comparison and in the ORDER BY, which
only that index can serve; the bounds of the id stand beside it once more, so that partitions are pruned while planning.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from directory.models import AuditEntry

#: Entries looked at for one page when a condition is left over that no index carries. The page says how far it got.
REACH = 20_000
#: Walks merged into one page at most; more of them (many types in many organizations) are a condition left over.
MAX_LEADS = 200
#: How much of the log is tried first, in units of the id: the milliseconds of three weeks, above 80 other bits.
_NEAREST = 21 * 86_400_000 << 80
_LAST = (1 << 128) - 1

#: What indexes lead with, the most telling first (migrations 0002 and 0101). The log's own order comes last.
_INDEXES: tuple[tuple[str, ...], ...] = (
    ("user_id",),
    ("subject_id",),
    ("author_id", "activity_type"),
    ("author_id",),
    ("organization_id", "activity_type"),
    ("outcome",),
    ("organization_id",),
    ("activity_type",),
    ("author_kind",),
    (),
)
#: The conditions of the partial indexes, which the planner cannot conclude from a row comparison.
_PREDICATES = {
    "user_id": "entry.user_id IS NOT NULL",
    "subject_id": "entry.subject_id IS NOT NULL",
    "author_id": "entry.author_id IS NOT NULL",
    "organization_id": "entry.organization_id IS NOT NULL",
    "outcome": "entry.outcome <> 'success'",
    "author_kind": "entry.author_id IS NULL",
}
#: Values that their partial index leaves out.
_NOT_INDEXED = {"outcome": "success", "author_kind": "administrator"}
#: Leaves nothing over: an id is of one kind only.
_FOLLOWS = "subject_kind"

Conditions = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Walk:
    """One page's way through the log: ids from ``lower`` up to, not including, ``upper``; ``conditions`` by column."""

    conditions: Conditions
    lower: UUID
    upper: UUID
    rows: int
    newest_first: bool = True

    @property
    def lead(self) -> tuple[str, ...]:
        """The columns of the index that is walked."""
        return next(columns for columns in _INDEXES if self._served_by(columns))

    @property
    def has_rest(self) -> bool:
        """Whether conditions are left over that the index does not carry."""
        return any(column not in self.lead and column != _FOLLOWS for column in self.conditions)

    def fetch(self) -> list[AuditEntry]:
        """The entries, in the order of the walk: one statement if the nearest weeks fill the page, else two.

        Planning costs more than all else and grows with the months of the log, so the nearest ones are tried alone.
        """
        if not self.has_rest:
            found = _entries(self._nearest())
            if len(found) == self.rows:
                return found
        return _entries(self)

    def horizon(self) -> UUID | None:
        """How far a walk with conditions left over may look, or None when it reaches the end: one statement.

        Entries beyond this id may have been missed on one of the merged walks.
        """
        if not self.has_rest:
            return None
        with connection.cursor() as cursor:
            cursor.execute(*self._horizon_statement())
            found = cursor.fetchone()
        return found[0] if found else None

    def statement(self) -> tuple[str, dict[str, Any]]:
        """SQL and parameters of ``fetch``: within each walk ``REACH`` entries at most, then what is left over."""
        rest = [column for column in self.conditions if column not in self.lead]
        test = " AND ".join(f"walked.{column} = ANY(%({column})s{_array(column)})" for column in rest) or "true"
        parts = (
            "SELECT page.* FROM",
            f"{self._leads()} CROSS JOIN LATERAL (",
            "SELECT walked.* FROM",
            f"({self._walk('*')} LIMIT %(reach)s) AS walked",
            f"WHERE {test} ORDER BY {self._order('walked')} LIMIT %(rows)s) AS page",
            f"ORDER BY page.id {self._direction} LIMIT %(rows)s",
        )
        return " ".join(parts), self._parameters()

    def _nearest(self) -> "Walk":
        if self.newest_first:
            return replace(self, lower=max(self.lower, UUID(int=max(self.upper.int - _NEAREST, 0))))
        return replace(self, upper=min(self.upper, UUID(int=min(self.lower.int + _NEAREST, _LAST))))

    def _horizon_statement(self) -> tuple[str, dict[str, Any]]:
        parts = (
            "SELECT far.id FROM",
            f"{self._leads()} CROSS JOIN LATERAL (",
            f"{self._walk('entry.id')} OFFSET %(reach)s - 1 LIMIT 1) AS far",
            f"ORDER BY far.id {self._direction} LIMIT 1",
        )
        return " ".join(parts), self._parameters()

    def _served_by(self, columns: tuple[str, ...]) -> bool:
        leads = 1
        for column in columns:
            values = self.conditions.get(column)
            if values is None or _NOT_INDEXED.get(column) in values:
                return False
            leads *= len(values)
        return leads <= MAX_LEADS

    @property
    def _direction(self) -> str:
        return "DESC" if self.newest_first else "ASC"

    def _leads(self) -> str:
        """One row for each walk that is merged."""
        if not self.lead:
            return "(SELECT 1) AS lead"
        arrays = ", ".join(f"%(lead_{column})s{_array(column)}" for column in self.lead)
        return f"unnest({arrays}) AS lead ({', '.join(self.lead)})"

    def _walk(self, columns: str) -> str:
        key = ", ".join(f"entry.{column}" for column in (*self.lead, "id"))
        lead = "".join(f"lead.{column}, " for column in self.lead)
        predicates = "".join(f" AND {_PREDICATES[column]}" for column in self.lead if column in _PREDICATES)
        parts = (
            "SELECT",
            columns,
            "FROM directory_auditentry AS entry",
            f"WHERE ({key}) >= ({lead}%(lower)s::uuid) AND ({key}) < ({lead}%(upper)s::uuid)",
            f"AND entry.id >= %(lower)s::uuid AND entry.id < %(upper)s::uuid{predicates}",
            f"ORDER BY {self._order('entry')}",
        )
        return " ".join(parts)

    def _order(self, table: str) -> str:
        return ", ".join(f"{table}.{column} {self._direction}" for column in (*self.lead, "id"))

    def _parameters(self) -> dict[str, Any]:
        leads = list(itertools.product(*(self.conditions[column] for column in self.lead)))
        reach = max(self.rows, REACH // len(leads)) if self.has_rest else self.rows
        values = {f"lead_{column}": [lead[place] for lead in leads] for place, column in enumerate(self.lead)}
        conditions = {column: list(wanted) for column, wanted in self.conditions.items()}
        bounds = {"lower": self.lower, "upper": self.upper, "rows": self.rows, "reach": reach}
        return {**conditions, **values, **bounds}


def _entries(walk: Walk) -> list[AuditEntry]:
    return list(AuditEntry.objects.raw(*walk.statement()))


def _array(column: str) -> str:
    return "::uuid[]" if column.endswith("_id") else "::text[]"
