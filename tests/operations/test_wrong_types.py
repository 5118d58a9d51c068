"""Arguments of the wrong type are refused like any other wrong value: no door has to check them first."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import Invalid, NotFound
from directory.models import Organization, User
from directory.operations import custom_attributes, groups, identities, organizations, roles, users
from tests.operations.users.people import ZOE, make_zoe, refused

pytestmark = pytest.mark.django_db
NO_ID = "x"
CLAIM = {"claim_name": "email", "claim_value": ZOE, "verified": True}


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


@pytest.mark.parametrize("no_id", ["x", "", "\0", "\ud800", 1, None, [], {}])
@pytest.mark.parametrize(
    ("act", "field", "arguments", "code"),
    [
        (users.update_user, "user_id", {}, "UserNotFound"),
        (users.delete_user, "user_id", {}, "UserNotFound"),
        (users.enable_user, "user_id", {}, "UserNotFound"),
        (identities.set_verified, "user_id", CLAIM, "UserNotFound"),
        (identities.remove_identity, "identity_id", {}, "IdentityNotFound"),
        (roles.update_role, "role_id", {}, "RoleNotFound"),
        (roles.add_user_to_roles, "user_id", {"role_keys": []}, "UserNotFound"),
        (groups.delete_group, "group_id", {}, "GroupNotFound"),
        (organizations.update_organization, "organization_id", {}, "OrganizationNotFound"),
        (organizations.delete_organization, "organization_id", {}, "OrganizationNotFound"),
        (custom_attributes.delete_custom_attribute, "custom_attribute_id", {}, "CustomAttributeNotFound"),
    ],
)
def test_there_is_nothing_of_an_id_that_is_none(
    root: Actor, act: Callable[..., Any], field: str, arguments: dict[str, Any], code: str, no_id: Any
) -> None:
    with refused(NotFound, code):
        act(actor=root, **{field: no_id}, **arguments)


@pytest.mark.parametrize("no_id", ["x", 1, []])
def test_nor_is_there_where_two_ids_are_given(root: Actor, zoe: User, acme: Organization, no_id: Any) -> None:
    for act in (organizations.add_member, organizations.update_member, organizations.remove_member):
        with refused(NotFound, "UserNotFound"):
            act(actor=root, organization_id=acme.id, user_id=no_id)
        with refused(NotFound, "OrganizationNotFound"):
            act(actor=root, organization_id=no_id, user_id=zoe.id)
    for create in (roles.create_role, groups.create_group):
        with refused(NotFound, "OrganizationNotFound"):
            create(actor=root, key="k", organization_id=no_id)


@pytest.mark.parametrize(
    ("act", "arguments", "field"),
    [
        (users.disable_user, {"temporarily_from": "x", "temporarily_until": None}, "temporarily_disabled_from"),
        (users.disable_user, {"temporarily_until": 1}, "temporarily_disabled_until"),
        (users.disable_user, {"reason": 1}, "reason"),
        (users.set_valid_period, {"valid_from": "2020", "valid_until": None}, "account_valid_from"),
        (users.set_valid_period, {"valid_from": None, "valid_until": []}, "account_valid_until"),
        (users.schedule_deletion, {"grace_days": "x"}, "grace_days"),
        (users.delete_user, {"reason": []}, "reason"),
        (users.update_user, {"custom_attributes": "x"}, "custom_attributes"),
        (users.update_user, {"standard_attributes": []}, "standard_attributes"),
        (identities.set_verified, {**CLAIM, "verified": "no"}, "verified"),
        (identities.set_verified, {**CLAIM, "verified": 1}, "verified"),
        (identities.set_verified, {**CLAIM, "claim_value": []}, "claim_value"),
        (identities.add_login_id, {"key": "email", "value": []}, "login_id"),
        (roles.add_user_to_roles, {"role_keys": [[]]}, "role_keys"),
        (groups.add_user_to_groups, {"group_keys": "x"}, "group_keys"),
    ],
)
def test_a_value_of_another_type_is_refused_at_its_field(
    root: Actor, zoe: User, act: Callable[..., Any], arguments: dict[str, Any], field: str
) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        act(actor=root, user_id=zoe.id, **arguments)
    assert [(cause.field, cause.kind) for cause in caught.value.causes] == [(field, "type")]


def test_a_claims_name_that_is_no_text_is_no_claim(root: Actor, zoe: User) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        identities.set_verified(actor=root, user_id=zoe.id, **{**CLAIM, "claim_name": []})
    assert [(cause.field, cause.kind) for cause in caught.value.causes] == [("claim_name", "enum")]


@pytest.mark.parametrize("key", [[], {}, None, 1])
def test_a_login_ids_key_that_is_no_text_is_no_key(root: Actor, zoe: User, key: Any) -> None:
    with refused(Invalid, "InvariantViolated"):
        users.create_user(actor=root, login_id_key=key, login_id="new@example.com")
    with refused(Invalid, "InvariantViolated"):
        identities.add_login_id(actor=root, user_id=zoe.id, key=key, value="new@example.com")


def test_the_causes_of_a_new_user_come_together(root: Actor) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        users.create_user(actor=root, login_id_key="email", login_id=1, account_valid_from="2020")
    causes = [(cause.field, cause.kind) for cause in caught.value.causes]
    assert causes == [("login_id", "type"), ("account_valid_from", "type")]


def test_ids_among_others_are_refused_where_they_stand(root: Actor) -> None:
    roles.create_role(actor=root, key="writer")
    with refused(Invalid, "ValidationFailed") as caught:
        roles.add_role_to_users(actor=root, role_key="writer", user_ids=[[]])
    assert [(cause.field, cause.kind) for cause in caught.value.causes] == [("user_ids", "format")]
