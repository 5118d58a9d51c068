"""Adding a user."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group as AdminRole
from django.contrib.auth.models import Permission as PermissionRow

from directory.models import Administrator, Authenticator, Message, User
from directory.operations.authenticators import verify_password
from tests.operations.authenticators.people import STRANGER
from tests.pages.users.people import DIALOG, EVIL, Entries, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

ZOE = {"login_id_key": "email", "login_id": "Zoe@Example.com", "given_name": "Zoë"}


def test_the_form_is_a_page_or_a_dialog(owner_client: GuardedClient) -> None:
    assert "<html" in text(owner_client.get("/users/add"))
    dialog = text(owner_client.get("/users/add", headers=DIALOG))
    assert dialog.lstrip().startswith("<dialog")
    assert dialog.count("(UTC)") == 2


def test_a_password_is_offered_only_to_who_may_give_one(signed_in: Callable[..., GuardedClient]) -> None:
    client = signed_in("")
    adders = AdminRole.objects.create(name="adder")
    adders.permissions.set(PermissionRow.objects.filter(codename__in=["users.view", "users.create"]))
    Administrator.objects.get(pk=client.session["_auth_user_id"]).groups.add(adders)
    assert 'name="password"' not in text(client.get("/users/add"))
    assert client.post("/users/add", {**ZOE, "password_mode": "generated"}).status_code == 403
    assert client.post("/users/add", ZOE).status_code == 302


@pytest.mark.parametrize(
    ("key", "given", "stored"),
    [
        ("email", "Zoe@Example.com", "zoe@example.com"),
        ("phone", "+49 30 123456", "+4930123456"),
        ("username", "Zoe", "zoe"),
    ],
)
def test_a_user_is_added_and_shown(
    owner_client: GuardedClient, entries: Entries, key: str, given: str, stored: str
) -> None:
    answer = owner_client.post("/users/add", {**ZOE, "login_id_key": key, "login_id": given})
    user = User.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{user.pk}")
    assert user.identities.get().value == stored
    assert user.standard_attributes["given_name"] == "Zoë"
    assert [entry.user_id for entry in entries(activity_type="user.created")] == [user.pk]
    assert "The user is added." in text(owner_client.get(answer["Location"]))


def test_the_dialog_leads_to_the_users_page(owner_client: GuardedClient) -> None:
    answer = owner_client.post("/users/add", ZOE, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/users/{User.objects.get().pk}")


def test_the_valid_period_is_taken_as_utc(owner_client: GuardedClient) -> None:
    owner_client.post("/users/add", {**ZOE, "account_valid_from": "2026-01-02T03:04"})
    moment = User.objects.get().account_valid_from
    assert moment is not None
    assert moment.isoformat() == "2026-01-02T03:04:00+00:00"


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"login_id": ""}, "login_id", "This field is required."),
        ({"login_id": "nobody"}, "login_id", "This is not an e-mail address."),
        ({"login_id": "a\0b@example.com"}, "login_id", "Null characters are not allowed."),
        ({"login_id": "x" * 401}, "login_id", "at most 400 characters"),
        ({"login_id_key": "fax"}, "login_id_key", "Select a valid choice."),
        ({"given_name": "x" * 1001}, "given_name", "at most 1000 characters"),
        ({"given_name": "\x01"}, "given_name", "control character"),
        ({"account_valid_until": "soon"}, "account_valid_until", "Enter a date and time"),
        ({"account_valid_until": "1600-01-01T00:00"}, "account_valid_until", "before the year 1970"),
        (
            {"account_valid_from": "2026-01-02T00:00", "account_valid_until": "2026-01-01T00:00"},
            "account_valid_until",
            "must end after it begins",
        ),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_stays(
    owner_client: GuardedClient, entries: Entries, wrong: dict[str, Any], field: str, message: str
) -> None:
    answer = owner_client.post("/users/add", {**ZOE, **wrong}, headers=DIALOG)
    assert answer.status_code == 422
    errors = text(answer).split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert message in errors
    assert f'name="{field}"' in text(answer)
    assert 'aria-invalid="true"' in text(answer)
    assert 'value="Zoë"' in text(answer) or field == "given_name"
    assert not User.objects.exists()
    assert not entries()


def test_a_lone_surrogate_is_never_500(owner_client: GuardedClient) -> None:
    body = b"login_id_key=email&login_id=%ED%A0%80%40example.com"
    answer = owner_client.post("/users/add", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (302, 422)
    assert "\ud800" not in "".join(User.objects.values_list("standard_attributes__email", flat=True))


def test_a_taken_login_id_is_said_at_its_field(owner_client: GuardedClient) -> None:
    make()
    answer = owner_client.post("/users/add", ZOE)
    assert answer.status_code == 422
    assert "taken already" in text(answer).split('id="id_login_id_error"')[1].split("</ul>")[0]


def test_what_was_entered_comes_back_as_text(owner_client: GuardedClient) -> None:
    answer = owner_client.post("/users/add", {**ZOE, "login_id": EVIL, "given_name": EVIL})
    assert "<img src=x" not in text(answer)


PASSWORD = "quiet river under stones"


def test_a_password_is_typed_with_it(owner_client: GuardedClient) -> None:
    form = {"login_id_key": "email", "login_id": "zoe@example.com", "password_mode": "typed", "password": PASSWORD}
    assert owner_client.post("/users/add", {**form, "set_password_expired": "on"}).status_code == 302
    row = Authenticator.objects.get()
    assert row.expire_after is not None
    assert verify_password(actor=STRANGER, user_id=row.user_id, password=PASSWORD)
    assert not Message.objects.exists()


def test_a_generated_password_is_sent(owner_client: GuardedClient) -> None:
    form = {"login_id_key": "email", "login_id": "zoe@example.com", "password_mode": "generated"}
    assert owner_client.post("/users/add", form).status_code == 302
    assert Message.objects.get().recipient == "zoe@example.com"
    assert Authenticator.objects.get().expire_after is None


@pytest.mark.parametrize(
    "form",
    [
        {"password_mode": "typed"},
        {"password_mode": "typed", "password": "short"},
        {"password_mode": "generated", "login_id_key": "phone", "login_id": "+4930123456"},
    ],
)
def test_a_password_that_cannot_be_makes_nobody(owner_client: GuardedClient, form: dict[str, str]) -> None:
    answer = owner_client.post("/users/add", {"login_id_key": "email", "login_id": "zoe@example.com", **form})
    assert answer.status_code == 422
    assert 'value="short"' not in text(answer)
    assert not User.objects.exists()
