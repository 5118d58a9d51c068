"""What all pages of one user share: who it is, what the viewer may do to them, the tabs, the banner."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory.actors import Actor
from directory.models import User
from directory.permissions import Permission
from directory.queries.reach import rights_on_user
from directory.queries.users import get_user, user_detail
from portal.pages.http import uuid_or_404
from portal.pages.users.acts import offered_acts
from portal.requests import PortalRequest

#: What is asked of the viewer's rights on one user, by the name that templates use.
RIGHTS = {
    "update": Permission.USERS_UPDATE,
    "identities": Permission.USERS_IDENTITIES,
    "disable": Permission.USERS_DISABLE,
    "delete": Permission.USERS_DELETE,
    "credentials": Permission.USERS_CREDENTIALS,
    "sessions": Permission.USERS_SESSIONS,
    "unlock": Permission.USERS_UNLOCK,
    "erase": Permission.USERS_ERASE,
}


def shown(request: PortalRequest, user_id: str, tab: str) -> tuple[User, dict[str, Any]]:
    """The user and the context of a page about them. Raises ``NotFound``, also for what cannot be an id."""
    person: Any = user_detail(request.actor, uuid_or_404(user_id))
    can = rights_on(request.actor, person.pk)
    now = timezone.now()
    acts = offered_acts(person, can, now)
    return person, {
        "nav": "users",
        "tab": tab,
        "person": person,
        "name": name_of(person),
        "can": can,
        "acts": acts,
        "banner": banner(person, now),
        "banner_act": next((act for act in acts if act.ends), None),
        "held_count": len(person.roles) + len(person.groups),
        "sees_activity": request.actor.may_somewhere(Permission.AUDIT_LOG_VIEW),
    }


def rights_on(actor: Actor, user_id: UUID) -> dict[str, bool]:
    """Which of ``RIGHTS`` the actor holds on this user: decides what is offered, never what is done."""
    held = rights_on_user(actor, user_id)
    return {name: permission in held for name, permission in RIGHTS.items()}


def require_on(request: PortalRequest, user_id: str, permission: Permission) -> User:
    """The user, or ``NotFound``, or ``Forbidden`` when the permission does not reach them: before a form is shown, and
    before a refused one is shown again."""
    return get_user(request.actor, uuid_or_404(user_id), permission)


def name_of(user: Any) -> str:
    """What a user is called on a page. Takes a row with ``display_name``, as the queries of lists and details give."""
    if user.display_name:
        return str(user.display_name)
    return "Anonymized user" if user.is_anonymized else "Unnamed user"


def banner(user: Any, now: datetime) -> dict[str, Any] | None:
    """Why an account is not in use: tone, title, reason, and the moments it depends on. None when it is in use."""
    state = user.state
    if state == "normal":
        return _coming(user, now)
    if state == "anonymized":
        until = ("It will be deleted", user.delete_at) if user.delete_at else None
        return _banner("mute", "This user is anonymized. That is final.", until=until)
    if state == "scheduled_deletion_deactivated":
        return _banner("bad", "The user asked for this account to be deleted.", user.delete_reason, _due(user))
    if state == "scheduled_deletion_disabled":
        return _banner("bad", "This account is disabled and will be deleted.", user.delete_reason, _due(user))
    if state == "scheduled_anonymization_disabled":
        until = ("It will be anonymized", user.anonymize_at)
        return _banner("warn", "This account is disabled and will be anonymized.", until=until)
    if state == "disabled_temporarily":
        until = ("Until", user.temporarily_disabled_until)
        return _banner("warn", "This account is disabled for a period.", user.disable_reason, until)
    if state == "disabled":
        return _banner("warn", "This account is disabled.", user.disable_reason)
    if user.account_valid_from and now < user.account_valid_from:
        return _banner("warn", "This account is not valid yet.", until=("Valid from", user.account_valid_from))
    return _banner("warn", "This account is not valid any more.", until=("Valid until", user.account_valid_until))


def _coming(user: Any, now: datetime) -> dict[str, Any] | None:
    start = user.temporarily_disabled_from
    if start is None or start <= now:
        return None
    return _banner("info", "This account will be disabled for a period.", user.disable_reason, ("From", start))


def _due(user: Any) -> tuple[str, datetime]:
    return "It will be deleted", user.delete_at


def _banner(
    tone: str, title: str, reason: str | None = None, until: tuple[str, datetime] | None = None
) -> dict[str, Any]:
    return {"tone": tone, "title": title, "reason": reason, "until": until}
