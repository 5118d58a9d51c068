import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.values.login_ids import LoginIDPolicy
from directory.values.standard_attributes import (
    ADDRESS_PARTS,
    DERIVED,
    NAME_MAX_LENGTH,
    STANDARD_ATTRIBUTES,
    URI_MAX_LENGTH,
    validate_standard_attributes,
)
from tests.values.refusals import attempt, causes, refusal

ADA = {
    "email": "ada@example.com",
    "phone_number": "+4930901820",
    "preferred_username": "ada",
    "family_name": "Lovelace",
    "given_name": "Ada",
    "middle_name": "King",
    "name": "Ada Lovelace",
    "nickname": "Countess",
    "picture": "authgearimages:///ada/1.png",
    "profile": "https://example.com/~ada?x=1#top",
    "website": "http://example.com:8080",
    "gender": "female",
    "birthdate": "1815-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "address": {part: f"the {part}" for part in ADDRESS_PARTS},
}


def test_a_full_profile_is_returned_as_it_is_and_in_order():
    shuffled = dict(reversed(ADA.items()))
    result = validate_standard_attributes(shuffled)
    assert result == ADA
    assert tuple(result) == STANDARD_ATTRIBUTES == tuple(ADA)


def test_derived_attributes_are_dropped():
    derived = {"email_verified": True, "phone_number_verified": "?", "updated_at": None}
    assert set(derived) == DERIVED
    assert validate_standard_attributes({**derived, "name": "Ada"}) == {"name": "Ada"}


def test_an_empty_address_is_dropped():
    assert validate_standard_attributes({"address": {}}) == {}


@pytest.mark.parametrize(
    ("name", "given_value", "stored"),
    [
        ("email", " Ada@Example.com ", "ada@example.com"),
        ("preferred_username", "Ada", "ada"),
        ("given_name", " Ada\u0301 ", "Ada\u0301"),
        ("locale", "zh-hant-hk", "zh-Hant-HK"),
        ("locale", "DE-at-1901-U-co-PHONEBK-x-ADA", "de-AT-1901-u-co-phonebk-x-ada"),
        ("locale", "es-419", "es-419"),
        ("birthdate", "0000-02-29", "0000-02-29"),
        ("birthdate", "--02-29", "--02-29"),
        ("birthdate", "1815", "1815"),
        ("birthdate", "2000-02-29", "2000-02-29"),
        ("zoneinfo", "UTC", "UTC"),
        ("zoneinfo", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("picture", "https://example.com/a.png", "https://example.com/a.png"),
        ("picture", "authgearimages:/ada/1.png", "authgearimages:/ada/1.png"),
        ("website", "https://測試.香港/路", "https://測試.香港/路"),
        ("website", "http://[::1]:8080/", "http://[::1]:8080/"),
        ("gender", "x" * NAME_MAX_LENGTH, "x" * NAME_MAX_LENGTH),
    ],
)
def test_good_values(name, given_value, stored):
    assert validate_standard_attributes({name: given_value}) == {name: stored}


def test_the_policy_decides_how_login_ids_are_normalised():
    policy = LoginIDPolicy(case_sensitive=True, case_sensitive_usernames=True)
    value = {"email": "Ada@Example.com", "preferred_username": "Ada"}
    assert validate_standard_attributes(value, policy=policy) == {
        "email": "Ada@example.com",
        "preferred_username": "Ada",
    }


@pytest.mark.parametrize(
    ("name", "value", "json_format"),
    [
        ("email", "ada", "email"),
        ("phone_number", "+49 30 901820", "phone"),
        ("phone_number", "030901820", "phone"),
        ("phone_number", "+49", "phone"),
        ("preferred_username", "ada lovelace", "username"),
        ("picture", "ftp://example.com/a.png", "x_picture"),
        ("picture", "authgearimages://host/a.png", "x_picture"),
        ("picture", "authgearimages:///../a.png", "x_picture"),
        ("picture", "authgearimages:", "x_picture"),
        ("picture", "data:image/png;base64,AAAA", "x_picture"),
        ("profile", "javascript:alert(1)", "uri"),
        ("profile", "//example.com", "uri"),
        ("profile", "https://", "uri"),
        ("profile", "https://exa mple.com", "uri"),
        ("profile", "https://example.com/\tx", "uri"),
        ("website", 'https://example.com/"onclick', "uri"),
        ("website", "https://example.com:99999", "uri"),
        ("website", "http://[::1", "uri"),
        ("birthdate", "1815-02-29", "birthdate"),
        ("birthdate", "1815-13-01", "birthdate"),
        ("birthdate", "--02-30", "birthdate"),
        ("birthdate", "-02-28", "birthdate"),
        ("birthdate", "0000", "birthdate"),
        ("birthdate", "15", "birthdate"),
        ("birthdate", "١٨١٥", "birthdate"),
        ("birthdate", "1815-12-10T00:00:00Z", "birthdate"),
        ("zoneinfo", "Europe/Atlantis", "timezone"),
        ("zoneinfo", "europe/london", "timezone"),
        ("zoneinfo", "../etc/passwd", "timezone"),
        ("locale", "en_US", "bcp47"),
        ("locale", "english", "bcp47"),
        ("locale", "de-1901-1901", "bcp47"),
        ("locale", "en-a-bbb-a-ccc", "bcp47"),
        ("locale", "en-", "bcp47"),
    ],
)
def test_values_of_a_wrong_format_are_refused(name, value, json_format):
    error = refusal(lambda: validate_standard_attributes({name: value}))
    assert [(c.field, c.kind, dict(c.details)) for c in error.causes] == [
        (f"standard_attributes.{name}", "format", {"format": json_format})
    ]


@pytest.mark.parametrize("name", [name for name in STANDARD_ATTRIBUTES if name != "address"])
def test_null_blank_and_control_characters_are_refused_everywhere(name):
    field = f"standard_attributes.{name}"
    assert causes(lambda: validate_standard_attributes({name: None})) == [(field, "type")]
    assert causes(lambda: validate_standard_attributes({name: ""})) == [(field, "minLength")]
    assert causes(lambda: validate_standard_attributes({name: "  "})) == [(field, "minLength")]
    assert causes(lambda: validate_standard_attributes({name: "a\x00"})) == [(field, "format")]
    assert causes(lambda: validate_standard_attributes({name: "a\ud800"})) == [(field, "format")]
    assert causes(lambda: validate_standard_attributes({name: "a" * (URI_MAX_LENGTH + 1)})) == [(field, "maxLength")]


@pytest.mark.parametrize("part", ADDRESS_PARTS)
def test_each_part_of_an_address_is_checked(part):
    field = f"standard_attributes.address.{part}"
    assert causes(lambda: validate_standard_attributes({"address": {part: ""}})) == [(field, "minLength")]
    assert causes(lambda: validate_standard_attributes({"address": {part: None}})) == [(field, "type")]


def test_all_causes_are_reported_at_once():
    value = {
        "email": "ada",
        "name": "",
        "shoe_size": 38,
        "address": {"country": None, "planet": "Earth", "locality": ""},
        "locale": "en-GB",
    }
    error = refusal(lambda: validate_standard_attributes(value, field="standardAttributes"))
    assert [(c.field, c.kind) for c in error.causes] == [
        ("standardAttributes", "additionalProperties"),
        ("standardAttributes.email", "format"),
        ("standardAttributes.name", "minLength"),
        ("standardAttributes.address", "additionalProperties"),
        ("standardAttributes.address.locality", "minLength"),
        ("standardAttributes.address.country", "type"),
    ]
    assert error.causes[0].details == {"actual": "shoe_size"}


def test_an_unknown_name_is_quoted_so_that_it_can_be_encoded():
    error = refusal(lambda: validate_standard_attributes({"a\ud800": 1}))
    assert error.causes[0].details == {"actual": "a?"}


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_only_an_object_is_a_set_of_attributes(value):
    assert causes(lambda: validate_standard_attributes(value)) == [("standard_attributes", "type")]
    assert causes(lambda: validate_standard_attributes({"address": value})) == [("standard_attributes.address", "type")]


@given(st.dictionaries(st.sampled_from(STANDARD_ATTRIBUTES), st.one_of(st.text(max_size=20), st.none(), st.integers())))
def test_what_is_accepted_is_accepted_again_unchanged(value):
    result = attempt(lambda: validate_standard_attributes(value))
    if isinstance(result, Invalid):
        assert result.causes
    else:
        assert validate_standard_attributes(result) == result
