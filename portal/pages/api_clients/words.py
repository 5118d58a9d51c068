"""What the pages about one API client share."""

from collections.abc import Iterable
from typing import Any

from directory.actors import Actor
from directory.errors import ReauthenticationRequired
from directory.models import APIClient
from directory.permissions import Permission
from portal.forms.api_clients import noun_words

BASE = "/api-clients"


def context_of(row: APIClient) -> dict[str, Any]:
    """The context of every page about one client."""
    url = f"{BASE}/{row.id}"
    return {"nav": "api_clients", "row": row, "base": url, "back_url": url}


def scopes_by_noun(scopes: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Scopes in words, noun by noun. One that is not in the vocabulary any more is given as it is."""
    labels = {permission.value: permission.label for permission in Permission}
    groups: dict[str, list[str]] = {}
    for scope in scopes:
        groups.setdefault(noun_words(scope.partition(".")[0]), []).append(labels.get(scope, scope))
    return list(groups.items())


def require_fresh_proof(actor: Actor) -> None:
    """Ask for a fresh proof of identity before a form is shown, so that nothing is typed in vain."""
    if not actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")
