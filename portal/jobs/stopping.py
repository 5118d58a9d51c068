"""Whether this worker has been told to end: jobs look between two steps."""

import threading

_asked = threading.Event()


def ask_to_stop() -> None:
    """Have every job of this process end after its present step."""
    _asked.set()


def stop_asked() -> bool:
    """Whether the present step should be the last."""
    return _asked.is_set()


def forget() -> None:
    """Begin anew (a worker that starts)."""
    _asked.clear()
