"""Changing a user's attributes."""

from typing import Any

import pytest

from directory.models import CustomAttribute, User
from directory.operations.base import version_of
from directory.operations.identities import add_login_id
from directory.operations.users import anonymize_user, update_user
from tests.pages.users.people import DIALOG, EVIL, HOST, Entries, again, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

CUSTOM = (
    ("town", {"type": "string"}),
    ("weight", {"type": "number", "minimum": 1.5}),
    ("age", {"type": "integer", "minimum": 0, "maximum": 150}),
    ("plan", {"type": "enum", "enum": ["free", "pro"]}),
    ("fax", {"type": "phone_number"}),
    ("second-mail", {"type": "email"}),
    ("homepage", {"type": "url"}),
    ("land", {"type": "country_code"}),
)
STANDARD = {
    "name": "Zoë Ångström",
    "given_name": "Zoë",
    "middle_name": "M.",
    "family_name": "Ångström",
    "nickname": "Z",
    "gender": "female",
    "birthdate": "1990-02-03",
    "zoneinfo": "Europe/Berlin",
    "locale": "de-AT",
    "website": "https://example.com",
    "profile": "https://example.com/zoe",
    "picture": "https://example.com/zoe.png",
}
ADDRESS = {
    "formatted": "Main Street 1\nBerlin",
    "street_address": "Main Street 1",
    "locality": "Berlin",
    "region": "BE",
    "postal_code": "10115",
    "country": "DE",
}
CHOSEN = {
    "town": "Berlin",
    "weight": 61.5,
    "age": 36,
    "plan": "pro",
    "fax": "+4930123456",
    "second-mail": "z@example.com",
    "homepage": "https://example.com",
    "land": "DE",
}


def define() -> None:
    for position, (name, columns) in enumerate(CUSTOM):
        CustomAttribute.objects.create(name=name, position=position, **columns)


def filled(user: User, **changes: Any) -> dict[str, Any]:
    return {"version": version_of(again(user)), **changes}


def test_all_attributes_are_changed_with_one_entry(owner_client: GuardedClient, entries: Entries) -> None:
    define()
    zoe = make(standard_attributes={"given_name": "Before"})
    data = {**STANDARD, **ADDRESS, **{f"custom_attributes_{name}": str(value) for name, value in CHOSEN.items()}}
    answer = owner_client.post(f"/users/{zoe.pk}/profile", filled(zoe, **data))
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{zoe.pk}")
    stored = again(zoe)
    assert stored.standard_attributes == {**STANDARD, "email": "zoe@example.com", "address": ADDRESS}
    assert stored.custom_attributes == CHOSEN
    (entry,) = entries(activity_type="user.profile.updated")
    assert entry.user_id == zoe.pk
    assert "The profile is saved." in text(owner_client.get(answer["Location"]))


def test_the_form_comes_filled_and_saving_it_unchanged_writes_nothing(
    owner_client: GuardedClient, entries: Entries
) -> None:
    define()
    zoe = make(standard_attributes={**STANDARD, "address": ADDRESS}, custom_attributes=CHOSEN)
    form = owner_client.get(f"/users/{zoe.pk}/profile", headers=DIALOG).context["form"]
    data = {field.html_name: field.value() for field in form if field.value() is not None}
    assert owner_client.post(f"/users/{zoe.pk}/profile", data).status_code == 302
    assert again(zoe).updated_at == zoe.updated_at
    assert not entries(activity_type="user.profile.updated")


def test_widgets_fit_the_types(owner_client: GuardedClient) -> None:
    define()
    page = text(owner_client.get(f"/users/{make().pk}/profile"))
    for markup in (
        'type="number" name="custom_attributes_age"',
        'type="email" name="custom_attributes_second-mail"',
        'type="url" name="custom_attributes_homepage"',
        'type="tel"',
        '<select name="custom_attributes_plan"',
        '<option value="DE">DE</option>',
        '<datalist id="zones">',
        "From 0 to 150.",
        "At least 1.5.",
    ):
        assert markup in page


def test_a_value_that_is_no_longer_offered_stays_in_sight(owner_client: GuardedClient) -> None:
    define()
    zoe = make(custom_attributes={"plan": "free"})
    CustomAttribute.objects.filter(name="plan").update(enum=["pro"])
    page = text(owner_client.get(f"/users/{zoe.pk}/profile"))
    assert '<option value="free" selected>free</option>' in page
    answer = owner_client.post(f"/users/{zoe.pk}/profile", filled(zoe, custom_attributes_plan="free"))
    assert answer.status_code == 422
    assert "not one of the values" in text(answer).split('id="id_custom_attributes_plan_error"')[1]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("birthdate", "yesterday", "This must be a date"),
        ("zoneinfo", "Nowhere/Else", "This is not a time zone"),
        ("locale", "-", "This is not a language tag"),
        ("website", "javascript:alert(1)", "beginning with http: or https:"),
        ("picture", "data:image/png,x", "uploaded picture"),
        ("street_address", "x\x01", "control character"),
        ("name", "a\0b", "Null characters are not allowed."),
        ("name", "x" * 1001, "at most 1000 characters"),
        ("country", "x" * 1001, "at most 1000 characters"),
        ("custom_attributes_age", "151", "This must be at most 150"),
        ("custom_attributes_age", "old", "whole number"),
        ("custom_attributes_weight", "1e400", "number"),
        ("custom_attributes_weight", "NaN", "number"),
        ("custom_attributes_fax", "030", "not a valid phone number"),
        ("custom_attributes_second-mail", "x", "not an e-mail address"),
        ("custom_attributes_homepage", "javascript:x", "beginning with http: or https:"),
        ("custom_attributes_land", "XX", "not a country code"),
        ("custom_attributes_town", "a\0b", "Null characters are not allowed."),
        ("custom_attributes_town", "x" * 4097, "at most 4096 characters"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_stays(
    owner_client: GuardedClient, entries: Entries, field: str, value: str, message: str
) -> None:
    define()
    zoe = make(standard_attributes={"nickname": "Before"})
    answer = owner_client.post(
        f"/users/{zoe.pk}/profile", filled(zoe, nickname="Entered", **{field: value}), headers=DIALOG
    )
    assert answer.status_code == 422
    assert message in text(answer).split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert 'value="Entered"' in text(answer)
    assert again(zoe).standard_attributes["nickname"] == "Before"
    assert not entries(activity_type="user.profile.updated")


def test_one_of_several_identities_is_chosen(owner_client: GuardedClient) -> None:
    zoe = make()
    assert '<select name="email"' not in text(owner_client.get(f"/users/{zoe.pk}/profile"))
    add_login_id(actor=HOST, user_id=zoe.pk, key="email", value="other@example.com")
    assert '<select name="email"' in text(owner_client.get(f"/users/{zoe.pk}/profile"))
    owner_client.post(f"/users/{zoe.pk}/profile", filled(zoe, email="other@example.com"))
    assert again(zoe).standard_attributes["email"] == "other@example.com"
    answer = owner_client.post(f"/users/{zoe.pk}/profile", filled(zoe, email="stolen@example.com"))
    assert answer.status_code == 422
    assert again(zoe).standard_attributes["email"] == "other@example.com"


def test_a_change_by_somebody_else_is_shown_beside_what_was_entered(
    owner_client: GuardedClient, entries: Entries
) -> None:
    zoe = make(standard_attributes={"nickname": "Before", "gender": "female"})
    data = filled(zoe, nickname="Mine", gender="female")
    update_user(actor=HOST, user_id=zoe.pk, standard_attributes={"nickname": "Theirs", "gender": "female"})
    answer = owner_client.post(f"/users/{zoe.pk}/profile", data, headers=DIALOG)
    assert answer.status_code == 422
    assert "Somebody else changed this user" in text(answer)
    table = text(answer).split('<table class="diff">')[1].split("</table>")[0]
    assert "Theirs" in table
    assert "Mine" in table
    assert "Gender" not in table
    assert 'value="Mine"' in text(answer)
    assert again(zoe).standard_attributes["nickname"] == "Theirs"
    assert len(entries(activity_type="user.profile.updated")) == 1
    form = answer.context["form"]
    owner_client.post(f"/users/{zoe.pk}/profile", {field.html_name: field.value() or "" for field in form})
    assert again(zoe).standard_attributes["nickname"] == "Mine"


def test_without_a_version_nothing_is_written(owner_client: GuardedClient) -> None:
    zoe = make()
    assert owner_client.post(f"/users/{zoe.pk}/profile", {"nickname": "Z"}).status_code == 422
    assert "nickname" not in again(zoe).standard_attributes


def test_an_anonymized_user_stays_as_it_is(owner_client: GuardedClient) -> None:
    zoe = make()
    anonymize_user(actor=HOST, user_id=zoe.pk)
    assert "/profile" not in text(owner_client.get(f"/users/{zoe.pk}"))
    answer = owner_client.post(f"/users/{zoe.pk}/profile", filled(zoe, nickname="Z"))
    assert answer.status_code == 422
    assert "This user is anonymized" in text(answer)


def test_markup_that_was_entered_comes_back_as_text(owner_client: GuardedClient) -> None:
    zoe = make()
    answer = owner_client.post(f"/users/{zoe.pk}/profile", filled(zoe, nickname=EVIL, birthdate=EVIL))
    assert answer.status_code == 422
    assert "<img src=x" not in text(answer)
