"""Somebody with one of everything, and what is left of them."""

from typing import Any

from django.db import connection
from django.utils import timezone

from directory.actors import Actor
from directory.models import (
    Authenticator,
    CustomAttribute,
    Group,
    Identity,
    Membership,
    Organization,
    PasswordHistory,
    RecoveryCode,
    Role,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.operations.identities import add_login_id, set_verified
from directory.operations.search import refresh_search
from tests.operations.users.people import PHONE, ZOE, again, join, make_zoe, oauth

BELONGINGS = (Identity, Authenticator, RecoveryCode, PasswordHistory, VerifiedClaim, UserRole, UserGroup, Membership)


def make_whole(root: Actor, *organizations: Organization) -> User:
    """Zoë with two login IDs, an account elsewhere, authenticators, a role, a group and these organizations."""
    CustomAttribute.objects.create(name="town", type="string")
    user = make_zoe(root, standard_attributes={"name": "Zoë Ünal"}, custom_attributes={"town": "Ulm"})
    add_login_id(actor=root, user_id=user.id, key="phone", value=PHONE)
    set_verified(actor=root, user_id=user.id, claim_name="email", claim_value=ZOE, verified=True)
    oauth(user, provider_subject="zoe-elsewhere", email="zoe@elsewhere.example.com")
    now = timezone.now()
    Authenticator.objects.create(user=user, kind="primary", type="password", secret="argon2-of-zoe")
    Authenticator.objects.create(user=user, kind="primary", type="oob_otp_email", email=ZOE)
    RecoveryCode.objects.create(user=user, code_hash="ab" * 32, used_at=now)
    PasswordHistory.objects.create(user=user, password_hash="argon2-of-zoe-before")
    UserRole.objects.create(user=user, role=Role.objects.create(key="writer", name="Writer"), created_at=now)
    UserGroup.objects.create(user=user, group=Group.objects.create(key="staff"), created_at=now)
    for organization in organizations:
        join(user, organization, external_id="E-17", role="admin")
    User.objects.filter(pk=user.pk).update(last_login_at=now)
    refresh_search([user.pk])
    return again(user)


def rows_of(user: User) -> dict[str, Any]:
    """Everything stored of a user but the version, which restoring renews."""
    own = User.objects.filter(pk=user.pk).values().get()
    own.pop("updated_at")
    return {
        "user": own,
        **{model.__name__: list(model.objects.filter(user=user).order_by("pk").values()) for model in BELONGINGS},
    }


def found_in_database(*words: str) -> dict[str, list[str]]:
    """In which tables any row says one of these words in any column whatever: ``{table: words}``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 1"
        )
        found: dict[str, list[str]] = {}
        for (table,) in cursor.fetchall():
            for word in words:
                # bytea is searched by its text in hex.
                cursor.execute(
                    f"SELECT 1 FROM {table} AS t"
                    " WHERE strpos(lower(t::text), %s) > 0 OR strpos(t::text, %s) > 0 LIMIT 1",
                    [word.lower(), word.encode().hex()],
                )
                if cursor.fetchone():
                    found.setdefault(table, []).append(word)
    return found
