"""The pages of the definitions of custom attributes."""

from typing import Any

import pytest

from directory.models import CustomAttribute, User
from directory.operations.base import version_of
from tests.pages.nouns import DIALOG, EVIL, statements, text_of, words_of
from tests.write_guard import GuardedClient

LIST = "/custom-attributes"


@pytest.fixture
def town(db: None) -> CustomAttribute:
    return CustomAttribute.objects.create(name="town", type="string", position=0)


@pytest.fixture
def age(db: None) -> CustomAttribute:
    return CustomAttribute.objects.create(name="age", type="integer", minimum=0, maximum=150, position=1)


@pytest.fixture
def size(db: None) -> CustomAttribute:
    return CustomAttribute.objects.create(name="size", type="enum", enum=["S", "M", "L"], position=2)


def names() -> list[str]:
    return list(CustomAttribute.objects.order_by("position", "id").values_list("name", flat=True))


def test_the_list_shows_type_and_limits_in_order(
    owner_client: GuardedClient, town: CustomAttribute, age: CustomAttribute, size: CustomAttribute
) -> None:
    words = words_of(owner_client.get(LIST))
    assert "age Whole number 0 to 150" in words
    assert "size One of a list of values S, M, L" in words
    assert words.index("town Text") < words.index("age Whole")


def test_an_empty_list_offers_to_add_the_first(owner_client: GuardedClient) -> None:
    assert "No custom attributes yet" in words_of(owner_client.get(LIST))


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        ({"type": "string"}, (None, None, [])),
        ({"type": "integer", "minimum": "1", "maximum": "10"}, (1.0, 10.0, [])),
        ({"type": "number", "minimum": "0.5", "maximum": ""}, (0.5, None, [])),
        ({"type": "enum", "enum": " S \r\n\r\nM"}, (None, None, ["S", "M"])),
    ],
)
@pytest.mark.parametrize("headers", [{}, DIALOG])
def test_one_is_added(owner_client: GuardedClient, posted: Any, stored: Any, headers: Any) -> None:
    response = owner_client.post(f"{LIST}/add", {"name": "size", **posted}, headers=headers)
    assert response.status_code == (204 if headers else 302)
    made = CustomAttribute.objects.get()
    assert (made.minimum, made.maximum, made.enum) == stored


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"name": "", "type": "string"}, "name"),
        ({"name": "1st", "type": "string"}, "name"),
        ({"name": "email", "type": "string"}, "name"),
        ({"name": "x", "type": "colour"}, "type"),
        ({"name": "x", "type": "integer", "minimum": "5", "maximum": "1"}, "maximum"),
        ({"name": "x", "type": "integer", "minimum": "1.5"}, "minimum"),
        ({"name": "x", "type": "number", "minimum": "1e300"}, "minimum"),
        ({"name": "x", "type": "number", "minimum": "many"}, "minimum"),
        ({"name": "x", "type": "enum", "enum": ""}, "enum"),
        ({"name": "x", "type": "enum", "enum": "S\nS"}, "enum"),
        ({"name": "x", "type": "enum", "enum": "a" * 201}, "enum"),
        ({"name": "x", "type": "string", "minimum": "1"}, "minimum"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(owner_client: GuardedClient, posted: Any, field: str) -> None:
    response = owner_client.post(f"{LIST}/add", posted)
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text_of(response)
    assert not CustomAttribute.objects.exists()


def test_a_name_that_is_taken_is_refused(owner_client: GuardedClient, town: CustomAttribute) -> None:
    response = owner_client.post(f"{LIST}/add", {"name": "town", "type": "string"})
    assert response.status_code == 422
    assert "custom attribute town already" in words_of(response)


def test_limits_follow_the_type(owner_client: GuardedClient) -> None:
    assert 'name="minimum"' in text_of(owner_client.get(f"{LIST}/add"))
    assert 'name="minimum"' not in text_of(owner_client.get(f"{LIST}/add", headers=DIALOG))
    for kind, shown in (("integer", ["minimum", "maximum"]), ("enum", ["enum"]), ("string", []), ("x", [])):
        limits = text_of(owner_client.get(f"{LIST}/limits", {"type": kind}))
        assert [name for name in ("minimum", "maximum", "enum") if f'name="{name}"' in limits] == shown


def test_limits_are_changed(owner_client: GuardedClient, age: CustomAttribute, size: CustomAttribute) -> None:
    assert 'value="150"' in text_of(owner_client.get(f"{LIST}/{age.id}", headers=DIALOG))
    owner_client.post(f"{LIST}/{age.id}", {"version": version_of(age), "minimum": "18", "maximum": ""})
    owner_client.post(f"{LIST}/{size.id}", {"version": version_of(size), "enum": "S\nXL"})
    age.refresh_from_db()
    size.refresh_from_db()
    assert (age.minimum, age.maximum, size.enum) == (18, None, ["S", "XL"])


def test_refused_limits_keep_what_was_typed(owner_client: GuardedClient, age: CustomAttribute) -> None:
    response = owner_client.post(f"{LIST}/{age.id}", {"version": version_of(age), "minimum": "9", "maximum": "1"})
    assert response.status_code == 422
    assert 'id="id_maximum_error"' in text_of(response)
    assert 'value="9"' in text_of(response)


def test_limits_changed_in_the_meantime_are_refused(owner_client: GuardedClient, age: CustomAttribute) -> None:
    response = owner_client.post(f"{LIST}/{age.id}", {"minimum": "1", "version": "2020-01-01T00:00:00+00:00"})
    assert response.status_code == 422
    assert "Somebody else changed this" in words_of(response)


def test_limits_without_their_version_are_refused(owner_client: GuardedClient, age: CustomAttribute) -> None:
    response = owner_client.post(f"{LIST}/{age.id}", {"minimum": "1"})
    assert response.status_code == 422
    assert "Look at it again first" in words_of(response)
    stored = age.minimum
    age.refresh_from_db()
    assert age.minimum == stored


def test_the_order_is_changed(
    owner_client: GuardedClient, town: CustomAttribute, age: CustomAttribute, size: CustomAttribute, entries: Any
) -> None:
    owner_client.post(f"{LIST}/{size.id}/move", {"to": "up"})
    assert names() == ["town", "size", "age"]
    owner_client.post(f"{LIST}/{town.id}/move", {"to": "down"})
    assert names() == ["size", "town", "age"]
    assert len(entries(subject_kind="custom_attribute")) == 4
    owner_client.post(f"{LIST}/{age.id}/move", {"to": "down"})
    assert names() == ["size", "town", "age"]


def test_deleting_tells_how_many_hold_a_value(owner_client: GuardedClient, town: CustomAttribute) -> None:
    address = f"{LIST}/{town.id}/delete"
    assert "No user has a value." in words_of(owner_client.get(address))
    User.objects.create(custom_attributes={"town": "Bern"})
    assert "1 user has a value" in words_of(owner_client.get(address))
    assert owner_client.post(address, {"confirmation": "Town"}).status_code == 422
    assert "the values of 1 user." in words_of(owner_client.post(address, {"confirmation": "town"}, follow=True))
    assert not CustomAttribute.objects.exists()


def test_many_holders_are_not_counted_to_the_end(owner_client: GuardedClient, town: CustomAttribute) -> None:
    User.objects.bulk_create([User(custom_attributes={"town": "Bern"}) for _ in range(1_100)])
    assert "1,000+ users have a value" in words_of(owner_client.get(f"{LIST}/{town.id}/delete"))


def test_the_list_costs_the_same_for_5_and_for_50_rows(owner_client: GuardedClient) -> None:
    CustomAttribute.objects.bulk_create([CustomAttribute(name=f"a{n}", type="string") for n in range(5)])
    few = statements(lambda: owner_client.get(LIST))
    CustomAttribute.objects.bulk_create([CustomAttribute(name=f"b{n}", type="string") for n in range(45)])
    assert statements(lambda: owner_client.get(LIST)) == few == 4


def test_markup_in_values_is_escaped(owner_client: GuardedClient) -> None:
    evil = CustomAttribute.objects.create(name="evil", type="enum", enum=[EVIL])
    for address in (LIST, f"{LIST}/{evil.id}"):
        page = text_of(owner_client.get(address))
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("id", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_404(owner_client: GuardedClient, id: str) -> None:
    assert owner_client.get(f"{LIST}/{id}").status_code == 404
    assert owner_client.get(f"{LIST}/{id}/delete").status_code == 404
    assert owner_client.post(f"{LIST}/{id}/move", {"to": "up"}).status_code == 404


def test_an_auditor_sees_the_list_and_is_offered_nothing(auditor_client: GuardedClient, age: CustomAttribute) -> None:
    response = auditor_client.get(LIST)
    main = text_of(response).split("<main")[1].split("</main")[0]
    assert "0 to 150" in main
    assert 'method="post"' not in main
    assert f"{LIST}/" not in main


def test_an_auditors_post_is_403_recorded_and_without_effect(
    auditor_client: GuardedClient, town: CustomAttribute, age: CustomAttribute, entries: Any
) -> None:
    posts = {
        f"{LIST}/add": {"name": "x", "type": "string"},
        f"{LIST}/{age.id}": {"minimum": "5"},
        f"{LIST}/{age.id}/move": {"to": "up"},
        f"{LIST}/{age.id}/delete": {"confirmation": "age"},
    }
    for number, (address, posted) in enumerate(posts.items(), 1):
        assert auditor_client.post(address, posted).status_code == 403, address
        assert auditor_client.post(address).status_code == 403, address
        assert len(entries(outcome="denied")) == 2 * number, address
    assert names() == ["town", "age"]
    assert CustomAttribute.objects.get(name="age").minimum == 0
