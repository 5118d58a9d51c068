"""Each write through every door that offers it: the same rows, and the same entries but for author and door."""

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import transaction

import directory.operations
from directory.actors import Actor
from directory.models import AuditEntry, CustomAttribute
from directory.operations import custom_attributes, groups, identities, imports, organizations, roles, users
from directory.operations.base import OPERATIONS, version_of
from directory.queries.custom_attributes import definition_of
from directory.values.import_records import ImportRules, Row, check_row
from tests.doors.world import World, comparable, entries_after, make_world, rows
from tests.write_guard import GuardedClient

PERIOD = {"temporarily_disabled_from": "2099-01-01T00:00", "temporarily_disabled_until": "2099-02-01T00:00"}
FROM, UNTIL = datetime(2099, 1, 1, tzinfo=UTC), datetime(2099, 2, 1, tzinfo=UTC)
NEW_EMAIL = {"login_id_key": "email", "login_id": "New@Example.com"}


@dataclass(frozen=True)
class Write:
    """One write: the operation with its arguments, and the address and form of the page that offers it."""

    operation: Callable[..., Any]
    arguments: Callable[[World], dict[str, Any]]
    address: Callable[[World], str]
    form: Callable[[World], dict[str, Any]]


def of(operation: Any, arguments: Any, address: Any, form: Any = None) -> Write:
    return Write(operation, arguments, address, form or (lambda w: {}))


def status(operation: Any, who: str, slug: str, form: Any = None, **given: Any) -> Write:
    return of(
        operation,
        lambda w: {"user_id": getattr(w, who).id, **given},
        lambda w: f"/users/{getattr(w, who).id}/status/{slug}",
        lambda w: form(w) if callable(form) else dict(form or {}),
    )


def confirmed(who: str) -> Callable[[World], dict[str, str]]:
    return lambda w: {"confirmation": f"{who}@example.com"}


WRITES: dict[str, Write] = {
    "users.create.create_user": of(
        users.create_user,
        lambda w: {"login_id_key": "email", "login_id": "New@Example.com"},
        lambda w: "/users/add",
        lambda w: NEW_EMAIL,
    ),
    "users.update.update_user": of(
        users.update_user,
        lambda w: {
            "user_id": w.yan.id,
            "standard_attributes": {"email": "yan@example.com", "name": "Yan Y"},
            "custom_attributes": {"age": 36},
        },
        lambda w: f"/users/{w.yan.id}/profile",
        lambda w: {"version": version_of(w.yan), "name": "Yan Y", "custom_attributes_age": "36"},
    ),
    "users.status.disable_user": status(users.disable_user, "zoe", "disable", {"reason": "Left"}, reason="Left"),
    "users.status.disable_user for a period": status(
        users.disable_user, "zoe", "disable-for-a-period", {**PERIOD, "reason": "Leave"},
        reason="Leave", temporarily_from=FROM, temporarily_until=UNTIL,
    ),
    "users.status.enable_user": status(users.enable_user, "disabled", "enable"),
    "users.status.set_valid_period": status(
        users.set_valid_period, "zoe", "valid-period",
        {"account_valid_from": "", "account_valid_until": "2099-02-01T00:00"}, valid_from=None, valid_until=UNTIL,
    ),
    "users.status.schedule_deletion": status(
        users.schedule_deletion, "zoe", "schedule-deletion", {"reason": "Asked"}, reason="Asked"
    ),
    "users.status.unschedule_deletion": status(users.unschedule_deletion, "leaving", "cancel-deletion"),
    "users.status.schedule_anonymization": status(users.schedule_anonymization, "zoe", "schedule-anonymization"),
    "users.status.unschedule_anonymization": status(users.unschedule_anonymization, "fading", "cancel-anonymization"),
    "users.delete.delete_user": status(users.delete_user, "zoe", "delete", confirmed("zoe")),
    "users.delete.anonymize_user": status(users.anonymize_user, "zoe", "anonymize", confirmed("zoe")),
    "identities.add_login_id": of(
        identities.add_login_id,
        lambda w: {"user_id": w.zoe.id, "key": "email", "value": "New@Example.com"},
        lambda w: f"/users/{w.zoe.id}/identities/add",
        lambda w: NEW_EMAIL,
    ),
    "identities.update_login_id": of(
        identities.update_login_id,
        lambda w: {"user_id": w.zoe.id, "identity_id": w.email.id, "value": "other@example.com"},
        lambda w: f"/users/{w.zoe.id}/identities/{w.email.id}",
        lambda w: {"login_id": "other@example.com"},
    ),
    "identities.remove_identity": of(
        identities.remove_identity,
        lambda w: {"identity_id": w.phone.id},
        lambda w: f"/users/{w.zoe.id}/identities/{w.phone.id}/remove",
    ),
    "identities.set_verified": of(
        identities.set_verified,
        lambda w: {
            "user_id": w.zoe.id, "claim_name": "email", "claim_value": "zoe@example.com", "verified": True,
        },
        lambda w: f"/users/{w.zoe.id}/identities/{w.email.id}/verified",
        lambda w: {"verified": "true"},
    ),
    "roles.add_user_to_roles": of(
        roles.add_user_to_roles,
        lambda w: {"user_id": w.zoe.id, "role_keys": ["free"]},
        lambda w: f"/users/{w.zoe.id}/roles/add",
        lambda w: {"picked": ["free"]},
    ),
    "roles.remove_user_from_roles": of(
        roles.remove_user_from_roles,
        lambda w: {"user_id": w.zoe.id, "role_keys": ["held"]},
        lambda w: f"/users/{w.zoe.id}/roles/remove",
        lambda w: {"key": "held"},
    ),
    "groups.add_user_to_groups": of(
        groups.add_user_to_groups,
        lambda w: {"user_id": w.zoe.id, "group_keys": ["outside"]},
        lambda w: f"/users/{w.zoe.id}/groups/add",
        lambda w: {"picked": ["outside"]},
    ),
    "groups.remove_user_from_groups": of(
        groups.remove_user_from_groups,
        lambda w: {"user_id": w.zoe.id, "group_keys": ["inside"]},
        lambda w: f"/users/{w.zoe.id}/groups/remove",
        lambda w: {"key": "inside"},
    ),
    "roles.create_role": of(
        roles.create_role,
        lambda w: {"key": "acme:new", "name": "New", "organization_id": w.acme.id},
        lambda w: "/roles/add",
        lambda w: {"key": "new", "name": "New", "organization": "acme"},
    ),
    "roles.update_role": of(
        roles.update_role,
        lambda w: {"role_id": w.held.id, "key": "kept", "name": "", "description": "Why"},
        lambda w: f"/roles/{w.held.id}",
        lambda w: {"version": version_of(w.held), "key": "kept", "name": "", "description": "Why"},
    ),
    "roles.delete_role": of(
        roles.delete_role,
        lambda w: {"role_id": w.held.id},
        lambda w: f"/roles/{w.held.id}/delete",
        lambda w: {"confirmation": "held"},
    ),
    "roles.add_role_to_users": of(
        roles.add_role_to_users,
        lambda w: {"role_key": "free", "user_ids": [w.zoe.id, w.yan.id]},
        lambda w: f"/roles/{w.free.id}/users/add",
        lambda w: {"picked": [str(w.zoe.id), str(w.yan.id)]},
    ),
    "roles.remove_role_from_users": of(
        roles.remove_role_from_users,
        lambda w: {"role_key": "held", "user_ids": [w.zoe.id]},
        lambda w: f"/roles/{w.held.id}/users/remove",
        lambda w: {"only": str(w.zoe.id)},
    ),
    "roles.add_role_to_groups": of(
        roles.add_role_to_groups,
        lambda w: {"role_key": "free", "group_keys": ["inside", "outside"]},
        lambda w: f"/roles/{w.free.id}/groups/add",
        lambda w: {"picked": ["inside", "outside"]},
    ),
    "roles.remove_role_from_groups": of(
        roles.remove_role_from_groups,
        lambda w: {"role_key": "held", "group_keys": ["inside"]},
        lambda w: f"/roles/{w.held.id}/groups/remove",
        lambda w: {"only": "inside"},
    ),
    "groups.create_group": of(
        groups.create_group,
        lambda w: {"key": "new", "name": "New", "description": "Why"},
        lambda w: "/groups/add",
        lambda w: {"key": "new", "name": "New", "description": "Why"},
    ),
    "groups.update_group": of(
        groups.update_group,
        lambda w: {"group_id": w.inside.id, "key": "kept", "name": "", "description": "Why"},
        lambda w: f"/groups/{w.inside.id}",
        lambda w: {"version": version_of(w.inside), "key": "kept", "name": "", "description": "Why"},
    ),
    "groups.delete_group": of(
        groups.delete_group,
        lambda w: {"group_id": w.inside.id},
        lambda w: f"/groups/{w.inside.id}/delete",
        lambda w: {"confirmation": "inside"},
    ),
    "groups.add_group_to_users": of(
        groups.add_group_to_users,
        lambda w: {"group_key": "outside", "user_ids": [w.zoe.id, w.yan.id]},
        lambda w: f"/groups/{w.outside.id}/users/add",
        lambda w: {"picked": [str(w.zoe.id), str(w.yan.id)]},
    ),
    "groups.remove_group_from_users": of(
        groups.remove_group_from_users,
        lambda w: {"group_key": "inside", "user_ids": [w.zoe.id]},
        lambda w: f"/groups/{w.inside.id}/users/remove",
        lambda w: {"only": str(w.zoe.id)},
    ),
    "roles.add_group_to_roles": of(
        roles.add_group_to_roles,
        lambda w: {"group_key": "outside", "role_keys": ["held", "free"]},
        lambda w: f"/groups/{w.outside.id}/roles/add",
        lambda w: {"picked": ["held", "free"]},
    ),
    "roles.remove_group_from_roles": of(
        roles.remove_group_from_roles,
        lambda w: {"group_key": "inside", "role_keys": ["held"]},
        lambda w: f"/groups/{w.inside.id}/roles/remove",
        lambda w: {"only": "held"},
    ),
    "organizations.create_organization": of(
        organizations.create_organization,
        lambda w: {"slug": "new", "name": "New", "description": "Why"},
        lambda w: "/organizations/add",
        lambda w: {"slug": "new", "name": "New", "description": "Why"},
    ),
    "organizations.update_organization": of(
        organizations.update_organization,
        lambda w: {"organization_id": w.acme.id, "slug": "acme2", "name": "Acme II", "description": ""},
        lambda w: f"/organizations/{w.acme.id}",
        lambda w: {"version": version_of(w.acme), "slug": "acme2", "name": "Acme II", "description": ""},
    ),
    "organizations.delete_organization": of(
        organizations.delete_organization,
        lambda w: {"organization_id": w.acme.id},
        lambda w: f"/organizations/{w.acme.id}/delete",
        lambda w: {"confirmation": "acme"},
    ),
    "organizations.add_member": of(
        organizations.add_member,
        lambda w: {"organization_id": w.globex.id, "user_id": w.yan.id, "role": "admin"},
        lambda w: f"/organizations/{w.globex.id}/members/add",
        lambda w: {"picked": [str(w.yan.id)], "role": "admin"},
    ),
    "organizations.update_member": of(
        organizations.update_member,
        lambda w: {
            "organization_id": w.acme.id, "user_id": w.zoe.id, "role": "user", "status": "retired", "external_id": "E1",
        },
        lambda w: f"/organizations/{w.acme.id}/members/{w.zoe.id}",
        lambda w: {"role": "user", "status": "retired", "external_id": "E1"},
    ),
    "organizations.remove_member": of(
        organizations.remove_member,
        lambda w: {"organization_id": w.acme.id, "user_id": w.zoe.id},
        lambda w: f"/organizations/{w.acme.id}/members/{w.zoe.id}/remove",
    ),
    "custom_attributes.create_custom_attribute": of(
        custom_attributes.create_custom_attribute,
        lambda w: {"name": "size", "type": "enum", "enum": ("S", "L")},
        lambda w: "/custom-attributes/add",
        lambda w: {"name": "size", "type": "enum", "enum": "S\nL"},
    ),
    "custom_attributes.update_custom_attribute": of(
        custom_attributes.update_custom_attribute,
        lambda w: {"custom_attribute_id": w.town.id, "minimum": 18.0, "maximum": None},
        lambda w: f"/custom-attributes/{w.town.id}",
        lambda w: {"version": version_of(w.town), "minimum": "18", "maximum": ""},
    ),
    "custom_attributes.delete_custom_attribute": of(
        custom_attributes.delete_custom_attribute,
        lambda w: {"custom_attribute_id": w.town.id},
        lambda w: f"/custom-attributes/{w.town.id}/delete",
        lambda w: {"confirmation": "age"},
    ),
}  # fmt: skip

#: Operations that no page offers, each tested where its one door is: tests/commands, tests/signin.
ONE_DOOR = {
    "users.due.carry_out_schedule",
    "exports.export_users",
    "imports.batches.import_users",
    "imports.batches.finish_import",
}


def _result(act: Callable[[], None], known: set[str], before: set[UUID]) -> str:
    """What a door leaves behind. It is taken back, so that the next one finds the same world."""
    savepoint = transaction.savepoint()
    act()
    result = comparable({"rows": rows(), "entries": entries_after(before)}, known)
    transaction.savepoint_rollback(savepoint)
    return result


def _known() -> tuple[set[str], set[UUID]]:
    ids = {
        value.hex
        for model in apps.get_app_config("directory").get_models()
        if hasattr(model, "id") and model is not AuditEntry
        for value in model.objects.values_list("id", flat=True)
        if isinstance(value, UUID)
    }
    return ids, set(AuditEntry.objects.values_list("id", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES)
def test_a_page_does_what_the_operation_does(owner_client: GuardedClient, root: Actor, name: str) -> None:
    write, world = WRITES[name], make_world()
    known, before = _known()
    untouched = comparable({"rows": rows(), "entries": []}, known)

    def by_page() -> None:
        answer = owner_client.post(write.address(world), write.form(world))
        assert answer.status_code == 302, answer.content.decode()[:4000]

    directly = _result(lambda: write.operation(actor=root, **write.arguments(world)), known, before)
    assert directly != untouched
    assert _result(by_page, known, before) == directly


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES)
def test_a_page_refuses_an_auditor_and_leaves_one_denied_entry(
    auditor_client: GuardedClient, entries: Callable[..., list[Any]], name: str
) -> None:
    write, world = WRITES[name], make_world()
    before = rows()
    answer = auditor_client.post(write.address(world), write.form(world))
    assert answer.status_code == 403
    assert rows() == before
    assert [entry.activity_type for entry in entries(outcome="denied")] == ["operation.denied"]


@pytest.mark.django_db
def test_the_import_makes_the_person_that_the_operation_makes(host: Actor) -> None:
    make_world()
    known, before = _known()
    record = {"email": "New@Example.com", "name": "New One", "custom_attributes": {"age": 36}}

    def by_import() -> None:
        rules = ImportRules(
            "email", definitions={row.name: definition_of(row) for row in CustomAttribute.objects.all()}
        )
        row = check_row(Row(0, 1, record), rules)
        (result,) = imports.import_users(actor=host, import_id=uuid4(), rows=[row])
        assert result.outcome == "inserted"

    def directly() -> None:
        users.create_user(
            actor=host,
            login_id_key="email",
            login_id="New@Example.com",
            standard_attributes={"email": "new@example.com", "name": "New One"},
            custom_attributes={"age": 36},
        )

    assert _alike(_result(by_import, known, before)) == _alike(_result(directly, known, before))


def _alike(result: str) -> dict[str, Any]:
    """Without what tells an import's entry apart: the import's id stands where the identity's would."""
    snapshot: dict[str, Any] = json.loads(result)
    for entry in snapshot["entries"]:
        entry["details"].pop("identity_id", None)
        entry["details"].pop("import_id", None)
    return snapshot


def test_every_operation_is_here_or_has_one_door_only() -> None:
    for module in pkgutil.walk_packages(directory.operations.__path__, "directory.operations."):
        importlib.import_module(module.name)
    offered = {name.split(" ")[0] for name in WRITES}
    missing = {name for name in OPERATIONS if name not in offered | ONE_DOOR and not name.startswith("administrators.")}
    assert missing == set()
