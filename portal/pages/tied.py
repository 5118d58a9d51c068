"""Users, roles and groups as rows of a tab and as choices of the picker."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.models import Group, Role, User
from directory.queries.candidates import users_by_id
from portal.pages.keyed.noun import Tied
from portal.pages.picking import Choice, possible_ids
from portal.pages.users.person import name_of


def user_choice(user: Any, *, taken: bool = False, badge: str = "") -> Choice:
    """A user with ``display_name``, ``account_id`` and ``state``."""
    label = name_of(user)
    note = user.account_id if user.account_id not in (None, label) else str(user.id)
    return Choice(str(user.id), label, note, avatar=str(user.id), state=user.state, badge=badge, taken=taken)


def keyed_choice(row: Role | Group, icon: str) -> Choice:
    """A role or a group; its key is what is posted. ``taken`` when the row says so."""
    taken = bool(getattr(row, "taken", False))
    return Choice(row.key, row.name or row.key, row.key if row.name else "", icon=icon, taken=taken)


def tied_users(actor: Actor, since: Mapping[UUID, datetime]) -> list[Tied]:
    """Rows of users in the order of the ids: one statement."""
    users = users_by_id(actor, since)
    return [Tied(user_choice(users[id]), f"/users/{id}", at) for id, at in since.items() if id in users]


def tied_keyed(rows: Collection[Role] | Collection[Group], icon: str, url: str) -> list[Tied]:
    """Rows of roles or groups."""
    return [Tied(keyed_choice(row, icon), f"{url}/{row.id}") for row in rows]


def recalled_users(actor: Actor, values: Collection[str]) -> list[Choice]:
    """Users that were ticked before, as far as they are there."""
    found: Mapping[UUID, User] = users_by_id(actor, possible_ids(values))
    return [user_choice(user) for user in found.values()]
