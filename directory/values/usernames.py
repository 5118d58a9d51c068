"""Usernames: PRECIS identifiers (RFC 8265), their folded form, and look-alikes (after UTS 39)."""

import re
import unicodedata

from precis_i18n import get_profile

from directory.values.emails import fold

_ASCII_NAME = re.compile(r"[a-zA-Z0-9_.\-]+")
_PRECIS = get_profile("UsernameCasePreserved")

# Scripts with letters drawn like Latin ones: beside Latin letters they can only mislead.
_IMITATING_SCRIPTS = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET"})
_LATIN_LOOK_ALIKES = frozenset("авеѕіјорсухһԁԛԝӏѵүԍгкмαικνορτυχγϲϳօոսցհյզքԼ")


def is_ascii_username(text: str) -> bool:
    """Whether ``text`` has only the characters of the default set ``[a-zA-Z0-9_.-]`` (contract section 9)."""
    return _ASCII_NAME.fullmatch(text) is not None


def normalize_username(text: str, *, case_sensitive: bool = False) -> str:
    """PRECIS check, NFKC and, unless ``case_sensitive``, case folding. Raises ``ValueError`` when not an identifier."""
    if is_ascii_username(text):
        return text if case_sensitive else text.lower()
    return normalize_username_by_library(text, case_sensitive=case_sensitive)


def normalize_username_by_library(text: str, *, case_sensitive: bool = False) -> str:
    """``normalize_username`` without its short cut. PRECIS runs twice: folding must not leave the identifier class."""
    folded = fold(_PRECIS.enforce(text), case_sensitive=case_sensitive)
    if _PRECIS.enforce(folded) != folded:
        raise ValueError("no stable form")
    return folded


def is_confusable(text: str) -> bool:
    """Whether ``text`` can pass for a Latin name: letters of imitating scripts among Latin ones, or nothing but
    look-alikes. A name that is plainly of another script is not confusable."""
    if text.isascii():
        return False
    letters = [c for c in text.casefold() if unicodedata.category(c).startswith("L")]
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in letters}
    if "LATIN" in scripts:
        return not scripts.isdisjoint(_IMITATING_SCRIPTS)
    return bool(letters) and _LATIN_LOOK_ALIKES.issuperset(letters)
