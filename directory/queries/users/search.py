"""Which users a list shows, and in which order: keyword and filters, fast for every word.

The planner left to itself sorts or scans a million rows for some words. So the shape of the statement is chosen here,
after a look at a few rows; every shape gives the same answer, and ``benchmarks/users.py`` prints what each costs:

1. look at the next rows in the list's order: a common word fills the page from them;
2. none or few there: collect the matches from the search index, which holds words and marks alike, up to a cap;
3. more than the cap: there are many, so walk the order until the page is full.

Statements run unprepared: a generic plan for a rare word costs 250 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from directory.values.search_words import and_tokens

#: Rows looked at first, and rows walked at most before every match is collected after all.
_PROBE = 2_000
_WALK = 30_000
#: Matches collected from the index at most. Walking by last sign-in jumps about in the table, so it starts later.
_CAP = {"created": 3_000, "last_login": 5_000}
#: Matches among the rows looked at from which on walking is cheaper than collecting.
_ENOUGH = {"created": 4, "last_login": 6}
#: A term found this often in the sample is too common to be asked of the index: all its row numbers would be read.
_COMMON = 30
_SAMPLED_ROWS = 1_000

_EVERYBODY = 2**31

Parameters = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Relation:
    """A filter by one row of a relation table whose index gives its users in the order of their ids."""

    table: str
    column: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Condition:
    """What the users must fulfil.

    ``terms`` are the keyword's conjuncts as ``tsquery`` text; ``marks`` the filters' conjuncts, each a group of exact
    tokens of which one must be there; ``where`` is further SQL on the columns of ``directory_user``. ``relation`` says
    one of the marks again, as a place from which to walk.
    """

    terms: tuple[str, ...] = ()
    marks: tuple[tuple[str, ...], ...] = ()
    where: str = ""
    parameters: tuple[Any, ...] = ()
    relation: Relation | None = None

    @property
    def conjuncts(self) -> tuple[str, ...]:
        """All that the search index knows of, as ``tsquery`` texts."""
        return (*self.terms, *(and_tokens(None, [group]) for group in self.marks))

    def sql(self) -> tuple[str, tuple[Any, ...]]:
        """The whole condition on the alias ``u``."""
        parts = (["u.search_vector @@ %s::tsquery"] if self.conjuncts else []) + ([self.where] if self.where else [])
        query = (" & ".join(self.conjuncts),) if self.conjuncts else ()
        return " AND ".join(parts) or "TRUE", (*query, *self.parameters)


@dataclass(frozen=True, slots=True)
class Walk:
    """The list's order from one place on: the sort keys as SQL on the alias ``u``, the last one unique."""

    name: str
    keys: tuple[str, ...]
    descending: bool
    place: tuple[Any, ...] | None = None

    def order(self, keys: Sequence[str]) -> str:
        """ORDER BY of these keys, all in one direction, so that one index serves both."""
        return "ORDER BY " + ", ".join(f"{key} {'DESC' if self.descending else 'ASC'}" for key in keys)

    def beyond(self) -> tuple[str, tuple[Any, ...]]:
        """The condition that a row lies beyond the place: one row comparison, never an OR."""
        if self.place is None:
            return "TRUE", ()
        values = ", ".join(["%s"] * len(self.place))
        return f"({', '.join(self.keys)}) {'<' if self.descending else '>'} ({values})", self.place


def matching_ids(condition: Condition, walk: Walk, limit: int) -> list[UUID]:
    """The first ``limit`` users beyond the walk's place that fulfil the condition, in the walk's order."""
    if not condition.conjuncts and not condition.where:
        return _walked(condition, walk, limit)
    with transaction.atomic():
        found = _walked_within(_PROBE, condition, walk, limit)
        if len(found) == limit:
            return found
        try:
            return _collected_or_walked(condition, walk, limit, few=len(found) < _ENOUGH[walk.name])
        finally:
            _plan(work_mem=None, enable_seqscan=None, enable_indexscan=None, enable_bitmapscan=None, enable_sort=None)


def _collected_or_walked(condition: Condition, walk: Walk, limit: int, *, few: bool) -> list[UUID]:
    if few and condition.conjuncts:
        _plan(work_mem="64MB", enable_seqscan="off", enable_indexscan="off")
        found = _collected(condition, walk, limit, _CAP[walk.name])
        if found is not None:
            return found
    _plan(enable_indexscan="on", enable_bitmapscan="off", enable_sort="off", enable_seqscan="off")
    if condition.relation is not None and walk.keys == ("u.id",):
        return _walked_along(condition.relation, condition, walk, limit)
    if not condition.conjuncts:
        return _walked(condition, walk, limit)
    page = _walked_within(_WALK, condition, walk, limit)
    if len(page) == limit:
        return page
    # Many match, but far from here: all of them lie at the list's other end.
    _plan(work_mem="64MB", enable_seqscan="on", enable_indexscan="off", enable_bitmapscan="on", enable_sort="on")
    return _collected(condition, walk, limit, _EVERYBODY) or []


def _walked_within(rows: int, condition: Condition, walk: Walk, limit: int) -> list[UUID]:
    """What of the page lies among the next ``rows`` users of the order."""
    where, parameters = condition.sql()
    beyond, place = walk.beyond()
    order = walk.order(walk.keys)
    return _ids(
        f"SELECT u.id FROM (SELECT u.* FROM directory_user u WHERE {beyond} {order} LIMIT {rows}) u"
        f" WHERE {where} {order} LIMIT {limit}",
        (*place, *parameters),
    )


def _collected(condition: Condition, walk: Walk, limit: int, cap: int) -> list[UUID] | None:
    """The page out of what the index holds; None when it holds more than the cap."""
    where, parameters = condition.sql()
    beyond, place = walk.beyond()
    keys = [f"k{number}" for number in range(len(walk.keys))]
    columns = ", ".join(f"{key} AS {name}" for key, name in zip(walk.keys, keys, strict=True))
    rows = _rows(
        f"WITH driven AS MATERIALIZED (SELECT u.id, {columns}, ({where}) AND {beyond} AS hit FROM directory_user u"
        f" WHERE u.search_vector @@ %s::tsquery LIMIT {cap + 1})"
        f" SELECT page.id, whole.count FROM (SELECT count(*) FROM driven) whole LEFT JOIN"
        f" (SELECT id, {', '.join(keys)} FROM driven WHERE hit {walk.order(keys)} LIMIT {limit}) page ON TRUE"
        f" {walk.order(keys)}",
        (*parameters, *place, " & ".join(_drivers(condition))),
    )
    if rows[0][1] > cap:
        return None
    return [id for id, _count in rows if id is not None]


def _drivers(condition: Condition) -> Sequence[str]:
    """The conjuncts worth asking of the index: all, but for terms that a sample shows to be common."""
    conjuncts = condition.conjuncts
    if len(conjuncts) < 2 or not condition.terms:
        return conjuncts
    counts = ", ".join(["count(*) FILTER (WHERE search_vector @@ %s::tsquery)"] * len(condition.terms))
    (found,) = _rows(f"SELECT {counts} FROM directory_user TABLESAMPLE SYSTEM ({_share()})", condition.terms)
    common = {term for term, count in zip(condition.terms, found, strict=True) if count >= _COMMON}
    return [conjunct for conjunct in conjuncts if conjunct not in common] or conjuncts


def _share() -> float:
    """Per cent of the table that are about ``_SAMPLED_ROWS`` rows."""
    ((rows,),) = _rows("SELECT reltuples FROM pg_class WHERE oid = 'directory_user'::regclass", ())
    return min(100.0, 100.0 * _SAMPLED_ROWS / max(float(rows), 1.0))


def _walked(condition: Condition, walk: Walk, limit: int) -> list[UUID]:
    where, parameters = condition.sql()
    beyond, place = walk.beyond()
    return _ids(
        f"SELECT u.id FROM directory_user u WHERE {where} AND {beyond} {walk.order(walk.keys)} LIMIT {limit}",
        (*parameters, *place),
    )


def _walked_along(relation: Relation, condition: Condition, walk: Walk, limit: int) -> list[UUID]:
    """Walk the relation's index instead of the table: its users may be few and all of them old."""
    where, parameters = condition.sql()
    beyond, place = walk.beyond()
    return _ids(
        f"SELECT u.id FROM {relation.table} r JOIN LATERAL"
        f" (SELECT u.* FROM directory_user u WHERE u.id = r.user_id OFFSET 0) u ON {where}"
        f" WHERE r.{relation.column} = %s AND {beyond.replace('u.id', 'r.user_id')}"
        f" {walk.order(['r.user_id'])} LIMIT {limit}",
        (*parameters, relation.id, *place),
    )


def _plan(**settings: str | None) -> None:
    """Steer the planner for the rest of this transaction; None takes a setting back to the server's own."""
    statement = "; ".join(
        f"SET LOCAL {name} TO DEFAULT" if value is None else f"SET LOCAL {name} = '{value}'"
        for name, value in settings.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _ids(statement: str, parameters: Parameters) -> list[UUID]:
    return [row[0] for row in _rows(statement, parameters)]


def _rows(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
