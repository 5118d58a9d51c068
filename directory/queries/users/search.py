"""Which users a list shows, and in which order: keyword and filters, fast for every word.

The planner left to itself sorts or scans a million rows for some words. So the shape of the statement is chosen here;
either gives the same answer, and ``benchmarks/users.py`` prints what each costs:

* walk the list's order, in an index that carries every user's signature (migration 0008): whoever cannot match is
  passed over without a look at the row, five thousand users in a millisecond;
* collect what the search index holds, which knows words and marks alike, and sort that: for the few, wherever they lie.

A short walk fills the page for whatever is common. Where it does not, how many it found and a sample of the table
tell which of the two costs less. Statements run unprepared: a generic plan for a rare word costs 250 ms.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

#: Users walked past at first.
_NEAR = 4_000
#: As many found among them promise the page within 50,000 or so: 10 ms.
_ENOUGH = 4
#: Users looked at to learn how common something is.
_SAMPLED = 1_000
#: Collecting one match costs as much as walking past so many users, because its row must be read; but where none was
#: near, though there are many, they lie together and are read at once.
_COLLECTING, _COLLECTING_TOGETHER = 40, 8
#: A typed word that a greater share has is not asked of the search index, which would read all their row numbers.
_COMMON = 0.03
#: A conjunct with more alternatives than these is not tested on signatures.
_MOST_TESTED = 8
#: While collecting: no scan of the whole table, and a bitmap that holds every match's row number. Not while walking:
#: the same settings once made the planner sort the whole index instead.
_STEERED = {"enable_seqscan": "off", "max_parallel_workers_per_gather": "0", "jit": "off", "work_mem": "64MB"}

Parameters = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One thing asked of the search vector: ``query`` as ``tsquery`` text, and the same as groups of tokens.

    Of one group all must be there, or begin a token that is. ``typed`` words are prefixes, filters are exact.
    """

    query: str
    alternatives: tuple[tuple[str, ...], ...]
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """What the users must fulfil: all conjuncts, and ``where``, further SQL on the columns of the alias ``u``."""

    conjuncts: tuple[Conjunct, ...] = ()
    where: str = ""
    parameters: tuple[Any, ...] = ()

    def sql(self, *, without: Sequence[Conjunct] = ()) -> tuple[str, tuple[Any, ...]]:
        """The condition on the alias ``u``, without conjuncts that are known to hold."""
        queries = [conjunct.query for conjunct in self.conjuncts if conjunct not in without]
        parts = (["u.search_vector @@ %s::tsquery"] if queries else []) + ([self.where] if self.where else [])
        query = (" & ".join(queries),) if queries else ()
        return " AND ".join(parts) or "TRUE", (*query, *self.parameters)

    def signature_sql(self) -> tuple[str, tuple[Any, ...]]:
        """What holds of the signature of whoever fulfils the condition, and of few others: on the alias ``near``."""
        tested = [c.alternatives for c in self.conjuncts if len(c.alternatives) <= _MOST_TESTED]
        always = [token for alternatives in tested if len(alternatives) == 1 for token in alternatives[0]]
        either = [[list(tokens) for tokens in alternatives] for alternatives in tested if len(alternatives) > 1]
        groups = [[always], *either] if always else either
        clauses = [f"({' OR '.join([_HOLDS] * len(group))})" for group in groups]
        return " AND ".join(clauses) or "TRUE", tuple(tokens for group in groups for tokens in group for _ in range(2))


_SIGNATURE = "directory_signature(array_to_tsvector(%s::text[]))"
_HOLDS = f"near.search_signature & {_SIGNATURE} = {_SIGNATURE}"


@dataclass(frozen=True, slots=True)
class Walk:
    """The list's order from one place on: the sort keys as SQL on the alias ``u``, the last one ``u.id``."""

    name: str
    keys: tuple[str, ...]
    descending: bool
    place: tuple[Any, ...] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys' names where a statement has given them some."""
        return (*(f"key{number}" for number in range(len(self.keys) - 1)), "id")

    @property
    def selected(self) -> str:
        """The keys with these names, for SELECT."""
        return ", ".join(f"{key} AS {column}" for key, column in zip(self.keys, self.columns, strict=True))

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
    if not condition.conjuncts:
        return _walked(condition, walk, limit)
    near = _walked(condition, walk, limit, within=_NEAR)
    if len(near) == limit:
        return near
    if len(near) >= _ENOUGH:
        return _walked(condition, walk, limit)
    asked = _worth_asking(condition.conjuncts, len(near), limit)
    if not asked:
        return _walked(condition, walk, limit)
    with transaction.atomic():
        _plan(_STEERED)
        page = _collected(asked, condition, walk, limit)
        _plan(dict.fromkeys(_STEERED))
        return page


def _walked(condition: Condition, walk: Walk, limit: int, *, within: int | None = None) -> list[UUID]:
    """The page, or what of it lies among the next ``within`` users."""
    beyond, place = walk.beyond()
    likely, tokens = condition.signature_sql()
    where, parameters = condition.sql()
    # OFFSET 0 has the rows read one by one, in the walk's order.
    return _ids(
        f"SELECT near.id FROM (SELECT {walk.selected}, u.search_signature FROM directory_user u"
        f" WHERE {beyond} {walk.order(walk.keys)} {f'LIMIT {within}' if within else ''}) near"
        f" JOIN LATERAL (SELECT * FROM directory_user u WHERE u.id = near.id OFFSET 0) u ON {where}"
        f" WHERE {likely} {walk.order([f'near.{column}' for column in walk.columns])} LIMIT {limit}",
        (*place, *parameters, *tokens),
    )


def _collected(asked: Sequence[Conjunct], condition: Condition, walk: Walk, limit: int) -> list[UUID]:
    """The page out of everybody for whom the search index has what is asked of it."""
    beyond, place = walk.beyond()
    where, parameters = condition.sql(without=asked)
    # OFFSET 0 keeps the rest out of the question to the index.
    return _ids(
        f"SELECT u.id FROM (SELECT * FROM directory_user WHERE search_vector @@ %s::tsquery OFFSET 0) u"
        f" WHERE {where} AND {beyond} {walk.order(walk.keys)} LIMIT {limit}",
        (" & ".join(conjunct.query for conjunct in asked), *parameters, *place),
    )


def _worth_asking(conjuncts: Sequence[Conjunct], near: int, limit: int) -> Sequence[Conjunct]:
    """The conjuncts by which to collect, when that is cheaper than walking on; else none."""
    everybody, shares = _shares(conjuncts)
    rarer = [c for c, share in zip(conjuncts, shares, strict=True) if not (c.typed and share > _COMMON)]
    asked = rarer or conjuncts
    matches = everybody * math.prod(share for c, share in zip(conjuncts, shares, strict=True) if c in asked)
    if not near:
        return asked if matches * _COLLECTING_TOGETHER <= everybody else ()
    # So few found near are a poor measure by themselves: half of it is what the sample promises.
    density = (near / _NEAR + math.prod(shares)) / 2
    return asked if matches * _COLLECTING <= min(everybody, limit / density) else ()


def _shares(conjuncts: Sequence[Conjunct]) -> tuple[float, list[float]]:
    """About how many users there are, and which share of them fulfils each conjunct: from a look at some of them."""
    ((rows,),) = _rows("SELECT reltuples FROM pg_class WHERE oid = 'directory_user'::regclass", ())
    everybody = max(float(rows), 1.0)
    counts = ", ".join(["count(*) FILTER (WHERE search_vector @@ %s::tsquery)"] * len(conjuncts))
    sample = f"TABLESAMPLE SYSTEM ({min(100.0, 100.0 * _SAMPLED / everybody)}) REPEATABLE (0)"
    ((sampled, *found),) = _rows(
        f"SELECT count(*), {counts} FROM directory_user {sample}", [conjunct.query for conjunct in conjuncts]
    )
    return everybody, [max(count, 0.5) / max(sampled, 1) for count in found]


def _plan(settings: dict[str, str] | dict[str, None]) -> None:
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
