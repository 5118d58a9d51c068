"""Each write through every door that offers it: the same rows, and the same entries but for author and door."""

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import transaction

import directory.operations
from directory.actors import Actor
from directory.models import AuditEntry, CustomAttribute
from directory.models.base import new_id
from directory.operations import (
    api_clients,
    authenticators,
    authorizations,
    custom_attributes,
    deleted_users,
    groups,
    identities,
    imports,
    jobs,
    lockouts,
    organizations,
    roles,
    sessions,
    users,
)
from directory.operations.base import OPERATIONS, version_of
from directory.queries.custom_attributes import definition_of
from directory.values.import_records import ImportRules
from directory.values.import_rows import Row, check_row
from tests.doors.world import World, comparable, entries_after, rows
from tests.write_guard import GuardedClient

PERIOD = {"temporarily_disabled_from": "2099-01-01T00:00", "temporarily_disabled_until": "2099-02-01T00:00"}
FROM, UNTIL = datetime(2099, 1, 1, tzinfo=UTC), datetime(2099, 2, 1, tzinfo=UTC)
SOON = (datetime.now(UTC) + timedelta(days=30)).replace(second=0, microsecond=0)
NEW_EMAIL = {"login_id_key": "email", "login_id": "New@Example.com"}


@dataclass(frozen=True)
class Write:
    """One write: the operation with its arguments, and the address and form of the page that offers it."""

    operation: Callable[..., Any]
    arguments: Callable[[World], dict[str, Any]]
    address: Callable[[World], str]
    form: Callable[[World], dict[str, Any]]
    #: 200 where the page shows, this once, what the operation has made.
    answer: int = 302


def of(operation: Any, arguments: Any, address: Any, form: Any = None, answer: int = 302) -> Write:
    return Write(operation, arguments, address, form or (lambda w: {}), answer)


def security(operation: Any, slug: str, form: Any = None, answer: int = 302, **given: Any) -> Write:
    """A write on how ``vera`` proves who she is."""
    return of(
        operation,
        lambda w: {"user_id": w.guarded.user.id, **given},
        lambda w: f"/users/{w.guarded.user.id}/security/{slug}",
        form if callable(form) else lambda w: dict(form or {}),
        answer,
    )


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
    "deleted_users.restore.restore_user": of(
        deleted_users.restore_user,
        lambda w: {"user_id": w.gone},
        lambda w: f"/users/deleted/{w.gone}/restore",
    ),
    "deleted_users.erase.erase_deleted_user": of(
        deleted_users.erase_deleted_user,
        lambda w: {"user_id": w.gone},
        lambda w: f"/users/deleted/{w.gone}/erase",
        confirmed("gone"),
    ),
    "deleted_users.erase.erase_personal_entries": status(
        deleted_users.erase_personal_entries, "faded", "forget", lambda w: {"confirmation": str(w.faded.id)}
    ),
    "authenticators.passwords.set_password": security(
        authenticators.set_password, "password",
        {"mode": "typed", "password": "another quiet river", "set_expired": "on", "send_password": "on"},
        password="another quiet river", set_expired=True, send_password=True,
    ),
    "authenticators.passwords.set_password generated": security(
        authenticators.set_password, "password", {"mode": "generated"}, 200
    ),
    "authenticators.passwords.set_password_expired": security(
        authenticators.set_password_expired, "password/expired", {"expired": "true"}, expired=True
    ),
    "authenticators.resets.send_reset_password_message": security(
        authenticators.send_reset_password_message, "reset-link", {"login_id": "vera@example.com"},
        login_id="vera@example.com",
    ),
    "authenticators.factors.create_authenticator": security(
        authenticators.create_authenticator, "factors/add", {"type": "oob_otp_sms", "target": "+442079460018"},
        kind="secondary", type="oob_otp_sms", phone="+442079460018",
    ),
    "authenticators.factors.create_authenticator with a password": security(
        authenticators.create_authenticator, "factors/add", {"type": "password", "password": "a third quiet river"},
        kind="secondary", type="password", password="a third quiet river",
    ),
    "authenticators.factors.delete_authenticator": of(
        authenticators.delete_authenticator,
        lambda w: {"authenticator_id": w.guarded.code.id},
        lambda w: f"/users/{w.guarded.user.id}/security/factors/{w.guarded.code.id}/remove",
    ),
    "authenticators.factors.remove_passkey": of(
        authenticators.remove_passkey,
        lambda w: {"authenticator_id": w.guarded.passkey.id},
        lambda w: f"/users/{w.guarded.user.id}/security/factors/{w.guarded.passkey.id}/remove",
        confirmed("vera"),
    ),
    "authenticators.recovery_codes.generate_recovery_codes": security(
        authenticators.generate_recovery_codes, "recovery-codes", None, 200
    ),
    "authenticators.recovery_codes.drop_recovery_codes": security(
        authenticators.drop_recovery_codes, "recovery-codes/drop", confirmed("vera")
    ),
    "authenticators.grace_periods.set_mfa_grace_period": security(
        authenticators.set_mfa_grace_period, "grace-period", {"end_at": f"{SOON:%Y-%m-%dT%H:%M}"}, end_at=SOON
    ),
    "authenticators.grace_periods.remove_mfa_grace_period": security(
        authenticators.remove_mfa_grace_period, "grace-period/end"
    ),
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
    "sessions.revoke_session": of(
        sessions.revoke_session,
        lambda w: {"session_id": w.signed_in.session.id},
        lambda w: f"/users/{w.signed_in.user.id}/sessions/{w.signed_in.session.id}/revoke",
    ),
    "sessions.revoke_all_sessions": of(
        sessions.revoke_all_sessions,
        lambda w: {"user_id": w.signed_in.user.id},
        lambda w: f"/users/{w.signed_in.user.id}/sessions/revoke",
    ),
    "authorizations.delete_authorization": of(
        authorizations.delete_authorization,
        lambda w: {"authorization_id": w.signed_in.authorization.id},
        lambda w: f"/users/{w.signed_in.user.id}/authorizations/{w.signed_in.authorization.id}/remove",
    ),
    "lockouts.reset_account_lockout": of(
        lockouts.reset_account_lockout,
        lambda w: {"user_id": w.signed_in.user.id},
        lambda w: f"/users/{w.signed_in.user.id}/lockout/reset",
    ),
    "api_clients.create_api_client": of(
        api_clients.create_api_client,
        lambda w: {
            "name": "New", "scopes": ["users.view", "roles.view"], "organization_id": w.acme.id, "algorithm": "EdDSA",
        },
        lambda w: "/api-clients/add",
        lambda w: {
            "name": "New", "scopes": ["users.view", "roles.view"], "organization": "acme", "algorithm": "EdDSA",
        },
        200,
    ),
    "api_clients.rename_api_client": of(
        api_clients.rename_api_client,
        lambda w: {"api_client_id": w.signed_in.client.id, "name": "New"},
        lambda w: f"/api-clients/{w.signed_in.client.id}/rename",
        lambda w: {"version": version_of(w.signed_in.client), "name": "New"},
    ),
    "api_clients.set_api_client_scopes": of(
        api_clients.set_api_client_scopes,
        lambda w: {"api_client_id": w.signed_in.client.id, "scopes": ["users.view", "roles.view"]},
        lambda w: f"/api-clients/{w.signed_in.client.id}/scopes",
        lambda w: {"version": version_of(w.signed_in.client), "scopes": ["users.view", "roles.view"]},
    ),
    "api_clients.disable_api_client": of(
        api_clients.disable_api_client,
        lambda w: {"api_client_id": w.signed_in.client.id},
        lambda w: f"/api-clients/{w.signed_in.client.id}/disable",
    ),
    "api_clients.enable_api_client": of(
        api_clients.enable_api_client,
        lambda w: {"api_client_id": w.signed_in.off.id},
        lambda w: f"/api-clients/{w.signed_in.off.id}/enable",
    ),
    "api_clients.rotate_api_client_key": of(
        api_clients.rotate_api_client_key,
        lambda w: {"api_client_id": w.signed_in.client.id, "algorithm": "EdDSA"},
        lambda w: f"/api-clients/{w.signed_in.client.id}/keys/rotate",
        lambda w: {"algorithm": "EdDSA"},
        200,
    ),
    "api_clients.revoke_api_client_key": of(
        api_clients.revoke_api_client_key,
        lambda w: {"key_id": w.signed_in.key.id},
        lambda w: f"/api-clients/{w.signed_in.client.id}/keys/{w.signed_in.key.id}/revoke",
    ),
    "api_clients.delete_api_client": of(
        api_clients.delete_api_client,
        lambda w: {"api_client_id": w.signed_in.client.id},
        lambda w: f"/api-clients/{w.signed_in.client.id}/delete",
        lambda w: {"confirmation": "Billing"},
    ),
    "jobs.asking.request_export": of(
        jobs.request_export,
        lambda w: {"job_id": new_id(), "file_format": "ndjson"},
        lambda w: "/users/export",
        lambda w: {"file_format": "ndjson"},
    ),
}  # fmt: skip

#: Operations that no page offers, each tested where its one door is: tests/commands, tests/signin.
ONE_DOOR = {
    "exports.record_export",
    # Jobs and the outbox: tests/jobs, tests/pages/test_jobs.py.
    "jobs.asking.request_import",
    "jobs.asking.cancel_job",
    "jobs.asking.repeat_job",
    "jobs.asking.download_job_file",
    "jobs.running.start_job",
    "jobs.running.advance_job",
    "jobs.running.finish_job",
    "jobs.running.release_job",
    "jobs.running.wake_forgotten_jobs",
    "jobs.expiry.remove_expired_jobs",
    "messages.deliver_next",
    "messages.remove_expired_messages",
    "partitions.drop_expired_month",
    "authenticators.one_time_codes.generate_oob_otp_code",
    "authenticators.one_time_codes.check_one_time_code",
    "authenticators.one_time_codes.remove_expired_codes",
    "authenticators.passwords.verify_password",
    "authenticators.recovery_codes.use_recovery_code",
    "authenticators.resets.use_reset_token",
    "authenticators.totp.verify_totp",
    "field_encryption.reencrypt_batch",
    "field_encryption.record_rotation",
    "clients.create_client",
    "lockouts.record_failed_attempt",
    "lockouts.clear_failed_attempts",
    "lockouts.remove_forgotten_lockouts",
    "sample.add_sample_sign_ins",
    "sessions.create_offline_session",
    "sessions.remove_expired_sessions",
    "users.due.carry_out_schedule",
    "deleted_users.erase.remove_expired_snapshots",
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
def test_a_page_does_what_the_operation_does(world: World, owner_client: GuardedClient, root: Actor, name: str) -> None:
    write = WRITES[name]
    known, before = _known()
    untouched = comparable({"rows": rows(), "entries": []}, known)

    def by_page() -> None:
        answer = owner_client.post(write.address(world), write.form(world))
        assert answer.status_code == write.answer, answer.content.decode()[:4000]

    directly = _result(lambda: write.operation(actor=root, **write.arguments(world)), known, before)
    assert directly != untouched
    assert _result(by_page, known, before) == directly


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES)
def test_a_page_refuses_an_auditor_and_leaves_one_denied_entry(
    world: World, auditor_client: GuardedClient, entries: Callable[..., list[Any]], name: str
) -> None:
    write = WRITES[name]
    before = rows()
    answer = auditor_client.post(write.address(world), write.form(world))
    assert answer.status_code == 403
    assert rows() == before
    assert [entry.activity_type for entry in entries(outcome="denied")] == ["operation.denied"]


@pytest.mark.django_db
def test_the_import_makes_the_person_that_the_operation_makes(world: World, host: Actor) -> None:
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
