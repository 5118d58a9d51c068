"""One operation (or query) and one page for every permission, on things that belong to the organization Acme."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from directory.actors import Actor, Door, system
from directory.errors import NotFound
from directory.models import (
    Administrator,
    APIClient,
    AuditEntry,
    CustomAttribute,
    Group,
    Identity,
    Job,
    Organization,
    Role,
    User,
)
from directory.operations import (
    administrators,
    api_clients,
    authenticators,
    custom_attributes,
    deleted_users,
    groups,
    identities,
    jobs,
    lockouts,
    organizations,
    roles,
    sessions,
    users,
)
from directory.operations.base import version_of
from directory.queries.administrators import get_administrator
from directory.queries.api_clients import get_api_client
from directory.queries.audit_log import get_entry
from directory.queries.custom_attributes import get_custom_attribute
from directory.queries.groups import get_group
from directory.queries.jobs import get_job
from directory.queries.messages import list_messages
from directory.queries.organizations import get_organization
from directory.queries.reach import get_user
from directory.queries.roles import get_role
from directory.values.permissions import Permission
from tests.operations import sign_ins
from tests.operations.administrators.cast import given
from tests.signin.fixtures import enrolled

HOST = system(Door.COMMAND)
#: Column of the table, admin role, and the slug of the organization it holds on.
CAST = (
    ("owner", "owner", ""),
    ("manager", "user_manager", ""),
    ("desk", "help_desk", ""),
    ("support", "support", ""),
    ("auditor", "auditor", ""),
    ("acme", "owner", "acme"),
    ("acme_manager", "user_manager", "acme"),
    ("acme_desk", "help_desk", "acme"),
    ("globex", "owner", "globex"),
    ("nobody", "", ""),
)


@dataclass(frozen=True)
class World:
    """What the examples act on."""

    cast: dict[str, Administrator]
    acme: Organization
    zoe: User
    email: Identity
    gone: UUID
    role: Role
    group: Group
    size: CustomAttribute
    gus: Administrator
    client: APIClient
    job: Job
    entry: UUID


def make_world() -> World:
    acme, _globex = (
        organizations.create_organization(actor=HOST, slug=slug, name=slug.title()) for slug in ("acme", "globex")
    )
    cast = {}
    for name, role, slug in CAST:
        cast[name] = enrolled(f"{name}@example.com")
        if role:
            given(cast[name], role, Organization.objects.get(slug=slug) if slug else None)
    zoe, gone = (
        users.create_user(actor=HOST, login_id_key="email", login_id=f"{name}@example.com") for name in ("zoe", "gone")
    )
    for user in (zoe, gone):
        organizations.add_member(actor=HOST, organization_id=acme.id, user_id=user.id)
    users.delete_user(actor=HOST, user_id=gone.id)
    authenticators.set_password(actor=HOST, user_id=zoe.id, password="a quiet river at dawn")
    authenticators.send_reset_password_message(actor=HOST, user_id=zoe.id, login_id="zoe@example.com")
    sign_ins.session(zoe)
    lockouts.record_failed_attempt(actor=HOST, user_id=zoe.id, address="192.0.2.9")
    role = roles.create_role(actor=HOST, key="editor", organization_id=acme.id)
    group = groups.create_group(actor=HOST, key="staff", organization_id=acme.id)
    gus = enrolled("gus@example.com")
    given(gus, "support", acme)
    made = api_clients.create_api_client(actor=HOST, name="Sync", scopes=["users.view"], organization_id=acme.id)
    entry = AuditEntry.objects.filter(activity_type="role.created", organization_id=acme.id).first()
    assert entry is not None
    return World(
        cast=cast,
        acme=acme,
        zoe=User.objects.get(pk=zoe.id),
        email=Identity.objects.get(user=zoe),
        gone=gone.id,
        role=role,
        group=group,
        size=custom_attributes.create_custom_attribute(actor=HOST, name="size", type="integer"),
        gus=gus,
        client=made.api_client,
        job=jobs.request_export(actor=HOST, job_id=uuid4(), file_format="csv"),
        entry=entry.id,
    )


@dataclass(frozen=True)
class Example:
    """``act`` is the operation or query; the page is fetched, or sent ``form`` when there is one."""

    act: Callable[[Actor, World], object]
    address: Callable[[World], str]
    form: Callable[[World], dict[str, Any]] | None = None


def of(
    act: Callable[[Actor, World], object],
    address: Callable[[World], str],
    form: Callable[[World], dict[str, Any]] | None = None,
) -> Example:
    return Example(act, address, form)


def _none(_world: World) -> dict[str, Any]:
    return {}


def _message_of_zoe(actor: Actor, world: World) -> object:
    """There is only the list: the message is on it, or it is not."""
    found = [row for row in list_messages(actor).rows if row.user_id == world.zoe.id]
    if not found:
        raise NotFound("There is no such message.")
    return found


P = Permission
EXAMPLES: dict[Permission, Example] = {
    P.USERS_VIEW: of(lambda a, w: get_user(a, w.zoe.id, P.USERS_VIEW), lambda w: f"/users/{w.zoe.id}"),
    P.USERS_CREATE: of(
        lambda a, w: users.create_user(actor=a, login_id_key="email", login_id="new@example.com"),
        lambda w: "/users/add",
        lambda w: {"login_id_key": "email", "login_id": "new@example.com"},
    ),
    P.USERS_UPDATE: of(
        lambda a, w: users.update_user(
            actor=a, user_id=w.zoe.id, standard_attributes={"email": "zoe@example.com", "name": "Zoe"}
        ),
        lambda w: f"/users/{w.zoe.id}/profile",
        lambda w: {"version": version_of(w.zoe), "name": "Zoe"},
    ),
    P.USERS_IDENTITIES: of(
        lambda a, w: identities.add_login_id(actor=a, user_id=w.zoe.id, key="email", value="z@example.com"),
        lambda w: f"/users/{w.zoe.id}/identities/add",
        lambda w: {"login_id_key": "email", "login_id": "z@example.com"},
    ),
    P.USERS_DISABLE: of(
        lambda a, w: users.disable_user(actor=a, user_id=w.zoe.id), lambda w: f"/users/{w.zoe.id}/status/disable", _none
    ),
    P.USERS_DELETE: of(
        lambda a, w: users.delete_user(actor=a, user_id=w.zoe.id),
        lambda w: f"/users/{w.zoe.id}/status/delete",
        lambda w: {"confirmation": "zoe@example.com"},
    ),
    P.USERS_CREDENTIALS: of(
        lambda a, w: authenticators.set_password_expired(actor=a, user_id=w.zoe.id, expired=True),
        lambda w: f"/users/{w.zoe.id}/security/password/expired",
        lambda w: {"expired": "true"},
    ),
    P.USERS_SESSIONS: of(
        lambda a, w: sessions.revoke_all_sessions(actor=a, user_id=w.zoe.id),
        lambda w: f"/users/{w.zoe.id}/sessions/revoke",
        _none,
    ),
    P.USERS_UNLOCK: of(
        lambda a, w: lockouts.reset_account_lockout(actor=a, user_id=w.zoe.id),
        lambda w: f"/users/{w.zoe.id}/lockout/reset",
        _none,
    ),
    P.USERS_RESTORE: of(
        lambda a, w: deleted_users.restore_user(actor=a, user_id=w.gone),
        lambda w: f"/users/deleted/{w.gone}/restore",
        _none,
    ),
    P.USERS_ERASE: of(
        lambda a, w: deleted_users.erase_deleted_user(actor=a, user_id=w.gone),
        lambda w: f"/users/deleted/{w.gone}/erase",
        lambda w: {"confirmation": "gone@example.com"},
    ),
    P.USERS_IMPORT: of(
        lambda a, w: jobs.request_import(actor=a, job_id=uuid4(), file_format="csv"), lambda w: "/users/import"
    ),
    P.USERS_EXPORT: of(
        lambda a, w: jobs.request_export(actor=a, job_id=uuid4(), file_format="ndjson"),
        lambda w: "/users/export",
        lambda w: {"file_format": "ndjson"},
    ),
    P.ROLES_VIEW: of(lambda a, w: get_role(a, w.role.id), lambda w: f"/roles/{w.role.id}"),
    P.ROLES_CREATE: of(
        lambda a, w: roles.create_role(actor=a, key="new", organization_id=w.acme.id),
        lambda w: "/roles/add",
        lambda w: {"key": "new", "name": "New", "organization": "acme"},
    ),
    P.ROLES_UPDATE: of(
        lambda a, w: roles.update_role(actor=a, role_id=w.role.id, description="Why"),
        lambda w: f"/roles/{w.role.id}",
        lambda w: {"version": version_of(w.role), "key": w.role.key, "name": "", "description": "Why"},
    ),
    P.ROLES_DELETE: of(
        lambda a, w: roles.delete_role(actor=a, role_id=w.role.id),
        lambda w: f"/roles/{w.role.id}/delete",
        lambda w: {"confirmation": w.role.key},
    ),
    P.ROLES_ASSIGN: of(
        lambda a, w: roles.add_user_to_roles(actor=a, user_id=w.zoe.id, role_keys=[w.role.key]),
        lambda w: f"/users/{w.zoe.id}/roles/add",
        lambda w: {"picked": [w.role.key]},
    ),
    P.GROUPS_VIEW: of(lambda a, w: get_group(a, w.group.id), lambda w: f"/groups/{w.group.id}"),
    P.GROUPS_CREATE: of(
        lambda a, w: groups.create_group(actor=a, key="new", organization_id=w.acme.id),
        lambda w: "/groups/add",
        lambda w: {"key": "new", "name": "New", "organization": "acme"},
    ),
    P.GROUPS_UPDATE: of(
        lambda a, w: groups.update_group(actor=a, group_id=w.group.id, description="Why"),
        lambda w: f"/groups/{w.group.id}",
        lambda w: {"version": version_of(w.group), "key": w.group.key, "name": "", "description": "Why"},
    ),
    P.GROUPS_DELETE: of(
        lambda a, w: groups.delete_group(actor=a, group_id=w.group.id),
        lambda w: f"/groups/{w.group.id}/delete",
        lambda w: {"confirmation": w.group.key},
    ),
    P.GROUPS_ASSIGN: of(
        lambda a, w: groups.add_user_to_groups(actor=a, user_id=w.zoe.id, group_keys=[w.group.key]),
        lambda w: f"/users/{w.zoe.id}/groups/add",
        lambda w: {"picked": [w.group.key]},
    ),
    P.ORGANIZATIONS_VIEW: of(lambda a, w: get_organization(a, w.acme.id), lambda w: f"/organizations/{w.acme.id}"),
    P.ORGANIZATIONS_CREATE: of(
        lambda a, w: organizations.create_organization(actor=a, slug="new", name="New"),
        lambda w: "/organizations/add",
        lambda w: {"slug": "new", "name": "New"},
    ),
    P.ORGANIZATIONS_UPDATE: of(
        lambda a, w: organizations.update_organization(actor=a, organization_id=w.acme.id, description="Why"),
        lambda w: f"/organizations/{w.acme.id}",
        lambda w: {"version": version_of(w.acme), "slug": "acme", "name": "Acme", "description": "Why"},
    ),
    P.ORGANIZATIONS_DELETE: of(
        lambda a, w: organizations.delete_organization(actor=a, organization_id=w.acme.id),
        lambda w: f"/organizations/{w.acme.id}/delete",
        lambda w: {"confirmation": "acme"},
    ),
    P.ORGANIZATIONS_MEMBERS: of(
        lambda a, w: organizations.update_member(
            actor=a, organization_id=w.acme.id, user_id=w.zoe.id, external_id="E1"
        ),
        lambda w: f"/organizations/{w.acme.id}/members/{w.zoe.id}",
        lambda w: {"role": "user", "status": "active", "external_id": "E1"},
    ),
    P.CUSTOM_ATTRIBUTES_VIEW: of(lambda a, w: get_custom_attribute(a, w.size.id), lambda w: "/custom-attributes"),
    P.CUSTOM_ATTRIBUTES_MANAGE: of(
        lambda a, w: custom_attributes.create_custom_attribute(actor=a, name="town", type="string"),
        lambda w: "/custom-attributes/add",
        lambda w: {"name": "town", "type": "string"},
    ),
    P.ADMINISTRATORS_VIEW: of(lambda a, w: get_administrator(a, w.gus.pk), lambda w: f"/administrators/{w.gus.pk}"),
    P.ADMINISTRATORS_MANAGE: of(
        lambda a, w: administrators.grant_role(
            actor=a, administrator_id=w.gus.pk, admin_role="auditor", organization_id=w.acme.id
        ),
        lambda w: f"/administrators/{w.gus.pk}/grants/add",
        lambda w: {"admin_role": "auditor", "organization": "acme"},
    ),
    P.API_CLIENTS_VIEW: of(lambda a, w: get_api_client(a, w.client.id), lambda w: f"/api-clients/{w.client.id}"),
    P.API_CLIENTS_MANAGE: of(
        lambda a, w: api_clients.disable_api_client(actor=a, api_client_id=w.client.id),
        lambda w: f"/api-clients/{w.client.id}/disable",
        _none,
    ),
    P.JOBS_VIEW: of(lambda a, w: get_job(a, w.job.id), lambda w: f"/jobs/{w.job.id}"),
    P.JOBS_MANAGE: of(
        lambda a, w: jobs.cancel_job(actor=a, job_id=w.job.id), lambda w: f"/jobs/{w.job.id}/cancel", _none
    ),
    P.MESSAGES_VIEW: of(_message_of_zoe, lambda w: "/messages"),
    P.AUDIT_LOG_VIEW: of(lambda a, w: get_entry(a, w.entry), lambda w: f"/audit-log/{w.entry}"),
}
