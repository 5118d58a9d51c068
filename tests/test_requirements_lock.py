"""requirements.lock: no index address inside, everything pinned and hashed, in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent
LOCK = (REPOSITORY / "requirements.lock").read_text()
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+?)(?: ; .*?)? *\\?\n(?P<rest>(?:^[ \t]+.*\n)*)", re.MULTILINE)
ENTRIES = {canonicalize_name(entry["name"]): entry for entry in ENTRY.finditer(LOCK)}
GROUPS = [item for group in PROJECT["dependency-groups"].values() for item in group if isinstance(item, str)]


def test_the_lock_names_no_address() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK


def test_every_line_of_the_lock_belongs_to_a_pin() -> None:
    assert ENTRIES
    left = [line for line in ENTRY.sub("", LOCK).splitlines() if line and not line.startswith("#")]
    assert left == []


def test_every_pin_has_a_hash() -> None:
    assert [name for name, entry in ENTRIES.items() if "--hash=sha256:" not in entry["rest"]] == []


@pytest.mark.parametrize("wanted", [*PROJECT["project"]["dependencies"], *GROUPS])
def test_every_dependency_of_the_project_is_pinned_to_a_version_it_allows(wanted: str) -> None:
    requirement = Requirement(wanted)
    pinned = ENTRIES[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned["version"])
