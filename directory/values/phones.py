"""Phone numbers: only international ones, only valid ones, kept as E.164."""

import re
from dataclasses import dataclass

import phonenumbers

# ASCII digits and the separators people type; letters, extensions and other scripts' digits stay outside.
_INTERNATIONAL = re.compile(r"\+[0-9][0-9 ().\-]*")


@dataclass(frozen=True, slots=True)
class Phone:
    """A valid number: ``e164`` like ``+4930901820``, ``region`` an ISO 3166-1 code (``001`` outside geography)."""

    e164: str
    region: str


def parse_phone(text: str) -> Phone:
    """Read an international number written with ``+``. Raises ``ValueError`` when it is not a valid one."""
    if not _INTERNATIONAL.fullmatch(text):
        raise ValueError("not an international phone number")
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number_for_region(number, region):
        raise ValueError("no valid phone number")
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), region)


def is_e164(text: str) -> bool:
    """Whether ``text`` is a valid number already written as E.164, without any separator."""
    try:
        return parse_phone(text).e164 == text
    except ValueError:
        return False
