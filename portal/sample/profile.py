"""What the people of the sample say about themselves, and how their accounts stand."""

from typing import Any

from portal.sample.contact import Draw
from portal.sample.cultures import Culture, Name
from portal.sample.places import Place
from portal.sample.records import GROUP_KEYS, ROLE_KEYS

# Some begin as a spreadsheet's formula does, some need quoting in CSV.
_NICKNAMES = (
    "Ace",
    "Sunny",
    'the "Duke"',
    "@lex",
    "=Q=",
    "-K-",
    "Bo, the second",
    "小龙",
    "حبيبي",
    "👩🏽‍🚀",
    "Zé",
    "Ñoño",
)
_GENDERS_OF_WOMEN = ("female", "female", "female", "woman", "nonbinary")
_GENDERS_OF_MEN = ("male", "male", "male", "man", "nonbinary")
_TITLES = (", PhD", ", M.A.", " III")


def display_names(draw: Draw, culture: Culture, given: Name, family: Name, middle: Name | None) -> dict[str, str]:
    """Give name, given_name, family_name and middle_name in the order of the culture. One in twenty has no parts."""
    space = culture.separator
    if culture.family_first:
        name = f"{family.text}{space}{given.text}"
    elif middle is not None:
        name = f"{given.text} {middle.text} {family.text}"
    else:
        name = f"{given.text} {family.text}"
    rest = draw()
    if rest > 0.99:
        name += _TITLES[int(draw() * len(_TITLES))]
    if rest < 0.05:
        return {"name": name}
    names = {"name": name, "given_name": given.text, "family_name": family.text}
    if middle is not None:
        names["middle_name"] = middle.text
    return names


def extras(record: dict[str, Any], draw: Draw, given: Name, index: int, *, is_woman: bool) -> None:
    """Set nickname, profile, picture, website and gender of some."""
    if draw() < 0.08:
        record["nickname"] = _NICKNAMES[int(draw() * len(_NICKNAMES))]
    if draw() < 0.1:
        record["profile"] = f"https://people.example.com/{given.slug}/{index}"
    if draw() < 0.1:
        record["picture"] = f"https://pictures.example.net/{index}.png"
    if draw() < 0.1:
        record["website"] = f"https://www.example.org/~{given.slug}{index}"
    if draw() < 0.6:
        genders = _GENDERS_OF_WOMEN if is_woman else _GENDERS_OF_MEN
        record["gender"] = genders[int(draw() * len(genders))]


def birthdate(draw: Draw) -> str:
    """A date in one of the four forms of contract section 8: full, without year (twice), only the year."""
    year = 1940 + int(draw() * 68)
    month = 1 + int(draw() * 12)
    day = 1 + int(draw() * 28)
    form = draw()
    if form < 0.88:
        return f"{year}-{month:02d}-{day:02d}"
    if form < 0.92:
        return f"0000-{month:02d}-{day:02d}"
    return f"--{month:02d}-{day:02d}" if form < 0.96 else f"{year}"


def address(draw: Draw, place: Place, town: tuple[str, str]) -> dict[str, str]:
    """A postal address; one in three also written out over several lines."""
    street = place.streets[int(draw() * len(place.streets))]
    street = street.replace("#", str(1 + int(draw() * 198)), 1).replace(";", ",")
    locality, region = town
    postal_code = "".join(str(int(draw() * 10)) if sign == "#" else sign for sign in place.postal_code)
    parts = {
        "street_address": street,
        "locality": locality,
        "region": region,
        "postal_code": postal_code,
        "country": place.country,
    }
    if draw() < 0.33:
        return {"formatted": f"{street}\n{postal_code} {locality}\n{place.country}", **parts}
    return parts


def account_fields(record: dict[str, Any], draw: Draw) -> None:
    """Set roles, groups, disabled (one in fifty) and the valid period (three in two hundred), RFC 3339 in UTC."""
    if draw() < 0.5:
        record["roles"] = _some(draw, ROLE_KEYS)
    if draw() < 0.4:
        record["groups"] = _some(draw, GROUP_KEYS)
    if draw() < 0.02:
        record["disabled"] = True
    valid = draw()
    if valid < 0.01:
        record["account_valid_from"] = f"20{15 + int(draw() * 10)}-01-15T08:00:00Z"
    if valid < 0.005 or valid > 0.995:
        record["account_valid_until"] = f"20{32 + int(draw() * 10)}-12-31T23:59:59Z"


def _some(draw: Draw, keys: tuple[str, ...]) -> list[str]:
    first = int(draw() * len(keys))
    if draw() < 0.75:
        return [keys[first]]
    return [keys[first], keys[(first + 1 + int(draw() * (len(keys) - 1))) % len(keys)]]
