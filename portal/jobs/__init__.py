"""What the worker does: the tasks of the queue, and how each kind of job is run."""
