"""One user with everything a page shows of it."""

from uuid import UUID

from django.db.models import Exists, OuterRef

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Identity, User, VerifiedClaim
from directory.queries.reach import visible_users
from directory.queries.users.lists import with_derived
from directory.queries.users.relations import with_relations
from directory.values.ids import uuid_or_nil
from directory.values.text import quotable


def user_detail(actor: Actor, user_id: UUID) -> User:
    """One user in sight with ``display_name``, ``account_id``, ``state``, ``roles``, ``groups``, ``organizations`` and
    ``known_identities`` (oldest first, each with ``is_verified``): three statements.

    Raises ``NotFound`` (``UserNotFound``), also for what is no id.
    """
    user = with_derived(visible_users(actor)).filter(pk=uuid_or_nil(user_id)).first()
    if user is None:
        raise NotFound("There is no such user.", code="UserNotFound", info={"id": quotable(user_id)})
    with_relations(actor, [user])
    user.known_identities = list(identities_of(user))  # type: ignore[attr-defined]
    return user


def identities_of(user: User) -> list[Identity]:
    """The user's identities, oldest first, with ``is_verified``: whether their e-mail address or number is."""
    claims = VerifiedClaim.objects.filter(user=OuterRef("user_id"))
    email = Exists(claims.filter(name="email", value=OuterRef("email")))
    phone = Exists(claims.filter(name="phone_number", value=OuterRef("phone_number")))
    found = Identity.objects.filter(user=user).annotate(is_verified=email | phone)
    return list(found.order_by("created_at", "id"))
