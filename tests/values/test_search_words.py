"""What a person's words become in the index, and what a keyword becomes in a query."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.values.search_words import (
    MAX_TERMS,
    MAX_TOKENS,
    MIN_PREFIX_BYTES,
    NOBODY,
    Keyword,
    Term,
    Word,
    and_tokens,
    fold,
    group_token,
    organization_token,
    parse_keyword,
    role_token,
    status_token,
    tsquery,
    user_tokens,
)

USER = UUID("0192f3a4-7b1c-7def-8123-456789abcdef")


def tokens_of(*login_ids: tuple[str, str], other_subjects: Iterable[str] = (), **attributes: Any) -> set[str]:
    return set(
        user_tokens(user_id=USER, standard_attributes=attributes, login_ids=login_ids, other_subjects=other_subjects)
    )


def word_matches(word: Word, tokens: set[str]) -> bool:
    return any(token.startswith(word.text) for token in tokens) if word.prefix else word.text in tokens


def term_matches(term: Term, tokens: set[str]) -> bool:
    return any(all(word_matches(word, tokens) for word in words) for words in term.alternatives)


def finds(text: str, tokens: set[str]) -> bool:
    """What PostgreSQL answers for ``tsvector @@ tsquery``, said once more in Python."""
    keyword = parse_keyword(text)
    assert keyword is not None
    return all(term_matches(term, tokens) for term in keyword.terms)


LEXEME = r"'(?:[^'\\\0]|''|\\\\)+'(?::\*)?"


def is_valid_tsquery(text: str) -> bool:
    """Lexemes become the letter x; then the shortest forms are reduced until one x is left."""
    rest = re.sub(LEXEME, "x", text).replace(" ", "")
    shorter = re.sub(r"\(x\)|x[&|]x", "x", rest)
    while shorter != rest:
        rest, shorter = shorter, re.sub(r"\(x\)|x[&|]x", "x", shorter)
    return rest == "x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José", "jose"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("Ｆｕｌｌ", "full"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("  Ada \t Lovelace\n", "ada lovelace"),
        ("zero\u200bwidth\u200f", "zerowidth"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("कि", unicodedata.normalize("NFD", "कि")),
        ("a\x00b", "a b"),
    ],
)
def test_spellings_that_people_take_for_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(max_size=60))
def test_folding_forgets_the_unicode_form_and_is_done_once(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
    assert fold(fold(text)) == fold(text)


def test_a_chunk_with_punctuation_is_kept_whole_and_in_parts() -> None:
    assert {"o'brien-smith", "o", "brien", "smith"} <= tokens_of(family_name="O'Brien-Smith")


def test_punctuation_around_a_word_is_left_out() -> None:
    tokens = tokens_of(name="(Ada), «Zoé»")
    assert {"ada", "zoe"} <= tokens
    assert not {"(ada),", "«zoe»"} & tokens


def test_an_email_address_is_found_by_itself_its_sides_and_their_words() -> None:
    tokens = tokens_of(("email", "ada.lovelace@mail.example.com"))
    expected = {
        "ada.lovelace@mail.example.com",
        "ada.lovelace",
        "ada",
        "lovelace",
        "mail.example.com",
        "mail",
        "example",
    }
    assert expected <= tokens


@pytest.mark.parametrize("domain", ["münchen.example.com", "xn--mnchen-3ya.example.com"])
@pytest.mark.parametrize(
    "keyword",
    ["josé@münchen.example.com", "jose@xn--mnchen-3ya.example", "münchen", "munchen.example.com", "xn--mnchen-3ya"],
)
def test_a_domain_is_found_in_unicode_and_in_punycode(domain: str, keyword: str) -> None:
    assert finds(keyword, tokens_of(("email", f"josé@{domain}")))


@pytest.mark.parametrize(
    "keyword",
    ["+49 30 901820", "0049 (30) 90-18", "030 901820", "4930901820", "30901820", "49", "+49/30.9018", "(030) 901820"],
)
def test_a_phone_number_is_found_however_it_is_written(keyword: str) -> None:
    assert finds(keyword, tokens_of(("phone", "+4930901820")))


def test_a_country_code_is_the_one_the_number_has() -> None:
    assert {"1", "5550100", "15550100"} <= tokens_of(("phone", "+15550100"))
    assert {"353", "15550100", "35315550100"} <= tokens_of(("phone", "+35315550100"))


@pytest.mark.parametrize("keyword", ["12345-6789", "12345", "10 12345", "123"])
def test_digits_that_are_no_phone_number_are_found_too(keyword: str) -> None:
    assert finds(keyword, tokens_of(address={"postal_code": "12345-6789", "street_address": "10 12345 Lane"}))


def test_the_other_attributes_of_the_contract_are_found() -> None:
    tokens = tokens_of(
        ("username", "Ada_1815"),
        other_subjects=["google|1234"],
        nickname="Countess",
        gender="female",
        locale="en-GB",
        zoneinfo="Europe/London",
        address={"locality": "St. Albans", "region": "Hertfordshire", "country": "GB"},
    )
    expected = {
        "ada_1815",
        "1815",
        "google|1234",
        "countess",
        "female",
        "en-gb",
        "europe/london",
        "london",
        "albans",
        "gb",
    }
    assert expected <= tokens


@pytest.mark.parametrize("keyword", [str(USER), USER.hex, str(USER)[:11], str(USER).upper(), USER.hex[:8]])
def test_a_person_is_found_by_id(keyword: str) -> None:
    assert finds(keyword, tokens_of())


@pytest.mark.parametrize(
    "keyword", ["山田太郎", "太郎", "田太", "郎", "山田 太郎", "ﾀﾛｳ", "สมชาย", "ชาย", "민준", "준"]
)
def test_words_inside_scripts_without_blanks_are_found(keyword: str) -> None:
    names = {
        "family_name": "山田",
        "given_name": "太郎",
        "name": "タロウ",
        "nickname": "สมชาย",
        "middle_name": "김민준",
    }
    assert finds(keyword, tokens_of(**names))


def test_a_run_longer_than_twenty_characters_is_found_by_its_inner_words() -> None:
    name = "".join(chr(0x4E00 + number) for number in range(60))
    tokens = tokens_of(name=name)
    assert finds(name, tokens)
    assert finds(name[35:58], tokens)
    assert finds(name[:30] + "abc", tokens_of(name=name[:30] + "abc"))


def test_one_and_two_letters_find_beginnings_of_names_only() -> None:
    tokens = tokens_of(("username", "zebra"), given_name="John", family_name="Иванов")
    assert all(finds(keyword, tokens) for keyword in ("j", "jo", "john s"[:4], "и", "Ив"))
    assert not any(finds(keyword, tokens) for keyword in ("z", "ze", "oh"))


def test_marks_of_memberships_never_meet_words() -> None:
    marks = {role_token(USER), group_token(USER), organization_token(USER), status_token("disabled")}
    assert marks == {f"r:{USER.hex}", f"g:{USER.hex}", f"o:{USER.hex}", "s:disabled"}
    text = " ".join(marks)
    assert not marks & tokens_of(("username", text), ("email", f"{text}@example.com"), name=text, nickname=f"é{text}")
    keyword = parse_keyword("s:disabled")
    assert keyword is not None
    assert tsquery(keyword) == "(('s') | ('p:s')) & (('disabled':*))"


def test_values_that_are_not_text_are_passed_over() -> None:
    assert tokens_of(name=None, gender=1, address=["x"], nickname={"a": "b"}, locale="", zoneinfo=" ") == {USER.hex}


def test_tokens_are_cut_and_capped_and_the_names_stay() -> None:
    tokens = tokens_of(given_name="Ada", address={"formatted": " ".join(f"{number}é" for number in range(900))})
    assert len(tokens) == MAX_TOKENS
    assert {"ada", USER.hex} <= tokens
    long = "é" + "й" * 300
    assert "e" + "и" * 99 in tokens_of(name=long)
    assert finds(long[:200], tokens_of(name=long))


@given(
    st.dictionaries(st.sampled_from(["name", "given_name", "family_name", "locale"]), st.text(), max_size=4),
    st.lists(st.tuples(st.sampled_from(["email", "phone", "username"]), st.text()), max_size=3),
    st.text(),
)
def test_any_text_becomes_tokens_that_postgresql_stores(
    attributes: dict[str, str], login_ids: list[tuple[str, str]], street: str
) -> None:
    found = user_tokens(
        user_id=USER,
        standard_attributes={**attributes, "address": {"formatted": street}},
        login_ids=login_ids,
        other_subjects=[street],
    )
    assert found == sorted(set(found))
    assert len(found) <= MAX_TOKENS
    for token in found:
        assert 1 <= len(token.encode()) <= 200
        assert "\x00" not in token
        assert ":" not in token.removeprefix("p:")


@given(st.text(max_size=30), st.data())
def test_every_word_of_a_name_is_found_by_its_beginnings(name: str, data: st.DataObject) -> None:
    tokens = tokens_of(name=name)
    for chunk in fold(name).replace(":", " ").split():
        end = data.draw(st.integers(1, len(chunk)))
        beginning = chunk[:end]
        if len(beginning.encode()) >= MIN_PREFIX_BYTES and parse_keyword(beginning) is not None:
            assert finds(beginning, tokens)


@given(st.text(max_size=200), st.lists(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1))))
def test_any_keyword_becomes_a_valid_query(text: str, groups: list[list[str]]) -> None:
    keyword = parse_keyword(text.replace("\0", " "))
    query = None if keyword is None else tsquery(keyword, names=lambda term: [role_token(USER)])
    narrowed = and_tokens(query, groups)
    assert narrowed == "" if query is None and not groups else is_valid_tsquery(narrowed)


def test_quotes_and_backslashes_are_doubled() -> None:
    keyword = parse_keyword("x'y\\zed")
    assert keyword is not None
    assert tsquery(keyword) == r"(('x''y\\zed':*) | ('x' & 'y' & 'zed':*))"


def test_what_a_role_name_stands_for_fulfils_a_term() -> None:
    keyword = parse_keyword("Editors smith")
    assert keyword is not None
    asked: list[str] = []
    query = tsquery(keyword, names=lambda term: asked.append(term) or ["r:1"] if term == "editors" else [])
    assert asked == ["editors"]
    assert query == "(('editors':*) | 'r:1') & (('smith':*))"


def test_filters_narrow_a_query_and_an_empty_choice_matches_nobody() -> None:
    assert and_tokens("'a'", [["r:1", "r:2"], ["s:normal"]]) == "'a' & ('r:1' | 'r:2') & ('s:normal')"
    assert and_tokens(None, [["r:1"], []]) == f"('r:1') & ({NOBODY})"
    assert and_tokens(None, []) == ""


@pytest.mark.parametrize("text", ["", "  ", "...", "\u200b", "- ' -", ":", "\t\n"])
def test_nothing_searchable_is_no_keyword(text: str) -> None:
    assert parse_keyword(text) is None


def test_terms_beyond_the_eighth_are_passed_over() -> None:
    keyword = parse_keyword(" ".join(f"word{number}" for number in range(12)))
    assert isinstance(keyword, Keyword)
    assert len(keyword.terms) == MAX_TERMS


@pytest.mark.parametrize(("text", "kind"), [("a" * 201, "maxLength"), ("a\x00", "format"), ("\ud800", "format")])
def test_what_cannot_be_searched_for_is_refused(text: str, kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_keyword(text)
    assert [(cause.field, cause.kind) for cause in refused.value.causes] == [("search", kind)]
