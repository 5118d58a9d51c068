"""``manage.py import_users``: the file, the result file, the table, the closing entry."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from directory.models import User
from tests.operations.imports.records import keyed

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]

PEOPLE = b"email,name\na@example.com,Ann\nnonsense,Bob\nc@example.com,Cleo\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE)
    return path


def run(path: Path, **options: Any) -> tuple[str, list[dict[str, Any]]]:
    out = io.StringIO()
    call_command("import_users", path, stdout=out, stderr=io.StringIO(), **options)
    result = options.get("result") or path.with_name(f"{path.name}.result.ndjson")
    return out.getvalue(), [json.loads(line) for line in result.read_text().splitlines()]


def test_each_row_has_its_result_with_its_line(people: Path) -> None:
    output, results = run(people)
    assert [(row["index"], row["line"], row["outcome"]) for row in results] == [
        (0, 2, "inserted"),
        (1, 3, "failed"),
        (2, 4, "inserted"),
    ]
    (error,) = results[1]["errors"]
    assert (error["name"], error["reason"], error["causes"][0]["location"]) == ("Invalid", "ValidationFailed", "/email")
    assert results[0]["user_id"] == str(User.objects.get(identities__email="a@example.com").id)
    assert "ValidationFailed email format" in output
    assert "people a second" in output


def test_an_import_leaves_one_entry_with_its_sums(people: Path, entries: Entries) -> None:
    run(people)
    (closing,) = entries(activity_type="users.imported")
    assert closing.facts["inserted"] == 2
    assert closing.facts["failed"] == 1
    assert closing.facts["ended"] == "completed"
    assert closing.personal["subject"] == "people.csv"
    assert {e.facts["import_id"] for e in entries(activity_type="user.created")} == {str(closing.subject_id)}


def test_after_an_import_estimated_counts_know_of_it(people: Path) -> None:
    run(people)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'directory_user'::regclass")
        assert cursor.fetchone() == (2,)


def test_a_second_run_skips_and_an_upsert_changes(people: Path) -> None:
    run(people)
    assert [row["outcome"] for row in run(people)[1]] == ["skipped", "failed", "skipped"]
    people.write_bytes(PEOPLE.replace(b"Ann", b"Anna"))
    assert [row["outcome"] for row in run(people, upsert=True)[1]] == ["updated", "failed", "skipped"]


def test_a_dry_run_writes_nothing_but_the_result(people: Path, entries: Entries) -> None:
    output, results = run(people, dry_run=True, batch=1)
    assert output.startswith("Dry run: nothing was changed.")
    assert results[0]["changes"]["standard_attributes.name"] == {"old": None, "new": "Ann"}
    assert not User.objects.exists()
    assert entries() == []


def test_a_broken_file_is_refused_before_anything_is_written(people: Path, entries: Entries) -> None:
    people.write_bytes(PEOPLE + b'd@example.com,"open\n')
    with pytest.raises(CommandError, match=r"line 5: .*never closed.*Nothing was imported") as refusal:
        run(people)
    assert refusal.value.returncode == 2
    assert not User.objects.exists()
    assert entries() == []


def test_null_in_csv_needs_its_option(people: Path) -> None:
    run(people)
    people.write_bytes(b"email,name\na@example.com,\n")
    assert run(people, upsert=True)[1][0]["outcome"] == "skipped"
    assert run(people, upsert=True, empty_is_null=True)[1][0]["outcome"] == "updated"
    assert "name" not in User.objects.get(identities__email="a@example.com").standard_attributes


def test_ndjson_is_read_with_nested_values(tmp_path: Path) -> None:
    keyed()
    path = tmp_path / "people.jsonl"
    path.write_text('{"email":"a@example.com","roles":["editor"],"custom_attributes":{"score":2}}\n')
    assert run(path, result=tmp_path / "r")[1][0]["outcome"] == "inserted"
    assert User.objects.get().custom_attributes == {"score": 2}


@pytest.mark.parametrize("name", ["people.txt", "missing.csv"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "people.txt").write_text("email\n")
    with pytest.raises(CommandError):
        run(tmp_path / name)


def test_the_result_never_overwrites_the_file(people: Path) -> None:
    with pytest.raises(CommandError, match="overwrite"):
        run(people, result=people)
    assert people.read_bytes() == PEOPLE
