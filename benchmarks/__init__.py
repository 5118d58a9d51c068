"""Programs that measure. ``python -m benchmarks.<name> --rows N``; none asserts a time, all print what they saw."""
