"""The words a person is found by, and the PostgreSQL ``tsquery`` that looks for them. Pure: no database, no Django.

A user's row holds one ``tsvector`` built by ``array_to_tsvector(text[])`` from the tokens made here: no dictionary, no
positions, no weights. Index and keyword pass through the same ``fold()``, so they agree in every script. Roles, groups,
organizations and the status are tokens too, so one condition on one GIN index answers a keyword with its filters.

Two kinds of tokens that can never meet: *words* hold no colon; *marks* begin with one letter and a colon:
``r:`` role, ``g:`` group, ``o:`` organization, ``s:`` status, ``p:`` first one or two bytes of a word of a name.
Rules of matching: contract authgear-admin, section 3 "Search and filters" (word match; prefix from 3 bytes on).
"""

import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from directory.errors import invalid

MAX_TOKEN_BYTES = 200
MAX_TOKENS = 400
MAX_KEYWORD_CHARACTERS = 200
MAX_TERMS = 8
MAX_RUN = 20
MIN_PREFIX_BYTES = 3

# A condition that holds for nobody: a mark that no user carries.
NOBODY = "'n:'"

_NAMES = ("name", "given_name", "family_name", "middle_name", "nickname")
_WORDS = ("gender", "locale", "zoneinfo")
_ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
_COUNTRY_CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)

# Thai, Lao, Myanmar, Khmer, Kana, Han, Hangul: scripts in which people write no blanks between the words of a name.
_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u30fa\u30fc-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)
_PHONE_LIKE = re.compile(r"[+0-9 ()./-]+")
_ADDRESS_LIKE = re.compile(r"[^@]+@[^@]*|[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_UUID_LIKE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{0,4}(?:-[0-9a-f]{0,4}){0,2}(?:-[0-9a-f]{0,12})?")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


class _Strip(dict[int, str | None]):
    """Drops marks and invisible characters, turns controls and every kind of blank into a space."""

    def __missing__(self, code: int) -> str | None:
        category = unicodedata.category(chr(code))
        found: str | None = chr(code)
        if category in ("Mn", "Me", "Cf"):
            found = None
        elif category[0] == "Z" or category in ("Cc", "Cs"):
            found = " "
        self[code] = found
        return found


class _Split(dict[int, str]):
    """Turns everything that is neither letter, digit nor spacing mark into a space."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        self[code] = chr(code) if category[0] in "LN" or category == "Mc" else " "
        return self[code]


_STRIP = _Strip({0x131: "i"})
_SPLIT = _Split()


def _ascii_table(keep: str) -> bytes:
    """For ``bytes.translate``, ten times as fast as a regular expression: lower case, and a space for the rest."""
    return bytes(
        ord(chr(code).lower()) if chr(code).isalnum() or chr(code) in keep else 32 for code in range(128)
    ) + bytes(128)


_FOLD_ASCII = _ascii_table(string.punctuation)
_CHUNK_ASCII = _ascii_table(string.punctuation.replace(":", ""))
_SPLIT_ASCII = _ascii_table("")


def fold(text: str) -> str:
    """``text`` as it is compared: compatibility forms, case, accents, invisible characters and runs of blanks removed.

    'José' and 'jose', 'İSTANBUL' and 'istanbul', 'Straße' and 'STRASSE', NFC and NFD become equal. Never raises.
    """
    if text.isascii():
        return " ".join(text.encode().translate(_FOLD_ASCII).decode().split())
    # Marks go before casefold(), which would turn the Greek iota subscript into a letter, and again after it.
    text = unicodedata.normalize("NFKD", text).translate(_STRIP).casefold()
    text = unicodedata.normalize("NFKD", text).translate(_STRIP)
    return " ".join(unicodedata.normalize("NFC", text).split())


def cut(token: str) -> str:
    """``token`` in at most 200 bytes of UTF-8, never ending inside a character."""
    if len(token) * 4 <= MAX_TOKEN_BYTES:
        return token
    if token.isascii():
        return token[:MAX_TOKEN_BYTES]
    return token.encode("utf-8", "ignore")[:MAX_TOKEN_BYTES].decode("utf-8", "ignore")


def _split(chunk: str) -> tuple[str, list[str]]:
    """The chunk without outer punctuation, and the words inside it; ``("", [])`` when there are none."""
    parts = chunk.translate(_SPLIT).split()
    if not parts:
        return "", parts
    return chunk[chunk.index(parts[0]) : chunk.rindex(parts[-1]) + len(parts[-1])], parts


def _chunks(text: str) -> list[str]:
    """The blank-separated chunks of a text, folded. The colon separates too: it is reserved for marks."""
    folded = fold(text)
    return (folded.replace(":", " ") if ":" in folded else folded).split()


def _add_text(tokens: list[str], text: str) -> None:
    """Adds a text's words: each chunk whole, its parts, and the inner words of scripts without blanks."""
    if text.isascii():
        raw = text.encode()
        tokens += raw.translate(_SPLIT_ASCII).decode().split()
        for chunk in raw.translate(_CHUNK_ASCII).decode().split():
            if not chunk.isalnum() and (whole := chunk.strip(string.punctuation)) and not whole.isalnum():
                tokens.append(whole)
        return
    for chunk in text.split():
        tokens += _foreign_tokens(chunk)


@lru_cache(maxsize=16384)
def _foreign_tokens(text: str) -> tuple[str, ...]:
    """The tokens of one chunk as written. Remembered, because names come back and folding them is what takes long."""
    tokens: list[str] = []
    for chunk in _chunks(text):
        whole, parts = _split(chunk)
        if len(parts) > 1:
            tokens.append(whole)
        tokens += parts
        for part in parts:
            _add_runs(tokens, part)
    return tuple(dict.fromkeys(tokens))


def _add_runs(tokens: list[str], word: str) -> None:
    """Every suffix, cut to 20 characters, of each blankless run; and the words of other scripts between the runs."""
    if _RUN.search(word) is None:
        return
    for run in _RUN.findall(word):
        tokens += [run[start : start + MAX_RUN] for start in range(len(run))]
    tokens += _RUN.sub(" ", word).split()


def _add_names(tokens: list[str], attributes: Mapping[str, Any]) -> None:
    """Adds the names' words, and each word's first one and two bytes as marks (too short to be looked up as prefix)."""
    names = [value for name in _NAMES if isinstance(value := attributes.get(name), str)]
    text = " ".join(names)
    start = len(tokens)
    _add_text(tokens, text)
    if text.isascii():
        for word in set(text.encode().translate(_SPLIT_ASCII).decode().split()):
            tokens += ("p:" + word[:1], "p:" + word[:2])
        return
    for word in set(tokens[start:]):
        tokens += ["p:" + word[:end] for end in (1, 2) if len(word[:end].encode()) < MIN_PREFIX_BYTES]
    family, given = attributes.get("family_name"), attributes.get("given_name")
    # 山田 + 太郎 is written 山田太郎 by those who search for it.
    if isinstance(family, str) and isinstance(given, str) and _RUN.search(family) and _RUN.search(given):
        _add_text(tokens, family.strip() + given.strip())


@lru_cache(maxsize=16384)
def _domain_forms(domain: str) -> tuple[str, ...]:
    """The spellings of a domain, distinct: as written, Unicode and punycode."""
    labels = unicodedata.normalize("NFKC", domain).lower().split(".")
    readable, wire = [], []
    for label in labels:
        text = label
        if label.startswith("xn--"):
            try:
                text = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                text = label
        readable.append(text)
        encodable = not text.isascii() and _UNUSABLE.search(text) is None
        wire.append("xn--" + text.encode("punycode").decode("ascii") if encodable else label)
    forms = dict.fromkeys("".join(_chunks(".".join(spelling))) for spelling in (labels, readable, wire))
    return tuple(form for form in forms if form)


@lru_cache(maxsize=16384)
def _parents(domain: str) -> tuple[str, ...]:
    """The domains above this one that are more than a label: ``a.example.com`` lies in ``example.com``."""
    labels = domain.split(".")
    return tuple(".".join(labels[start:]) for start in range(1, len(labels) - 1))


def _add_email(tokens: list[str], address: str) -> None:
    """Adds the address, its local part, its domain (Unicode and punycode) and the words of all of them."""
    local, at, domain = address.rpartition("@")
    if not at:
        _add_text(tokens, address)
        return
    if address.isascii() and "xn--" not in domain:
        _add_text(tokens, f"{address} {local} {domain}")
        tokens += _parents(domain.lower())
        return
    _add_text(tokens, local)
    whole = "".join(_chunks(local)).lstrip(string.punctuation)
    for form in _domain_forms(domain):
        tokens.append(f"{whole}@{form}")
        _add_text(tokens, form)
        tokens += _parents(form)


def _add_phone(tokens: list[str], number: str) -> None:
    """Adds an E.164 number's digits, its country code and its national number. Country codes are free of prefixes."""
    digits = number[1:]
    if not (digits.isdecimal() and digits.isascii()):
        digits = "".join(filter(str.isdecimal, fold(number)))
    if not digits:
        _add_text(tokens, number)
        return
    tokens.append(digits)
    for length in (1, 2, 3):
        if digits[:length] in _COUNTRY_CODES and len(digits) > length:
            tokens += (digits[:length], digits[length:])
            return


def _attribute_texts(attributes: Mapping[str, Any]) -> list[str]:
    texts = [value for name in _WORDS if isinstance(value := attributes.get(name), str)]
    address = attributes.get("address")
    if isinstance(address, Mapping):
        texts += [value for name in _ADDRESS if isinstance(value := address.get(name), str)]
    return texts


def user_tokens(
    *,
    user_id: UUID,
    standard_attributes: Mapping[str, Any],
    login_ids: Iterable[tuple[str, str]],
    other_subjects: Iterable[str] = (),
) -> list[str]:
    """The sorted, distinct tokens of one person's own words, ready for ``array_to_tsvector``.

    ``login_ids`` are pairs of type (``email``, ``phone``, ``username``) and normalised value; ``other_subjects`` are
    subjects of OAuth identities. Values that are not text are passed over. Each token has 1 to 200 bytes, neither
    NUL nor surrogate; there are at most 400, and where more would come the id, login ids and names stay. Never raises.
    Memberships and the status come on top: ``role_token()`` and its like.
    """
    tokens = [user_id.hex]
    for kind, value in login_ids:
        if kind == "email":
            _add_email(tokens, value)
        elif kind == "phone":
            _add_phone(tokens, value)
        else:
            _add_text(tokens, value)
    _add_names(tokens, standard_attributes)
    texts = _attribute_texts(standard_attributes)
    texts += other_subjects
    text = " ".join(texts)
    if text.isascii():
        _add_text(tokens, text)
    else:
        for text in texts:
            _add_text(tokens, text)
    distinct = set(tokens)
    if max(map(len, distinct)) * 4 > MAX_TOKEN_BYTES:
        distinct = set(map(cut, distinct))
    if len(distinct) > MAX_TOKENS:
        distinct = set(islice(dict.fromkeys(map(cut, tokens)), MAX_TOKENS))
    return sorted(distinct)


def role_token(role_id: UUID) -> str:
    """The mark of everyone who was given the role itself; who has it through a group bears only the group's mark."""
    return "r:" + role_id.hex


def group_token(group_id: UUID) -> str:
    """The mark of the group's members."""
    return "g:" + group_id.hex


def organization_token(organization_id: UUID) -> str:
    """The mark of the organization's members."""
    return "o:" + organization_id.hex


def status_token(name: str) -> str:
    """The mark of everyone whose stored account status is ``name``."""
    return "s:" + name


@dataclass(frozen=True, slots=True)
class Word:
    """One lexeme of a query; ``prefix`` also matches every longer one."""

    text: str
    prefix: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One blank-separated part of a keyword: any alternative will do; an alternative needs all of its words."""

    text: str
    alternatives: tuple[tuple[Word, ...], ...]


@dataclass(frozen=True, slots=True)
class Keyword:
    """What was typed, and its terms, all of which a match must fulfil."""

    text: str
    terms: tuple[Term, ...]


def _last(text: str) -> tuple[tuple[Word, ...], ...]:
    """The alternatives for a word being typed: a prefix from 3 bytes on, below that the word or a name's start."""
    if len(text.encode()) >= MIN_PREFIX_BYTES:
        return ((Word(text, True),),)
    return ((Word(text, False),), (Word("p:" + text, False),))


def _pieces(part: str) -> list[str]:
    """A word as the index has it: blankless runs apart from other scripts, each cut like the indexed suffixes."""
    if part.isascii() or _RUN.search(part) is None:
        return [cut(part)]
    pieces = []
    for match in re.finditer(f"({_RUN.pattern})|.", part, re.DOTALL):
        run = match.group(1)
        if run is not None:
            pieces.append(run[:MAX_RUN])
        elif pieces and _RUN.match(pieces[-1]) is None:
            pieces[-1] += match.group()
        else:
            pieces.append(match.group())
    return pieces


def _alternatives(chunk: str) -> tuple[tuple[Word, ...], ...]:
    whole, parts = _split(chunk)
    if not parts:
        return ()
    pieces = [piece for part in parts for piece in _pieces(part)]
    found: dict[tuple[Word, ...], None] = {}
    if len(pieces) > 1:
        found[Word(cut(whole), len(whole.encode()) >= MIN_PREFIX_BYTES),] = None
    if len(pieces) > 1 and _ADDRESS_LIKE.fullmatch(whole):
        # The index has addresses, domains and the domains above them whole; asking for their parts too would ask for
        # everybody whose address ends in "com".
        return tuple(found)
    # An inner run is followed by other characters in the index as well, so only its beginning is a token.
    inner = tuple(Word(piece, _RUN.match(piece) is not None) for piece in pieces[:-1])
    for last in _last(pieces[-1]):
        found[inner + last] = None
    if _UUID_LIKE.fullmatch(whole):
        found[Word(whole.replace("-", ""), True),] = None
    return tuple(found)


def _phone_term(text: str) -> Term:
    """A telephone number typed with blanks, brackets, dashes or a trunk zero is one term; so is a postal code."""
    digits = "".join(filter(str.isdecimal, text))
    stripped = digits.lstrip("0")
    numbers = [number for number in dict.fromkeys((digits, stripped)) if number]
    found = dict.fromkeys((Word(cut(number), len(number) >= MIN_PREFIX_BYTES),) for number in numbers)
    words = tuple(word for chunk in text.split()[:MAX_TERMS] for word in (_alternatives(chunk) or ((),))[0])
    return Term(digits, tuple(found | dict.fromkeys([words])))


def parse_keyword(text: str) -> Keyword | None:
    """Reads what somebody typed into a search box; None when it holds nothing to search for.

    Terms beyond the eighth are passed over. Raises ``Invalid`` for field ``search``: ``maxLength`` above 200
    characters, ``format`` for NUL and lone surrogates, which PostgreSQL cannot store and which therefore match nothing.
    """
    if len(text) > MAX_KEYWORD_CHARACTERS:
        raise invalid(
            "search",
            "maxLength",
            f"A search may have at most {MAX_KEYWORD_CHARACTERS} characters.",
            expected=MAX_KEYWORD_CHARACTERS,
            actual=len(text),
        )
    if _UNUSABLE.search(text):
        raise invalid("search", "format", "The search contains characters that cannot be stored.")
    folded = fold(text)
    if _PHONE_LIKE.fullmatch(folded) and sum(map(str.isdecimal, folded)) >= MIN_PREFIX_BYTES:
        return Keyword(folded, (_phone_term(folded),))
    terms = []
    for chunk in dict.fromkeys(_chunks(text)):
        if alternatives := _alternatives(chunk):
            terms.append(Term(chunk, alternatives))
    return Keyword(folded, tuple(terms[:MAX_TERMS])) if terms else None


def _lexeme(text: str, prefix: bool = False) -> str:
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return quoted + ":*" if prefix else quoted


def tsquery(keyword: Keyword, *, names: Callable[[str], Iterable[str]] | None = None) -> str:
    """The text to cast ``::tsquery``, every lexeme quoted.

    ``names`` gets each term's folded text and returns the marks (``role_token``, ``group_token``) of what bears such a
    name within the actor's sight; having one of them fulfils the term.
    """
    terms = []
    for term in keyword.terms:
        choices = [
            "(" + " & ".join(_lexeme(word.text, word.prefix) for word in words) + ")" for words in term.alternatives
        ]
        choices += [_lexeme(token) for token in (names(term.text) if names else ())]
        terms.append("(" + " | ".join(choices) + ")")
    return " & ".join(terms)


def and_tokens(tsquery: str | None, groups: Iterable[Iterable[str]]) -> str:
    """Narrows a query: of every group at least one token must be there too. An empty group is fulfilled by nobody.

    ``None`` stands for no keyword. Returns "" when nothing is left to ask, which the caller must not cast: leave the
    condition out.
    """
    conditions = [tsquery] if tsquery else []
    conditions += ["(" + (" | ".join(map(_lexeme, group)) or NOBODY) + ")" for group in map(list, groups)]
    return " & ".join(conditions)
