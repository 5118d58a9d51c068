"""The bad rows of the sample: each breaks one rule only, and says which."""

import unicodedata
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from portal.sample.cultures import Culture
from portal.sample.records import UNKNOWN_KEY

BAD_SHARE = 0.01
_REMEMBERED = 64


class Fault(StrEnum):
    """Why an importer has to refuse a row (contract sections 6, 8, 9 and 11)."""

    DUPLICATE_CASE = "e-mail of an earlier row in other case"
    DUPLICATE_UNICODE = "e-mail of an earlier row in another Unicode form"
    MALFORMED_EMAIL = "malformed e-mail address"
    MISSING_IDENTIFIER = "no e-mail address"
    MALFORMED_PHONE = "malformed phone number"
    NATIONAL_PHONE = "phone number in national format"
    BAD_BIRTHDATE = "impossible or unreadable birthdate"
    UNKNOWN_ROLE = "role that does not exist"
    UNKNOWN_GROUP = "group that does not exist"
    UNKNOWN_FIELD = "field that no record has"


DUPLICATES = frozenset({Fault.DUPLICATE_CASE, Fault.DUPLICATE_UNICODE})
"""Rows whose values are all valid: they are bad only because of an earlier row."""


class Person(NamedTuple):
    """One row: the import record, and what is wrong with it (``None``: nothing)."""

    record: dict[str, Any]
    fault: Fault | None


_MALFORMED_EMAILS: tuple[Callable[[str, str], str], ...] = (
    lambda local, domain: f"{local}.{domain}",
    lambda local, domain: f"{local}@@{domain}",
    lambda local, domain: f"{local}.@{domain}",
    lambda local, domain: f"a..{local}@{domain}",
    lambda local, domain: f"{local} {local}@{domain}",
    lambda local, _domain: f"{local}@",
    lambda _local, domain: f"@{domain}",
    lambda local, domain: f"{local}@{domain.replace('.', ',')}",
    lambda local, domain: f"{local} <{local}@{domain}>",
    lambda local, domain: f'"{local}@{domain}',
    lambda local, domain: f"{local}{'x' * 320}@{domain}",
    lambda local, domain: f"{local}@-{domain}",
    lambda local, domain: f"mailto:{local}@{domain}",
    lambda local, _domain: f"{local}@.example.com",
)
_MALFORMED_PHONES = (
    "call reception",
    "+",
    "+1",
    "+999123456789",
    "+4915112345678901234",
    "+1 555 CALL NOW",
    "+0 123 456 789",
    "n/a",
    "+49 151 1234567 ext. 12",
)
_BAD_BIRTHDATES = (
    "1987-13-05",
    "1990-02-30",
    "31.12.1987",
    "05/12/1987",
    "87",
    "1987-5-1",
    "19870501",
    "1987-05-01T00:00:00Z",
    "spring 1987",
    "0000",
)
_UNKNOWN_ROLES = ("astronaut", "owner_of_everything", "Editor")
_UNKNOWN_GROUPS = ("lighthouse", "people-ops", "Sales")


class FaultPlanter:
    """Spoils records, all faults in turn. Remembers the last few good addresses, so that it can repeat them."""

    def __init__(self, random: Random) -> None:
        self._draw = random.random
        self._turn = 0
        self._ascii: deque[str] = deque(maxlen=_REMEMBERED)
        self._decomposable: deque[str] = deque(maxlen=_REMEMBERED)
        self._international: deque[str] = deque(maxlen=_REMEMBERED)

    def remember(self, email: str) -> None:
        """Note the address of a good row."""
        if email.isascii():
            self._ascii.append(email)
            return
        local, _, domain = email.partition("@")
        if not domain.isascii():
            self._international.append(email)
        elif unicodedata.normalize("NFD", local) != local:
            self._decomposable.append(email)

    def spoil(self, record: dict[str, Any], culture: Culture, phone: int) -> Person:
        """Give ``record``, good until now, the fault whose turn it is; the first rows of all cannot repeat anybody.

        ``phone`` is the place of the person's number in the numbering plan of ``culture``.
        """
        fault = _TURNS[self._turn % len(_TURNS)]
        if fault in DUPLICATES and not self._ascii:
            fault = Fault.MALFORMED_EMAIL
        self._turn += 1
        _SPOILERS[fault](self, record, culture, phone)
        return Person(record, fault)

    def repeat_in_other_case(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """An earlier address with capitals and small letters exchanged, domain and all."""
        earlier = self._pick(self._ascii)
        local, _, domain = earlier.partition("@")
        shouting = f"{local.swapcase()}@{domain.upper() if self._draw() < 0.5 else domain}"
        record["email"] = shouting

    def repeat_in_other_form(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """An earlier address decomposed (NFD), with its domain in Punycode, or in full-width letters."""
        form = self._draw()
        if form < 0.4 and self._decomposable:
            local, _, domain = self._pick(self._decomposable).partition("@")
            record["email"] = f"{unicodedata.normalize('NFD', local)}@{domain}"
        elif form < 0.6 and self._international:
            local, _, domain = self._pick(self._international).partition("@")
            record["email"] = f"{local}@{domain.encode('idna').decode('ascii')}"
        else:
            local, _, domain = self._pick(self._ascii).partition("@")
            record["email"] = f"{_full_width(local)}@{domain}"

    def malform_email(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """One of the ways in which people mistype an address."""
        local, _, domain = record["email"].partition("@")
        record["email"] = self._pick(_MALFORMED_EMAILS)(local, domain)

    def malform_phone(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """Something that is no phone number at all."""
        record["phone_number"] = self._pick(_MALFORMED_PHONES)

    def write_phone_as_at_home(self, record: dict[str, Any], culture: Culture, phone: int) -> None:
        """The person's number without country code."""
        record["phone_number"] = culture.phones.in_national_format(phone)

    def break_birthdate(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """A date that is none, or in no form of contract section 8."""
        record["birthdate"] = self._pick(_BAD_BIRTHDATES)

    def give_unknown_role(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """A role key beside the known ones."""
        record["roles"] = [*record.get("roles", ()), self._pick(_UNKNOWN_ROLES)]

    def give_unknown_group(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """A group key beside the known ones."""
        record["groups"] = [*record.get("groups", ()), self._pick(_UNKNOWN_GROUPS)]

    def add_unknown_field(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """A key that the contract does not list."""
        record[UNKNOWN_KEY] = str(36 + int(self._draw() * 12))

    def drop_identifier(self, record: dict[str, Any], _culture: Culture, _phone: int) -> None:
        """No address. What is said of its verification goes too, or there would be two faults."""
        del record["email"]
        del record["email_verified"]

    def _pick(self, choices: Any) -> Any:
        return choices[int(self._draw() * len(choices))]


def _full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isalpha() else sign for sign in text)


_Spoiler = Callable[[FaultPlanter, dict[str, Any], Culture, int], None]
_SPOILERS: Mapping[Fault, _Spoiler] = MappingProxyType(
    {
        Fault.DUPLICATE_CASE: FaultPlanter.repeat_in_other_case,
        Fault.DUPLICATE_UNICODE: FaultPlanter.repeat_in_other_form,
        Fault.MALFORMED_EMAIL: FaultPlanter.malform_email,
        Fault.MALFORMED_PHONE: FaultPlanter.malform_phone,
        Fault.NATIONAL_PHONE: FaultPlanter.write_phone_as_at_home,
        Fault.BAD_BIRTHDATE: FaultPlanter.break_birthdate,
        Fault.UNKNOWN_ROLE: FaultPlanter.give_unknown_role,
        Fault.UNKNOWN_GROUP: FaultPlanter.give_unknown_group,
        Fault.UNKNOWN_FIELD: FaultPlanter.add_unknown_field,
        Fault.MISSING_IDENTIFIER: FaultPlanter.drop_identifier,
    }
)
_TURNS = tuple(_SPOILERS)
