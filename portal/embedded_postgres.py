"""Start, reuse and stop a private PostgreSQL for the demo, development and the tests. POSIX only.

The server listens on a Unix socket in a directory that only its account can enter, never on the network. It outlives
the process that started it and serves all of them until ``stop()``. Settings only compute where it will be.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import Ping

from portal.embedded_cluster import Cluster, EmbeddedPostgresError, binaries, locate, make_directory, make_shared

REPOSITORY = Path(__file__).resolve().parent.parent
DATABASE = "portal"
USER = "postgres"
PORT = "5432"  # part of the socket's name; nothing listens on TCP
START_ATTEMPTS = 6
START_TIMEOUT_SECONDS = 60

# A crash may lose the last moments (synchronous_commit), never the consistency (fsync stays on). Compiling costs more
# than it saves for short statements (jit). Statements and details stay out of the log, because they name people.
CONFIGURATION = f"""\
listen_addresses = ''
port = {PORT}
unix_socket_directories = '{{sockets}}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
random_page_cost = 1.1
synchronous_commit = off
jit = off
log_min_messages = log
log_checkpoints = off
log_min_error_statement = panic
log_error_verbosity = terse
"""


def data_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """The directory of everything that a development portal keeps: PORTAL_DATA, or ``var`` in the repository."""
    return Path(environ.get("PORTAL_DATA") or REPOSITORY / "var").resolve()


def socket_directory(data: Path) -> str:
    """What ``start(data)`` will return, computed only: Django's HOST for the embedded server."""
    return str(locate(data).sockets)


def ensure(environ: Mapping[str, str] = os.environ) -> None:
    """Start the embedded server if the settings made from ``environ`` use it; otherwise do nothing.

    Raises EmbeddedPostgresError as ``start()`` does.
    """
    if not environ.get("DATABASE_URL") and environ.get("PORTAL_ENV") != "production":
        start(data_directory(environ))


def start(data: Path) -> str:
    """Make the server of the data directory run with a database ``portal``, and return its socket directory.

    Does nothing when it already does, and may be called from many processes at once.
    Raises EmbeddedPostgresError where it cannot run: Windows, package missing, directory of another account.
    """
    if os.name == "nt":
        raise EmbeddedPostgresError("The embedded PostgreSQL needs Unix sockets and does not run on Windows.")
    cluster = locate(data)
    try:
        if not _ready(cluster):
            with _locked(cluster):
                _settle(cluster)
                _create_cluster(cluster)
                _run(cluster)
                _create_database(cluster)
    except (OSError, psycopg.Error) as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL in {cluster.home} cannot be used: {error}") from error
    return str(cluster.sockets)


def stop(data: Path) -> None:
    """Stop the server of the data directory, disconnecting its clients. Does nothing when it does not run."""
    cluster = locate(data)
    if _ping(cluster) != Ping.NO_RESPONSE:
        with _locked(cluster):
            _stop(cluster)


def status(data: Path) -> Literal["running", "starting", "stopped"]:
    """What the server of the data directory does; ``starting`` also covers recovery after a crash, and stopping."""
    match _ping(locate(data)):
        case Ping.OK:
            return "running"
        case Ping.REJECT:
            return "starting"
    return "stopped"


def _conninfo(cluster: Cluster, database: str) -> str:
    return make_conninfo(host=str(cluster.sockets), port=PORT, user=USER, dbname=database, connect_timeout="10")


def _ping(cluster: Cluster) -> Ping:
    return Ping(psycopg.pq.PGconn.ping(os.fsencode(_conninfo(cluster, USER))))


def _ready(cluster: Cluster) -> bool:
    if not cluster.files.exists() or (cluster.claim and not cluster.claim.exists()):
        return False
    try:
        psycopg.connect(_conninfo(cluster, DATABASE)).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _locked(cluster: Cluster) -> Iterator[None]:
    import fcntl

    if cluster.claim:
        make_shared()
    make_directory(cluster.data, None if cluster.claim else cluster.account)
    make_directory(cluster.home, cluster.account)
    with cluster.lock.open("w") as lock:
        if cluster.account:
            os.chown(cluster.lock, cluster.account.uid, cluster.account.gid)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settle(cluster: Cluster) -> None:
    """Make the directories fit for the server's account, and part from the cluster of a data directory that is gone."""
    make_directory(cluster.sockets, cluster.account)
    uid = cluster.account.uid if cluster.account else os.geteuid()
    found = cluster.sockets.lstat()
    if found.st_uid != uid or found.st_mode & 0o077:
        raise EmbeddedPostgresError(f"{cluster.sockets} is open to others, or belongs to another account.")
    if cluster.claim is None:
        if cluster.account:  # another command of root may have made it first
            os.chown(cluster.data, cluster.account.uid, cluster.account.gid)
    elif not cluster.claim.exists():
        _set_aside(cluster)
        make_directory(cluster.claim.parent, None)
        cluster.claim.write_text(f"{cluster.home}\n")


def _set_aside(cluster: Cluster) -> None:
    """Keep the files of a data directory that was removed, once: a new one must not meet the old one's rows."""
    if cluster.files.exists():
        _stop(cluster)
        previous = cluster.home / "pg.previous"
        shutil.rmtree(previous, ignore_errors=True)
        cluster.files.rename(previous)


def _create_cluster(cluster: Cluster) -> None:
    """Run initdb beside the final place, so that an interrupted one is never taken for a cluster."""
    if not cluster.files.exists():
        unfinished = cluster.home / "pg.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # Flushing takes longer than all the rest, and there are no rows yet that a power cut could cost.
        options += ["--no-sync", "--no-instructions"]
        _execute(cluster, "initdb", "-D", unfinished.name, "-U", USER, *options)
        unfinished.rename(cluster.files)
    # A file, not options on pg_ctl's command line, because those pass through a shell.
    configuration = CONFIGURATION.format(sockets=cluster.sockets)
    (cluster.files / "postgresql.auto.conf").write_text(configuration)


def _run(cluster: Cluster) -> None:
    """Start the server and wait until it answers; after a crash orphans may hold its shared memory for a moment."""
    for attempt in range(START_ATTEMPTS):
        if _ping(cluster) == Ping.OK:
            return
        _forget_zombie(cluster)
        try:
            timeout = str(START_TIMEOUT_SECONDS)
            _execute(cluster, "pg_ctl", "-D", cluster.files.name, "-l", cluster.log.name, "-w", "-t", timeout, "start")
        except EmbeddedPostgresError:
            if attempt == START_ATTEMPTS - 1:
                raise
            time.sleep(1)


def _forget_zombie(cluster: Cluster) -> None:
    """A killed server that nobody waits for (a container without init) still has its id, and would look alive."""
    note = cluster.files / "postmaster.pid"
    try:
        pid = int(note.read_text().splitlines()[0])
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return
    if state == "Z":
        note.unlink(missing_ok=True)


def _create_database(cluster: Cluster) -> None:
    with psycopg.connect(_conninfo(cluster, USER), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _stop(cluster: Cluster) -> None:
    # Asked by the socket, not by the recorded process id, which may belong to somebody else by now.
    if _ping(cluster) != Ping.NO_RESPONSE:
        _execute(cluster, "pg_ctl", "-D", cluster.files.name, "-m", "fast", "-w", "stop")


def _execute(cluster: Cluster, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL in the cluster's home, as its account.

    Paths are relative to the home because pg_ctl hands them to a shell. The environment is our own because PGPORT and
    others would change what is started. The output goes to a file because the server would keep a pipe open.
    """
    account = cluster.account
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        done = subprocess.run(
            [str(binaries(cluster) / program), *arguments],
            check=False,
            cwd=cluster.home,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            output.seek(0)
            raise EmbeddedPostgresError(f"{program} failed in {cluster.home}:\n{output.read()}{_end_of_log(cluster)}")


def _end_of_log(cluster: Cluster) -> str:
    try:
        return "\n".join(cluster.log.read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return ""
