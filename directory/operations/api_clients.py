"""API clients, what they may do, and their keys. Nobody gives one what they do not hold themselves, and for good.

A client belongs to the directory, or to its organization, and not to who made it: it stays, with its scopes, when its
maker loses a role, is deactivated or deleted. Who wants it ended disables or deletes it, or revokes its keys.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict, Forbidden, invalid
from directory.key_pairs import ALGORITHMS, new_key_pair
from directory.models import APIClient, APIClientKey, Organization
from directory.operations import keyed
from directory.operations.base import check_version, operation, unchanged
from directory.operations.own_rights import ends_of_rights
from directory.permissions import Permission, as_of_now, require
from directory.queries.api_clients import get_api_client, get_api_client_key
from directory.values.text import clean, json_type, quotable

NAME_MAX_LENGTH = 200
#: Keys of one client that work at the same time: one in use, one being rolled out, and some air.
KEYS_AT_ONCE = 5
#: What the contract's own clients sign with.
DEFAULT_ALGORITHM = "RS256"
_MANAGE = Permission.API_CLIENTS_MANAGE


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key of a client. The private half (PEM) is nowhere else: whoever loses it makes another key."""

    api_client: APIClient
    key: APIClientKey
    private_key: str = field(repr=False)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def create_api_client(
    *,
    actor: Actor,
    name: str,
    scopes: Collection[str],
    organization_id: UUID | None = None,
    algorithm: str = DEFAULT_ALGORITHM,
) -> IssuedKey:
    """Make a client with its first key. ``scopes`` are permissions that the actor holds at the same place: directory-
    wide, or, when an organization is named, in it; and not only until some day, for a client has no end.

    Raises ``Invalid`` (``name``, ``scopes``, ``algorithm``), ``NotFound`` (``OrganizationNotFound``), ``Forbidden``,
    ``ReauthenticationRequired``.
    """
    organization = keyed.home(actor, organization_id, _MANAGE)
    client = APIClient(name=_name(name), scopes=_scopes(scopes), organization=organization)
    _require_held(actor, client.scopes, organization)
    method = _algorithm(algorithm)
    client.save(force_insert=True)
    issued = _issue(client, method)
    new = {"name": client.name, "scopes": client.scopes}
    details = {"key_id": issued.key.kid, "algorithm": method}
    audit.record(actor, _entry(audit.Event.API_CLIENT_CREATED, client, new=new, details=details))
    return issued


@operation(permission=_MANAGE, on_object=True)
def rename_api_client(*, actor: Actor, api_client_id: UUID, name: str, version: str | None = None) -> APIClient:
    """Give a client another name. Raises ``NotFound`` (``APIClientNotFound``), ``Forbidden``, ``Invalid``,
    ``Conflict`` (``StaleVersion``)."""
    client = get_api_client(actor, api_client_id, _MANAGE, for_update=True)
    check_version(client, version)
    return _change(actor, client, audit.Event.API_CLIENT_UPDATED, name=_name(name))


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def set_api_client_scopes(
    *, actor: Actor, api_client_id: UUID, scopes: Collection[str], version: str | None = None
) -> APIClient:
    """Say anew what a client may do, from its next request on. Only what is added must be the actor's own, for good.

    Raises as ``rename_api_client``, and ``ReauthenticationRequired``.
    """
    client = get_api_client(actor, api_client_id, _MANAGE, for_update=True)
    check_version(client, version)
    wanted = _scopes(scopes)
    _require_held(actor, set(wanted) - set(client.scopes), client.organization)
    return _change(actor, client, audit.Event.API_CLIENT_UPDATED, scopes=wanted)


@operation(permission=_MANAGE, on_object=True)
def disable_api_client(*, actor: Actor, api_client_id: UUID) -> APIClient:
    """Let in none of a client's tokens any more, until it is enabled. Raises ``NotFound``, ``Forbidden``."""
    client = get_api_client(actor, api_client_id, _MANAGE, for_update=True)
    return _change(actor, client, audit.Event.API_CLIENT_DISABLED, is_active=False)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def enable_api_client(*, actor: Actor, api_client_id: UUID) -> APIClient:
    """Let a disabled client in again: gives it all of its scopes, so the actor must hold them, without an end.

    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired``.
    """
    client = get_api_client(actor, api_client_id, _MANAGE, for_update=True)
    if not client.is_active:
        _require_held(actor, client.scopes, client.organization)
    return _change(actor, client, audit.Event.API_CLIENT_ENABLED, is_active=True)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def rotate_api_client_key(
    *, actor: Actor, api_client_id: UUID, algorithm: str = DEFAULT_ALGORITHM, keep_former: bool = False
) -> IssuedKey:
    """Make a new key for a client; the former ones stop working at once, or, with ``keep_former``, when revoked.

    Who holds a client's key can do all that the client may: so the actor must hold its scopes, without an end.
    Raises ``NotFound`` (``APIClientNotFound``), ``Forbidden``, ``Invalid`` (``algorithm``), ``Conflict``
    (``TooManyKeys``: five work at once), ``ReauthenticationRequired``.
    """
    client = get_api_client(actor, api_client_id, _MANAGE, for_update=True)
    _require_held(actor, client.scopes, client.organization)
    method = _algorithm(algorithm)
    former = APIClientKey.objects.filter(api_client=client, revoked_at__isnull=True)
    revoked: list[str] = []
    if not keep_former:
        revoked = [str(id) for id in former.order_by("id").values_list("id", flat=True)]
        now = timezone.now()
        former.update(revoked_at=now, updated_at=now)
    elif former.count() >= KEYS_AT_ONCE:
        raise Conflict("This client has too many keys. Revoke one first.", code="TooManyKeys")
    issued = _issue(client, method)
    details = {"key_id": issued.key.kid, "algorithm": method, "revoked_key_ids": revoked}
    audit.record(actor, _entry(audit.Event.API_CLIENT_KEY_CREATED, client, details=details))
    return issued


@operation(permission=_MANAGE, on_object=True)
def revoke_api_client_key(*, actor: Actor, key_id: UUID) -> APIClientKey:
    """Let one key work no more, for good; one that is revoked stays so. Needs no fresh proof of identity: it may be
    urgent, and takes rights away.

    Raises ``NotFound`` (``APIClientKeyNotFound``), ``Forbidden``.
    """
    key = get_api_client_key(actor, key_id, _MANAGE, for_update=True)
    key.refresh_from_db(fields=["revoked_at"])  # as it is now that its client is locked
    if key.revoked_at is not None:
        unchanged()
        return key
    key.revoked_at = key.updated_at = timezone.now()
    key.save(update_fields=["revoked_at", "updated_at"])
    audit.record(actor, _entry(audit.Event.API_CLIENT_KEY_REVOKED, key.api_client, details={"key_id": key.kid}))
    return key


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def delete_api_client(*, actor: Actor, api_client_id: UUID) -> None:
    """Delete a client with its keys. Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired``."""
    client = get_api_client(actor, api_client_id, _MANAGE, for_update=True)
    audit.record_all(actor, delete_api_clients([client]))


def delete_api_clients(clients: Collection[APIClient]) -> list[audit.Entry]:
    """Delete clients with their keys, two statements in all, and say the entries to be written."""
    ids = [client.id for client in clients]
    if not ids:
        return []
    APIClientKey.objects.filter(api_client__in=ids).delete()
    entries = [
        _entry(audit.Event.API_CLIENT_DELETED, client, old={"name": client.name, "scopes": client.scopes})
        for client in clients
    ]
    APIClient.objects.filter(pk__in=ids).delete()
    return entries


def delete_api_clients_of(organization: Organization) -> list[audit.Entry]:
    """Delete all clients of an organization that is locked and about to go; the entries to be written."""
    return delete_api_clients(
        list(APIClient.objects.filter(organization=organization).select_for_update().order_by("id"))
    )


def _change(actor: Actor, client: APIClient, event: audit.Event, **values: Any) -> APIClient:
    new = {name: value for name, value in values.items() if getattr(client, name) != value}
    if not new:
        unchanged()
        return client
    old = {name: getattr(client, name) for name in new}
    for name, value in new.items():
        setattr(client, name, value)
    client.updated_at = timezone.now()
    client.save(update_fields=[*new, "updated_at"])
    audit.record(actor, _entry(event, client, old=old, new=new))
    return client


def _issue(client: APIClient, algorithm: str) -> IssuedKey:
    pair = new_key_pair(algorithm)
    key = APIClientKey.objects.create(api_client=client, algorithm=algorithm, public_key=pair.public)
    return IssuedKey(client, key, pair.private)


def _require_held(actor: Actor, scopes: Collection[str], organization: Organization | None) -> None:
    """Pass when the actor still manages clients there and holds the scopes for good. Call it once all is locked."""
    place = organization.id if organization else None
    actor = as_of_now(actor)
    require(actor, _MANAGE, place)
    ends = ends_of_rights(actor, place)
    for scope in sorted(scopes):
        if not actor.may(scope, place):
            raise Forbidden("Nobody can give what they do not hold.", info={"permission": scope})
        end = ends.get(scope)
        if end is not None:
            message = "An API client has no end, but your own right has one: ask somebody who holds it for good."
            raise Forbidden(message, info={"permission": scope, "admin_role_ends": end.isoformat()})


def _name(value: object) -> str:
    return " ".join(clean("name", value, max_length=NAME_MAX_LENGTH, required=True).split())


def _scopes(values: object) -> list[str]:
    """Checked scopes, each once, in the order of the vocabulary."""
    if isinstance(values, str) or not isinstance(values, Collection):
        raise invalid("scopes", "type", "This must be a list.", expected=["array"], actual=[json_type(values)])
    unknown = [value for value in values if value not in _KNOWN]
    if unknown:
        raise invalid("scopes", "enum", "There is no such permission.", actual=quotable(unknown[0]))
    if not values:
        raise invalid("scopes", "minItems", "Choose at least one permission.", expected=1, actual=0)
    return [permission.value for permission in Permission if permission.value in values]


def _algorithm(value: object) -> str:
    if value not in ALGORITHMS:
        raise invalid("algorithm", "enum", "There is no such kind of key.", expected=list(ALGORITHMS))
    return str(value)


def _entry(
    event: audit.Event,
    client: APIClient,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> audit.Entry:
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind="api_client", id=client.id, label=client.name),
        organization_id=client.organization_id,
        old=old or {},
        new=new or {},
        details=details or {},
    )


_KNOWN = frozenset(permission.value for permission in Permission)
