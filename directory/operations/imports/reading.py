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
    Identity,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.values.import_records import CheckedRow

#: A claim's name and its normalised value.
Claim = tuple[str, str]


@dataclass(slots=True)
class Person:
    """A user who was there before, locked, with all that a record can change."""

    user: User
    identities: list[Identity] = field(default_factory=list)
    verified: set[Claim] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
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
    """These users, locked against other writers in the order of their ids, with what is theirs: six statements."""
    users = User.objects.select_for_update(no_key=True).filter(pk__in=list(user_ids)).order_by("id")
    people = {user.id: Person(user) for user in users.defer("search_vector")}
    ids = list(people)
    for identity in Identity.objects.filter(user__in=ids).order_by("created_at", "id"):
        people[identity.user_id].identities.append(identity)
    for claim in VerifiedClaim.objects.filter(user__in=ids):
        people[claim.user_id].verified.add((claim.name, claim.value))
    for user_id, key in UserRole.objects.filter(user__in=ids).values_list("user_id", "role__key"):
        people[user_id].roles.add(key)
    for user_id, key in UserGroup.objects.filter(user__in=ids).values_list("user_id", "group__key"):
        people[user_id].groups.add(key)
    codes = (AuthenticatorType.OOB_OTP_EMAIL, AuthenticatorType.OOB_OTP_SMS)
    for factor in Authenticator.objects.filter(user__in=ids, kind=AuthenticatorKind.SECONDARY, type__in=codes):
        name = "email" if factor.type == AuthenticatorType.OOB_OTP_EMAIL else "phone_number"
        people[factor.user_id].targets[name].add(factor.email or factor.phone or "")
    return people


def held_ids(table: str, keys: Sequence[str]) -> dict[str, UUID]:
    """Ids of the roles or groups with these keys, held so that nobody deletes them before the batch is committed."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD[table], [list(keys)])
        return dict(cursor.fetchall())


_HELD = {
    "roles": "SELECT key, id FROM directory_role WHERE key = ANY(%s) ORDER BY id FOR KEY SHARE",
    "groups": "SELECT key, id FROM directory_group WHERE key = ANY(%s) ORDER BY id FOR KEY SHARE",
}


def keys_of(rows: Iterable[CheckedRow], name: str) -> list[str]:
    """The keys of roles (or groups) that these rows name, sorted."""
    found: set[str] = set()
    for row in rows:
        if row.record is not None:
            found.update(getattr(row.record, name) or ())
    return sorted(found)
