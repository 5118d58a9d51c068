"""Recently deleted users: the list, one with what would come back, restoring and erasing."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from directory.actors import Actor
from directory.errors import Conflict, ReauthenticationRequired
from directory.models import DeletedUser
from directory.operations.deleted_users import erase_deleted_user, restore_user
from directory.permissions import Permission
from directory.queries.audit_log import user_activity
from directory.queries.deleted_users import (
    Detail,
    Obstacle,
    deleted_user_detail,
    get_deleted_user,
    list_deleted_users,
)
from directory.queries.reach import holds_on_all, visible_users
from portal.forms.users.deleted import RestoreForm
from portal.forms.users.status import ConfirmForm
from portal.pages.attempts import paging, plural
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.users.roles import require_somewhere
from portal.requests import PortalRequest

_LIST = "/users/deleted"
_SHOWN_ENTRIES = 10
_AUTHENTICATORS = {
    "password": "Password",
    "totp": "Authenticator app",
    "oob_otp_email": "Code by email",
    "oob_otp_sms": "Code by text message",
    "passkey": "Passkey",
}
_KINDS = {
    "identity": "Identity",
    "role": "Role",
    "group": "Group",
    "organization": "Organization",
    "custom_attribute": "Custom attribute",
}
_WHY = {
    "taken": "another user has it now",
    "gone": "it has been deleted",
    "not_yours": "it is not yours to give",
}


@require_safe
def deleted_users(request: PortalRequest) -> HttpResponse:
    """The list, last deleted first."""
    require_somewhere(request, Permission.USERS_VIEW)
    found = list_deleted_users(request.actor, request.GET.get("cursor") or None)
    context = {
        "nav": "users",
        "rows": found.rows,
        "kept_days": settings.DELETED_USERS_KEPT_DAYS,
        **paging(request, found, "user"),
    }
    return page(request, "users/deleted/list.html", context)


@require_safe
def deleted_user(request: PortalRequest, user_id: str) -> HttpResponse:
    """One deleted user: what would come back, what stands in the way, and what happened."""
    detail = deleted_user_detail(request.actor, uuid_or_404(user_id))
    context = _context(request, detail)
    context["sees_activity"] = request.actor.may_somewhere(Permission.AUDIT_LOG_VIEW)
    context["entries"] = user_activity(request.actor, detail.deleted.pk, size=_SHOWN_ENTRIES).rows
    return page(request, "users/deleted/detail.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: PortalRequest, user_id: str) -> HttpResponse:
    """Bring the user back; what conflicts is named first and left out only when that is asked for."""
    id = uuid_or_404(user_id)
    detail = deleted_user_detail(request.actor, id)
    form = RestoreForm(request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            restored = restore_user(actor=request.actor, user_id=id, **form.cleaned_data)
        except Conflict as refusal:
            error = refusal.message
            detail = deleted_user_detail(request.actor, id)
        else:
            lost = plural(len(restored.left_out), "thing") + " could not come back" if restored.left_out else ""
            in_sight = visible_users(request.actor).filter(pk=id).exists()
            address = f"/users/{id}" if in_sight else _LIST
            return done(request, address, f"{_name(detail)} is restored.{f' {lost}.' if lost else ''}")
    get_deleted_user(request.actor, id, Permission.USERS_RESTORE)
    context = {**_context(request, detail), "form": form, "error": error, "back_url": f"{_LIST}/{id}"}
    if request.method == "POST":
        return refused(request, "users/deleted/restore.html", context)
    _require_proof(request)
    return page(request, "users/deleted/restore.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: PortalRequest, user_id: str) -> HttpResponse:
    """Forget the user for good, once the word asked for is typed."""
    id = uuid_or_404(user_id)
    detail = deleted_user_detail(request.actor, id)
    word = _account_id(detail) or str(id)
    form = ConfirmForm(request.POST if request.method == "POST" else None, word=word)
    if request.method == "POST" and (
        form.is_valid() or not _may(request.actor, detail.deleted, Permission.USERS_ERASE)
    ):
        erase_deleted_user(actor=request.actor, user_id=id)
        return done(request, _LIST, "The user is erased for good.")
    get_deleted_user(request.actor, id, Permission.USERS_ERASE)
    context = {**_context(request, detail), "form": form, "word": word, "back_url": f"{_LIST}/{id}"}
    if request.method == "POST":
        return refused(request, "users/deleted/erase.html", context)
    _require_proof(request)
    return page(request, "users/deleted/erase.html", context, fragment=None)


def _require_proof(request: PortalRequest) -> None:
    if not request.actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")


def kept_words() -> str:
    """What is said after a deletion; nothing when deleted users are not kept."""
    days = settings.DELETED_USERS_KEPT_DAYS
    return f" It can be restored for {plural(days, 'day')}, under “Recently deleted”." if days else ""


def _context(request: PortalRequest, detail: Detail) -> dict[str, Any]:
    snapshot = detail.snapshot
    lost = {obstacle.id for obstacle in detail.obstacles}
    types = Counter(row["type"] for row in snapshot.of("authenticators")) if snapshot else Counter[str]()
    return {
        "nav": "users",
        "deleted": detail.deleted,
        "said": detail.said,
        "name": _name(detail),
        "readable": snapshot is not None,
        "account_id": _account_id(detail),
        "identities": [_identity(row) for row in snapshot.of("identities") if row["id"] not in lost]
        if snapshot
        else [],
        "attributes": _attributes(snapshot.user) if snapshot else [],
        "authenticators": [(_AUTHENTICATORS.get(type, type), count) for type, count in sorted(types.items())],
        "ties": [
            (icon, [row for row in rows if row["id"] not in lost])
            for icon, rows in (
                ("shield", detail.roles),
                ("users-round", detail.groups),
                ("building-2", detail.organizations),
            )
        ],
        "obstacles": [_obstacle(obstacle) for obstacle in detail.obstacles],
        "may_restore": _may(request.actor, detail.deleted, Permission.USERS_RESTORE) and snapshot is not None,
        "may_erase": _may(request.actor, detail.deleted, Permission.USERS_ERASE),
    }


def _name(detail: Detail) -> str:
    return detail.said.label or "Unnamed user"


def _account_id(detail: Detail) -> str:
    if detail.snapshot is None:
        return ""
    given = detail.snapshot.user["standard_attributes"].get
    return str(given("email") or given("preferred_username") or given("phone_number") or "")


def _identity(row: dict[str, Any]) -> dict[str, str]:
    value = row["email"] or row["phone_number"] or row["preferred_username"] or row["provider_subject"] or ""
    icons = {"email": "mail", "phone": "phone", "username": "at-sign"}
    kind = row["login_id_type"] or row["provider_alias"] or row["type"]
    return {"value": value, "kind": str(kind).replace("_", " "), "icon": icons.get(row["login_id_type"], "link")}


def _attributes(user: dict[str, Any]) -> list[tuple[str, str]]:
    standard = [(name.replace("_", " ").capitalize(), value) for name, value in user["standard_attributes"].items()]
    rows = [*standard, *user["custom_attributes"].items()]
    return [(name, _line(value) if isinstance(value, dict) else str(value)) for name, value in rows]


def _line(address: dict[str, str]) -> str:
    parts = ("formatted", "street_address", "postal_code", "locality", "region", "country")
    return ", ".join(value for part in parts if (value := address.get(part)))


def _obstacle(obstacle: Obstacle) -> dict[str, Any]:
    kind = _KINDS.get(obstacle.kind, "")
    named = obstacle.label or "Something that you may not see"
    why = _WHY[obstacle.reason]
    return {"kind": kind, "label": named, "why": why, "holder": obstacle.holder}


def _may(actor: Actor, deleted: DeletedUser, permission: Permission) -> bool:
    """What the operation asks, for deciding what is offered."""
    return holds_on_all(actor, permission, set(deleted.organization_ids))
