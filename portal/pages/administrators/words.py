"""Words for the pages of administrators."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory.models import AdministratorSession, Grant
from directory.queries.administrators import Standing
from directory.values.devices import display_name
from directory.values.permissions import ADMIN_ROLE_WORDS, admin_role_label

_STATES = {
    "active": ("Active", "ok"),
    "deactivated": ("Deactivated", "bad"),
    "invited": ("Invited", "info"),
    "invitation_expired": ("Invitation expired", "warn"),
}


def state_of(standing: Standing) -> dict[str, str]:
    """The state as a badge: its words and its colour."""
    words, colour = _STATES[standing.state]
    return {"words": words, "colour": colour}


def second_factor_of(standing: Standing) -> str:
    """“App”, “2 passkeys”, “App, passkey”; empty for none."""
    passkeys = standing.factors.count("webauthn")
    parts = ["App"] if "totp" in standing.factors else []
    if passkeys:
        parts.append("Passkey" if passkeys == 1 else f"{passkeys} passkeys")
    return ", ".join(parts)


def grant_words(grants: Sequence[Grant]) -> list[dict[str, Any]]:
    """Each grant with what it is called, what it is for, where it holds, and whether it has ended."""
    now = timezone.now()
    return [
        {
            "grant": grant,
            "label": admin_role_label(grant.admin_role),
            "about": ADMIN_ROLE_WORDS.get(grant.admin_role, ("", ""))[1],
            "place": grant.organization.name if grant.organization else "Whole directory",
            "ended": grant.expires_at is not None and grant.expires_at <= now,
        }
        for grant in grants
    ]


def session_words(sessions: Sequence[AdministratorSession], own: UUID | None = None) -> list[dict[str, Any]]:
    """Each session with its browser's name; ``here`` marks the one that is looking."""
    return [
        {"session": session, "device": display_name(session.user_agent, None), "here": session.id == own}
        for session in sessions
    ]
