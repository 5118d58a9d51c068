"""What administrators do to sign in, for the record. Signing in itself is the door's affair."""

from collections.abc import Collection
from uuid import UUID

from directory.actors import Actor
from directory.audit import Event, Outcome, Subject
from directory.models import Administrator
from directory.operations.administrators.rules import ADDRESS_LENGTH, note, note_own, subject_of
from directory.operations.base import operation


@operation(permission=None)
def sign_in_succeeded(*, actor: Actor, methods: Collection[str]) -> None:
    """Record that the actor has signed in, and by which methods (``password``, ``totp``, ``recovery_codes``)."""
    note_own(actor, Event.ADMINISTRATOR_SIGNED_IN, methods=list(methods))


@operation(permission=None)
def sign_in_failed(*, actor: Actor, email: str, reason: str) -> None:
    """Record a refused sign-in by somebody who has proved nothing: the entry has no author.

    The address as typed is personal and bounded. ``reason`` names what was wrong: ``password``, ``second_factor``.
    """
    address = email.replace("\0", "").encode("utf-8", "replace").decode()[:ADDRESS_LENGTH]
    known = Administrator.objects.filter(email__iexact=address).values_list("pk", flat=True).first()
    subject = Subject(kind="administrator", id=known, label=address)
    note(actor, Event.ADMINISTRATOR_SIGN_IN_FAILED, subject, outcome=Outcome.FAILED, reason=reason)


@operation(permission=None)
def confirmation_failed(*, actor: Actor, reason: str) -> None:
    """Record that somebody in the actor's session could not prove to be the actor."""
    note_own(actor, Event.ADMINISTRATOR_REAUTHENTICATED, outcome=Outcome.FAILED, reason=reason)


@operation(permission=None)
def reauthenticated(*, actor: Actor, method: str) -> None:
    """Record that the actor has confirmed who they are: opens the dangerous acts for 10 minutes."""
    note_own(actor, Event.ADMINISTRATOR_REAUTHENTICATED, method=method)


@operation(permission=None)
def signed_out(*, actor: Actor) -> None:
    """Record that the actor has signed out."""
    note_own(actor, Event.ADMINISTRATOR_SIGNED_OUT, reason="signed_out")


@operation(permission=None)
def session_ended(*, actor: Actor, administrator_id: UUID, reason: str) -> None:
    """Record that the portal has ended an administrator's session, and why (``idle_limit``, ``inactive`` …)."""
    administrator = Administrator.objects.filter(pk=administrator_id).first()
    subject = Subject(kind="administrator", id=administrator_id, label=administrator.email if administrator else "")
    note(actor, Event.ADMINISTRATOR_SIGNED_OUT, subject, reason=reason)


@operation(permission=None)
def second_factor_added(*, actor: Actor, administrator: Administrator, method: str) -> None:
    """Record that ``administrator`` has a second factor from now on."""
    note(actor, Event.ADMINISTRATOR_SECOND_FACTOR_ADDED, subject_of(administrator), method=method)


@operation(permission=None, reauthenticate=True)
def second_factor_removed(*, actor: Actor, administrator: Administrator, method: str) -> None:
    """Record that ``administrator`` has lost a second factor."""
    note(actor, Event.ADMINISTRATOR_SECOND_FACTOR_REMOVED, subject_of(administrator), method=method)


@operation(permission=None)
def recovery_codes_generated(*, actor: Actor, administrator: Administrator, count: int) -> None:
    """Record that ``administrator`` has new recovery codes. All former ones are void."""
    note(actor, Event.ADMINISTRATOR_RECOVERY_CODES_GENERATED, subject_of(administrator), count=count)


@operation(permission=None)
def recovery_code_used(*, actor: Actor, administrator: Administrator, left: int) -> None:
    """Record that one of the recovery codes is spent, and how many are left."""
    note(actor, Event.ADMINISTRATOR_RECOVERY_CODE_USED, subject_of(administrator), left=left)
