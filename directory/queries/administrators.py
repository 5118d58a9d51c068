"""Administrators within an actor's sight: all, or those with a grant on the organizations where it may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Administrator, AdministratorSession, Grant, Invitation, SecondFactor
from directory.permissions import Permission
from directory.queries.keyed import matching
from directory.queries.paging import PAGE_SIZE, Order, Page, page, text_key
from directory.values.ids import uuid_or_nil

_VIEW = Permission.ADMINISTRATORS_VIEW
BY_EMAIL = Order("email", (text_key("email"),), descending=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a list or a page says of an administrator beside the row: the grants in the actor's sight, and more.

    ``state`` is ``active``, ``deactivated``, ``invited`` or ``invitation_expired``; ``factors`` are the kinds of second
    factors (``totp``, ``webauthn``, ``recovery_codes``).
    """

    state: str
    grants: Sequence[Grant]
    factors: Sequence[str]
    invited_until: datetime | None = None


def visible_administrators(actor: Actor) -> QuerySet[Administrator]:
    """The administrators ``actor`` may see: all, or those with a grant, even one that has ended, on the organizations
    where it may see administrators."""
    if actor.may(_VIEW):
        return Administrator.objects.all()
    here = Grant.objects.filter(administrator=OuterRef("pk"), organization__in=actor.organizations_with(_VIEW))
    return Administrator.objects.filter(Exists(here))


def visible_grants(actor: Actor) -> QuerySet[Grant]:
    """The grants ``actor`` may see: all, or those on the organizations where it may see administrators."""
    if actor.may(_VIEW):
        return Grant.objects.all()
    return Grant.objects.filter(organization__in=actor.organizations_with(_VIEW))


def get_administrator(actor: Actor, administrator_id: UUID, *, for_update: bool = False) -> Administrator:
    """One administrator in sight, locked if asked. Raises ``NotFound`` (``AdministratorNotFound``).

    What the actor may do to them is for ``operations.administrators.rules`` to say: it depends on what they hold.
    """
    rows = visible_administrators(actor)
    if for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    administrator = rows.filter(pk=uuid_or_nil(administrator_id)).first()
    if administrator is None:
        raise NotFound("There is no such administrator.", code="AdministratorNotFound")
    return administrator


def get_grant(actor: Actor, grant_id: UUID) -> Grant:
    """One grant in sight, with its organization. Raises ``NotFound`` (``GrantNotFound``)."""
    grant = visible_grants(actor).select_related("organization").filter(pk=uuid_or_nil(grant_id)).first()
    if grant is None:
        raise NotFound("There is no such grant.", code="GrantNotFound")
    return grant


def list_administrators(
    actor: Actor,
    *,
    search: str = "",
    admin_role: str | None = None,
    organization_id: UUID | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Administrator]:
    """A page of administrators by e-mail address, in one statement. ``search`` is part of an address or a name.

    ``admin_role`` and ``organization_id`` narrow it to those with such a grant in sight. Raises ``Invalid`` for a bad
    cursor or search.
    """
    rows = matching(visible_administrators(actor), search, field="email")
    if admin_role is not None or organization_id is not None:
        grants = visible_grants(actor).filter(administrator=OuterRef("pk"))
        if admin_role is not None:
            grants = grants.filter(admin_role=admin_role)
        if organization_id is not None:
            grants = grants.filter(organization=organization_id)
        rows = rows.filter(Exists(grants))
    return page(rows, BY_EMAIL, cursor, size=size)


def standings(actor: Actor, administrators: Sequence[Administrator]) -> dict[UUID, Standing]:
    """What there is to say of these administrators (in sight): three statements, whatever their number."""
    ids = [administrator.pk for administrator in administrators]
    grants: dict[UUID, list[Grant]] = {}
    in_sight = visible_grants(actor).filter(administrator__in=ids).select_related("organization")
    for grant in in_sight.order_by("organization__slug", "admin_role"):
        grants.setdefault(grant.administrator_id, []).append(grant)
    factors: dict[UUID, list[str]] = {}
    kinds = SecondFactor.objects.filter(administrator__in=ids).order_by("type", "id")
    for administrator_id, kind in kinds.values_list("administrator_id", "type"):
        factors.setdefault(administrator_id, []).append(kind)
    invited = dict(Invitation.objects.filter(administrator__in=ids).values_list("administrator_id", "expires_at"))
    return {
        row.pk: Standing(
            state=_state(row, invited.get(row.pk)),
            grants=grants.get(row.pk, ()),
            factors=factors.get(row.pk, ()),
            invited_until=invited.get(row.pk),
        )
        for row in administrators
    }


def own_grants(actor: Actor) -> Sequence[Grant]:
    """The acting administrator's own grants, ended ones too."""
    if actor.id is None:
        return []
    rows = Grant.objects.filter(administrator=actor.id).select_related("organization")
    return list(rows.order_by("organization__slug", "admin_role"))


def own_sessions(actor: Actor) -> Sequence[AdministratorSession]:
    """The acting administrator's own sessions that have not run out, the last used first, without their data."""
    return [] if actor.id is None else _sessions(actor.id)


def sessions_of(actor: Actor, administrator: Administrator) -> Sequence[AdministratorSession] | None:
    """The sessions of an administrator (in sight), as ``own_sessions``.

    None for an actor that sees only a part of what the administrator holds: their addresses are no part of that.
    """
    if not actor.may(_VIEW):
        here = actor.organizations_with(_VIEW)
        elsewhere = Grant.objects.filter(administrator=administrator).exclude(
            Q(organization__in=here) & Q(organization__isnull=False)
        )
        if elsewhere.exists():
            return None
    return _sessions(administrator.pk)


def _sessions(administrator_id: UUID) -> Sequence[AdministratorSession]:
    now = timezone.now()
    used = now - timedelta(seconds=settings.SESSION_IDLE_LIMIT)
    rows = AdministratorSession.objects.filter(administrator=administrator_id, expire_date__gt=now, seen_at__gt=used)
    return list(rows.defer("session_data").order_by("-seen_at", "-signed_in_at"))


def _state(administrator: Administrator, invited_until: datetime | None) -> str:
    if not administrator.is_active:
        return "deactivated"
    if invited_until is None:
        return "active"
    return "invited" if invited_until > timezone.now() else "invitation_expired"


__all__ = [
    "BY_EMAIL",
    "Standing",
    "get_administrator",
    "get_grant",
    "list_administrators",
    "own_grants",
    "own_sessions",
    "sessions_of",
    "standings",
    "visible_administrators",
    "visible_grants",
]
