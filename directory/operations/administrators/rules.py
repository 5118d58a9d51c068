"""What all acts on administrators have in common: who outranks whom, the last owner, values, entries."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group as AdminRoleRow
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, QuerySet

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event, Outcome, Subject
from directory.errors import Cause, Conflict, DirectoryError, Forbidden, Invalid, invalid
from directory.models import Administrator, Grant
from directory.permissions import Holdings, holdings_of, holdings_of_actor, require
from directory.values.permissions import OWNER, Permission
from directory.values.text import clean

#: The longest e-mail address (RFC 5321): what is longer was never one, and is cut in the log.
ADDRESS_LENGTH = 320
PASSWORD_LENGTH = 1000
_NAME_LENGTH = 200
_MANAGE = Permission.ADMINISTRATORS_MANAGE


def email_taken(actor: Actor) -> dict[str, DirectoryError]:
    """For ``conflicts``: the address is another administrator's. Who may not see them all is not told so."""
    message = "This address cannot be invited: ask an owner."
    if actor.may(Permission.ADMINISTRATORS_VIEW):
        message = "Another administrator signs in with this e-mail address."
    return {"administrator_email_unique": Conflict(message, code="AdministratorDuplicateEmail")}


def require_rank_on(actor: Actor, administrator: Administrator, organization_id: UUID | None) -> None:
    """Pass when the actor manages administrators there, and holds there all that ``administrator`` holds there.

    ``None`` is the whole directory. Raises ``Forbidden``.
    """
    require(actor, _MANAGE, organization_id)
    _require_above(holdings_of_actor(actor), holdings_of(administrator.pk), organization_id)


def require_rank_over(actor: Actor, administrator: Administrator) -> UUID | None:
    """Pass when the actor may act on the person: manages administrators wherever that person holds anything, and holds
    there all that they hold. Returns the one organization all of it lies in, if it does. Raises ``Forbidden``.
    """
    held = holdings_of(administrator.pk)
    places: list[UUID | None] = [*held.organizations]
    if held.everywhere or not places:
        places.append(None)
    for place in places:
        require(actor, _MANAGE, place)
        _require_above(holdings_of_actor(actor), held, place)
    return places[0] if len(places) == 1 else None


def outranks(actor: Actor, administrator: Administrator) -> bool:
    """Whether ``require_rank_over`` would pass, for what a page offers."""
    try:
        require_rank_over(actor, administrator)
    except Forbidden:
        return False
    return True


def _require_above(own: Holdings, theirs: Holdings, organization_id: UUID | None) -> None:
    missing = sorted(theirs.on(organization_id) - own.on(organization_id))
    if missing:
        message = "This administrator holds rights that you do not hold."
        raise Forbidden(message, info={"permission": str(missing[0])})


def require_somebody_else(actor: Actor, administrator: Administrator) -> None:
    """Raises ``Forbidden`` when the actor is that administrator."""
    if actor.id == administrator.pk:
        raise Forbidden("Nobody may do this to themselves: ask another administrator.", info={"reason": "self"})


def lasting_owners() -> QuerySet[Administrator]:
    """Owners who can sign in whatever time passes: active, with a usable password, and not only until some day.

    A second factor does not matter here: who has none enrols one at the next sign-in.
    """
    ending = Grant.objects.filter(
        administrator=OuterRef("pk"), admin_role=OWNER, organization=None, expires_at__isnull=False
    )
    able = Administrator.objects.filter(is_active=True, groups__name=OWNER).exclude(password="")
    return able.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(Exists(ending))


def one_at_a_time() -> None:
    """Wait for all other acts on administrators: what this one then reads of rights stays so until it has ended.

    Call it before any other lock is taken, and ``as_of_now`` once all are.
    """
    list(AdminRoleRow.objects.select_for_update(no_key=True).filter(name=OWNER))


@contextmanager
def keeping_an_owner(administrator_id: UUID) -> Iterator[None]:
    """Refuse what the block does to an administrator when it takes away the last owner who can sign in.

    Acts on owners wait for one another: two that remove one another cannot each count on the other. Enter it before any
    other lock is taken. Raises ``Conflict`` (``LastOwner``).
    """
    one_at_a_time()
    was_one = lasting_owners().filter(pk=administrator_id).exists()
    yield
    if was_one and not lasting_owners().exists():
        raise Conflict(
            "This is the last owner who can sign in. Make somebody else an owner first, without an end.",
            code="LastOwner",
        )


def checked_password(password: str, administrator: Administrator) -> str:
    """The password itself, neither trimmed nor cut, when it meets the policy of the settings.

    Raises ``Invalid`` with code ``PasswordPolicyViolated`` and one cause per rule broken.
    """
    causes: Sequence[Cause] = ()
    try:
        clean("password", password, max_length=PASSWORD_LENGTH, trim=False)
        validate_password(password, administrator)
    except Invalid as refused:
        causes = refused.causes
    except ValidationError as refused:
        causes = [Cause("password", error.code or "format", str(error.messages[0])) for error in refused.error_list]
    if causes:
        raise Invalid(causes[0].message, code="PasswordPolicyViolated", causes=causes)
    return password


def checked_email(email: str) -> str:
    """An address to sign in with, in lower case. Raises ``Invalid`` (``email``)."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise invalid("email", "format", "This is not an e-mail address.") from None
    return address


def checked_name(name: str) -> str:
    """A name on one line. Raises ``Invalid`` (``name``)."""
    text = clean("name", name, max_length=_NAME_LENGTH, required=True)
    return " ".join(text.split())


def subject_of(administrator: Administrator) -> Subject:
    """Whom an entry is about."""
    return Subject(kind="administrator", id=administrator.pk, label=administrator.email)


def note_own(actor: Actor, event: Event, outcome: Outcome = Outcome.SUCCESS, **details: object) -> None:
    """Record what an administrator did about themselves."""
    note(actor, event, Subject(kind="administrator", id=actor.id, label=actor.label), outcome, **details)


def note(actor: Actor, event: Event, subject: Subject, outcome: Outcome = Outcome.SUCCESS, **details: object) -> None:
    """Record one event that has details only."""
    audit.record(actor, Entry(event=event, subject=subject, details=details, outcome=outcome))
