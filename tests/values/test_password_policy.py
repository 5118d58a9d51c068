"""The rules for passwords, as data."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from directory.errors import DirectoryError, Invalid
from directory.values.password_policy import PasswordPolicy, checked_password, generated_password, password_policy

STRICT = PasswordPolicy(
    min_length=12,
    required=frozenset({"uppercase", "lowercase", "alphabet", "digit", "symbol"}),
    excluded_keywords=("Acme", "secret"),
)


def names(password: object, policy: PasswordPolicy) -> list[str]:
    with pytest.raises(Invalid) as caught:
        checked_password(password, policy)
    assert [cause.kind for cause in caught.value.causes] == [one["Name"] for one in caught.value.info["causes"]]
    return [cause.kind for cause in caught.value.causes]


def test_every_rule_that_is_broken_is_named_at_once() -> None:
    assert names("ACME", STRICT) == [
        "PasswordTooShort",
        "PasswordLowercaseRequired",
        "PasswordDigitRequired",
        "PasswordSymbolRequired",
        "PasswordContainingExcludedKeywords",
    ]
    assert names("1-2-3-4-5-6-7-8", STRICT) == [
        "PasswordUppercaseRequired",
        "PasswordLowercaseRequired",
        "PasswordAlphabetRequired",
    ]


def test_the_default_asks_for_eight_characters_of_any_kind() -> None:
    default = PasswordPolicy()
    assert names("1234567", default) == ["PasswordTooShort"]
    for password in ("zażółć gęślą", "😀😁😂🤣😃😄😅😆", "        blank", "x" * 1000, "password"):
        assert checked_password(password, default) == password


@pytest.mark.parametrize("password", ["password", "PassWord1", "12345678", "iloveyou"])
def test_what_is_tried_first_is_refused_only_when_asked_for(password: str) -> None:
    assert names(password, PasswordPolicy(exclude_common=True)) == ["PasswordBelowGuessableLevel"]
    assert checked_password(password, PasswordPolicy()) == password


@pytest.mark.parametrize(
    ("password", "kind"),
    [(None, "type"), (8, "type"), ("a\0" * 8, "format"), ("\udfff" * 8, "format"), ("x" * 1001, "maxLength")],
)
def test_what_is_no_text_is_refused(password: object, kind: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_password(password, PasswordPolicy())
    assert (caught.value.code, [cause.kind for cause in caught.value.causes]) == ("ValidationFailed", [kind])


@pytest.mark.parametrize("policy", [PasswordPolicy(), STRICT, PasswordPolicy(min_length=60)])
def test_a_generated_one_meets_the_policy(policy: PasswordPolicy) -> None:
    made = {generated_password(policy) for _ in range(20)}
    assert len(made) == 20
    for password in made:
        assert len(password) >= max(20, policy.min_length)
        checked_password(password, policy)


def test_a_policy_that_leaves_none_is_our_fault() -> None:
    with pytest.raises(DirectoryError) as caught:
        generated_password(PasswordPolicy(excluded_keywords=tuple("abcdefghijklmnopqrstuvwxyz23456789")))
    assert caught.value.code == "PasswordGenerateError"


def test_a_class_that_there_is_not_is_a_mistake_in_the_settings(settings: object) -> None:
    settings.USER_PASSWORD_POLICY = {"required": frozenset({"emoji"})}  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured):
        password_policy()
