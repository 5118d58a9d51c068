"""The lock files: no index address inside, all pinned and hashed, in step with pyproject.toml and one another."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+?)(?: ; .*?)? *\\?\n(?P<rest>(?:^[ \t]+.*\n)*)", re.MULTILINE)
LOCKS = {name: (REPOSITORY / name).read_text() for name in ("requirements.lock", "requirements-production.lock")}
ENTRIES = {
    name: {canonicalize_name(entry["name"]): entry for entry in ENTRY.finditer(text)} for name, text in LOCKS.items()
}
EVERYTHING, PRODUCTION = ENTRIES.values()
DEPENDENCIES = PROJECT["project"]["dependencies"]
GROUPS = [item for group in PROJECT["dependency-groups"].values() for item in group if isinstance(item, str)]
each_lock = pytest.mark.parametrize("lock", LOCKS)


@each_lock
def test_a_lock_names_no_address(lock: str) -> None:
    assert "://" not in LOCKS[lock]
    assert "--index" not in LOCKS[lock]


@each_lock
def test_every_line_of_a_lock_belongs_to_a_pin(lock: str) -> None:
    assert ENTRIES[lock]
    left = [line for line in ENTRY.sub("", LOCKS[lock]).splitlines() if line and not line.startswith("#")]
    assert left == []


@each_lock
def test_every_pin_has_a_hash(lock: str) -> None:
    assert [name for name, entry in ENTRIES[lock].items() if "--hash=sha256:" not in entry["rest"]] == []


@pytest.mark.parametrize("wanted", [*DEPENDENCIES, *GROUPS])
def test_every_dependency_of_the_project_is_pinned_to_a_version_it_allows(wanted: str) -> None:
    requirement = Requirement(wanted)
    pinned = EVERYTHING[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned["version"])


def test_production_has_the_same_files_that_the_tests_ran_with() -> None:
    assert {name: _pin(entry) for name, entry in PRODUCTION.items()} == {
        name: _pin(EVERYTHING[name]) for name in PRODUCTION if name in EVERYTHING
    }


def test_production_has_what_the_project_needs_and_no_tool_of_the_tests() -> None:
    needed = {canonicalize_name(Requirement(wanted).name) for wanted in DEPENDENCIES}
    tools = {canonicalize_name(Requirement(wanted).name) for wanted in GROUPS} - needed
    assert needed <= set(PRODUCTION)
    assert tools.isdisjoint(PRODUCTION)


def _pin(entry: re.Match[str]) -> tuple[str, list[str]]:
    return entry["version"], sorted(re.findall(r"--hash=\S+", entry["rest"]))
