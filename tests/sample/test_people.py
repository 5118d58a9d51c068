"""The generator: seeded, endless, and bad in the announced ways only."""

import unicodedata
from collections import Counter
from itertools import islice

import pytest

from portal.sample.cultures import DRAWN_FROM
from portal.sample.faults import Fault, Person
from portal.sample.names import NAMES
from portal.sample.people import good_people, people
from portal.sample.phones import PHONE_PLANS
from portal.sample.records import FIELDS, UNKNOWN_KEY

COUNT = 20_000


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return list(people(COUNT, seed=1))


def _paths(record: dict[str, object]) -> set[str]:
    paths = set()
    for key, value in record.items():
        paths |= {f"{key}.{part}" for part in value} if isinstance(value, dict) else {key}
    return paths


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(people(500, seed=7)) == list(people(500, seed=7))


def test_another_seed_gives_other_people() -> None:
    assert list(people(50, seed=1)) != list(people(50, seed=2))


def test_a_smaller_sample_begins_a_larger_one(crowd: list[Person]) -> None:
    assert list(people(300, seed=1)) == crowd[:300]


def test_about_one_row_in_a_hundred_is_bad_and_every_kind_occurs_alike(crowd: list[Person]) -> None:
    kinds = Counter(person.fault for person in crowd if person.fault)
    assert 0.008 * COUNT < kinds.total() < 0.012 * COUNT
    assert set(kinds) == set(Fault)
    assert max(kinds.values()) - min(kinds.values()) <= 1


def test_good_people_are_the_same_people_without_the_bad_ones(crowd: list[Person]) -> None:
    good = [person.record for person in crowd if person.fault is None]
    assert list(good_people(1_000, seed=1)) == good[:1_000]


def test_good_people_are_as_many_as_asked_for() -> None:
    assert sum(1 for _ in good_people(2_000, seed=1)) == 2_000


def test_every_field_occurs_and_no_other(crowd: list[Person]) -> None:
    seen: set[str] = set()
    for person in crowd:
        paths = _paths(person.record)
        assert (UNKNOWN_KEY in paths) == (person.fault is Fault.UNKNOWN_FIELD)
        seen |= paths
    assert seen == {*FIELDS, UNKNOWN_KEY}


def test_about_two_in_a_hundred_are_disabled_and_a_few_have_a_valid_period(crowd: list[Person]) -> None:
    disabled = sum(1 for person in crowd if person.record.get("disabled"))
    bounded = sum(1 for person in crowd if "account_valid_until" in person.record)
    assert 0.015 * COUNT < disabled < 0.025 * COUNT
    assert 0 < bounded < 0.02 * COUNT


def test_names_come_from_a_dozen_scripts(crowd: list[Person]) -> None:
    scripts = set()
    for person in crowd:
        scripts |= {unicodedata.name(sign).split()[0] for sign in person.record["name"] if sign.isalpha()}
    wanted = {
        "LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "THAI", "GEORGIAN",
        "CJK", "HIRAGANA", "KATAKANA", "HANGUL",
    }  # fmt: skip
    assert wanted <= scripts


@pytest.mark.parametrize("letter", ["ı", "İ", "ş", "ł", "ß"])
def test_letters_that_break_naive_folding_occur(crowd: list[Person], letter: str) -> None:
    assert any(letter in person.record["name"] for person in crowd)


def test_combining_marks_occur_composed_and_decomposed(crowd: list[Person]) -> None:
    vietnamese = [p.record["name"] for p in crowd if p.record["locale"].startswith("vi")]
    composed = [name for name in vietnamese if unicodedata.is_normalized("NFC", name)]
    assert 0.2 < len(composed) / len(vietnamese) < 0.8


@pytest.mark.parametrize("language", sorted(NAMES))
def test_each_language_has_twenty_five_names_of_both_sorts(language: str) -> None:
    women, men, families = (text.split(", ") for text in NAMES[language])
    assert len(set(women) | set(men)) >= 25
    assert len(set(families)) >= 25


def test_every_name_gives_an_address_of_ascii_letters() -> None:
    for culture in DRAWN_FROM:
        for names in (culture.women, culture.men, culture.families_of_women, culture.families_of_men):
            for name in names:
                assert name.slug, name.text
                assert name.slug.isascii()
                assert name.slug.isalpha()


@pytest.mark.parametrize("plan", sorted(PHONE_PLANS))
def test_phone_numbers_do_not_repeat(plan: str) -> None:
    numbers = {PHONE_PLANS[plan].e164(index) for index in range(20_000)}
    assert len(numbers) == 20_000
    assert PHONE_PLANS[plan].capacity % 982_451_653 != 0


def test_the_national_format_has_every_digit_of_the_number() -> None:
    plan = PHONE_PLANS["de"]
    written = plan.in_national_format(4)
    assert "".join(filter(str.isdigit, written)) == f"0{plan.national_digits(4)}"


def test_people_are_made_on_demand() -> None:
    assert len(list(islice(people(10**12, seed=3), 10))) == 10
