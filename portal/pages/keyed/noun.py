"""What tells the pages of roles from those of groups: words, permissions, and the functions of the layers below."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Group, Organization, Role
from directory.permissions import Permission, require
from directory.queries.organizations import get_organization_by_slug
from directory.queries.paging import Page
from portal.forms.keyed import AddKeyedForm, KeyedForm
from portal.pages.attempts import capped, permission_named
from portal.pages.picking import Choice


@dataclass(frozen=True, slots=True)
class Tied:
    """One row of a tab: a user, a role or a group, as a choice, its address, and since when it is so."""

    choice: Choice
    url: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """One tab: what is tied to a role or a group. ``name`` is the tab's, ``word`` one of what it lists.

    ``rows`` answers with a page and the same rows for people; ``candidates`` and ``recall`` feed the picker; ``add``
    and ``remove`` take the actor, the row, and posted values, and say how many changed.
    """

    name: str
    word: str
    title: str
    permission: Permission
    rows: Callable[[Actor, Any, str | None], tuple[Page[Any], list[Tied]]]
    candidates: Callable[[Actor, Any, str], Iterable[Choice]]
    recall: Callable[[Actor, Any, Sequence[str]], Iterable[Choice]]
    add: Callable[[Actor, Any, list[str]], int]
    remove: Callable[[Actor, Any, list[str]], int]
    add_label: str
    add_text: str
    empty_title: str
    empty_text: str
    added: str
    removed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """Roles, or groups. ``other`` is the plural of the other noun."""

    singular: str
    plural: str
    icon: str
    other: str
    about: str
    list: Callable[..., Page[Any]]
    usage: Callable[[Actor, Sequence[Any]], dict[UUID, Any]]
    get: Callable[[Actor, UUID], Any]
    create: Callable[..., Any]
    update: Callable[..., Any]
    delete: Callable[[Actor, UUID], None]
    add_form: type[AddKeyedForm]
    form: type[KeyedForm]
    users: Ties
    others: Ties

    @property
    def url(self) -> str:
        """The address of the list."""
        return f"/{self.plural}"

    def permission(self, verb: str) -> Permission:
        """The noun's permission of that verb."""
        return permission_named(f"{self.plural}.{verb}")


def detail_context(actor: Actor, noun: Keyed, row: Role | Group, tab: str) -> dict[str, Any]:
    """The head and the tabs of the pages about one role or group: one statement."""
    used = noun.usage(actor, [row])[row.id]
    base = f"{noun.url}/{row.id}"
    tabs = [{"label": "Settings", "url": base, "count": None, "here": tab == "settings"}]
    for name in ("users", noun.other):
        if (count := getattr(used, name)) is not None:
            url = f"{base}/{name}"
            tabs.append({"label": name.title(), "url": url, "count": capped(count), "here": tab == name})
    heading = row.name or row.key
    return {"nav": noun.plural, "noun": noun, "row": row, "heading": heading, "tabs": tabs, "usage": used}


def require_somewhere(actor: Actor, permission: Permission) -> None:
    """Pass, or raise ``Forbidden``: for pages that belong to no single row."""
    require(actor, permission, next(iter(actor.organizations_with(permission)), None))


def organization_or_none(actor: Actor, slug: str) -> Organization | None:
    """The organization of a slug, if there is one in sight."""
    try:
        return get_organization_by_slug(actor, slug) if slug else None
    except NotFound:
        return None
