"""Putting a login ID into the table, and telling whose it is already."""

from uuid import UUID

from directory.errors import Conflict
from directory.models import Identity, IdentityType, User
from directory.operations.base import conflicts
from directory.values.login_ids import LoginID, LoginIDType


def insert_login_id(user: User, login_id: LoginID) -> Identity:
    """A new identity of ``user``. Raises ``Conflict`` (``DuplicatedIdentity``)."""
    identity = Identity(user=user, type=IdentityType.LOGIN_ID, login_id_key=login_id.key)
    _set_value(identity, login_id)
    _save(identity, login_id, force_insert=True)
    return identity


def replace_login_id(identity: Identity, login_id: LoginID) -> None:
    """Another value for an identity that keeps its id and its key. Raises ``Conflict`` (``DuplicatedIdentity``)."""
    _set_value(identity, login_id)
    _save(identity, login_id, force_insert=False)


def _set_value(identity: Identity, login_id: LoginID) -> None:
    identity.email = identity.phone_number = identity.preferred_username = None
    setattr(identity, login_id.claim_name, login_id.value)
    identity.login_id_type = login_id.type.value
    identity.original_value = login_id.original_value
    identity.unique_key = login_id.unique_key


def _save(identity: Identity, login_id: LoginID, *, force_insert: bool) -> None:
    _require_free_claim(identity.user_id, login_id)
    taken = _duplicated(login_id, IdentityType.LOGIN_ID, login_id.type)
    with conflicts({"identity_login_id_unique": taken}):
        identity.save(force_insert=force_insert)


def _require_free_claim(user_id: UUID, login_id: LoginID) -> None:
    """No constraint spans the types of identity, so what other users have by OAuth or LDAP is looked up (section 9)."""
    values = {login_id.value, login_id.unique_key}
    others = Identity.objects.filter(**{f"{login_id.claim_name}__in": values}).exclude(user=user_id)
    existing = others.exclude(type=IdentityType.LOGIN_ID).values_list("type", flat=True)[:1]
    for type in existing:
        raise _duplicated(login_id, IdentityType(type), None)


def _duplicated(login_id: LoginID, existing: IdentityType, existing_type: LoginIDType | None) -> Conflict:
    info = {
        "cause": {"kind": "DuplicatedIdentity"},
        "IdentityTypeIncoming": IdentityType.LOGIN_ID.value,
        "LoginIDTypeIncoming": login_id.type.value,
        "IdentityTypeExisting": existing.value,
    }
    if existing_type is not None:
        info["LoginIDTypeExisting"] = existing_type.value
    return Conflict(_MESSAGES[login_id.type], code="DuplicatedIdentity", info=info)


_MESSAGES = {
    LoginIDType.EMAIL: "This e-mail address is taken already.",
    LoginIDType.PHONE: "This phone number is taken already.",
    LoginIDType.USERNAME: "This username is taken already.",
}
