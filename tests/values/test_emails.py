import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.values.emails import EmailParts, fold, normalize_email, split_email, split_email_by_library

_label = st.from_regex(r"[A-Za-z0-9-]{1,70}", fullmatch=True)
_local = st.from_regex(r"[A-Za-z0-9_+.\-]{1,70}", fullmatch=True)
_near_addresses = st.builds(
    lambda local, labels, tld: f"{local}@{'.'.join([*labels, tld])}",
    _local,
    st.lists(st.one_of(st.just("example"), st.just("xn--a"), st.just("ab--cd"), _label), max_size=3),
    st.one_of(st.sampled_from(["com", "test", "local", "c", "1com", "museum"]), _label),
)


def _outcome(split, text):
    try:
        return split(text)
    except ValueError:
        return None


@settings(max_examples=500)
@given(st.one_of(_near_addresses, st.emails(), st.from_regex(r"[a-z.@\-+_]{3,12}", fullmatch=True)))
def test_the_short_cut_agrees_with_the_library(text):
    assert _outcome(split_email, text) == _outcome(split_email_by_library, text)


@pytest.mark.parametrize(
    "text", ["ada@example.com", "Ada.L-o+x_1@Sub-Domain.Example.COM", f"{'a' * 64}@{'b' * 59}.com", "x@printer.local"]
)
def test_the_short_cut_is_taken_and_agrees(text):
    assert split_email(text) == split_email_by_library(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@@example.com",
        "ada@example",
        "ada@example.com.",
        ".ada@example.com",
        "ada.@example.com",
        "a..b@example.com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@exa_mple.com",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada lovelace@example.com",
        '"ada lovelace"@example.com',
        "Ada <ada@example.com>",
        "ada@example.com,ben@example.com",
        "ada@example.com\n",
        "a\u200db@example.com",
        f"ada@{'b' * 64}.example.com",
        f"{'a' * 250}@example.com",
    ],
)
def test_what_is_no_address_is_refused(text):
    assert _outcome(split_email, text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada@Example.COM", EmailParts("ada", "example.com", "example.com")),
        ("grüßen@example.com", EmailParts("grüssen", "example.com", "example.com")),
        ("ada.ℌ𝒌@測試.香港", EmailParts("ada.hk", "測試.香港", "xn--g6w251d.xn--j6w193g")),
        ("ada@xn--g6w251d.xn--j6w193g", EmailParts("ada", "測試.香港", "xn--g6w251d.xn--j6w193g")),
        ("ada@straße.example", EmailParts("ada", "straße.example", "xn--strae-oqa.example")),
    ],
)
def test_addresses_are_folded(text, expected):
    assert normalize_email(text) == expected


def test_the_case_of_the_local_part_can_be_kept():
    assert normalize_email("Ada.ℌ@Example.COM", case_sensitive=True).local == "Ada.H"


def test_dots_of_the_local_part_can_be_ignored():
    assert normalize_email("a.d.a@example.com", ignore_dots=True).local == "ada"


@pytest.mark.parametrize("text", ["a\ufe6bb@example.com", "a\u2024\u2024b@example.com", "\uff0ea@example.com"])
def test_folding_cannot_smuggle_in_another_address(text):
    assert _outcome(normalize_email, text) is None


@given(st.text(), st.booleans())
def test_folding_twice_is_folding_once(text, case_sensitive):
    folded = fold(text, case_sensitive=case_sensitive)
    assert fold(folded, case_sensitive=case_sensitive) == folded


@given(st.text(min_size=1, max_size=12, alphabet=st.characters(categories=["L", "N", "M"])))
def test_a_folded_address_is_an_address_that_folds_to_itself(local):
    try:
        first = normalize_email(f"{local}@example.com")
    except ValueError:
        return
    assert normalize_email(f"{first.local}@{first.domain}") == first
