"""Ending sessions at size, and the page that shows them.

    python -m benchmarks.sessions --rows 1000000 --keep

Seeds a scratch database with ``--rows`` sessions of a tenth as many users. Prints, in milliseconds: disabling a user
with 1,000 sessions (limit: 20), the tab with 50 sessions, the look-up of a token, and removing 1,000 that are over.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.measure import table
from benchmarks.scratch import scratch_database, set_up

_COLUMNS = (
    "directory_session (id, created_at, updated_at, user_id, kind, token_hash, scopes, authentication_methods,"
    " last_accessed_at, expires_at, created_with_ip, user_agent, device_info)"
)
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


def rows_of(user_id: Any, count: int, *, over: bool = False) -> list[tuple[Any, ...]]:
    """``count`` sessions of a user, whose tokens are the text of their ids."""
    from directory.models.base import new_id

    now = datetime.now(UTC)
    until = now + timedelta(days=-1 if over else 30)
    found = []
    for number in range(count):
        id = new_id()
        token = hashlib.sha256(str(id).encode()).hexdigest()
        kind = "idp" if number % 2 else "offline_grant"
        found.append((id, now, now, user_id, kind, token, "{}", "{pwd}", now, until, "192.0.2.1", _AGENT, "{}"))
    return found


def copy(target: str, rows: list[tuple[Any, ...]]) -> None:
    """Write rows by COPY: this is a scratch database, and no operation's business."""
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as writer:
        for row in rows:
            writer.write_row(row)


def seed(rows: int) -> None:
    """``rows`` sessions, ten for each user."""
    from django.db import connection

    from directory.models.base import new_id

    began = time.perf_counter()
    columns = (
        "directory_user (id, created_at, updated_at, standard_attributes, custom_attributes, is_disabled,"
        " is_deactivated, is_anonymized)"
    )
    for first in range(0, rows // 10, 10_000):
        now = datetime.now(UTC)
        ids = [new_id() for _ in range(min(10_000, rows // 10 - first))]
        copy(columns, [(id, now, now, '{"name": "Given Family"}', "{}", False, False, False) for id in ids])
        copy(_COLUMNS, [row for id in ids for row in rows_of(id, 10)])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE directory_user, directory_session")
    print(f"seeded {rows:,} sessions in {time.perf_counter() - began:,.0f} s")


def timed(call: Callable[[], object], repeats: int, before: Callable[[], object] = lambda: None) -> list[object]:
    """The best, the median and the 95th percentile of ``call`` in milliseconds; ``before`` each, unmeasured."""
    times = []
    for _ in range(repeats + 3):
        before()
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    times = sorted(times[3:])
    return [times[0], times[len(times) // 2], times[min(len(times) - 1, round(len(times) * 0.95))]]


def measure_all(repeats: int) -> None:
    """Print the table."""
    from benchmarks.client import owner_client
    from directory.actors import Door, system
    from directory.models import Session, User
    from directory.operations.sessions import remove_expired_sessions
    from directory.operations.users import disable_user, enable_user
    from directory.queries.sessions import session_of_token

    host, user = system(Door.COMMAND), User.objects.order_by("id")[100]
    rows: list[list[object]] = []
    for sessions in (0, 50, 1_000):

        def give_back(sessions: int = sessions) -> None:
            if User.objects.get(pk=user.pk).is_disabled:
                enable_user(actor=host, user_id=user.id)
            copy(_COLUMNS, rows_of(user.id, sessions))

        figures = timed(partial(disable_user, actor=host, user_id=user.id), repeats, give_back)
        rows.append([f"disable a user with {sessions:,} sessions", *figures])
    shown = User.objects.order_by("-id")[100]
    copy(_COLUMNS, rows_of(shown.id, 50))
    client = owner_client()
    address = f"/users/{shown.id}/sessions"
    assert client.get(address).status_code == 200
    rows.append(["the tab with 50 sessions, through Django", *timed(partial(client.get, address), repeats)])
    token = str(Session.objects.order_by("id")[5000].id)
    assert session_of_token(token) is not None
    rows.append(["the session of a token", *timed(partial(session_of_token, token), repeats)])
    copy(_COLUMNS, rows_of(shown.id, 1_000 * (repeats + 3), over=True))
    removing = partial(remove_expired_sessions, actor=host, limit=1_000)
    rows.append(["remove 1,000 that are over", *timed(removing, repeats)])
    print(table(["ms", "best", "p50", "p95"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--keep", action="store_true", help="keep the scratch database for the next run")
    options = parser.parse_args()
    set_up()
    with scratch_database(f"benchmark_sessions_{options.rows}", keep=options.keep) as existed:
        if not existed:
            seed(options.rows)
        measure_all(options.repeats)


if __name__ == "__main__":
    main()
