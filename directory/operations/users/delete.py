"""Removing a user, or all that tells who it was. Neither can be taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Manager
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.models import (
    Authenticator,
    Identity,
    Membership,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.models.users import STATUS_COLUMNS
from directory.operations.base import operation
from directory.operations.search import refresh_search
from directory.operations.users.entries import attributes_of, status_of, subject_of
from directory.operations.users.status import checked_reason
from directory.permissions import Permission
from directory.queries.users import get_user
from directory.values.account_status import anonymize

#: What anonymizing takes from a user, by the name under which the entry counts it.
_BELONGINGS: dict[str, Manager[Any]] = {
    "identities": Identity.objects,
    "authenticators": Authenticator.objects,
    "verified_claims": VerifiedClaim.objects,
    "roles": UserRole.objects,
    "groups": UserGroup.objects,
}


@operation(permission=Permission.USERS_DELETE, on_object=True, reauthenticate=True)
def delete_user(*, actor: Actor, user_id: UUID, reason: str | None = None) -> UUID:
    """Delete a user and all that is theirs; audit entries stay. Returns the id.

    ``reason`` is for people, at most 1,000 characters. The entry's ``details`` say by code whether a schedule came due
    (``schedule``) or somebody asked (``request``). Contract section 6.
    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid`` (``ValidationFailed``).
    """
    user = get_user(actor, user_id, Permission.USERS_DELETE, for_update=True)
    text = checked_reason(reason)
    # A full lock, so that nobody adds a row that refers to the user between the deletion of those and of the user.
    list(User.objects.select_for_update().filter(pk=user.id).values_list("pk"))
    entry = audit.Entry(
        event=audit.Event.USER_DELETED,
        subject=subject_of(user),
        user_id=user.id,
        old={**attributes_of(user), **status_of(user), **_memberships(user), **_identities(user)},
        new={"reason": text} if text else {},
        details={"reason": _reason_code(user.delete_at)},
    )
    User.objects.filter(pk=user.id).delete()
    audit.record(actor, entry)
    return user_id


@operation(permission=Permission.USERS_DELETE, on_object=True, reauthenticate=True)
def anonymize_user(*, actor: Actor, user_id: UUID) -> User:
    """Remove all that tells who a user is, for good. Returns the user.

    What stays is the row with its times, its scheduled deletion and valid period, and its place in organizations, that
    their administrators can still see it; a membership's external id goes (contract section 7). The entry names what
    was removed, and how many rows, without repeating it: that would undo the act. Raises ``NotFound``, ``Forbidden``,
    ``ReauthenticationRequired`` and ``Invalid`` (``UserIsAnonymized``).
    """
    user = get_user(actor, user_id, Permission.USERS_DELETE, for_update=True)
    now = timezone.now()
    status = anonymize(user.status, now)
    removed = sorted(attributes_of(user))
    reason = _reason_code(user.anonymize_at)
    user.set_status(status)
    user.standard_attributes, user.custom_attributes, user.updated_at = {}, {}, now
    user.save(update_fields=[*STATUS_COLUMNS, "standard_attributes", "custom_attributes", "updated_at"])
    counts = {name: rows.filter(user=user).delete()[0] for name, rows in _BELONGINGS.items()}
    Membership.objects.filter(user=user, external_id__isnull=False).update(external_id=None, updated_at=now)
    refresh_search([user.id])
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.USER_ANONYMIZED,
            subject=subject_of(user),
            user_id=user.id,
            new={"is_anonymized": True},
            details={"reason": reason, "fields": removed, **counts},
        ),
    )
    return user


def _reason_code(scheduled_for: datetime | None) -> str:
    return "schedule" if scheduled_for is not None and scheduled_for <= timezone.now() else "request"


def _identities(user: User) -> dict[str, Any]:
    found = [
        {"type": identity.type, "key": identity.login_id_key or identity.provider_alias, "value": identity.value}
        for identity in Identity.objects.filter(user=user).order_by("id")
    ]
    return {"identities": found} if found else {}


def _memberships(user: User) -> dict[str, Any]:
    keys = {
        "roles": UserRole.objects.filter(user=user).values_list("role__key", flat=True),
        "groups": UserGroup.objects.filter(user=user).values_list("group__key", flat=True),
        "organizations": Membership.objects.filter(user=user).values_list("organization__slug", flat=True),
    }
    return {name: found for name, values in keys.items() if (found := sorted(values))}
