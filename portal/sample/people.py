"""Invented people in endless supply: the same seed gives the same people, on every machine and in every run.

Person number n depends on the seed and on those before, never on how many are wanted: ``people(10, s)`` begins
``people(1000, s)``. Memory does not grow with the count. Nothing here reads a clock, a file or a table.
"""

from collections.abc import Iterator
from itertools import count as counted
from itertools import islice
from random import Random
from typing import Any

from portal.sample.contact import Draw, custom_attributes, email_address, username
from portal.sample.cultures import DRAWN_FROM, Culture, Name
from portal.sample.faults import BAD_SHARE, FaultPlanter, Person
from portal.sample.profile import account_fields, address, birthdate, display_names, extras

_PHONES_APART = 10_000_019
"""Two samples of neighbouring seeds can be imported one after the other without claiming each other's numbers."""


def people(count: int, seed: int) -> Iterator[Person]:
    """The first ``count`` people of ``seed``, about one in a hundred of them bad in exactly one way."""
    return islice(_everybody(seed), count)


def good_people(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """The records of the first ``count`` people of ``seed`` without a fault."""
    return islice((person.record for person in _everybody(seed) if person.fault is None), count)


def _everybody(seed: int) -> Iterator[Person]:
    random = Random(seed)
    draw = random.random
    planter = FaultPlanter(random)
    first_phone = seed * _PHONES_APART
    for index in counted(1):
        culture = DRAWN_FROM[int(draw() * len(DRAWN_FROM))]
        record = _good_record(draw, culture, index, first_phone + index)
        if draw() < BAD_SHARE:
            yield planter.spoil(record, culture, first_phone + index)
        else:
            planter.remember(record["email"])
            yield Person(record, None)


def _good_record(draw: Draw, culture: Culture, index: int, phone: int) -> dict[str, Any]:
    """The record of person number ``index``; ``phone`` is the place of their number in the numbering plan.

    Beyond the capacity of the plan there are no more phones, because a second owner would be a fault.
    """
    is_woman = draw() < 0.5
    givens = culture.women if is_woman else culture.men
    families = culture.families_of_women if is_woman else culture.families_of_men
    given = givens[int(draw() * len(givens))]
    family = families[int(draw() * len(families))]
    middle: Name | None = givens[int(draw() * len(givens))] if draw() < 0.15 else None
    record: dict[str, Any] = {}
    if draw() < 0.4:
        record["preferred_username"] = username(draw, given, family, index)
    record["email"] = email_address(draw, culture, given, family, index)
    record["email_verified"] = draw() < 0.8
    if draw() < 0.85 and index < culture.phones.capacity:
        record["phone_number"] = culture.phones.e164(phone)
        record["phone_number_verified"] = draw() < 0.6
    record.update(display_names(draw, culture, given, family, middle))
    extras(record, draw, given, index, is_woman=is_woman)
    if draw() < 0.8:
        record["birthdate"] = birthdate(draw)
    place = culture.place
    record["zoneinfo"] = place.zones[int(draw() * len(place.zones))]
    record["locale"] = place.locales[int(draw() * len(place.locales))]
    town = place.towns[int(draw() * len(place.towns))]
    if draw() < 0.5:
        record["address"] = address(draw, place, town)
    record["custom_attributes"] = custom_attributes(draw, culture, town[0], given, index)
    account_fields(record, draw)
    return record
