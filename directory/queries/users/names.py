"""Finding users by the names of their roles and groups, without writing those names into anybody's row."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from directory.actors import Actor
from directory.models import GroupRole
from directory.queries.groups import visible_groups
from directory.queries.roles import visible_roles
from directory.values.search_words import fold, group_token, role_token

#: Shorter terms would match half of all names.
_SHORTEST = 2
#: Roles and groups that one search takes in at most.
_MOST = 200


def names_of(actor: Actor, terms: Sequence[str]) -> Callable[[str], Iterable[str]]:
    """For each term the marks of the roles and groups in sight with a word in key or name that begins with it.

    A role stands also for the groups that give it. Three statements, whatever the terms.
    """
    terms = [term for term in terms if len(term) >= _SHORTEST]
    if not terms:
        return lambda _term: ()
    anywhere = reduce(or_, (Q(key__icontains=term) | Q(name__icontains=term) for term in terms))
    roles = list(visible_roles(actor).filter(anywhere).values_list("id", "key", "name")[:_MOST])
    groups = list(visible_groups(actor).filter(anywhere).values_list("id", "key", "name")[:_MOST])
    giving: dict[UUID, list[UUID]] = {}
    if roles:
        pairs = GroupRole.objects.filter(role__in=[id for id, _key, _name in roles]).values_list("role_id", "group_id")
        for role_id, group_id in pairs:
            giving.setdefault(role_id, []).append(group_id)

    def marks(term: str) -> Iterable[str]:
        for id, key, name in roles:
            if _names(term, key, name):
                yield role_token(id)
                yield from (group_token(group_id) for group_id in giving.get(id, ()))
        for id, key, name in groups:
            if _names(term, key, name):
                yield group_token(id)

    return marks


def _names(term: str, key: str, name: str | None) -> bool:
    words = fold(f"{key} {key.replace(':', ' ').replace('_', ' ')} {name or ''}").split()
    return any(word.startswith(term) for word in words)
