"""Formats shared by standard and custom attributes: web addresses, dates, zones, languages, countries."""

import re
import zoneinfo
from datetime import date
from functools import cache
from urllib.parse import urlsplit

_NOT_IN_URI = re.compile(r"[\s\x00-\x20\x7f-\x9f<>\"\\^`{|}]")
_BIRTHDATE = re.compile(r"(?:([0-9]{4}|-)-)([0-9]{2})-([0-9]{2})", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_LEAP_YEAR = 2000

# RFC 5646 section 2.1 with registered primary languages only: those have two or three letters.
_LANGUAGE_TAG = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)"
    r"(?P<private>(?:-x(?:-[a-z0-9]{1,8})+)?)",
    re.ASCII | re.IGNORECASE,
)
_SINGLETON = re.compile(r"-([a-z0-9])(?=-)")

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRY_CODES: frozenset[str] = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2."""


def is_web_uri(text: str) -> bool:
    """Whether ``text`` is an absolute http or https address with a host: the only kinds a page may link to."""
    if _NOT_IN_URI.search(text):
        return False
    try:
        parts = urlsplit(text)
        port_is_possible = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_possible


def is_picture_uri(text: str) -> bool:
    """Whether ``text`` is a web address or a reference to an uploaded picture: ``authgearimages:///path``."""
    if is_web_uri(text):
        return True
    if _NOT_IN_URI.search(text):
        return False
    scheme, _, rest = text.partition(":")
    path = rest.removeprefix("//")
    return scheme == "authgearimages" and path.startswith("/") and not path.startswith("//") and ".." not in path


def is_birthdate(text: str) -> bool:
    """Whether ``text`` is ``YYYY-MM-DD``, ``0000-MM-DD``, ``--MM-DD`` or ``YYYY`` (OIDC core 5.1), of a real date."""
    if _YEAR.fullmatch(text):
        return text != "0000"
    found = _BIRTHDATE.fullmatch(text)
    if found is None:
        return False
    year = found[1]
    try:
        date(_LEAP_YEAR if year in ("-", "0000") else int(year), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_zone(text: str) -> bool:
    """Whether ``text`` names a zone of the IANA time zone database, in its spelling."""
    return text in _zones()


def canonical_locale(text: str) -> str:
    """Return a BCP 47 tag in canonical case (``zh-Hant-HK``). Raises ``ValueError`` when it is not well-formed."""
    found = _LANGUAGE_TAG.fullmatch(text)
    if found is None:
        raise ValueError("not a language tag")
    variants = found["variants"].lower()
    extensions = found["extensions"].lower()
    for subtags in (variants.split("-")[1:], _SINGLETON.findall(extensions)):
        if len(set(subtags)) != len(subtags):
            raise ValueError("a subtag occurs twice")
    head = [found["language"].lower()]
    if found["script"]:
        head.append(found["script"].title())
    if found["region"]:
        head.append(found["region"].upper())
    return "-".join(head) + variants + extensions + found["private"].lower()
