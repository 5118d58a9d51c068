"""Where the processes of one web server put their counts together. Imported before prometheus-client is.

prometheus-client keeps the counts of each process in a file and adds them up when asked. The files of one server lie in
a directory of its own, named after the process that started its workers: a worker that is replaced leaves its counts
there, so that none goes back, and what another server has left behind is removed.
"""

import logging
import os
import shutil
from pathlib import Path

logger = logging.getLogger(__name__)

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share(root: Path) -> None:
    """Make this process count together with its siblings, below ``root``.

    Without a directory that can be written each process counts alone, and that is logged.
    """
    if VARIABLE in os.environ:
        return
    own = root / _name(os.getppid())
    try:
        own.mkdir(parents=True, exist_ok=True)
        for other in root.iterdir():
            if other.name != own.name and not _is_alive(other.name):
                shutil.rmtree(other, ignore_errors=True)
    except OSError as error:
        logger.warning("metrics of this process alone: %s", type(error).__name__)
        return
    os.environ[VARIABLE] = str(own)


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _name(pid: int) -> str:
    """A process by number and start, because numbers come again."""
    return f"{pid}-{_start_of(pid)}"


def _is_alive(name: str) -> bool:
    pid, _, _ = name.partition("-")
    return pid.isdigit() and is_running(int(pid)) and _name(int(pid)) == name


def _start_of(pid: int) -> str:
    """In ticks since the machine started; empty where the system does not say (macOS)."""
    try:
        # The second field is the command in parentheses, which may hold blanks; the start is the 22nd.
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
