"""How long due deletions take: ``python -m benchmarks.due_deletions [--users 10000] [--anonymize]``.

Makes a database of its own on the portal's server and drops it at the end. Prints the time of the whole round, of one
user (median, 95th percentile, longest), and the memory of the process along the way; checks that each was done once.
"""

import argparse
import resource
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import table
from benchmarks.scratch import scratch_database, set_up

DATABASE = "benchmark_due_deletions"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--anonymize", action="store_true", help="anonymizations instead")
    options = parser.parse_args()
    set_up()
    with scratch_database(DATABASE):
        run(options.users, anonymize=options.anonymize)


def run(users: int, *, anonymize: bool) -> None:
    from benchmarks.due_people import make_due, make_people
    from directory.models import AuditEntry
    from directory.operations.users import carry_out_schedule
    from portal.jobs import rounds

    column, event = ("anonymize_at", "user.anonymized") if anonymize else ("delete_at", "user.deleted")
    make_due(make_people(users, "due"), column)
    times: list[float] = []
    memory: list[tuple[int, float]] = [(0, resident())]

    def timed(**given: Any) -> bool:
        began = time.perf_counter()
        done = carry_out_schedule(**given)
        times.append((time.perf_counter() - began) * 1000)
        if len(times) % (users // 5 or 1) == 0:
            memory.append((len(times), resident()))
        return done

    rounds.carry_out_schedule = timed  # type: ignore[assignment]
    began = time.perf_counter()
    done = rounds.carry_out_due()
    lasted = time.perf_counter() - began
    entries = AuditEntry.objects.filter(activity_type=event)
    assert done == users == entries.count() == entries.values("user_id").distinct().count()
    times.sort()
    what = "anonymizations" if anonymize else "deletions"
    print(f"{done:,} due {what} in {lasted:.1f} s: {done / lasted:,.0f} a second")
    print(
        table(
            ["one user, ms", "p50", "p95", "longest"],
            [["", times[len(times) // 2], times[int(len(times) * 0.95)], times[-1]]],
        )
    )
    print()
    print(table(["done so far", "memory, MB"], [[f"{count:,}", size] for count, size in memory]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"peak {peak:,.1f} MB; {entries.count():,} entries")


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_000_000


if __name__ == "__main__":
    main()
