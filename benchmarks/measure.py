"""Measures calls and prints tables of what was measured. Times are milliseconds."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """The median and the 95th percentile of some calls, in milliseconds."""

    median: float
    p95: float


def measure(call: Callable[[], object], repeats: int = 30, *, warm_up: int = 3) -> Measured:
    """Call ``warm_up`` times unmeasured and ``repeats`` times measured, with the garbage collector at rest."""
    for _ in range(warm_up):
        call()
    times = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeats):
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) * 1000)
    finally:
        gc.enable()
    times.sort()
    return Measured(statistics.median(times), times[min(len(times) - 1, round(len(times) * 0.95))])


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain table: the first column to the left, figures to the right, floats with one decimal."""
    cells = [[f"{cell:,.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        first, *others = row
        return "  ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True))])

    return "\n".join([line(cells[0]), "  ".join("-" * width for width in widths), *map(line, cells[1:])])
