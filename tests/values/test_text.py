import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.values.text import clean, json_type, quotable
from tests.values.refusals import causes, refusal


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  Ada  ", "Ada"),
        ("a\tb\nc", "a\tb\nc"),
        ("line\r\nline", "line\nline"),
        ("Iğdır ı 花 \u05d0\u0301 😀", "Iğdır ı 花 \u05d0\u0301 😀"),
        ("", ""),
    ],
)
def test_text_is_trimmed_and_otherwise_kept(value, expected):
    assert clean("name", value) == expected


def test_text_is_not_trimmed_when_told_so():
    assert clean("name", " Ada ", trim=False) == " Ada "


@pytest.mark.parametrize("value", ["a\x00b", "\x00", "\x1f Ada", "a\x0bb", "a\rb", "\x1b[31m", "\ud800", "a\udfffb"])
def test_control_characters_and_lone_surrogates_are_refused(value):
    assert causes(lambda: clean("name", value)) == [("name", "format")]


@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"Ada", ["Ada"], {"a": 1}])
def test_what_is_not_text_is_refused(value):
    error = refusal(lambda: clean("name", value))
    assert [cause.kind for cause in error.causes] == ["type"]
    assert error.code == "ValidationFailed"
    assert error.causes[0].details == {"expected": ["string"], "actual": [json_type(value)]}


def test_length_is_counted_in_characters_after_trimming():
    assert clean("name", " 花花花 ", max_length=3) == "花花花"
    error = refusal(lambda: clean("name", "花花花花", max_length=3))
    assert error.causes[0].kind == "maxLength"
    assert error.causes[0].details == {"expected": 3, "actual": 4}


@pytest.mark.parametrize("value", ["", "   ", "\u00a0\n"])
def test_required_text_must_not_be_blank(value):
    assert causes(lambda: clean("name", value, required=True)) == [("name", "minLength")]


@given(st.text(alphabet=st.characters(codec=None)))
def test_whatever_is_accepted_can_be_encoded_and_is_stable(value):
    try:
        text = clean("name", value)
    except Invalid:
        return
    assert "\x00" not in text.encode("utf-8").decode("utf-8")
    assert clean("name", text) == text


def test_a_quoted_value_is_short_and_encodable():
    assert quotable("a\ud800" + "b" * 1000).encode("utf-8").startswith(b"a?b")
    assert len(quotable("b" * 1000)) == 100
