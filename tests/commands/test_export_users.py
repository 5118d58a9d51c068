"""``manage.py export_users``: the formats, the columns, the file."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from directory.actors import Actor
from directory.models import User
from tests.operations.imports.records import imported, keyed

pytestmark = pytest.mark.django_db

CONTRACT_COLUMNS = (
    "sub preferred_username email phone_number email_verified phone_number_verified name given_name middle_name"
    " nickname profile picture website gender birthdate zoneinfo locale address.formatted address.street_address"
    " address.locality address.region address.postal_code address.country roles groups disabled identities mfa.emails"
    " mfa.phone_numbers mfa.totps biometric_count passkey_count custom_attributes.town custom_attributes.score"
)


@pytest.fixture(autouse=True)
def _people(root: Actor) -> None:
    keyed()
    first = {"email": "a@example.com", "name": "=HYPERLINK()", "family_name": "A", "roles": ["editor"]}
    imported(root, first, {"email": "b@example.com", "phone_number": "+4930901820"})


def run(path: Path, **options: Any) -> str:
    call_command("export_users", output=str(path), stderr=io.StringIO(), **options)
    return path.read_text()


def test_csv_has_the_contracts_columns_and_disarmed_cells(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(tmp_path / "x.csv"))))
    assert " ".join(rows[0]) == CONTRACT_COLUMNS
    assert rows[0]["name"] == "'=HYPERLINK()"
    assert rows[0]["roles"] == '["editor"]'
    assert rows[0]["disabled"] == "false"
    assert rows[1]["phone_number"] == "'+4930901820"
    assert [row["email"] for row in rows] == ["a@example.com", "b@example.com"]


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    assert run(tmp_path / "x.csv", fields="family_name,email").splitlines() == [
        "family_name,email",
        "A,a@example.com",
        ",b@example.com",
    ]
    for bad in ("shoe", "email,email"):
        with pytest.raises(CommandError):
            run(tmp_path / "y.csv", fields=bad)


def test_ndjson_has_one_record_a_line_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    records = [json.loads(line) for line in run(path).splitlines()]
    assert [record["family_name"] for record in records if "family_name" in record] == ["A"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_exported_file_can_be_imported_as_it_is(tmp_path: Path) -> None:
    before = run(tmp_path / "x.csv", fields="email,phone_number,roles,name")
    run(tmp_path / "all.csv")
    User.objects.all().delete()
    call_command("import_users", tmp_path / "all.csv", quiet=True)
    assert run(tmp_path / "y.csv", fields="email,phone_number,roles,name") == before
