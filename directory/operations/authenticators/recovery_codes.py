"""Recovery codes: for when the second factor is not at hand. Shown once, kept as hashes, good once each."""

from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event, Outcome
from directory.errors import Invalid
from directory.models import Authenticator, AuthenticatorKind, RecoveryCode, User
from directory.operations.base import operation, unchanged
from directory.operations.users.entries import organization_of, subject_of
from directory.operations.users.update import require_not_anonymized
from directory.permissions import Permission
from directory.queries.users import get_user
from directory.values.ids import uuid_or_nil
from directory.values.secret_codes import new_recovery_code, recovery_code_hash

COUNT = 10


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def generate_recovery_codes(*, actor: Actor, user_id: UUID) -> list[str]:
    """Ten new recovery codes, 120 bits each; all former ones are void. The only moment at which they can be read.

    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid`` (``UserIsAnonymized``,
    ``SecondFactorRequired`` for a user who has nothing to recover).
    """
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    require_not_anonymized(user)
    if not Authenticator.objects.filter(user=user, kind=AuthenticatorKind.SECONDARY).exists():
        raise Invalid("This user has no second factor to recover.", code="SecondFactorRequired")
    replaced = RecoveryCode.objects.filter(user=user).delete()[0]
    codes = [new_recovery_code() for _ in range(COUNT)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=recovery_code_hash(code)) for code in codes)
    _record(actor, user, Event.USER_RECOVERY_CODES_GENERATED, count=len(codes), replaced=replaced)
    return codes


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def drop_recovery_codes(*, actor: Actor, user_id: UUID) -> int:
    """Make all recovery codes of a user void. Returns how many there were, used ones among them."""
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    dropped = RecoveryCode.objects.filter(user=user).delete()[0]
    if dropped:
        _record(actor, user, Event.USER_RECOVERY_CODES_DROPPED, count=dropped)
    else:
        unchanged()
    return dropped


@operation(permission=None)
def use_recovery_code(*, actor: Actor, user_id: UUID, code: str) -> bool:
    """Whether this is one of the user's unused recovery codes; if so it is spent. Of many at once one gets True.

    Blanks, dashes and case do not matter. Leaves an entry either way.
    """
    hashed = recovery_code_hash(code if isinstance(code, str) else "")
    codes = RecoveryCode.objects.filter(user_id=uuid_or_nil(user_id), used_at__isnull=True)
    now = timezone.now()
    # One statement: the database lets the second of two wait, and look again.
    spent = codes.filter(code_hash=hashed).update(used_at=now, updated_at=now)
    user = User.objects.filter(pk=uuid_or_nil(user_id)).first()
    if user is None or not spent:
        subject = subject_of(user) if user else audit.Subject(kind="user", id=None)
        event = Event.AUTHENTICATION_SECONDARY_RECOVERY_CODE_FAILED
        known = user.id if user else None
        audit.record(actor, Entry(event=event, subject=subject, user_id=known, outcome=Outcome.FAILED))
        return False
    _record(actor, user, Event.USER_RECOVERY_CODE_USED, left=codes.count())
    return True


def _record(actor: Actor, user: User, event: Event, **details: int) -> None:
    organization_id = organization_of(actor, user.id, Permission.USERS_CREDENTIALS)
    entry = Entry(
        event=event, subject=subject_of(user), user_id=user.id, organization_id=organization_id, details=details
    )
    audit.record(actor, entry)
