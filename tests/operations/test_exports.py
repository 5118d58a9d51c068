"""Exports: who may, what stands in a record, the entry, and import(export(x)) = x."""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.actors import Actor
from directory.errors import Forbidden, ReauthenticationRequired
from directory.models import CustomAttribute, User
from directory.models.base import new_id
from directory.operations.exports import export_users
from directory.operations.imports import import_users
from directory.operations.users import schedule_deletion
from directory.queries.custom_attributes import definition_of
from directory.queries.exports import export_records
from directory.values.import_records import ImportRules
from directory.values.import_rows import Row, check_row
from portal.exporting import columns_for, writer_for
from portal.records.columns import Columns
from portal.records.csv_file import CsvFile
from portal.sample.people import good_people
from tests.operations.imports.records import HASH, imported, keyed, outcomes

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]
OF_THE_ROW = {"sub"}

PERSON: dict[str, Any] = {
    "email": "Ann@Example.com",
    "phone_number": "+49 30 901820",
    "preferred_username": "Ann",
    "email_verified": True,
    "name": "=1+1",
    "nickname": "'=x",
    "family_name": "@x",
    "gender": "-",
    "middle_name": 'a "quote", a comma\nand a line',
    "address": {"formatted": "+1\n2", "country": "null"},
    "custom_attributes": {"town": "true", "score": -1.5},
    "roles": ["editor"],
    "groups": ["sales", "staff"],
    "account_valid_until": "2040-01-01T00:00:00.123456Z",
    "mfa": {"email": "b@example.com", "phone_number": "+4930901821"},
}


def exported(actor: Actor) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k not in OF_THE_ROW} for record in export_records(actor)]


def definitions() -> dict[str, Any]:
    return {row.name: definition_of(row) for row in CustomAttribute.objects.all()}


def restored(actor: Actor, records: list[Any], **options: Any) -> list[str]:
    rules = ImportRules("email", definitions(), is_export=True)
    rows = [check_row(Row(number, number, record), rules) for number, record in enumerate(records)]
    return outcomes(import_users(actor=actor, import_id=new_id(), rows=rows, **options))


def through_csv(records: list[Mapping[str, Any]]) -> list[Any]:
    """The records as a CSV export writes them and the import's reader reads them again."""
    stream = io.BytesIO()
    further = ["family_name", "account_valid_from", "account_valid_until", "delete_at"]
    names = [name for name in columns_for(None, list(definitions())) if name not in further]
    writer = writer_for(stream, "csv", [*names, *further])
    for record in records:
        writer.write(record)
    writer.flush()
    table = CsvFile(io.BytesIO(stream.getvalue()))
    columns = Columns(table.header, numbers=frozenset({"score", "employee_number"}))
    assert columns.is_export
    return [columns.record(cells) for _, cells in table.rows()]


def test_a_record_has_the_contracts_fields_and_no_secret(root: Actor) -> None:
    keyed()
    imported(root, {**PERSON, "password": {"type": "bcrypt", "password_hash": HASH}})
    (record,) = export_records(root)
    assert record["sub"] == str(User.objects.get().id)
    assert (record["email"], record["email_verified"], record["phone_number_verified"]) == (
        "ann@example.com",
        True,
        False,
    )
    assert record["identities"][0] == {
        "type": "login_id",
        "login_id": {
            "type": "email",
            "key": "email",
            "value": "ann@example.com",
            "original_value": "Ann@Example.com",
        },
        "claims": {"email": "ann@example.com"},
    }
    assert record["mfa"] == {"emails": ["b@example.com"], "phone_numbers": ["+4930901821"], "totps": []}
    assert (record["roles"], record["groups"]) == (["editor"], ["sales", "staff"])
    assert HASH not in str(record)


def test_an_export_leaves_one_entry_with_format_and_count(root: Actor, entries: Entries) -> None:
    imported(root, {"email": "a@example.com"}, {"email": "b@example.com"})
    found: list[Any] = []
    assert export_users(actor=root, file_format="csv", write=found.append).rows == 2
    (entry,) = entries(activity_type="users.exported")
    assert entry.facts == {"ended": "completed", "format": "csv", "rows": 2}


def test_an_export_cut_short_is_recorded_too(root: Actor, entries: Entries) -> None:
    imported(root, {"email": "a@example.com"}, {"email": "b@example.com"})

    def full(_record: Mapping[str, Any]) -> None:
        raise OSError("disk full")

    assert isinstance(export_users(actor=root, file_format="csv", write=full).cut_short_by, OSError)
    (entry,) = entries(activity_type="users.exported")
    assert (entry.outcome, entry.facts["rows"], entry.facts["ended"]) == ("failed", 0, "interrupted")


def test_export_needs_its_right_everywhere_and_a_fresh_proof(ada: Actor, auditor: Actor, root: Actor) -> None:
    for actor in (ada, auditor):
        with pytest.raises(Forbidden):
            export_users(actor=actor, file_format="csv", write=lambda _record: None)
    object.__setattr__(root, "reauthenticated", False)
    with pytest.raises(ReauthenticationRequired):
        export_users(actor=root, file_format="csv", write=lambda _record: None)


@pytest.mark.parametrize("through", [list, through_csv])
def test_what_was_exported_can_be_restored(root: Actor, through: Callable[[Any], list[Any]]) -> None:
    keyed()
    imported(root, PERSON, {"email": "d@example.com"})
    schedule_deletion(actor=root, user_id=User.objects.order_by("id")[1].id)
    before, records = exported(root), list(export_records(root))
    User.objects.all().delete()
    assert restored(root, through(records)) == ["inserted", "inserted"]
    assert exported(root) == before


def test_restoring_over_what_is_there_changes_nothing(root: Actor) -> None:
    keyed()
    imported(root, PERSON)
    assert restored(root, through_csv(list(export_records(root))), upsert=True) == ["skipped"]


def test_a_sample_of_people_survives_export_and_import(root: Actor) -> None:
    keyed_for_sample()
    assert set(outcomes(imported(root, *good_people(300, seed=5)))) == {"inserted"}
    before, records = exported(root), list(export_records(root))
    User.objects.all().delete()
    restored(root, through_csv(records))
    assert exported(root) == before
    User.objects.all().delete()
    restored(root, [orjson.loads(orjson.dumps(record)) for record in records])
    assert exported(root) == before


def keyed_for_sample() -> None:
    from directory.models import Group, Role
    from portal.sample.records import GROUP_KEYS, ROLE_KEYS

    Role.objects.bulk_create([Role(key=key) for key in ROLE_KEYS])
    Group.objects.bulk_create([Group(key=key) for key in GROUP_KEYS])
    CustomAttribute.objects.create(name="town", type="string")
    CustomAttribute.objects.create(name="score", type="number", position=1)
    CustomAttribute.objects.create(name="employee_number", type="integer", position=2)


printable = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), min_size=1, max_size=12
) | st.sampled_from(["=1", "+1", "'=", "-", "@a", "null", "true", "[]", '"', "a,b", "＝", " =x"])
people = st.lists(
    st.fixed_dictionaries(
        {"number": st.integers(0, 999)},
        optional={
            "name": printable,
            "nickname": printable,
            "gender": printable,
            "email_verified": st.booleans(),
            "disabled": st.booleans(),
            "custom_attributes": st.dictionaries(st.just("town"), printable),
            "roles": st.lists(st.sampled_from(["editor", "viewer"]), max_size=2),
            "account_valid_from": st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)).map(
                datetime.isoformat
            ),
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda person: person["number"],
)


@given(people=people)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_import_of_an_export_is_the_identity(root: Actor, people: list[dict[str, Any]]) -> None:
    User.objects.all().delete()
    if not CustomAttribute.objects.exists():
        keyed()
    for person in people:
        person["email"] = f"P{person.pop('number')}@example.com"
    imported(root, *people)
    before, records = exported(root), list(export_records(root))
    for through in (list, through_csv):
        User.objects.all().delete()
        restored(root, through(records))
        assert exported(root) == before
