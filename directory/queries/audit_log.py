"""The audit log within an actor's sight: all of it, or the entries of the organizations where it may read it.

Ids are UUIDv7, so bounds in time are bounds of the id, and a page is cut by the id alone.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Administrator, AuditEntry, AuditPersonal
from directory.permissions import Permission
from directory.queries.administrators import visible_administrators
from directory.queries.api_clients import visible_api_clients
from directory.queries.audit_log_walk import Walk
from directory.queries.groups import visible_groups
from directory.queries.identities import visible_identities
from directory.queries.organizations import visible_organizations
from directory.queries.paging import PAGE_SIZE, bad_cursor
from directory.queries.roles import visible_roles
from directory.queries.users import visible_users
from directory.values.activity_types import label_of
from directory.values.ids import uuid_or_nil
from directory.values.login_ids import normalize_claim
from directory.values.text import quotable

#: Entries may carry the time of a clock that runs a little ahead; later months hold none and are not looked into.
AHEAD = timedelta(hours=1)
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """What is asked for; every part that is set must hold. Without any it is the whole log.

    ``activity_types`` and ``user_ids`` mean any of them; ``author_kind`` is for authors without an id (``system``,
    ``anonymous``); ``since`` is inclusive and ``until`` exclusive, aware, exact to the millisecond;
    ``subject`` is kind (singular noun) and id.
    """

    activity_types: Sequence[str] = ()
    user_ids: Sequence[UUID] = ()
    author_id: UUID | None = None
    author_kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None
    subject: tuple[str, UUID] | None = None
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry with what is personal in it (None once it is forgotten), and which of its ids may be opened now."""

    entry: AuditEntry
    personal: Mapping[str, Any] | None
    reachable: frozenset[UUID]

    @property
    def label(self) -> str:
        """The activity type for people."""
        return label_of(self.entry.activity_type)

    @property
    def forgotten(self) -> bool:
        """Whether the personal part has been erased."""
        return self.personal is None

    @property
    def author(self) -> str:
        """The author's label as it was then; empty when there was none or it is forgotten."""
        return str((self.personal or {}).get("author", ""))

    @property
    def subject(self) -> str:
        """The subject's label as it was then; empty when there was none or it is forgotten."""
        return str((self.personal or {}).get("subject", ""))

    @property
    def subject_reachable(self) -> bool:
        """Whether the subject still exists within the actor's sight."""
        return self.entry.subject_id in self.reachable

    @property
    def user_reachable(self) -> bool:
        """Whether the user whose activity this is still exists within the actor's sight."""
        return self.entry.user_id in self.reachable


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page, newest first, with cursors to its neighbours.

    ``looked_back_to`` is set when the search gave up at that moment because too few of too many entries matched:
    ``older`` goes on from there (on the way to newer entries: ``newer``).
    """

    rows: Sequence[LoggedEntry]
    newer: str | None
    older: str | None
    looked_back_to: datetime | None = None


def visible_entries(actor: Actor) -> QuerySet[AuditEntry]:
    """The entries ``actor`` may read: all, or those of the organizations where it holds ``audit_log.view``."""
    organizations = _organizations(actor)
    if organizations is None:
        return AuditEntry.objects.all()
    return AuditEntry.objects.filter(organization_id__in=organizations)


def list_entries(
    actor: Actor, wanted: EntryFilter | None = None, cursor: str | None = None, *, size: int = PAGE_SIZE
) -> EntryPage:
    """A page of entries, newest first. Three statements when the nearest weeks fill it, else four, whatever the filter.

    Raises ``Forbidden`` when the actor may read the log nowhere, ``Invalid`` (``InvalidCursor``) for a bad cursor.
    """
    _require_somewhere(actor)
    return _page(actor, wanted or EntryFilter(), cursor, size)


def user_activity(actor: Actor, user_id: UUID, cursor: str | None = None, *, size: int = 10) -> EntryPage:
    """What happened to one user, newest first, as far as the actor may read it; an empty page for who may not."""
    return _page(actor, EntryFilter(user_ids=[user_id]), cursor, size)


def latest_entries(actor: Actor, count: int = 10) -> Sequence[LoggedEntry]:
    """The newest entries the actor may read; none for who may not."""
    return _page(actor, EntryFilter(), None, count).rows


def get_entry(actor: Actor, entry_id: UUID) -> LoggedEntry:
    """One entry: three statements. Raises ``NotFound`` (``EntryNotFound``), ``Forbidden`` as ``list_entries``."""
    _require_somewhere(actor)
    entry = visible_entries(actor).filter(pk=uuid_or_nil(entry_id)).first()
    if entry is None:
        raise NotFound("There is no such entry.", code="EntryNotFound", info={"id": quotable(entry_id)})
    return _with_personal(actor, [entry])[0]


def users_with_email(actor: Actor, address: str) -> list[UUID]:
    """The users in sight that have exactly this e-mail address as an identity. Raises ``Invalid`` for no address."""
    email = normalize_claim("email", address)
    return list(visible_identities(actor).filter(email=email).values_list("user_id", flat=True).distinct())


def administrator_with_email(actor: Actor, address: str) -> UUID | None:
    """The administrator who signs in with this address, for whoever may see administrators; else one's own."""
    if address.casefold() == actor.label.casefold():
        return actor.id
    if not actor.may(Permission.ADMINISTRATORS_VIEW) or "\0" in address:
        return None
    found = Administrator.objects.filter(email__iexact=address).values_list("pk", flat=True)
    return found.first()


def floor_of(moment: datetime) -> UUID:
    """The least UUIDv7 of the millisecond that ``moment`` (aware) lies in; for any moment before 1970 the least of all.

    RFC 9562 section 5.7: the first 48 bits are milliseconds since 1970.
    """
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return UUID(int=max(milliseconds, 0) << 80)


def moment_of(id: UUID) -> datetime:
    """The millisecond in which a UUIDv7 was made."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=id.int >> 80)


def _organizations(actor: Actor) -> frozenset[UUID] | None:
    """None for everywhere."""
    if actor.may(Permission.AUDIT_LOG_VIEW):
        return None
    return actor.organizations_with(Permission.AUDIT_LOG_VIEW)


def _require_somewhere(actor: Actor) -> None:
    permission = Permission.AUDIT_LOG_VIEW
    if not actor.may_somewhere(permission):
        raise Forbidden(f"You may not do this: it needs “{permission.label}”.", info={"permission": permission.value})


def _page(actor: Actor, wanted: EntryFilter, cursor: str | None, size: int) -> EntryPage:
    start = _decode(cursor) if cursor else None
    conditions = _conditions(actor, wanted)
    if not all(conditions.values()):
        return EntryPage([], None, None)
    walk = _from(_whole(wanted, conditions, size + 1), start)
    return _cut(actor, walk, walk.fetch(), walk.horizon(), size, first=start is None)


def _conditions(actor: Actor, wanted: EntryFilter) -> dict[str, list[Any]]:
    """The values allowed, by column. An empty list means that nothing can match."""
    conditions: dict[str, list[Any]] = {}
    if wanted.user_ids:
        conditions["user_id"] = sorted(set(wanted.user_ids))
    if wanted.subject:
        conditions["subject_kind"], conditions["subject_id"] = [wanted.subject[0]], [wanted.subject[1]]
    if wanted.author_id:
        conditions["author_id"] = [wanted.author_id]
    if wanted.author_kind:
        conditions["author_kind"] = [wanted.author_kind]
    if wanted.activity_types:
        conditions["activity_type"] = sorted(set(wanted.activity_types))
    if wanted.outcome:
        conditions["outcome"] = [wanted.outcome]
    organizations = _organizations(actor)
    if wanted.organization_id:
        within = organizations is None or wanted.organization_id in organizations
        conditions["organization_id"] = [wanted.organization_id] if within else []
    elif organizations is not None:
        conditions["organization_id"] = sorted(organizations)
    return conditions


def _whole(wanted: EntryFilter, conditions: dict[str, list[Any]], rows: int) -> Walk:
    upper = floor_of(datetime.now(UTC) + AHEAD)
    if wanted.until:
        upper = min(upper, floor_of(wanted.until))
    return Walk(conditions, floor_of(wanted.since) if wanted.since else _FIRST, upper, rows)


def _from(walk: Walk, start: tuple[bool, UUID] | None) -> Walk:
    """The walk from a cursor on, within its bounds."""
    if start is None:
        return walk
    to_older, id = start
    if to_older:
        return dataclasses.replace(walk, upper=min(walk.upper, id))
    return dataclasses.replace(walk, lower=max(walk.lower, id), newest_first=False)


def _cut(
    actor: Actor, walk: Walk, found: list[AuditEntry], horizon: UUID | None, size: int, *, first: bool
) -> EntryPage:
    if horizon is not None:
        found = [entry for entry in found if (entry.id >= horizon if walk.newest_first else entry.id <= horizon)]
    entries, more = found[:size], len(found) > size
    gave_up = horizon if not more else None
    if not walk.newest_first:
        entries.reverse()
    # Where this page ends on either side, whether or not an entry lies there.
    newest = entries[0].id if entries else None
    oldest = entries[-1].id if entries else None
    if walk.newest_first:
        older = oldest if more else gave_up
        newer = None if first else _after(newest) if newest else walk.upper
    else:
        newer = _after(newest) if more and newest else _after(gave_up) if gave_up else None
        older = oldest or walk.lower
    return EntryPage(
        rows=_with_personal(actor, entries),
        newer=_encode(to_older=False, id=newer),
        older=_encode(to_older=True, id=older),
        looked_back_to=moment_of(gave_up) if gave_up else None,
    )


def _after(id: UUID) -> UUID:
    return UUID(int=id.int + 1)


def _encode(*, to_older: bool, id: UUID | None) -> str | None:
    return None if id is None else f"{'o' if to_older else 'n'}{id.hex}"


def _decode(cursor: str) -> tuple[bool, UUID]:
    """Whether to older entries, and the id: older are below it, newer are from it on."""
    kind, digits = cursor[:1], cursor[1:]
    if kind not in ("o", "n") or len(digits) != 32:
        raise bad_cursor()
    try:
        return kind == "o", UUID(hex=digits)
    except ValueError as error:
        raise bad_cursor() from error


def _with_personal(actor: Actor, entries: Sequence[AuditEntry]) -> list[LoggedEntry]:
    """Two statements: the side rows, and which of the ids may be opened."""
    ids = [entry.id for entry in entries]
    # The bounds prune the partitions while planning, which a list of ids does less well.
    rows = AuditPersonal.objects.filter(pk__in=ids, pk__gte=min(ids), pk__lte=max(ids)) if ids else ()
    personal = {row.entry_id: row.values for row in rows}
    reachable = _reachable(actor, entries)
    return [LoggedEntry(entry, personal.get(entry.id), reachable) for entry in entries]


def _reachable(actor: Actor, entries: Iterable[AuditEntry]) -> frozenset[UUID]:
    nouns = ("user", "role", "group", "organization", "administrator", "api_client")
    named: dict[str, set[UUID]] = {noun: set() for noun in nouns}
    for entry in entries:
        if entry.user_id:
            named["user"].add(entry.user_id)
        if entry.subject_id and entry.subject_kind in named:
            named[entry.subject_kind].add(entry.subject_id)
    parts = (
        visible_users(actor).filter(pk__in=named["user"]).values_list("pk"),
        visible_roles(actor).filter(pk__in=named["role"]).values_list("pk"),
        visible_groups(actor).filter(pk__in=named["group"]).values_list("pk"),
        visible_organizations(actor).filter(pk__in=named["organization"]).values_list("pk"),
        visible_administrators(actor).filter(pk__in=named["administrator"]).values_list("pk"),
        visible_api_clients(actor).filter(pk__in=named["api_client"]).values_list("pk"),
    )
    first, *others = parts
    return frozenset(id for (id,) in first.union(*others, all=True))
