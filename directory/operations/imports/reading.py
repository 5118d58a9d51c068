"""What the rows of a batch need to know of the directory, in a fixed number of statements however many they are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from directory.models import (
    Authenticator,
    AuthenticatorKind,
    AuthenticatorType,
    Group,
    Identity,
    Membership,
    Role,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.values.import_rows import CheckedRow

#: A claim's name and its normalised value.
Claim = tuple[str, str]


@dataclass(slots=True)
class Person:
    """A user who was there before, locked, with all that a record can change."""

    user: User
    identities: list[Identity] = field(default_factory=list)
    verified: set[Claim] = field(default_factory=set)
    roles: dict[str, Role] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    organizations: set[UUID] = field(default_factory=set)
    targets: dict[str, set[str]] = field(default_factory=lambda: {"email": set(), "phone_number": set()})


def owners_of(rows: Iterable[CheckedRow]) -> dict[Claim, UUID]:
    """Whose the claims of these rows are already, whatever the type of identity that carries them: one statement."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.record is not None:
            for login_id in (*row.record.login_ids.values(), *row.record.further_login_ids):
                if login_id is not None:
                    wanted[login_id.claim_name] |= {login_id.value, login_id.unique_key}
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, [list(wanted[name]) for name in ("email", "phone_number", "preferred_username")])
        return {(name, value): user_id for name, value, user_id in cursor.fetchall()}


_OWNERS = """
SELECT 'email', email, user_id FROM directory_identity WHERE email = ANY(%s)
UNION ALL SELECT 'phone_number', phone_number, user_id FROM directory_identity WHERE phone_number = ANY(%s)
UNION ALL SELECT 'preferred_username', preferred_username, user_id FROM directory_identity
           WHERE preferred_username = ANY(%s)
"""


def people_by_id(user_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """These users, locked against other writers in the order of their ids, with what is theirs: seven statements."""
    users = User.objects.select_for_update(no_key=True).filter(pk__in=list(user_ids)).order_by("id")
    people = {user.id: Person(user) for user in users.defer("search_vector")}
    ids = list(people)
    for identity in Identity.objects.filter(user__in=ids).order_by("created_at", "id"):
        people[identity.user_id].identities.append(identity)
    for claim in VerifiedClaim.objects.filter(user__in=ids):
        people[claim.user_id].verified.add((claim.name, claim.value))
    columns = ("id", "key", "organization_id")
    given = UserRole.objects.filter(user__in=ids).select_related("role").only("user", *(f"role__{c}" for c in columns))
    for tie in given:
        people[tie.user_id].roles[tie.role.key] = tie.role
    joined = UserGroup.objects.filter(user__in=ids).select_related("group")
    for link in joined.only("user", *(f"group__{c}" for c in columns)):
        people[link.user_id].groups[link.group.key] = link.group
    # Retired members count, as for the single operations.
    memberships = Membership.objects.filter(user__in=ids)
    for user_id, organization_id in memberships.values_list("user_id", "organization_id"):
        people[user_id].organizations.add(organization_id)
    codes = (AuthenticatorType.OOB_OTP_EMAIL, AuthenticatorType.OOB_OTP_SMS)
    for factor in Authenticator.objects.filter(user__in=ids, kind=AuthenticatorKind.SECONDARY, type__in=codes):
        name = "email" if factor.type == AuthenticatorType.OOB_OTP_EMAIL else "phone_number"
        people[factor.user_id].targets[name].add(factor.email or factor.phone or "")
    return people


def held_roles(keys: Sequence[str]) -> dict[str, Role]:
    """The roles with these keys, held so that nobody deletes them before the batch is committed."""
    statement = "SELECT id, key, organization_id FROM directory_role WHERE key = ANY(%s) ORDER BY id FOR KEY SHARE"
    return {role.key: role for role in Role.objects.raw(statement, [list(keys)])}


def held_groups(keys: Sequence[str]) -> dict[str, Group]:
    """The groups with these keys, held so that nobody deletes them before the batch is committed."""
    statement = "SELECT id, key, organization_id FROM directory_group WHERE key = ANY(%s) ORDER BY id FOR KEY SHARE"
    return {group.key: group for group in Group.objects.raw(statement, [list(keys)])}


def keys_of(rows: Iterable[CheckedRow], name: str) -> list[str]:
    """The keys of roles (or groups) that these rows name, sorted."""
    found: set[str] = set()
    for row in rows:
        if row.record is not None:
            found.update(getattr(row.record, name) or ())
    return sorted(found)
