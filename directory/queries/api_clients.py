"""API clients within an actor's sight: all, or those confined to the organizations where it may see them."""

from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import APIClient, APIClientKey
from directory.permissions import Permission, require
from directory.queries.paging import NEWEST_FIRST, PAGE_SIZE, Page, page
from directory.values.ids import uuid_or_nil


def visible_api_clients(actor: Actor, permission: Permission = Permission.API_CLIENTS_VIEW) -> QuerySet[APIClient]:
    """The API clients on which ``actor`` holds ``permission``. Those of the whole directory are nobody's in part."""
    if actor.may(permission):
        return APIClient.objects.all()
    return APIClient.objects.filter(organization_id__in=actor.organizations_with(permission))


def list_api_clients(
    actor: Actor, *, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[APIClient]:
    """A page of API clients, newest first, each with its ``organization``, ``key_count`` (keys that still work) and
    ``last_used_at``: one statement. ``search`` is part of a name. Raises ``Invalid`` (bad cursor)."""
    found = visible_api_clients(actor)
    if word := search.replace("\0", "").strip():
        found = found.filter(name__icontains=word)
    return page(_with_keys(found), NEWEST_FIRST, cursor, size=size)


def get_api_client(
    actor: Actor,
    api_client_id: UUID,
    permission: Permission = Permission.API_CLIENTS_VIEW,
    *,
    for_update: bool = False,
) -> APIClient:
    """One API client with its ``organization``, in scope and with the permission, locked if asked.

    Raises ``NotFound`` (``APIClientNotFound``) when there is none in sight, ``Forbidden`` without the permission.
    """
    found = visible_api_clients(actor).filter(pk=uuid_or_nil(api_client_id)).select_related("organization")
    if for_update:
        found = found.select_for_update(no_key=True, of=("self",))
    row = found.first()
    if row is None:
        raise NotFound("There is no such API client.", code="APIClientNotFound")
    require(actor, permission, row.organization_id)
    return row


def keys_of(api_client: APIClient) -> list[APIClientKey]:
    """The keys of a client in sight, newest first, revoked ones too."""
    return list(APIClientKey.objects.filter(api_client=api_client).order_by("-id"))


def get_api_client_key(
    actor: Actor, key_id: UUID, permission: Permission = Permission.API_CLIENTS_VIEW, *, for_update: bool = False
) -> APIClientKey:
    """One key with its ``api_client``, in scope and with the permission; its client is locked if asked.

    Raises ``NotFound`` (``APIClientKeyNotFound``), ``Forbidden``.
    """
    key = APIClientKey.objects.filter(pk=uuid_or_nil(key_id), api_client__in=visible_api_clients(actor)).first()
    if key is None:
        raise NotFound("There is no such key.", code="APIClientKeyNotFound")
    key.api_client = get_api_client(actor, key.api_client_id, permission, for_update=for_update)
    return key


def _with_keys(found: QuerySet[APIClient]) -> QuerySet[APIClient]:
    return found.select_related("organization").annotate(
        key_count=Count("keys", filter=Q(keys__revoked_at__isnull=True)), last_used_at=Max("keys__last_used_at")
    )
