"""Until when an administrator holds its own rights: nobody hands one on for longer."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from directory.actors import Actor
from directory.models import Grant
from directory.values.permissions import ADMIN_ROLES


def ends_of_rights(actor: Actor, organization_id: UUID | None) -> Mapping[str, datetime]:
    """The rights that the actor holds there (None: directory-wide) only until some moment, and that moment.

    A right is missing when one of the grants that give it has no end. The host's rights have none.
    """
    if actor.id is None:
        return {}
    grants = Grant.objects.filter(Q(organization=None) | Q(organization=organization_id), administrator=actor.id)
    now, lasting, ends = timezone.now(), set[str](), dict[str, datetime]()
    for admin_role, end in grants.values_list("admin_role", "expires_at"):
        rights = ADMIN_ROLES.get(admin_role, frozenset())
        if end is None:
            lasting |= rights
        elif end > now:
            ends |= {right: max(end, ends.get(right, end)) for right in rights}
    return {right: end for right, end in ends.items() if right not in lasting}
