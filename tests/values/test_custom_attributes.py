import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Invalid
from directory.values.custom_attributes import (
    NUMBER_LIMIT,
    CustomAttributeDefinition,
    CustomAttributeType,
    parse_custom_attribute_text,
    validate_custom_attributes,
    validate_definition,
)
from tests.values.refusals import attempt, causes, refusal

DEFINITIONS = {
    definition.name: definition
    for definition in (
        CustomAttributeDefinition("hobby", CustomAttributeType.STRING),
        CustomAttributeDefinition("weight", CustomAttributeType.NUMBER, 0, 500.5),
        CustomAttributeDefinition("shoe", CustomAttributeType.INTEGER, 15, 60),
        CustomAttributeDefinition("balance", CustomAttributeType.INTEGER),
        CustomAttributeDefinition("plan", CustomAttributeType.ENUM, enum=("free", "paid")),
        CustomAttributeDefinition("fax", CustomAttributeType.PHONE_NUMBER),
        CustomAttributeDefinition("backup", CustomAttributeType.EMAIL),
        CustomAttributeDefinition("blog", CustomAttributeType.URL),
        CustomAttributeDefinition("home", CustomAttributeType.COUNTRY_CODE),
    )
}
GOOD = {
    "hobby": "chess",
    "weight": 61.5,
    "shoe": 38,
    "balance": -NUMBER_LIMIT,
    "plan": "paid",
    "fax": "+4930901820",
    "backup": "Ada@example.com",
    "blog": "https://example.com",
    "home": "DE",
}


def test_good_values_are_returned_as_they_are():
    assert validate_custom_attributes(DEFINITIONS, GOOD) == GOOD


def test_unknown_names_are_dropped_silently():
    assert validate_custom_attributes(DEFINITIONS, {"nonsense": object(), "plan": "free"}) == {"plan": "free"}


def test_a_whole_float_is_an_integer():
    value = validate_custom_attributes(DEFINITIONS, {"shoe": 38.0})["shoe"]
    assert (value, type(value)) == (38, int)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("hobby", "", "minLength"),
        ("hobby", None, "type"),
        ("hobby", 1, "type"),
        ("hobby", "a\x00", "format"),
        ("hobby", "a" * 5000, "maxLength"),
        ("weight", True, "type"),
        ("weight", "1", "type"),
        ("weight", float("nan"), "type"),
        ("weight", float("inf"), "type"),
        ("weight", -0.1, "minimum"),
        ("weight", 500.6, "maximum"),
        ("shoe", 38.5, "type"),
        ("shoe", False, "type"),
        ("shoe", 14, "minimum"),
        ("shoe", 61, "maximum"),
        ("balance", NUMBER_LIMIT + 1, "maximum"),
        ("balance", -NUMBER_LIMIT - 1, "minimum"),
        ("balance", 10**400, "maximum"),
        ("plan", "gold", "enum"),
        ("plan", 1, "type"),
        ("fax", "+49", "format"),
        ("backup", "ada", "format"),
        ("blog", "javascript:alert(1)", "format"),
        ("home", "de", "format"),
        ("home", "XX", "format"),
    ],
)
def test_bad_values_are_refused(name, value, kind):
    assert causes(lambda: validate_custom_attributes(DEFINITIONS, {name: value})) == [
        (f"custom_attributes.{name}", kind)
    ]


def test_all_causes_are_reported_at_once():
    value = {"shoe": 1, "plan": "gold", "hobby": "chess"}
    assert causes(lambda: validate_custom_attributes(DEFINITIONS, value, field="c")) == [
        ("c.shoe", "minimum"),
        ("c.plan", "enum"),
    ]


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_only_an_object_is_a_set_of_attributes(value):
    assert causes(lambda: validate_custom_attributes(DEFINITIONS, value)) == [("custom_attributes", "type")]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("hobby", " chess ", "chess"),
        ("hobby", "  ", None),
        ("weight", "", None),
        ("weight", "61.5", 61.5),
        ("weight", "6e1", 60.0),
        ("shoe", "38", 38),
        ("shoe", "+38", 38),
        ("shoe", "38.0", 38),
        ("balance", str(-NUMBER_LIMIT), -NUMBER_LIMIT),
        ("plan", "free", "free"),
    ],
)
def test_text_of_forms_and_files_is_read(name, text, expected):
    value = parse_custom_attribute_text(DEFINITIONS[name], text)
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("weight", "nan", "type"),
        ("weight", "inf", "type"),
        ("weight", "1e999", "type"),
        ("weight", "1_0", "type"),
        ("weight", "0x1", "type"),
        ("weight", "٣", "type"),
        ("shoe", "9" * 5000, "type"),
        ("shoe", "38.5", "type"),
        ("shoe", "99999999999999999999", "maximum"),
        ("plan", "gold", "enum"),
        ("hobby", "a\x00", "format"),
    ],
)
def test_wrong_text_is_refused(name, text, kind):
    assert causes(lambda: parse_custom_attribute_text(DEFINITIONS[name], text)) == [(f"custom_attributes.{name}", kind)]


@given(st.sampled_from(sorted(GOOD)), st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans()))
def test_any_value_is_refused_with_a_cause_or_accepted_for_good(name, value):
    result = attempt(lambda: validate_custom_attributes(DEFINITIONS, {name: value}))
    if isinstance(result, Invalid):
        assert result.causes
    else:
        assert validate_custom_attributes(DEFINITIONS, result) == result


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "hobby", "type": "string"},
        {"name": "a-b_1", "type": "number", "minimum": -1.5, "maximum": 2},
        {"name": "x" * 40, "type": "integer", "minimum": 3, "maximum": 3},
        {"name": "plan", "type": "enum", "enum": ["free", "paid"]},
    ],
)
def test_good_definitions(arguments):
    definition = validate_definition(**arguments)
    assert definition.name == arguments["name"]
    assert definition.type is CustomAttributeType(arguments["type"])
    assert (definition.minimum, definition.maximum) == (arguments.get("minimum"), arguments.get("maximum"))
    assert definition.enum == tuple(arguments.get("enum", ()))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"name": "", "type": "string"}, [("name", "minLength")]),
        ({"name": "x" * 41, "type": "string"}, [("name", "maxLength")]),
        ({"name": "1a", "type": "string"}, [("name", "pattern")]),
        ({"name": "a.b", "type": "string"}, [("name", "pattern")]),
        ({"name": "/a", "type": "string"}, [("name", "pattern")]),
        ({"name": " a", "type": "string"}, [("name", "pattern")]),
        ({"name": "email", "type": "string"}, [("name", "not")]),
        ({"name": "sub", "type": "string"}, [("name", "not")]),
        ({"name": None, "type": "date"}, [("name", "type"), ("type", "enum")]),
        ({"name": "a", "type": None}, [("type", "type")]),
        ({"name": "a", "type": "number", "minimum": 2, "maximum": 1}, [("maximum", "minimum")]),
        ({"name": "a", "type": "number", "minimum": float("nan")}, [("minimum", "type")]),
        ({"name": "a", "type": "number", "maximum": float("inf")}, [("maximum", "type")]),
        ({"name": "a", "type": "number", "maximum": NUMBER_LIMIT + 1}, [("maximum", "maximum")]),
        ({"name": "a", "type": "integer", "minimum": 1.5}, [("minimum", "type")]),
        ({"name": "a", "type": "integer", "minimum": True}, [("minimum", "type")]),
        ({"name": "a", "type": "string", "minimum": 1}, [("minimum", "not")]),
        ({"name": "a", "type": "string", "enum": ["x"]}, [("enum", "not")]),
        ({"name": "a", "type": "enum"}, [("enum", "minItems")]),
        ({"name": "a", "type": "enum", "enum": "xyz"}, [("enum", "type")]),
        ({"name": "a", "type": "enum", "enum": ["x", " x"]}, [("enum", "uniqueItems")]),
        ({"name": "a", "type": "enum", "enum": ["x", ""]}, [("enum.1", "minLength")]),
        ({"name": "a", "type": "enum", "enum": [str(n) for n in range(101)]}, [("enum", "maxItems")]),
    ],
)
def test_bad_definitions_are_refused(arguments, expected):
    assert causes(lambda: validate_definition(**arguments)) == expected


def test_a_wrong_type_is_named_with_the_possible_ones():
    details = refusal(lambda: validate_definition(name="a", type="date")).causes[0].details
    assert details["expected"] == [kind.value for kind in CustomAttributeType]
