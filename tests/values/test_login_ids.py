import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.values.login_ids import (
    CLAIM_OF,
    DEFAULT_POLICY,
    TYPE_OF_CLAIM,
    LoginID,
    LoginIDPolicy,
    LoginIDType,
    normalize_claim,
    parse_login_id,
)
from directory.values.reserved_usernames import RESERVED_USERNAMES
from directory.values.usernames import normalize_username, normalize_username_by_library
from tests.values.refusals import attempt, refusal

ANY_SCRIPT = LoginIDPolicy(ascii_only=False)


@pytest.mark.parametrize(
    ("key", "value", "normalized", "unique_key"),
    [
        ("email", " Ada@Example.COM\n", "ada@example.com", "ada@example.com"),
        ("email", "ada@測試.香港", "ada@測試.香港", "ada@xn--g6w251d.xn--j6w193g"),
        ("email", "ada@intranet.local", "ada@intranet.local", "ada@intranet.local"),
        ("phone", "+49 (0)30 90-18.20", "+4930901820", "+4930901820"),
        ("phone", "+85298765432", "+85298765432", "+85298765432"),
        ("username", "Ada.Lovelace_1-2", "ada.lovelace_1-2", "ada.lovelace_1-2"),
    ],
)
def test_login_ids_are_trimmed_and_normalised(key, value, normalized, unique_key):
    kind = LoginIDType(key)
    expected = LoginID(kind, key, value.strip(), normalized, unique_key)
    assert parse_login_id(key, value) == expected
    assert expected.claim_name == CLAIM_OF[kind]
    assert normalize_claim(CLAIM_OF[kind], value) == normalized


@pytest.mark.parametrize(
    ("key", "value", "kind", "details"),
    [
        ("email", "", "required", {}),
        ("phone", "  ", "required", {}),
        ("username", "\n", "required", {}),
        ("email", "a" * 309 + "@example.com", "maxLength", {"expected": 320, "actual": 321}),
        ("phone", "+" + "1" * 40, "maxLength", {"expected": 40, "actual": 41}),
        ("username", "a" * 41, "maxLength", {"expected": 40, "actual": 41}),
        ("email", "ada", "format", {"format": "email"}),
        ("email", "ada\x00@example.com", "format", {"format": "email"}),
        ("email", "\ud800@example.com", "format", {"format": "email"}),
        ("phone", "+49", "format", {"format": "phone"}),
        ("phone", "+", "format", {"format": "phone"}),
        ("phone", "+999123456789", "format", {"format": "phone"}),
        ("phone", "030 901820", "format", {"format": "phone"}),
        ("phone", "+4930901820;ext=1", "format", {"format": "phone"}),
        ("phone", "+1 800 FLOWERS", "format", {"format": "phone"}),
        ("phone", "+٤٩٣٠٩٠١٨٢٠", "format", {"format": "phone"}),
        ("phone", "+4930901820 +4930901821", "format", {"format": "phone"}),
        ("username", "ada lovelace", "format", {"format": "username"}),
        ("username", "ada@home", "format", {"format": "username"}),
        ("username", "ａｄａ", "format", {"format": "username"}),
        ("username", "花生", "format", {"format": "username"}),
        ("username", "Admin", "blocked", {"reason": "UsernameReserved"}),
        ("email", None, "type", {"expected": ["string"], "actual": ["null"]}),
        ("username", 7, "type", {"expected": ["string"], "actual": ["integer"]}),
    ],
)
def test_wrong_login_ids_are_refused_with_one_cause(key, value, kind, details):
    error = refusal(lambda: parse_login_id(key, value))
    assert (error.code, error.message) == ("ValidationFailed", "invalid login ID")
    assert [(c.field, c.kind, dict(c.details), c.location) for c in error.causes] == [
        ("login_id", kind, details, "/login_id")
    ]


@pytest.mark.parametrize(
    ("policy", "key", "value", "reason"),
    [
        (LoginIDPolicy(block_plus=True), "email", "a+b@example.com", "BlockPlusSign"),
        (LoginIDPolicy(block_plus=True), "email", "a＋b@example.com", "BlockPlusSign"),
        (LoginIDPolicy(domain_blocklist=frozenset({"example.com"})), "email", "a@Example.Com", "EmailDomainBlocklist"),
        (LoginIDPolicy(domain_allowlist=frozenset({"example.com"})), "email", "a@example.org", "EmailDomainAllowlist"),
        (
            LoginIDPolicy(domain_blocklist=frozenset({"xn--g6w251d.xn--j6w193g"})),
            "email",
            "a@測試.香港",
            "EmailDomainBlocklist",
        ),
        (
            LoginIDPolicy(phone_country_allowlist=frozenset({"DE"})),
            "phone",
            "+85298765432",
            "PhoneNumberCountryCodeAllowlist",
        ),
        (LoginIDPolicy(excluded_keywords=frozenset({"Acme"})), "username", "my-ACME-app", "UsernameExcludedKeywords"),
        (LoginIDPolicy(case_sensitive_usernames=True), "username", "ROOT", "UsernameReserved"),
    ],
)
def test_policy_blocks(policy, key, value, reason):
    error = refusal(lambda: parse_login_id(key, value, policy, field="email"))
    assert [(c.field, c.kind, dict(c.details)) for c in error.causes] == [("email", "blocked", {"reason": reason})]
    assert normalize_claim(CLAIM_OF[LoginIDType(key)], value, policy)


@pytest.mark.parametrize(
    ("policy", "key", "value", "normalized"),
    [
        (LoginIDPolicy(case_sensitive=True), "email", "Ada@Example.com", "Ada@example.com"),
        (LoginIDPolicy(ignore_dots=True), "email", "a.da@example.com", "ada@example.com"),
        (LoginIDPolicy(case_sensitive_usernames=True), "username", "Ada", "Ada"),
        (LoginIDPolicy(block_reserved_usernames=False), "username", "admin", "admin"),
        (LoginIDPolicy(phone_country_allowlist=frozenset({"DE"})), "phone", "+4930901820", "+4930901820"),
        (
            LoginIDPolicy(domain_allowlist=frozenset({"example.com"}), domain_blocklist=frozenset({"example.com"})),
            "email",
            "a@example.com",
            "a@example.com",
        ),
        (LoginIDPolicy(keys={"work": LoginIDType.EMAIL}), "work", "a@example.com", "a@example.com"),
        (ANY_SCRIPT, "username", "花生Cat", "花生cat"),
        (ANY_SCRIPT, "username", "ａｄａ", "ada"),
        (ANY_SCRIPT, "username", "ışık", "ışık"),
        (ANY_SCRIPT, "username", "марина", "марина"),
        (ANY_SCRIPT, "username", "Zoe\u0308", "zoë"),
    ],
)
def test_policy_allows(policy, key, value, normalized):
    assert parse_login_id(key, value, policy).value == normalized


@pytest.mark.parametrize("value", ["micros\u043eft", "\u0441\u043e\u0441\u043e", "p\u03b1ypal", "\u0440ay"])
def test_names_that_pass_for_latin_ones_are_refused(value):
    error = refusal(lambda: parse_login_id("username", value, ANY_SCRIPT))
    assert [(c.field, c.kind) for c in error.causes] == [("login_id", "general")]


def test_an_unknown_key_breaks_an_invariant():
    error = refusal(lambda: parse_login_id("fax", "+4930901820"))
    assert (error.code, error.info) == ("InvariantViolated", {"cause": {"kind": "InvalidLoginIDKey"}})


def test_only_claims_of_login_ids_can_be_looked_up():
    assert refusal(lambda: normalize_claim("nickname", "ada")).causes[0].kind == "enum"
    assert set(TYPE_OF_CLAIM) == {"email", "phone_number", "preferred_username"}


def test_every_reserved_name_is_a_possible_username_in_folded_form():
    for name in RESERVED_USERNAMES:
        error = refusal(lambda name=name: parse_login_id("username", name.upper()))
        assert error.causes[0].details == {"reason": "UsernameReserved"}


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_number_of_every_region_is_accepted_and_stays_itself(region):
    number = phonenumbers.example_number(region)
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    value = parse_login_id("phone", international).value
    assert value == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert parse_login_id("phone", value).value == value


@given(st.from_regex(r"[a-zA-Z0-9_.\-]{1,40}", fullmatch=True), st.booleans())
def test_the_short_cut_for_ascii_usernames_agrees_with_precis(text, case_sensitive):
    assert normalize_username(text, case_sensitive=case_sensitive) == normalize_username_by_library(
        text, case_sensitive=case_sensitive
    )


@given(st.sampled_from(["email", "phone", "username"]), st.one_of(st.text(max_size=50), st.none(), st.integers()))
@pytest.mark.parametrize("policy", [DEFAULT_POLICY, ANY_SCRIPT])
def test_any_value_is_either_refused_with_a_cause_or_normalised_for_good(policy, key, value):
    first = attempt(lambda: parse_login_id(key, value, policy))
    if isinstance(first, Invalid):
        assert [cause.field for cause in first.causes] == ["login_id"]
    else:
        assert parse_login_id(key, first.value, policy).value == first.value
