"""Changing the attributes of a user."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Invalid
from directory.models import Identity, User
from directory.operations.base import check_version, operation, unchanged
from directory.operations.search import refresh_search
from directory.operations.users.attributes import Checks, claims_of, hold_definitions, require_ownership, settled
from directory.operations.users.entries import attributes_of, changes, organization_of, subject_of
from directory.permissions import Permission
from directory.queries.users import get_user
from directory.values.custom_attributes import validate_custom_attributes
from directory.values.standard_attributes import validate_standard_attributes


@operation(permission=Permission.USERS_UPDATE, on_object=True)
def update_user(
    *,
    actor: Actor,
    user_id: UUID,
    standard_attributes: Mapping[str, Any] | None = None,
    custom_attributes: Mapping[str, Any] | None = None,
    version: str | None = None,
) -> User:
    """Replace the standard attributes, the custom attributes, or both; None leaves a set as it is.

    An e-mail, phone number or username that is left out comes back from the newest identity that carries one; what is
    given must be carried by one (contract section 8). ``version`` is the ``version_of`` the writer had seen.
    Returns the user. Raises ``NotFound`` (``UserNotFound``), ``Forbidden``, ``Invalid`` (``UserIsAnonymized``,
    ``ValidationFailed`` with the causes of all fields) and ``Conflict`` (``StaleVersion``).
    """
    # Before the user is locked, which is the order of a definition's deletion too.
    definitions = hold_definitions(custom_attributes if isinstance(custom_attributes, Mapping) else ())
    user = get_user(actor, user_id, Permission.USERS_UPDATE, for_update=True)
    require_not_anonymized(user)
    check_version(user, version)
    checks = Checks()
    old = attributes_of(user)
    if standard_attributes is not None:
        standard = checks.run(lambda: _standard(user, standard_attributes))
        user.standard_attributes = standard or {}
    if custom_attributes is not None:
        custom = checks.run(lambda: validate_custom_attributes(definitions, custom_attributes))
        user.custom_attributes = custom or {}
    checks.finish()
    before, after = changes(old, attributes_of(user))
    if not after:
        unchanged()
        return user
    user.updated_at = timezone.now()
    user.save(update_fields=["standard_attributes", "custom_attributes", "updated_at"])
    refresh_search([user.id])
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.USER_PROFILE_UPDATED,
            subject=subject_of(user),
            user_id=user.id,
            organization_id=organization_of(actor, user.id, Permission.USERS_UPDATE),
            old=before,
            new=after,
            details={"fields": sorted(after)},
        ),
    )
    return user


def require_not_anonymized(user: User) -> None:
    """Raises ``Invalid`` (``UserIsAnonymized``): anonymization is final (contract section 7)."""
    if user.is_anonymized:
        raise Invalid("This user is anonymized: that is final.", code="UserIsAnonymized")


def _standard(user: User, given: Mapping[str, Any]) -> dict[str, Any]:
    attributes = validate_standard_attributes(given)
    claims = claims_of(Identity.objects.filter(user=user))
    require_ownership(attributes, claims)
    return settled(attributes, claims)
