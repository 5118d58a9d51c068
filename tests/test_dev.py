"""dev.py in a small project of its own: an empty lock and a manage.py that prints what it was given."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
MANAGE = """\
import os, sys
print([os.path.realpath(sys.prefix), os.getcwd(), *sys.argv[1:]])
sys.exit(3)
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("a project of Ada's")
    shutil.copy(REPOSITORY / "dev.py", directory)
    (directory / "manage.py").write_text(MANAGE)
    (directory / "home").mkdir()
    return directory


@pytest.fixture
def project(directory: Path) -> Path:
    (directory / "requirements.lock").write_text("# nothing\n")
    return directory


def dev(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The interpreter outside the virtual environment: that is the one with pip.
    python = getattr(sys, "_base_executable", sys.executable)
    environ = {**os.environ, "HOME": str(project / "home"), "PIP_USER": "1"}
    command = [python, str(project / "dev.py"), *arguments]
    return subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True, check=False)


def printed(project: Path, *arguments: str) -> str:
    return f"{[str((project / '.venv').resolve()), str(project.resolve()), *arguments]}\n"


def test_run_starts_the_demo_in_the_environment_and_hands_on_its_exit_status(project: Path) -> None:
    done = dev(project, "run", "--data", "a b")
    assert (done.stdout, done.returncode) == (printed(project, "demo", "--data", "a b"), 3), done.stderr


def test_any_other_word_is_a_command_of_manage_and_nothing_is_installed_twice(project: Path) -> None:
    dev(project, "check")
    done = dev(project, "check", "--deploy")
    assert done.stdout == printed(project, "check", "--deploy")
    assert done.stderr == ""


def test_a_changed_lock_is_installed_again(project: Path) -> None:
    dev(project, "check")
    (project / "requirements.lock").write_text("# something else\n")
    assert "Installing" in dev(project, "check").stderr


def test_a_lock_that_cannot_be_installed_stops_before_the_command_every_time(project: Path) -> None:
    (project / "requirements.lock").write_text("this is no requirement\n")
    for _ in range(2):
        done = dev(project, "check")
        assert done.returncode not in (0, 3)
        assert done.stdout == ""
        assert "Installing failed" in done.stderr


def test_test_runs_pytest(project: Path) -> None:
    assert "No module named pytest" in dev(project, "test").stderr
