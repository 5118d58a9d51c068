"""Whatever belongs to a user is either kept when it is deleted or dropped on purpose; nothing is forgotten about."""

from django.apps import apps
from django.db.models import ForeignKey, Model

from directory.models import Group, Organization, Role, User
from directory.operations.deleted_users.snapshots import DROPPED, KEPT

#: Nouns of their own, which users are only tied to.
APART = {User, Role, Group, Organization}


def belongings() -> set[type[Model]]:
    """The models whose rows belong to a user: by a foreign key to it, or to something else that belongs to one."""
    found: set[type[Model]] = {User}
    while True:
        more = {
            model
            for model in apps.get_models()
            for field in model._meta.get_fields()
            if isinstance(field, ForeignKey) and field.related_model in found
        } - APART
        if more <= found:
            return found - APART
        found |= more


def test_every_model_that_belongs_to_a_user_is_kept_or_dropped() -> None:
    kept = {kept.model for kept in KEPT}
    assert not kept & set(DROPPED)
    assert kept | set(DROPPED) == belongings()


def test_what_is_kept_comes_back_after_what_it_refers_to() -> None:
    seen: set[type[Model]] = {User}
    for kept in KEPT:
        for field in kept.model._meta.get_fields():
            if isinstance(field, ForeignKey) and field.related_model in belongings():
                assert field.related_model in seen, kept.name
        assert kept.through is None or kept.through in seen
        seen.add(kept.model)
