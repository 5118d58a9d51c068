"""What Prometheus is told of requests, database, jobs, outbox, audit log and processes. Nothing of anybody."""
