"""Administrators: making one, and recording what they do to sign in. Signing in itself is the door's affair."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as AdminRole
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event, Outcome, Subject
from directory.errors import Cause, Conflict, Forbidden, Invalid, NotFound, invalid
from directory.models import Administrator
from directory.operations.base import conflicts, operation
from directory.values.permissions import Permission
from directory.values.text import clean

#: The longest e-mail address (RFC 5321): what is longer was never one, and is cut in the log.
ADDRESS_LENGTH = 320
PASSWORD_LENGTH = 1000
_NAME_LENGTH = 200


@operation(permission=Permission.ADMINISTRATORS_MANAGE, reauthenticate=True)
def create_administrator(
    *, actor: Actor, email: str, name: str, admin_roles: Collection[str], password: str
) -> Administrator:
    """Make an administrator who signs in with ``email`` and ``password`` and then has to enrol a second factor.

    Nobody can give what they do not hold: every permission of the ``admin_roles`` must be the actor's own, directory-
    wide. Raises ``Invalid`` (``PasswordPolicyViolated`` for the password), ``Forbidden``, and ``Conflict`` with code
    ``AdministratorDuplicateEmail``.
    """
    roles = _admin_roles(actor, admin_roles)
    address = _checked_email(email)
    administrator = Administrator(email=address, name=_checked_name(name))
    administrator.password = make_password(checked_password(password, administrator))
    taken = Conflict("Another administrator signs in with this e-mail address.", code="AdministratorDuplicateEmail")
    with conflicts({"administrator_email_unique": taken}):
        administrator.save(force_insert=True)
    administrator.groups.set(roles)
    new = {"email": address, "name": administrator.name, "admin_roles": sorted(role.name for role in roles)}
    audit.record(actor, Entry(event=Event.ADMINISTRATOR_CREATED, subject=_subject(administrator), new=new))
    return administrator


@operation(permission=None, reauthenticate=True)
def change_own_password(*, actor: Actor, password: str) -> Administrator:
    """Give the acting administrator a new password. All their other sessions end with their next request."""
    administrator = _own(actor)
    administrator.password = make_password(checked_password(password, administrator))
    administrator.save(update_fields=["password"])
    audit.record(actor, Entry(event=Event.ADMINISTRATOR_PASSWORD_CHANGED, subject=_subject(administrator)))
    return administrator


@operation(permission=None)
def sign_in_succeeded(*, actor: Actor, methods: Collection[str]) -> None:
    """Record that the actor has signed in, and by which methods (``password``, ``totp``, ``recovery_codes``)."""
    _record_own(actor, Event.ADMINISTRATOR_SIGNED_IN, methods=list(methods))


@operation(permission=None)
def sign_in_failed(*, actor: Actor, email: str, reason: str) -> None:
    """Record a refused sign-in by somebody who has proved nothing: the entry has no author.

    The address as typed is personal and bounded. ``reason`` names what was wrong: ``password``, ``second_factor``.
    """
    address = email.replace("\0", "").encode("utf-8", "replace").decode()[:ADDRESS_LENGTH]
    known = Administrator.objects.filter(email__iexact=address).values_list("pk", flat=True).first()
    subject = Subject(kind="administrator", id=known, label=address)
    _record(actor, Event.ADMINISTRATOR_SIGN_IN_FAILED, subject, outcome=Outcome.FAILED, reason=reason)


@operation(permission=None)
def confirmation_failed(*, actor: Actor, reason: str) -> None:
    """Record that somebody in the actor's session could not prove to be the actor."""
    _record_own(actor, Event.ADMINISTRATOR_REAUTHENTICATED, outcome=Outcome.FAILED, reason=reason)


@operation(permission=None)
def reauthenticated(*, actor: Actor, method: str) -> None:
    """Record that the actor has confirmed who they are: opens the dangerous acts for 10 minutes."""
    _record_own(actor, Event.ADMINISTRATOR_REAUTHENTICATED, method=method)


@operation(permission=None)
def signed_out(*, actor: Actor) -> None:
    """Record that the actor has signed out."""
    _record_own(actor, Event.ADMINISTRATOR_SIGNED_OUT, reason="signed_out")


@operation(permission=None)
def session_ended(*, actor: Actor, administrator_id: UUID, reason: str) -> None:
    """Record that the portal has ended an administrator's session, and why (``idle_limit``, ``inactive`` …)."""
    administrator = Administrator.objects.filter(pk=administrator_id).first()
    subject = Subject(kind="administrator", id=administrator_id, label=administrator.email if administrator else "")
    _record(actor, Event.ADMINISTRATOR_SIGNED_OUT, subject, reason=reason)


@operation(permission=None)
def second_factor_added(*, actor: Actor, administrator: Administrator, method: str) -> None:
    """Record that ``administrator`` has a second factor from now on."""
    _record(actor, Event.ADMINISTRATOR_SECOND_FACTOR_ADDED, _subject(administrator), method=method)


@operation(permission=None, reauthenticate=True)
def second_factor_removed(*, actor: Actor, administrator: Administrator, method: str) -> None:
    """Record that ``administrator`` has lost a second factor."""
    _record(actor, Event.ADMINISTRATOR_SECOND_FACTOR_REMOVED, _subject(administrator), method=method)


@operation(permission=None)
def recovery_codes_generated(*, actor: Actor, administrator: Administrator, count: int) -> None:
    """Record that ``administrator`` has new recovery codes. All former ones are void."""
    _record(actor, Event.ADMINISTRATOR_RECOVERY_CODES_GENERATED, _subject(administrator), count=count)


@operation(permission=None)
def recovery_code_used(*, actor: Actor, administrator: Administrator, left: int) -> None:
    """Record that one of the recovery codes is spent, and how many are left."""
    _record(actor, Event.ADMINISTRATOR_RECOVERY_CODE_USED, _subject(administrator), left=left)


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


def _checked_email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise invalid("email", "format", "This is not an e-mail address.") from None
    return address


def _checked_name(name: str) -> str:
    text = clean("name", name, max_length=_NAME_LENGTH, required=True)
    return " ".join(text.split())


def _admin_roles(actor: Actor, names: Collection[str]) -> list[AdminRole]:
    known = {role.name: role for role in AdminRole.objects.prefetch_related("permissions")}
    if not names or not known.keys() >= set(names):
        raise invalid("admin_roles", "enum", "Every administrator has at least one admin role, and each must exist.")
    roles = [known[name] for name in sorted(set(names))]
    for role in roles:
        missing = sorted(right.codename for right in role.permissions.all() if not actor.may(right.codename))
        if missing:
            message = "Nobody can give what they do not hold."
            raise Forbidden(message, info={"admin_role": role.name, "permission": missing[0]})
    return roles


def _own(actor: Actor) -> Administrator:
    own = Administrator.objects.filter(pk=actor.id) if actor.id else Administrator.objects.none()
    administrator = own.select_for_update(no_key=True).first()
    if administrator is None:
        raise NotFound("There is no such administrator.")
    return administrator


def _subject(administrator: Administrator) -> Subject:
    return Subject(kind="administrator", id=administrator.pk, label=administrator.email)


def _record_own(actor: Actor, event: Event, outcome: Outcome = Outcome.SUCCESS, **details: object) -> None:
    subject = Subject(kind="administrator", id=actor.id, label=actor.label)
    _record(actor, event, subject, outcome, **details)


def _record(
    actor: Actor, event: Event, subject: Subject, outcome: Outcome = Outcome.SUCCESS, **details: object
) -> None:
    audit.record(actor, Entry(event=event, subject=subject, details=details, outcome=outcome))
