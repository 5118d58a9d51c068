"""The identities of a user, and which of their claims are verified (contract sections 6 and 9)."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Event
from directory.errors import Invalid, NotFound, invalid
from directory.models import Identity, IdentityType, User, VerifiedClaim
from directory.operations.authenticators.stored import (
    add_primary_code,
    drop_unneeded_recovery_codes,
    password_is_enabled,
    password_of,
    store_password,
)
from directory.operations.base import operation, unchanged
from directory.operations.search import refresh_search
from directory.operations.users.attributes import OWNED_ATTRIBUTES, claims_of, settled
from directory.operations.users.claims import (
    VERIFIABLE,
    drop_authenticators,
    drop_orphaned_claims,
    move_authenticators,
)
from directory.operations.users.entries import attributes_of, changes, organization_of
from directory.operations.users.login_ids import insert_login_id, replace_login_id
from directory.operations.users.update import require_not_anonymized
from directory.permissions import Permission
from directory.queries.identities import get_identity
from directory.queries.users import get_user
from directory.values.ids import uuid_or_nil
from directory.values.login_ids import normalize_claim, parse_login_id
from directory.values.password_policy import checked_password, password_policy
from directory.values.text import clean, json_type

_EVENT_NOUNS = {"email": "email", "phone_number": "phone"}
_KEEPS_A_USER = {IdentityType.LOGIN_ID, IdentityType.OAUTH}
_REMOVED = {
    IdentityType.OAUTH: Event.IDENTITY_OAUTH_DISCONNECTED,
    IdentityType.BIOMETRIC: Event.IDENTITY_BIOMETRIC_DISABLED,
}


@operation(permission=Permission.USERS_IDENTITIES, on_object=True)
def add_login_id(*, actor: Actor, user_id: UUID, key: str, value: str, password: str | None = None) -> Identity:
    """Give a user another login ID, unverified. Anonymous identities go; a missing standard attribute is filled.

    ``password`` is set if it is not empty, the user has none, and passwords are a first factor (contract section 6).
    Returns the identity. Raises ``NotFound`` (``UserNotFound``), ``Forbidden``, ``Invalid`` (``UserIsAnonymized``,
    ``InvariantViolated`` for an unknown key, ``ValidationFailed`` at ``login_id``, ``PasswordPolicyViolated``) and
    ``Conflict`` (``DuplicatedIdentity``), also when the user has this very login ID already.
    """
    user = get_user(actor, user_id, Permission.USERS_IDENTITIES, for_update=True)
    require_not_anonymized(user)
    login_id = parse_login_id(key, value)
    identity = insert_login_id(user, login_id)
    add_primary_code(user, login_id)
    is_set = _set_missing_password(actor, user, password)
    dropped = list(Identity.objects.filter(user=user, type=IdentityType.ANONYMOUS).order_by("id"))
    if dropped:
        Identity.objects.filter(pk__in=[row.pk for row in dropped]).delete()
    attributes = {login_id.claim_name: login_id.value, **user.standard_attributes}
    old, new = _rewrite(user, attributes)
    factors = {"authenticators": ["password"]} if is_set else {}
    added = _entry(actor, identity, "added", old=old, new={"value": login_id.value, **new, **factors})
    audit.record_all(actor, [added, *(_entry(actor, row, "removed") for row in dropped)])
    return identity


@operation(permission=Permission.USERS_IDENTITIES, on_object=True)
def update_login_id(*, actor: Actor, user_id: UUID, identity_id: UUID, value: str) -> Identity:
    """Give a login ID another value; its id and key stay.

    Primary one-time-code authenticators and the standard attribute with the old value move along; its verified claim is
    dropped. Returns the identity. Raises ``NotFound`` (``IdentityNotFound``), ``Forbidden``, ``Invalid``
    (``InvariantViolated`` of kind ``IdentityNotBelongToUser``, ``Invalid`` for what is not a login ID,
    ``ValidationFailed`` at ``login_id``) and ``Conflict`` (``DuplicatedIdentity``).
    """
    identity = get_identity(actor, identity_id, Permission.USERS_IDENTITIES, for_update=True)
    if identity.user_id != uuid_or_nil(user_id):
        raise _violated("IdentityNotBelongToUser", "This identity belongs to another user.")
    if identity.type != IdentityType.LOGIN_ID or identity.login_id_key is None:
        raise Invalid("Only a login ID can be given another value.", code="Invalid")
    login_id = parse_login_id(identity.login_id_key, value)
    claim, former, written = login_id.claim_name, identity.value, _written(identity)
    if (former, identity.original_value) == (login_id.value, login_id.original_value):
        unchanged()
        return identity
    identity.updated_at = timezone.now()
    replace_login_id(identity, login_id)
    before, after = changes(written, _written(identity))
    if former is not None and former != login_id.value:
        move_authenticators(identity.user, claim, former, login_id.value)
        if drop_orphaned_claims(identity.user, {(claim, former)}):
            before["is_verified"], after["is_verified"] = True, False
    attributes = dict(identity.user.standard_attributes)
    if attributes.get(claim, former) == former:
        attributes[claim] = login_id.value
    old, new = _rewrite(identity.user, attributes)
    audit.record(actor, _entry(actor, identity, "updated", old={**before, **old}, new={**after, **new}))
    return identity


@operation(permission=Permission.USERS_IDENTITIES, on_object=True)
def remove_identity(*, actor: Actor, identity_id: UUID) -> User:
    """Take an identity of any type from its user, with what nothing else carries: primary one-time-code authenticators
    and verified claims. The standard attribute is cleared, or taken from the newest other identity.

    Returns the user. Raises ``NotFound`` (``IdentityNotFound``), ``Forbidden`` and ``Invalid`` (``InvariantViolated``
    of kind ``RemoveLastIdentity``) when neither a login ID nor an OAuth identity would be left.
    """
    identity = get_identity(actor, identity_id, Permission.USERS_IDENTITIES, for_update=True)
    user = identity.user
    others = list(Identity.objects.filter(user=user).exclude(pk=identity_id))
    if not any(other.type in _KEEPS_A_USER for other in others):
        raise _violated("RemoveLastIdentity", "This is the last identity by which the user can be known.")
    Identity.objects.filter(pk=identity_id).delete()
    lost = {(name, value) for name in OWNED_ATTRIBUTES if (value := getattr(identity, name))}
    if identity.type == IdentityType.LOGIN_ID:
        drop_authenticators(user, lost)
        drop_unneeded_recovery_codes(user)
    verified = {"is_verified": True} if drop_orphaned_claims(user, lost) else {}
    attributes = settled(user.standard_attributes, claims_of(others)) if lost else user.standard_attributes
    old, new = _rewrite(user, attributes)
    old = {**_written(identity), **verified, **old}
    audit.record(actor, _entry(actor, identity, "removed", old=old, new=new))
    return user


@operation(permission=Permission.USERS_IDENTITIES, on_object=True)
def set_verified(*, actor: Actor, user_id: UUID, claim_name: str, claim_value: str, verified: bool) -> bool:
    """Mark a claim (``email`` or ``phone_number``) that one of the user's identities carries as verified, or not.

    Returns whether anything changed: what is so already stays so silently. Raises ``NotFound`` (``UserNotFound``,
    ``IdentityNotFound`` when no identity of the user carries the value), ``Forbidden`` and ``Invalid``.
    """
    user = get_user(actor, user_id, Permission.USERS_IDENTITIES, for_update=True)
    if not isinstance(claim_name, str) or claim_name not in VERIFIABLE:
        raise invalid("claim_name", "enum", "Only email and phone_number can be verified.", expected=[*VERIFIABLE])
    if not isinstance(verified, bool):
        message = "This must be true or false."
        raise invalid("verified", "type", message, expected=["boolean"], actual=[json_type(verified)])
    values = _spellings(claim_name, claim_value)
    carriers = Identity.objects.filter(user=user, **{f"{claim_name}__in": values})
    identity = carriers.order_by("created_at", "id").first()
    if identity is None:
        raise NotFound("None of the user's identities has this value.", code="IdentityNotFound")
    value = getattr(identity, claim_name)
    claims = VerifiedClaim.objects.filter(user=user, name=claim_name, value=value)
    if claims.exists() == verified:
        unchanged()
        return False
    if verified:
        VerifiedClaim.objects.create(user=user, name=claim_name, value=value, created_at=timezone.now())
    else:
        claims.delete()
    _touch(user)
    verb = "verified" if verified else "unverified"
    audit.record(
        actor,
        audit.Entry(
            event=Event(f"identity.{_EVENT_NOUNS[claim_name]}.{verb}"),
            subject=audit.Subject(kind="identity", id=identity.id, label=value),
            user_id=user.id,
            organization_id=organization_of(actor, user.id, Permission.USERS_IDENTITIES),
            old={"is_verified": not verified},
            new={"is_verified": verified},
            details={"claim_name": claim_name},
        ),
    )
    return True


def _set_missing_password(actor: Actor, user: User, password: str | None) -> bool:
    if not password or not password_is_enabled() or password_of(user) is not None:
        return False
    # Whoever may add a login ID could otherwise take over an account that has no password.
    get_user(actor, user.id, Permission.USERS_CREDENTIALS)
    store_password(user, checked_password(password, password_policy()))
    return True


def _spellings(claim_name: str, value: str) -> set[str]:
    """The value as given and as login IDs are normalised: identities of other types keep what their provider said."""
    text = clean("claim_value", value, max_length=320, required=True)
    try:
        return {text, normalize_claim(claim_name, text)}
    except Invalid:
        return {text}


def _rewrite(user: User, attributes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Store the standard attributes, refresh what follows from the identities; returns what changed."""
    old = attributes_of(user)
    user.standard_attributes = attributes
    _touch(user)
    refresh_search([user.id])
    return changes(old, attributes_of(user))


def _touch(user: User) -> None:
    # A version of the user covers its identities: what is derived of them shows among its attributes.
    user.updated_at = timezone.now()
    user.save(update_fields=["standard_attributes", "updated_at"])


def _written(identity: Identity) -> dict[str, Any]:
    """What of an identity stands in entries; as typed only where that says more."""
    facts = {"value": identity.value, "original_value": identity.original_value, "subject": identity.provider_subject}
    return {name: value for name, value in facts.items() if value and (name == "value" or value != identity.value)}


def _entry(
    actor: Actor,
    identity: Identity,
    verb: str,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> audit.Entry:
    type = IdentityType(identity.type)
    details = {
        "identity_type": type.value,
        "login_id_key": identity.login_id_key,
        "login_id_type": identity.login_id_type,
        "provider_alias": identity.provider_alias,
    }
    if type is IdentityType.LOGIN_ID:
        event = Event(f"identity.{identity.login_id_type}.{verb}")
    else:
        event = _REMOVED.get(type, Event.IDENTITY_REMOVED)
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind="identity", id=identity.id, label=identity.value or identity.provider_subject or ""),
        user_id=identity.user_id,
        organization_id=organization_of(actor, identity.user_id, Permission.USERS_IDENTITIES),
        old=old or {},
        new=new or {},
        details={name: value for name, value in details.items() if value},
    )


def _violated(kind: str, message: str) -> Invalid:
    return Invalid(message, code="InvariantViolated", info={"cause": {"kind": kind}})
