"""Finding users by the names of their roles and groups, without writing those names into anybody's row."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from directory.actors import Actor
from directory.models import GroupRole
from directory.queries.groups import visible_groups
from directory.queries.roles import visible_roles
from directory.values.search_words import group_token, role_token

_PUNCTUATION = re.compile(r"[:_.\-/']")
#: Shorter terms would match half of all names.
_SHORTEST = 2
#: Roles and groups that one search takes in at most.
_MOST = 200


def names_of(actor: Actor, terms: Sequence[str]) -> Callable[[str], Iterable[str]]:
    """For each term the marks of the roles and groups in sight with a word in key or name that begins with it.

    A role stands also for the groups that give it. Three statements, whatever the terms.
    """
    wanted = {term: f" {' '.join(_PUNCTUATION.sub(' ', term).split())}" for term in terms if len(term) >= _SHORTEST}
    if not wanted:
        return lambda _term: ()
    anywhere = reduce(or_, (Q(search_words__contains=words) for words in wanted.values()))
    roles = list(visible_roles(actor).filter(anywhere).order_by("key").values_list("id", "search_words")[:_MOST])
    groups = list(visible_groups(actor).filter(anywhere).order_by("key").values_list("id", "search_words")[:_MOST])
    giving = groups_giving(actor, [id for id, _words in roles])

    def marks(term: str) -> Iterable[str]:
        words = wanted.get(term)
        if words is None:
            return
        for id, named in roles:
            if words in named:
                yield role_token(id)
                yield from (group_token(group_id) for group_id in giving.get(id, ()))
        for id, named in groups:
            if words in named:
                yield group_token(id)

    return marks


def groups_giving(actor: Actor, role_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The groups in sight that give these roles, by role."""
    giving: dict[UUID, list[UUID]] = {}
    if role_ids:
        pairs = GroupRole.objects.filter(role__in=role_ids, group__in=visible_groups(actor))
        for role_id, group_id in pairs.values_list("role_id", "group_id"):
            giving.setdefault(role_id, []).append(group_id)
    return giving
