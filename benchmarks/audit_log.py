"""How long a page of the audit log takes, in the query and in the whole portal, at the head and deep down.

``python -m benchmarks.audit_log --rows 10000000``. Makes a scratch database of its own with entries over 12 months: one
type that fills the last twentieth of them (an import), a common and a rare type, one author of almost everything.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from benchmarks.measure import Measured, measure, table
from benchmarks.scratch import scratch_database, set_up

COMMON, RARE, FLOOD = "user.profile.updated", "role.deleted", "user.imported"
#: One author did nine of ten things, another one of a thousand, the host what is left.
BUSY = UUID("00000000-0000-7000-8000-00000000b001")
SELDOM = UUID("00000000-0000-7000-8000-00000000b002")
#: A user as any other, with the number below in its id.
A_USER = UUID("00000000-0000-7000-9000-000000000007")

SEED = """
INSERT INTO directory_auditentry (id, created_at, activity_type, outcome, door, author_kind, author_id, subject_kind,
                                  subject_id, user_id, request_id, details, personal_hash, transaction_id, row_hash)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid,
       at, type, CASE WHEN n %% 5000 = 17 THEN 'denied' ELSE 'success' END, 'portal',
       CASE WHEN author IS NULL THEN 'system' ELSE 'administrator' END, author, 'user', person, person, md5(n::text),
       '{}', sha256(n::text::bytea), 0, sha256(n::text::bytea)
  FROM (SELECT n, %(start)s::timestamptz + %(period)s::interval * (n::float8 / %(rows)s) AS at,
               ('00000000-0000-7000-9000-' || lpad(to_hex(n %% %(people)s), 12, '0'))::uuid AS person,
               CASE WHEN n %% 10007 = 3 THEN %(rare)s
                    WHEN n > %(rows)s * 0.95 THEN %(flood)s
                    WHEN n %% 3 = 0 THEN %(common)s
                    ELSE (ARRAY['user.created', 'identity.email.added', 'user.disabled', 'user.reenabled',
                                'user.roles.updated', 'user.groups.updated', 'administrator.signed_in'])[1 + n %% 7]
               END AS type,
               CASE WHEN n %% 1000 = 11 THEN %(seldom)s::uuid
                    WHEN n %% 10 <> 1 THEN %(busy)s::uuid END AS author
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS made
"""
SEED_PERSONAL = """
INSERT INTO directory_auditpersonal (entry_id, salt, data)
SELECT id, '\\x00', '{"author":"grace@example.com","new":{"standard_attributes.name":"Person ' || right(id::text, 6)
       || '"},"old":{},"subject":"Person ' || right(id::text, 6) || '","user_agent":"benchmark"}'
  FROM directory_auditentry
"""
STEP = 500_000


def seed(rows: int) -> None:
    """Fill the scratch database: in steps, without triggers, with indexes and statistics as in real life."""
    from django.db import connection

    end = datetime.now(UTC)
    start = end - timedelta(days=365)
    named = {"rows": rows, "start": start, "period": end - start, "people": max(rows // 15, 10)}
    named |= {"busy": BUSY, "seldom": SELDOM, "common": COMMON, "rare": RARE, "flood": FLOOD}
    with connection.cursor() as cursor:
        cursor.execute("SELECT directory_ensure_audit_partitions(%s, 13)", [start.date()])
        # The triggers hash every row, which is what writing costs and not what reading does.
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        for first in range(1, rows + 1, STEP):
            cursor.execute(SEED, {**named, "first": first, "last": min(first + STEP - 1, rows)})
        cursor.execute(SEED_PERSONAL)
        cursor.execute("RESET session_replication_role")
        for name in ("directory_auditentry", "directory_auditpersonal"):
            cursor.execute(f"VACUUM ANALYZE {name}")


def cases() -> list[tuple[str, dict[str, Any], str]]:
    """What is measured: a name, the filter, and the same as a query string."""
    middle = datetime.now(UTC) - timedelta(days=182)
    window = {"since": middle, "until": middle + timedelta(days=7)}
    form = "%Y-%m-%dT%H:%M"
    return [
        ("page 1", {}, ""),
        ("by type, common", {"activity_types": [COMMON]}, f"type={COMMON}"),
        ("by type, rare", {"activity_types": [RARE]}, f"type={RARE}"),
        (
            "by three types",
            {"activity_types": [COMMON, RARE, FLOOD]},
            f"type={COMMON}&type={RARE}&type={FLOOD}",
        ),
        ("by user", {"user_ids": [A_USER]}, f"user={A_USER}"),
        ("by author of 9 in 10", {"author_id": BUSY}, f"author={BUSY}"),
        ("by author of 1 in 1,000", {"author_id": SELDOM}, f"author={SELDOM}"),
        ("by author and type", {"author_id": BUSY, "activity_types": [RARE]}, f"author={BUSY}&type={RARE}"),
        ("by the host itself", {"author_kind": "system"}, "author=system"),
        ("denied", {"outcome": "denied"}, "outcome=denied"),
        ("a week, half a year ago", window, f"from={middle:{form}}&until={window['until']:{form}}"),
        (
            "left over: rare type by the host, success",
            {"author_kind": "system", "activity_types": [RARE], "outcome": "success"},
            f"author=system&type={RARE}&outcome=success",
        ),
    ]


def run(repeats: int) -> list[tuple[object, ...]]:
    """Measure every case at the head and after half of the entries. Rows of the table that is printed."""
    from directory.actors import Door, system
    from directory.queries.audit_log import EntryFilter, floor_of, list_entries

    actor = system(Door.COMMAND)
    get = signed_in()
    deep = f"o{floor_of(datetime.now(UTC) - timedelta(days=182)).hex}"
    printed: list[tuple[object, ...]] = []
    first: float | None = None
    for name, parts, query in cases():
        wanted = EntryFilter(**parts)
        for place, cursor in (("head", None), ("half-way", deep)):
            listed = measure(lambda w=wanted, c=cursor: list_entries(actor, w, c), repeats)
            page = measure(lambda q=query, c=cursor: get(q, c), repeats)
            first = first or page.median
            printed.append((name, place, *_figures(listed), *_figures(page), page.median / first))
    return printed


def signed_in() -> Callable[[str, str | None], object]:
    """A function that gets ``/audit-log`` as an owner through the whole portal."""
    from benchmarks.client import owner_client

    client = owner_client()

    def get(query: str, cursor: str | None) -> object:
        response = client.get(f"/audit-log?{query}" + (f"&cursor={cursor}" if cursor else ""))
        assert response.status_code == 200, response.status_code
        return response

    return get


def _figures(measured: Measured) -> Sequence[float]:
    return measured.median, measured.p95


def main() -> None:
    """Parse the command line, seed, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--keep", action="store_true", help="leave the scratch database for the next run with --keep")
    options = parser.parse_args()
    set_up()
    with scratch_database(f"benchmark_audit_log_{options.rows}", keep=options.keep) as existed:
        if not existed:
            began = time.perf_counter()
            seed(options.rows)
            print(f"seeded in {time.perf_counter() - began:.0f} s")
        print(f"{options.rows:,} entries over 12 months, {options.repeats} calls each; times in milliseconds")
        headings = ("filter", "place", "list p50", "p95", "page p50", "p95", "ratio to page 1")
        print(table(headings, run(options.repeats)))


if __name__ == "__main__":
    main()
