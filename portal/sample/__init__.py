"""Seeded, invented people: for `make_people`, for the demo, and for tests and benchmarks that need a crowd."""
