import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.values.keys import derive_key, validate_key, validate_slug
from tests.values.refusals import refusal


@pytest.mark.parametrize("key", ["a", "_", "manager", "manager:SUPER_ADMIN1", "acme:editors", "a" * 40, "authgear"])
def test_good_keys_are_returned_as_they_are(key):
    assert validate_key(key) == key


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("", ["minLength", "pattern"]),
        ("a" * 41, ["maxLength"]),
        ("1" * 41, ["maxLength", "pattern"]),
        ("1", ["pattern"]),
        (":a", ["pattern"]),
        ("GOOD key", ["pattern"]),
        ("user#1", ["pattern"]),
        ("key\n", ["pattern"]),
        ("a\x00", ["pattern"]),
        ("é", ["pattern"]),
        ("a١", ["pattern"]),
        ("\ud800", ["pattern"]),
        ("authgear:user", ["format"]),
        ("authgear:us er", ["pattern", "format"]),
        ("authgear:" + "a" * 40, ["maxLength", "format"]),
        (None, ["type"]),
        (1, ["type"]),
    ],
)
def test_bad_keys_are_refused_with_every_cause(key, kinds):
    error = refusal(lambda: validate_key(key))
    assert [cause.kind for cause in error.causes] == kinds
    assert {cause.field for cause in error.causes} == {"key"}
    assert (error.code, error.message) == ("ValidationFailed", "invalid value")
    for cause in error.causes:
        repr(dict(cause.details)).encode("utf-8")


def test_the_reserved_prefix_is_reported_in_the_contracts_words():
    assert refusal(lambda: validate_key("authgear:x")).causes[0].details == {"format": "x_role_group_key"}


@pytest.mark.parametrize("slug", ["a", "_a", "acme", "acme_2", "a" * 24])
def test_good_slugs_are_returned_as_they_are(slug):
    assert validate_slug(slug) == slug


@pytest.mark.parametrize(
    ("slug", "kinds"),
    [
        ("", ["minLength", "pattern"]),
        ("a" * 25, ["maxLength"]),
        ("Acme", ["pattern"]),
        ("acme:x", ["pattern"]),
        ("acme-x", ["pattern"]),
        ("1a", ["pattern"]),
        ("acme\n", ["pattern"]),
        ("authgear", ["format"]),
        ([], ["type"]),
    ],
)
def test_bad_slugs_are_refused_with_every_cause(slug, kinds):
    error = refusal(lambda: validate_slug(slug, field="organization"))
    assert [cause.kind for cause in error.causes] == kinds
    assert {cause.field for cause in error.causes} == {"organization"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Support Team", "support_team"),
        ("  Ünïcødé -- Straße! ", "unicode_strasse"),
        ("2nd line", "_2nd_line"),
        ("İstanbul ılık", "istanbul_ilik"),
        ("authgear:admin", "authgear_admin"),
        ("a" * 39 + " b", "a" * 39),
        ("管理者 A", "a"),
    ],
)
def test_keys_are_derived_from_names(name, key):
    assert derive_key(name) == key


def test_a_name_without_ascii_gives_a_stable_key_of_its_own():
    assert derive_key("管理者") == derive_key("管理者")
    assert derive_key("管理者").startswith("role_")
    assert derive_key("管理者") != derive_key("編集者")


@given(st.text(alphabet=st.characters(codec=None)))
def test_every_derived_key_is_valid(name):
    assert validate_key(derive_key(name))
