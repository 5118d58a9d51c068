"""Removing a user, which can be undone for a while, or all that tells who it was, which cannot."""

from typing import Any, Literal, TypeAlias
from uuid import UUID

from django.db.models import Manager
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.models import (
    Authenticator,
    Authorization,
    Identity,
    Lockout,
    Membership,
    PasswordHistory,
    RecoveryCode,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.models.users import STATUS_COLUMNS
from directory.operations import sessions
from directory.operations.base import operation
from directory.operations.deleted_users.snapshots import keep_snapshot
from directory.operations.messages import forget_messages
from directory.operations.search import refresh_search
from directory.operations.users.entries import attributes_of, label_of, organization_of, status_of, subject_of
from directory.permissions import Permission
from directory.queries.groups import visible_groups
from directory.queries.organizations import visible_organizations
from directory.queries.roles import visible_roles
from directory.queries.users import get_user
from directory.values.account_status import anonymize, checked_reason

#: Why it happens: a schedule came due, or somebody asked for it now.
Trigger: TypeAlias = Literal["schedule", "request"]

#: What anonymizing takes from a user, by the name under which the entry counts it.
_BELONGINGS: dict[str, Manager[Any]] = {
    "identities": Identity.objects,
    "authenticators": Authenticator.objects,
    "recovery_codes": RecoveryCode.objects,
    "former_passwords": PasswordHistory.objects,
    "authorizations": Authorization.objects,
    "lockouts": Lockout.objects,
    "verified_claims": VerifiedClaim.objects,
    "roles": UserRole.objects,
    "groups": UserGroup.objects,
}


@operation(permission=Permission.USERS_DELETE, on_object=True, reauthenticate=True)
def delete_user(*, actor: Actor, user_id: UUID, reason: str | None = None) -> UUID:
    """Delete a user and all that is theirs; audit entries stay. Returns the id.

    What ``restore_user`` needs is kept, encrypted, for as long as the settings say.
    ``reason`` is for people, at most 1,000 characters. The entry's ``details`` say by the code ``request`` that
    somebody asked, whatever is scheduled. Contract section 6.
    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid`` (``ValidationFailed``).
    """
    user = get_user(actor, user_id, Permission.USERS_DELETE, for_update=True)
    erase(actor, user, reason=checked_reason(reason), trigger="request")
    return user.id


def erase(actor: Actor, user: User, *, reason: str | None, trigger: Trigger) -> None:
    """Delete a locked user on whom the actor's right has been checked, for a reason that can be stored."""
    # A full lock, so that nobody adds a row that refers to the user between the deletion of those and of the user.
    list(User.objects.select_for_update().filter(pk=user.id).values_list("pk"))
    entry = audit.Entry(
        event=audit.Event.USER_DELETED,
        subject=subject_of(user),
        user_id=user.id,
        organization_id=organization_of(actor, user.id, Permission.USERS_DELETE),
        old={**attributes_of(user), **status_of(user), **_memberships(actor, user), **_identities(user)},
        new={"reason": reason} if reason else {},
        details={"reason": trigger},
    )
    sessions.end_sessions(actor, [user.id], reason=audit.Event.USER_DELETED.value, permission=Permission.USERS_DELETE)
    keep_snapshot(actor, user, label=label_of(user), reason=reason)
    forget_messages([user.id])
    _forget_codes(user)
    User.objects.filter(pk=user.id).delete()
    audit.record(actor, entry)


@operation(permission=Permission.USERS_DELETE, on_object=True, reauthenticate=True)
def anonymize_user(*, actor: Actor, user_id: UUID) -> User:
    """Remove all that tells who a user is, for good. Returns the user.

    What stays is the row with its times, its scheduled deletion (without the reason) and valid period, and its place in
    organizations, that their administrators can still see it; a membership's external id goes (contract section 7). The
    entry names what was removed, and how many rows, without repeating it: that would undo the act.
    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid`` (``UserIsAnonymized``).
    """
    user = get_user(actor, user_id, Permission.USERS_DELETE, for_update=True)
    strip(actor, user, trigger="request")
    return user


def strip(actor: Actor, user: User, *, trigger: Trigger) -> None:
    """Anonymize a locked user on whom the actor's right has been checked. Raises ``Invalid`` (``UserIsAnonymized``)."""
    now = timezone.now()
    status = anonymize(user.status, now)
    removed = sorted(attributes_of(user))
    user.set_status(status)
    user.standard_attributes, user.custom_attributes, user.updated_at = {}, {}, now
    user.mfa_grace_period_end_at = None
    fields = ["standard_attributes", "custom_attributes", "mfa_grace_period_end_at", "updated_at"]
    user.save(update_fields=[*STATUS_COLUMNS, *fields])
    sessions.end_sessions(
        actor, [user.id], reason=audit.Event.USER_ANONYMIZED.value, permission=Permission.USERS_DELETE
    )
    _forget_codes(user)
    counts = {name: rows.filter(user=user).delete()[0] for name, rows in _BELONGINGS.items()}
    forget_messages([user.id])
    Membership.objects.filter(user=user, external_id__isnull=False).update(external_id=None, updated_at=now)
    refresh_search([user.id])
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.USER_ANONYMIZED,
            subject=subject_of(user),
            user_id=user.id,
            organization_id=organization_of(actor, user.id, Permission.USERS_DELETE),
            new={"is_anonymized": True},
            details={"reason": trigger, "fields": removed, **counts},
        ),
    )


def _forget_codes(user: User) -> None:
    # Here, because that module needs this package whole.
    from directory.operations.authenticators.stored import forget_codes

    forget_codes(user)


def _identities(user: User) -> dict[str, Any]:
    found = [
        {"type": identity.type, "key": identity.login_id_key or identity.provider_alias, "value": identity.value}
        for identity in Identity.objects.filter(user=user).order_by("id")
    ]
    return {"identities": found} if found else {}


def _memberships(actor: Actor, user: User) -> dict[str, Any]:
    """As far as in the actor's sight: who reads an organization's entries may not learn of another's."""
    keys = {
        "roles": visible_roles(actor).filter(user_roles__user=user).values_list("key", flat=True),
        "groups": visible_groups(actor).filter(user_groups__user=user).values_list("key", flat=True),
        "organizations": visible_organizations(actor).filter(memberships__user=user).values_list("slug", flat=True),
    }
    return {name: found for name, values in keys.items() if (found := sorted(values))}
