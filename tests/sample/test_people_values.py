"""The generator against the rules of the directory: who is called good passes, who is called bad does not."""

from collections.abc import Iterator

import pytest

from directory.errors import Invalid
from directory.values.custom_attributes import (
    CustomAttributeDefinition,
    validate_custom_attributes,
    validate_definition,
)
from directory.values.keys import validate_key
from directory.values.login_ids import parse_login_id
from directory.values.standard_attributes import DERIVED, STANDARD_ATTRIBUTES, validate_standard_attributes
from portal.sample.faults import DUPLICATES, Fault, Person
from portal.sample.people import good_people, people
from portal.sample.phones import PHONE_PLANS
from portal.sample.records import GROUP_KEYS, LEVELS, ROLE_KEYS

DEFINITIONS: dict[str, CustomAttributeDefinition] = {
    definition.name: definition
    for definition in (
        validate_definition(name="town", type="string"),
        validate_definition(name="employee_number", type="integer", minimum=1),
        validate_definition(name="level", type="enum", enum=LEVELS),
        validate_definition(name="score", type="number", minimum=0, maximum=100),
        validate_definition(name="country", type="country_code"),
        validate_definition(name="homepage", type="url"),
        validate_definition(name="contact_email", type="email"),
        validate_definition(name="contact_phone", type="phone_number"),
    )
}
OTHERS = {"custom_attributes", "roles", "groups", "disabled", "account_valid_from", "account_valid_until"}
LOGIN_IDS = {"email": "email", "phone_number": "phone", "preferred_username": "username"}


def _standard(person: Person) -> dict[str, object]:
    return {key: value for key, value in person.record.items() if key not in OTHERS}


def _login_ids(person: Person) -> Iterator[str]:
    for claim, key in LOGIN_IDS.items():
        if claim in person.record:
            yield parse_login_id(key, person.record[claim]).unique_key


def _complaint(person: Person) -> str | None:
    """The field that the rules of values refuse first, if any."""
    try:
        list(_login_ids(person))
        validate_standard_attributes(_standard(person))
        validate_custom_attributes(DEFINITIONS, person.record["custom_attributes"])
    except Invalid as error:
        return error.causes[0].field
    return None


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return list(people(12_000, seed=1))


def _of(crowd: list[Person], fault: Fault) -> list[Person]:
    chosen = [person for person in crowd if person.fault is fault]
    assert len(chosen) >= 5
    return chosen


def test_every_good_record_passes_every_rule(crowd: list[Person]) -> None:
    for person in crowd[:4_000]:
        if person.fault is None:
            assert _complaint(person) is None, person.record


def test_good_records_share_no_login_id() -> None:
    seen: set[str] = set()
    for record in good_people(3_000, seed=2):
        for unique_key in _login_ids(Person(record, None)):
            assert unique_key not in seen, record
            seen.add(unique_key)


@pytest.mark.parametrize("plan", sorted(PHONE_PLANS))
def test_every_numbering_plan_gives_valid_numbers(plan: str) -> None:
    for index in range(0, 30_000, 100):
        number = PHONE_PLANS[plan].e164(index)
        assert parse_login_id("phone", number).value == number


@pytest.mark.parametrize("fault", sorted(DUPLICATES))
def test_a_duplicate_is_spelt_otherwise_than_the_earlier_row_it_repeats(crowd: list[Person], fault: Fault) -> None:
    owners: dict[str, str] = {}
    for person in crowd:
        email = person.record.get("email")
        if person.fault is fault:
            unique_key = parse_login_id("email", email).unique_key
            assert unique_key in owners, email
            assert owners[unique_key] != email
        elif person.fault is None:
            owners[parse_login_id("email", email).unique_key] = email


@pytest.mark.parametrize("fault", sorted(DUPLICATES))
def test_a_duplicate_has_no_other_fault(crowd: list[Person], fault: Fault) -> None:
    assert [_complaint(person) for person in _of(crowd, fault)] == [None] * len(_of(crowd, fault))


@pytest.mark.parametrize(
    ("fault", "login_id"),
    [
        (Fault.MALFORMED_EMAIL, "email"),
        (Fault.MALFORMED_PHONE, "phone_number"),
        (Fault.NATIONAL_PHONE, "phone_number"),
    ],
)
def test_a_malformed_login_id_is_refused_and_nothing_else(crowd: list[Person], fault: Fault, login_id: str) -> None:
    for person in _of(crowd, fault):
        with pytest.raises(Invalid):
            parse_login_id(LOGIN_IDS[login_id], person.record[login_id])
        rest = {key: value for key, value in person.record.items() if key != login_id}
        assert _complaint(Person(rest, fault)) is None, person.record


def test_a_bad_birthdate_is_refused_as_such(crowd: list[Person]) -> None:
    assert {_complaint(person) for person in _of(crowd, Fault.BAD_BIRTHDATE)} == {"standard_attributes.birthdate"}


def test_an_unknown_field_is_refused(crowd: list[Person]) -> None:
    for person in _of(crowd, Fault.UNKNOWN_FIELD):
        with pytest.raises(Invalid) as refused:
            validate_standard_attributes(_standard(person))
        assert [cause.kind for cause in refused.value.causes] == ["additionalProperties"]


def test_a_row_without_identifier_is_valid_but_for_that(crowd: list[Person]) -> None:
    for person in _of(crowd, Fault.MISSING_IDENTIFIER):
        assert "email" not in person.record
        assert _complaint(person) is None


@pytest.mark.parametrize(
    ("fault", "field", "known"),
    [(Fault.UNKNOWN_ROLE, "roles", ROLE_KEYS), (Fault.UNKNOWN_GROUP, "groups", GROUP_KEYS)],
)
def test_an_unknown_key_is_the_only_one_in_its_row(
    crowd: list[Person], fault: Fault, field: str, known: tuple[str, ...]
) -> None:
    for person in crowd:
        unknown = [key for key in person.record.get(field, ()) if key not in known]
        assert len(unknown) == (person.fault is fault)


@pytest.mark.parametrize("key", [*ROLE_KEYS, *GROUP_KEYS])
def test_the_known_keys_can_exist(key: str) -> None:
    assert validate_key(key) == key


def test_the_records_use_no_name_that_the_rules_do_not_know() -> None:
    for record in good_people(2_000, seed=5):
        assert set(record) <= {*STANDARD_ATTRIBUTES, *DERIVED, *OTHERS}
        assert set(record["custom_attributes"]) <= set(DEFINITIONS)
