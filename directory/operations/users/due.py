"""Carrying out what was scheduled: deletions and anonymizations whose time has come."""

from uuid import UUID

from django.utils import timezone

from directory.actors import Actor
from directory.models import User
from directory.operations.base import operation, unchanged
from directory.operations.users.delete import erase, strip
from directory.permissions import Permission


@operation(permission=Permission.USERS_DELETE, reauthenticate=True)
def carry_out_schedule(*, actor: Actor, user_id: UUID) -> bool:
    """Delete or anonymize the user if that is due; True when it was done.

    The row is locked and looked at again, so that of many workers one does it, and none does what was cancelled in the
    meantime. A user who is gone, or not due, is left alone (contract section 7). The stored reason goes into the
    entry as it is: no rule for new reasons may keep a due deletion from happening.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    now = timezone.now()
    if user is not None and user.delete_at is not None and user.delete_at <= now:
        erase(actor, user, reason=user.delete_reason, trigger="schedule")
        return True
    if user is not None and user.anonymize_at is not None and user.anonymize_at <= now:
        strip(actor, user, trigger="schedule")
        return True
    unchanged()
    return False
