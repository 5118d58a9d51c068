"""The languages of the sample with their names, towns and numbering plans, ready to draw from."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

from portal.sample.names import NAMES
from portal.sample.phones import PHONE_PLANS, PhonePlan
from portal.sample.places import PLACES, Place

_UNDECOMPOSED = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "l", "ı": "i", "İ": "i", "ø": "o", "đ": "d", "Đ": "d", "æ": "ae", "œ": "oe"}
)
FAMILY_FIRST = frozenset({"zh", "ja", "ko", "vi"})
_WITHOUT_SPACE = frozenset({"zh", "ko"})
_NATIVE_ADDRESSES = frozenset({"de", "fr", "es", "pt", "pl", "tr", "vi", "el", "ru"})
_SLUG_LENGTH = 12
Form = Literal["NFC", "NFD"]


class Name(NamedTuple):
    """A name as written, its form in ASCII for addresses (a to z, at most 12), and in its own script for the same."""

    text: str
    slug: str
    native_slug: str


@dataclass(frozen=True, slots=True)
class Culture:
    """One language in one country. ``native_addresses``: some people's addresses are in the language's own letters."""

    language: str
    women: tuple[Name, ...]
    men: tuple[Name, ...]
    families_of_women: tuple[Name, ...]
    families_of_men: tuple[Name, ...]
    family_first: bool
    separator: str
    native_addresses: bool
    place: Place
    phones: PhonePlan


def _slug(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED).lower())
    return "".join(letter for letter in decomposed if "a" <= letter <= "z")[:_SLUG_LENGTH]


def _name(entry: str, form: Form) -> Name:
    text, _, roman = entry.partition("=")
    native = "".join(letter for letter in unicodedata.normalize("NFC", text.lower()) if letter.isalpha())
    return Name(unicodedata.normalize(form, text), _slug(roman or text), native)


def _names(entries: list[str], language: str) -> tuple[Name, ...]:
    """Vietnamese, Yoruba and French keyboards produce both composed and decomposed letters: so does the sample."""
    forms: tuple[Form, ...] = ("NFC", "NFD") if language in ("vi", "yo", "fr") else ("NFC",)
    return tuple(_name(entry, form) for entry in entries for form in forms)


def _feminine(entry: str, language: str) -> str:
    """The form of a family name that a woman bears, where the language has one."""
    text, _, roman = entry.partition("=")
    if language == "ru":
        return f"{text}а={roman}a"
    if language == "el":
        return f"{text.removesuffix('ς')}={roman.removesuffix('s')}"
    if language == "pl" and text.endswith(("ski", "cki")):
        return f"{text[:-1]}a"
    return entry


def _culture(language: str, place: Place) -> Culture:
    raw = NAMES[language]
    women, men, families = (text.split(", ") for text in raw)
    return Culture(
        language=language,
        women=_names(women, language),
        men=_names(men, language),
        families_of_women=_names([_feminine(entry, language) for entry in families], language),
        families_of_men=_names(families, language),
        family_first=language in FAMILY_FIRST,
        separator="" if language in _WITHOUT_SPACE else " ",
        native_addresses=language in _NATIVE_ADDRESSES,
        place=place,
        phones=PHONE_PLANS[place.phone_plan],
    )


def _weighted() -> Iterator[tuple[Culture, ...]]:
    for place in PLACES:
        yield (_culture(place.language, place),) * place.weight


DRAWN_FROM: tuple[Culture, ...] = tuple(chain.from_iterable(_weighted()))
"""Every culture as often as its weight: one even draw gives a realistic mixture."""
