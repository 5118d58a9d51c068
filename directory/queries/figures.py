"""How the directory's own machinery is doing. Says nothing of anybody, so it asks for no actor."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from directory.models import JobState


@dataclass(frozen=True, slots=True)
class Figures:
    """Ages are in seconds; None when there is nothing whose age it could be."""

    jobs: Mapping[str, int]
    messages_queued: int
    oldest_message_age: float | None
    schedules_overdue: int
    newest_entry_age: float | None
    partitions_ahead: int
    entries_out_of_place: bool


def figures() -> Figures:
    """One statement: jobs by state, the outbox's backlog, what is overdue, how old the newest audit entry is, how many
    months of the log lie ready, and whether an entry had to go to the partition for those without a month."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT)
        jobs, queued, oldest, overdue, newest, ahead, default_used = cursor.fetchone()
    by_state = json.loads(jobs or "{}")
    return Figures(
        {state: by_state.get(state, 0) for state in JobState.values},
        queued,
        oldest,
        overdue,
        newest,
        ahead,
        default_used,
    )


_STATEMENT = """
SELECT (SELECT jsonb_object_agg(state, number)
          FROM (SELECT state, count(*) AS number FROM directory_job GROUP BY state) AS jobs),
       (SELECT count(*) FROM directory_message WHERE state = 'queued'),
       (SELECT extract(epoch FROM now() - min(next_attempt_at))::float8 FROM directory_message
         WHERE state = 'queued' AND next_attempt_at <= now()),
       (SELECT count(*) FROM directory_user WHERE delete_at <= now())
       + (SELECT count(*) FROM directory_user WHERE anonymize_at <= now()),
       (SELECT greatest(extract(epoch FROM clock_timestamp() - created_at), 0)::float8 FROM directory_auditentry
         ORDER BY id DESC LIMIT 1),
       (SELECT count(*)::int FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'directory_auditentry'::regclass AND relname ~ '_\\d{4}_\\d\\d$'
           AND right(relname, 7) > to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')),
       EXISTS (SELECT FROM directory_auditentry_default)
"""
