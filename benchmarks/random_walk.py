"""10,000 random steps of delegated administrators, and what came of them: ``python -m benchmarks.random_walk``.

After each step every administrator's rights are compared with what those who gave to them held when they gave; the walk
stops at the first that is beyond it. ``--steps`` and ``--seed`` choose another walk.
"""

import argparse
import time

from benchmarks.measure import table
from benchmarks.scratch import scratch_database, set_up


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    set_up()
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from directory.models import Administrator, AuditEntry, Grant
    from tests.operations.administrators.walk import Walk

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1
    with scratch_database("benchmark_random_walk"):
        walk, began = Walk(chosen.seed), time.perf_counter()
        for _ in range(chosen.steps):
            walk.step()
        seconds = time.perf_counter() - began
        print(table(["step", "times"], sorted(walk.outcomes.items())))
        print(
            f"{chosen.steps:,} steps in {seconds:.0f} s, {walk.checks:,} rights compared, 0 lifted; at the end"
            f" {Administrator.objects.count()} administrators, {Grant.objects.count()} grants,"
            f" {AuditEntry.objects.count():,} entries"
        )


if __name__ == "__main__":
    main()
