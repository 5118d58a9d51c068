"""Every write of organizations and of their members."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, NotFound, invalid
from directory.models import Group, Membership, MembershipRole, MembershipStatus, Organization, Role, User
from directory.operations import keyed, relations
from directory.operations.api_clients import delete_api_clients_of
from directory.operations.base import check_version, conflicts, operation, unchanged
from directory.operations.groups import delete_groups
from directory.operations.roles import delete_roles
from directory.operations.search import add_search_tokens, remove_search_tokens
from directory.operations.users.entries import label_of
from directory.permissions import Permission
from directory.queries.organizations import get_organization
from directory.queries.users import get_user
from directory.values.keys import KEY_MAX_LENGTH, validate_slug
from directory.values.search_words import organization_token
from directory.values.text import clean, quotable

NAME_MAX_LENGTH = 200
EXTERNAL_ID_MAX_LENGTH = 255


@operation(permission=Permission.ORGANIZATIONS_CREATE)
def create_organization(*, actor: Actor, slug: str, name: str, description: str | None = None) -> Organization:
    """Create an organization without members. An empty description is null.

    Raises ``Invalid`` (slug rules, empty name), ``Conflict`` (``OrganizationDuplicateSlug``), ``Forbidden``.
    """
    organization = Organization(
        slug=validate_slug(slug),
        name=clean("name", name, max_length=NAME_MAX_LENGTH, required=True),
        description=keyed.description_or_none(description),
    )
    with conflicts(_taken(organization.slug)):
        organization.save(force_insert=True)
    audit.record(actor, _entry(audit.Event.ORGANIZATION_CREATED, organization, new=_said(organization)))
    return organization


@operation(permission=Permission.ORGANIZATIONS_UPDATE, on_object=True)
def update_organization(
    *,
    actor: Actor,
    organization_id: UUID,
    slug: str | None = None,
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
) -> Organization:
    """Change what is given; ``None`` is unchanged, ``""`` empties the description.

    A new slug becomes the prefix of the keys of the organization's roles and groups, with one entry for each of them.
    Raises as ``create_organization``, and ``NotFound`` (``OrganizationNotFound``), ``Conflict`` (``StaleVersion``;
    ``RoleDuplicateKey``, ``GroupDuplicateKey``), ``Invalid`` at ``slug`` when a key would become too long.
    """
    organization = get_organization(actor, organization_id, Permission.ORGANIZATIONS_UPDATE, for_update=True)
    check_version(organization, version)
    values: dict[str, Any] = {}
    if slug is not None:
        values["slug"] = validate_slug(slug)
    if name is not None:
        values["name"] = clean("name", name, max_length=NAME_MAX_LENGTH, required=True)
    if description is not None:
        values["description"] = keyed.description_or_none(description)
    new = {field: value for field, value in values.items() if getattr(organization, field) != value}
    if not new:
        unchanged()
        return organization
    old = {field: getattr(organization, field) for field in new}
    organization.updated_at = timezone.now()
    for field, value in new.items():
        setattr(organization, field, value)
    with conflicts(_taken(organization.slug)):
        organization.save(update_fields=[*new, "updated_at"])
    entries = [_entry(audit.Event.ORGANIZATION_UPDATED, organization, old=old, new=new)]
    if "slug" in new:
        entries += _rename_keys(organization)
    audit.record_all(actor, entries)
    return organization


@operation(permission=Permission.ORGANIZATIONS_DELETE, on_object=True, reauthenticate=True)
def delete_organization(*, actor: Actor, organization_id: UUID) -> None:
    """Delete an organization with its roles, groups, API clients, memberships and the rights given to administrators
    on it.

    Its members' accounts stay. One entry for it, with counts, and one for each role, group and client. Users' search
    vectors keep the ids of what is gone, for the reason given at ``roles.delete_roles``.
    Raises ``NotFound`` (``OrganizationNotFound``), ``ReauthenticationRequired``, ``Forbidden``.
    """
    organization = get_organization(actor, organization_id, Permission.ORGANIZATIONS_DELETE, for_delete=True)
    groups = list(Group.objects.filter(organization=organization).select_for_update().order_by("id"))
    roles = list(Role.objects.filter(organization=organization).select_for_update().order_by("id"))
    entries = [*delete_groups(groups), *delete_roles(roles), *delete_api_clients_of(organization)]
    details: dict[str, Any] = {"group_count": len(groups), "role_count": len(roles)}
    with connection.cursor() as cursor:
        for name, statement in _DELETE_OF_ORGANIZATION.items():
            cursor.execute(statement, [organization.id])
            details[name] = cursor.rowcount
        cursor.execute("DELETE FROM directory_organization WHERE id = %s", [organization.id])
    deleted = _entry(audit.Event.ORGANIZATION_DELETED, organization, old=_said(organization), details=details)
    audit.record_all(actor, [*entries, deleted])


@operation(permission=Permission.ORGANIZATIONS_MEMBERS, on_object=True)
def add_member(
    *, actor: Actor, organization_id: UUID, user_id: UUID, role: str = "user", external_id: str | None = None
) -> Membership:
    """Make a user a member. Who is an active member already stays as they are, whatever is given.

    Membership carries the rights that administrators hold on the organization over to the user. So who may change the
    members of some organizations only adds people whose membership they may change already, in one of these; who may
    do so everywhere adds anybody.
    A retired member becomes active again, with the role given and, if one is given, the external id (organization sync
    contract, ``addOrgMember``). Raises ``NotFound`` (``OrganizationNotFound``, ``UserNotFound``), ``Invalid``
    (``role``, ``external_id``), ``Forbidden``.
    """
    organization = get_organization(actor, organization_id, Permission.ORGANIZATIONS_MEMBERS, for_update=True)
    user = get_user(actor, user_id, Permission.ORGANIZATIONS_MEMBERS, for_update=True)
    standing, external = _choice("role", role, MembershipRole), _external_id(external_id)
    member = Membership.objects.filter(organization=organization, user=user).first()
    if member is None:
        return _join(actor, organization, user, standing, external)
    if member.status == MembershipStatus.ACTIVE:
        unchanged()
        return member
    new: dict[str, Any] = {"role": standing, "status": MembershipStatus.ACTIVE.value}
    return _change_member(
        actor, organization, user, member, new | ({} if external is None else {"external_id": external})
    )


@operation(permission=Permission.ORGANIZATIONS_MEMBERS, on_object=True)
def update_member(
    *,
    actor: Actor,
    organization_id: UUID,
    user_id: UUID,
    role: str | None = None,
    status: str | None = None,
    external_id: str | None = None,
) -> Membership:
    """Change a membership: ``None`` is unchanged, an empty external id is null. The account is not touched, and a
    retired member keeps roles and groups (organization sync contract, ``updateMember``).

    Raises ``NotFound`` (``OrganizationNotFound``, ``UserNotFound``, ``MemberNotFound``), ``Invalid``, ``Forbidden``,
    ``Conflict`` (``LastOrganizationAdmin``: its last active admin is neither retired nor demoted).
    """
    organization = get_organization(actor, organization_id, Permission.ORGANIZATIONS_MEMBERS, for_update=True)
    user = relations.lock_user(actor, user_id)
    new: dict[str, Any] = {}
    if role is not None:
        new["role"] = _choice("role", role, MembershipRole)
    if status is not None:
        new["status"] = _choice("status", status, MembershipStatus)
    if external_id is not None:
        new["external_id"] = _external_id(external_id)
    return _change_member(actor, organization, user, _member(organization, user), new)


@operation(permission=Permission.ORGANIZATIONS_MEMBERS, on_object=True)
def remove_member(*, actor: Actor, organization_id: UUID, user_id: UUID) -> None:
    """End a membership and take the organization's roles and groups from the user. The account stays.

    Raises ``NotFound`` (``OrganizationNotFound``, ``UserNotFound``, ``MemberNotFound``), ``Forbidden``, ``Conflict``
    (``LastOrganizationAdmin``).
    """
    organization = get_organization(actor, organization_id, Permission.ORGANIZATIONS_MEMBERS, for_update=True)
    user = relations.lock_user(actor, user_id)
    member = _member(organization, user)
    _keep_an_admin(member)
    entries = [_member_entry(audit.Event.USER_ORGANIZATION_REMOVED, organization, user, old=_standing(member))]
    # The user's row is locked: nobody can give them a role or group of the organization between this and the commit.
    groups = list(Group.objects.filter(organization=organization, user_groups__user=user).order_by("id"))
    roles = list(Role.objects.filter(organization=organization, user_roles__user=user).order_by("id"))
    entries += _take(relations.USER_GROUP, user, groups)
    entries += _take(relations.USER_ROLE, user, roles)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM directory_membership WHERE organization_id = %s AND user_id = %s", [organization.id, user.id]
        )
    remove_search_tokens([user.id], [organization_token(organization.id)])
    audit.record_all(actor, entries)


def _join(actor: Actor, organization: Organization, user: User, role: str, external_id: str | None) -> Membership:
    now = timezone.now()
    member = Membership.objects.create(
        organization=organization, user=user, role=role, external_id=external_id, created_at=now, updated_at=now
    )
    add_search_tokens([user.id], [organization_token(organization.id)])
    audit.record(actor, _member_entry(audit.Event.USER_ORGANIZATION_ADDED, organization, user, new=_standing(member)))
    return member


def _change_member(
    actor: Actor, organization: Organization, user: User, member: Membership, values: dict[str, Any]
) -> Membership:
    new = {field: value for field, value in values.items() if getattr(member, field) != value}
    if not new:
        unchanged()
        return member
    if new.get("role") == MembershipRole.USER or new.get("status") == MembershipStatus.RETIRED:
        _keep_an_admin(member)
    old = {field: getattr(member, field) for field in new}
    for field, value in new.items():
        setattr(member, field, value)
    member.updated_at = timezone.now()
    member.save(update_fields=[*new, "updated_at"])
    audit.record(actor, _member_entry(audit.Event.USER_ORGANIZATION_UPDATED, organization, user, old=old, new=new))
    return member


def _take(link: relations.UserLink, user: User, rows: Sequence[Role] | Sequence[Group]) -> list[audit.Entry]:
    taken = relations.change_pairs(link, [(user.id, row.id) for row in rows], add=False)
    relations.write_tokens(link, taken, add=False)
    return relations.user_entries(link, taken, {user.id: label_of(user)}, rows, add=False)


def _keep_an_admin(member: Membership) -> None:
    """The organization's row is locked: two admins cannot leave at once, each counting on the other."""
    if member.role != MembershipRole.ADMIN or member.status != MembershipStatus.ACTIVE:
        return
    admins = Membership.objects.filter(
        organization=member.organization_id, role=MembershipRole.ADMIN, status=MembershipStatus.ACTIVE
    )
    if not admins.exclude(user=member.user_id).exists():
        raise Conflict(
            "This is the organization's last active admin. Make somebody else admin first.",
            code="LastOrganizationAdmin",
        )


def _rename_keys(organization: Organization) -> list[audit.Entry]:
    """Put the new slug before the keys of the organization's groups and roles. All there are can be seen: the changed
    slug keeps others from adding any until the end of the transaction."""
    groups = list(Group.objects.filter(organization=organization).select_for_update().order_by("id"))
    entries = _rename(organization, groups, _RENAME_GROUPS, audit.Event.GROUP_UPDATED)
    roles = list(Role.objects.filter(organization=organization).select_for_update().order_by("id"))
    return entries + _rename(organization, roles, _RENAME_ROLES, audit.Event.ROLE_UPDATED)


def _rename(
    organization: Organization, rows: list[Role] | list[Group], statement: str, event: audit.Event
) -> list[audit.Entry]:
    entries: list[audit.Entry] = []
    for row in rows:
        old, row.key = row.key, f"{organization.slug}:{row.key.partition(':')[2]}"
        if len(row.key) > KEY_MAX_LENGTH:
            message = f"With this slug the key {old} would have more than {KEY_MAX_LENGTH} characters."
            raise invalid("slug", "maxLength", message, expected=KEY_MAX_LENGTH, actual=len(row.key))
        entries.append(keyed.entry(event, row, old={"key": old}, new={"key": row.key}))
    taken: dict[str, DirectoryError] = {}
    for noun in ("Role", "Group"):
        message = f"With this slug a {noun.lower()} would have the key of another one."
        taken[f"directory_{noun.lower()}_key_key"] = Conflict(message, code=f"{noun}DuplicateKey")
    with conflicts(taken), connection.cursor() as cursor:
        cursor.execute(statement, [organization.updated_at, [row.id for row in rows], [row.key for row in rows]])
    return entries


def _member(organization: Organization, user: User) -> Membership:
    member = Membership.objects.filter(organization=organization, user=user).first()
    if member is None:
        raise NotFound("This user is not a member of the organization.", code="MemberNotFound")
    return member


def _choice(field: str, value: object, choices: type[MembershipRole] | type[MembershipStatus]) -> str:
    if value not in choices.values:
        raise invalid(
            field,
            "enum",
            "This is not one of the values to choose from.",
            expected=choices.values,
            actual=quotable(value),
        )
    return str(value)


def _external_id(value: object) -> str | None:
    return None if value is None else clean("external_id", value, max_length=EXTERNAL_ID_MAX_LENGTH) or None


def _taken(slug: str) -> dict[str, DirectoryError]:
    message = f"There is an organization with the slug {slug} already."
    return {"directory_organization_slug_key": Conflict(message, code="OrganizationDuplicateSlug", info={"slug": slug})}


def _said(organization: Organization) -> dict[str, str]:
    fields = ("slug", "name", "description")
    return {field: value for field in fields if (value := getattr(organization, field)) is not None}


def _standing(member: Membership) -> dict[str, str]:
    fields = ("role", "status", "external_id")
    return {field: str(value) for field in fields if (value := getattr(member, field)) is not None}


def _entry(
    event: audit.Event,
    organization: Organization,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> audit.Entry:
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind="organization", id=organization.id, label=organization.name),
        organization_id=organization.id,
        old=old or {},
        new=new or {},
        details={"slug": organization.slug, **(details or {})},
    )


def _member_entry(
    event: audit.Event,
    organization: Organization,
    user: User,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> audit.Entry:
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind="user", id=user.id, label=label_of(user)),
        user_id=user.id,
        organization_id=organization.id,
        old=old or {},
        new=new or {},
        details={"slug": organization.slug},
    )


_RENAME_ROLES = """
UPDATE directory_role AS r SET key = t.key, updated_at = %s FROM unnest(%s::uuid[], %s::text[]) AS t (id, key)
 WHERE r.id = t.id
"""
_RENAME_GROUPS = """
UPDATE directory_group AS g SET key = t.key, updated_at = %s FROM unnest(%s::uuid[], %s::text[]) AS t (id, key)
 WHERE g.id = t.id
"""
_DELETE_OF_ORGANIZATION = {
    "member_count": "DELETE FROM directory_membership WHERE organization_id = %s",
    "grant_count": "DELETE FROM directory_grant WHERE organization_id = %s",
    "administrator_grant_count": "DELETE FROM directory_organizationuserobjectpermission WHERE content_object_id = %s",
    "admin_role_grant_count": "DELETE FROM directory_organizationgroupobjectpermission WHERE content_object_id = %s",
}
