from datetime import UTC, datetime
from typing import Any

import pytest

from directory.errors import Invalid
from directory.values.custom_attributes import CustomAttributeDefinition, CustomAttributeType
from directory.values.import_records import ImportRecord, ImportRules, NothingToImport, parse_record
from directory.values.import_rows import Row, check_row

TOWN = CustomAttributeDefinition("town", CustomAttributeType.STRING)
RULES = ImportRules("email", {"town": TOWN})
EXPORT = ImportRules("email", {"town": TOWN}, is_export=True)
HASH = "$2b$12$" + "a" * 53


def parsed(**fields: Any) -> ImportRecord:
    return parse_record({"email": "a@example.com", **fields}, RULES)


def causes(record: Any, rules: ImportRules = RULES) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refusal:
        parse_record(record, rules)
    return [(cause.field, cause.kind) for cause in refusal.value.causes]


def test_absent_null_and_value_are_told_apart() -> None:
    record = parsed(phone_number=None, name="Ann", nickname=None, custom_attributes={"town": None}, roles=[])
    assert record.login_ids["phone_number"] is None
    assert "preferred_username" not in record.login_ids
    assert record.standard == {"name": "Ann", "nickname": None}
    assert record.custom == {"town": None}
    assert record.roles == ()
    assert record.groups is None


def test_all_faults_of_a_record_are_reported_at_once() -> None:
    found = causes({"email": "x", "name": "", "birthdate": "1990-02-30", "disabled": "yes", "shoe_size": 1})
    assert set(found) == {
        ("", "additionalProperties"),
        ("email", "format"),
        ("name", "minLength"),
        ("birthdate", "format"),
        ("disabled", "type"),
    }


@pytest.mark.parametrize("record", [None, [], "x", 1])
def test_what_is_no_object_is_refused(record: Any) -> None:
    assert causes(record) == [("", "type")]


def test_the_identifier_is_required() -> None:
    assert causes({"name": "Ann"}) == [("email", "required")]
    assert causes({"email": None}) == [("email", "required")]


@pytest.mark.parametrize("value", ["\x00", "a\ud800b", 2**70])
def test_what_no_database_can_hold_is_refused(value: Any) -> None:
    assert causes({"email": "a@example.com", "name": value})[0][0] == "name"


def test_a_password_is_a_bcrypt_hash_and_never_shown() -> None:
    record = parsed(password={"type": "bcrypt", "password_hash": HASH, "expire_after": "2031-01-01T00:00:00+01:00"})
    assert record.password is not None
    assert record.password.encoded == f"bcrypt${HASH}"
    assert record.password.expire_after == datetime(2030, 12, 31, 23, tzinfo=UTC)
    assert HASH not in repr(record)


@pytest.mark.parametrize("bad", ["secret", "$2b$03$" + "a" * 53, "$2x$12$" + "a" * 53, "$2b$12$" + "a" * 52, None])
def test_another_hash_is_refused_without_being_repeated(bad: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        parsed(password={"type": "bcrypt", "password_hash": bad})
    assert [(c.field, c.kind) for c in refusal.value.causes] == [("password.password_hash", "format")]
    assert "secret" not in repr(refusal.value.causes)


def test_second_factors_are_normalised() -> None:
    record = parsed(mfa={"email": "B@Example.com", "phone_number": None, "totp": {"secret": "jbswy3dpehpk3pxp"}})
    assert record.second_factors.targets == {"email": ("b@example.com",), "phone_number": ()}
    assert record.second_factors.totp_secret == "JBSWY3DPEHPK3PXP"
    assert "JBSWY3DPEHPK3PXP" not in repr(record)


@pytest.mark.parametrize("mfa", [1, {"email": "x"}, {"phone_number": "123"}, {"totp": {"secret": "?"}}, {"emails": []}])
def test_broken_second_factors_are_refused(mfa: Any) -> None:
    assert causes({"email": "a@example.com", "mfa": mfa})[0][0].startswith("mfa")


def test_times_need_an_offset_and_a_real_date() -> None:
    for bad in ("2031-01-01", "2031-01-01T00:00:00", "2031-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59", 1):
        assert causes({"email": "a@example.com", "account_valid_from": bad})[0][0] == "account_valid_from"


def test_custom_attributes_without_a_definition_are_dropped_with_a_warning() -> None:
    record = parsed(custom_attributes={"town": "Graz", "shoe": 1})
    assert record.custom == {"town": "Graz"}
    assert record.warnings == ("There is no custom attribute shoe: its value was dropped.",)


def test_only_an_export_may_say_what_exports_say() -> None:
    record = {"sub": "x", "email": "a@example.com", "identities": [], "biometric_count": 0}
    assert causes(record) == [("", "additionalProperties")] * 3
    assert parse_record(record, EXPORT).identifier.value == "a@example.com"


def test_an_export_restores_login_ids_as_they_were_written() -> None:
    def listed(key: str, written: str) -> dict[str, Any]:
        return {"type": "login_id", "login_id": {"type": key, "key": key, "value": "", "original_value": written}}

    record = parse_record(
        {
            "sub": "x",
            "email": "b@example.com",
            "identities": [
                listed("email", "A@Example.com"),
                listed("email", "B@example.com"),
                listed("username", "Ann"),
            ],
        },
        EXPORT,
    )
    assert record.order == ("a@example.com", "b@example.com", "ann")
    assert record.identifier.original_value == "B@example.com"
    assert [found.original_value for found in record.further_login_ids] == ["A@Example.com"]
    assert record.login_ids["preferred_username"] is not None


def test_an_exported_person_without_login_ids_is_passed_over() -> None:
    with pytest.raises(NothingToImport):
        parse_record({"sub": "x", "identities": []}, EXPORT)


def test_a_row_keeps_its_refusal_beside_it() -> None:
    row = check_row(Row(3, 17, {"email": "x"}), RULES)
    assert (row.number, row.line, row.record) == (3, 17, None)
    assert isinstance(row.error, Invalid)
