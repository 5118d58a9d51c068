"""How the people of the sample are reached: addresses, usernames, and the custom attributes about them."""

from collections.abc import Callable
from typing import Any

from portal.sample.cultures import Culture, Name
from portal.sample.records import LEVELS

Draw = Callable[[], float]
"""An even draw from 0 (included) to 1 (excluded)."""

_DOMAINS = (
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "staff.example.com",
    "post.example.org",
    "students.example.org",
    "eu.mail.example.net",
)
_INTERNATIONAL_DOMAINS = ("bücher.example.org", "çay.example.com", "παράδειγμα.example.net", "例え.example.com")


def email_address(draw: Draw, culture: Culture, given: Name, family: Name, index: int) -> str:
    """An address nobody else has under any folding: letters, then the person's number right before the ``@``."""
    form = draw()
    if form > 0.96 and culture.native_addresses:
        local = f"{given.native_slug}.{family.native_slug}.{index}"
    elif form > 0.92:
        local = f"{given.slug.title()}.{family.slug.title()}.{index}"
    elif form > 0.88:
        local = f"{given.slug}+{family.slug}{index}"
    elif form > 0.7:
        local = f"{given.slug}_{index}"
    elif form > 0.5:
        local = f"{given.slug[0]}{family.slug}{index}"
    else:
        local = f"{given.slug}.{family.slug}.{index}"
    if draw() < 0.015:
        return f"{local}@{_INTERNATIONAL_DOMAINS[int(draw() * len(_INTERNATIONAL_DOMAINS))]}"
    return f"{local}@{_DOMAINS[int(draw() * len(_DOMAINS))]}"


def username(draw: Draw, given: Name, family: Name, index: int) -> str:
    """A username of the default character set, at most 35 long, ending with the person's number."""
    form = draw()
    if form < 0.4:
        return f"{given.slug}{index}"
    if form < 0.7:
        return f"{given.slug[0]}.{family.slug}-{index}"
    return f"{given.slug}_{family.slug}{index}"


def custom_attributes(draw: Draw, culture: Culture, town: str, given: Name, index: int) -> dict[str, Any]:
    """Values for some of the demo's definitions; the order is that of ``records.CUSTOM_ATTRIBUTES``."""
    values: dict[str, Any] = {"town": town}
    if draw() < 0.6:
        values["employee_number"] = 10_000 + index
        values["level"] = LEVELS[int(draw() * len(LEVELS))]
    if draw() < 0.5:
        values["score"] = int(draw() * 10_000) / 100
    values["country"] = culture.place.country
    if draw() < 0.1:
        values["homepage"] = f"https://{given.slug}{index}.people.example.org/"
    if draw() < 0.1:
        values["contact_email"] = f"assistant.{given.slug}.{index}@office.example.net"
    if draw() < 0.1:
        values["contact_phone"] = culture.phones.e164(index)
    return values
