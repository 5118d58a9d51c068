"""``manage.py make_people``: what it writes, what it says, what it refuses."""

import hashlib
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.sample.faults import Fault
from portal.sample.people import people


def _make(*arguments: object) -> str:
    said = StringIO()
    call_command("make_people", *map(str, arguments), stdout=said)
    return said.getvalue()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        _make(500, tmp_path / name, "--seed", 3)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_the_bytes_are_those_of_every_other_machine(tmp_path: Path) -> None:
    _make(1_000, tmp_path / "people.ndjson")
    digest = hashlib.sha256((tmp_path / "people.ndjson").read_bytes()).hexdigest()
    assert digest == "eb1a217264aa53f3c6032d95ffb51ef54184d9e6c3dfc1fe5945ba157193545a"


def test_it_says_how_many_rows_are_bad_in_which_way(tmp_path: Path) -> None:
    said = _make(3_000, tmp_path / "people.csv")
    bad = [person.fault for person in people(3_000, seed=1) if person.fault]
    for fault in Fault:
        assert re.search(rf"^  {re.escape(fault)} +{bad.count(fault)}$", said, re.MULTILINE)
    assert f"{len(bad)} of them bad" in said
    assert re.search(rf"^  good rows +{3_000 - len(bad):,}$", said, re.MULTILINE)
    assert "rows a second" in said


def test_the_columns_of_the_account_are_aligned(tmp_path: Path) -> None:
    table = [line for line in _make(500, tmp_path / "people.csv").splitlines() if line.startswith("  ")]
    assert len(table) == len(Fault) + 2
    assert len({len(line) for line in table}) == 1


def test_the_ending_decides_the_format_and_the_option_overrules_it(tmp_path: Path) -> None:
    _make(3, tmp_path / "people.jsonl")
    _make(3, tmp_path / "people.txt", "--format", "ndjson")
    assert (tmp_path / "people.jsonl").read_bytes() == (tmp_path / "people.txt").read_bytes()


def test_an_ending_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--format"):
        _make(3, tmp_path / "people.txt")


def test_an_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    target = tmp_path / "people.csv"
    target.write_text("mine")
    with pytest.raises(CommandError, match="--force"):
        _make(3, target)
    assert target.read_text() == "mine"
    _make(3, target, "--force")
    assert target.read_text().startswith("preferred_username,email,")


@pytest.mark.parametrize("count", ["0", "-1", "100000001", "many", "1e3", "٣", "1" * 5_000])
def test_a_count_out_of_range_is_refused(tmp_path: Path, count: str) -> None:
    with pytest.raises(CommandError, match=r"whole number|from 1 to|unrecognized|required"):
        _make(count, tmp_path / "people.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", ["-1", "x", str(2**63)])
def test_a_seed_out_of_range_is_refused(tmp_path: Path, seed: str) -> None:
    with pytest.raises(CommandError, match=r"whole number|expected one argument"):
        _make(3, tmp_path / "people.csv", f"--seed={seed}")


def test_a_missing_directory_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no directory"):
        _make(3, tmp_path / "nowhere" / "people.csv")
    with pytest.raises(CommandError, match="is a directory"):
        _make(3, tmp_path, "--format", "csv")


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    _make(10, tmp_path / "people.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]
