"""Which commands make manage.py start the embedded server, and where."""

import os
from pathlib import Path

import pytest

import manage


@pytest.mark.parametrize(
    "line",
    [
        "demo --port 1",
        "runserver",
        "migrate",
        "shell",
        "dbshell",
        "import_users x.csv",
        "makemigrations",
        "showmigrations",
    ],
)
def test_commands_that_use_the_database_start_it(line: str) -> None:
    assert manage.needs_database(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "help migrate",
        "--version",
        "migrate --help",
        "check --deploy",
        "collectstatic --noinput",
        "makemigrations --check --dry-run",
        "make_people 10 x.csv",
        "db stop",
    ],
)
def test_commands_that_do_not_use_the_database_leave_it_alone(line: str) -> None:
    assert not manage.needs_database(line.split())


@pytest.mark.parametrize("line", ["demo --port 1 --data {}", "demo --data={} --users 5"])
def test_the_demos_data_directory_counts_for_the_settings(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA", "elsewhere")
    manage.choose_data_directory(line.format(tmp_path).split())
    assert os.environ["PORTAL_DATA"] == str(tmp_path)


@pytest.mark.parametrize("line", ["demo --port 1", "import_users --data x"])
def test_otherwise_the_environments_data_directory_stays(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA", "elsewhere")
    manage.choose_data_directory(line.split())
    assert os.environ["PORTAL_DATA"] == "elsewhere"
