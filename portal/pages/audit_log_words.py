"""What an entry of the audit log says on a page: its icon, who and what it is about, its values side by side."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ua_parser import parse

from directory.queries.audit_log import LoggedEntry

_ICONS = {
    "user": "user",
    "users": "users",
    "identity": "at-sign",
    "role": "shield",
    "group": "users-round",
    "organization": "building-2",
    "custom_attribute": "sliders-horizontal",
    "administrator": "key-round",
    "api_client": "plug",
    "client": "plug",
    "job": "layers",
    "email": "mail",
    "sms": "smartphone",
    "audit_log": "scroll-text",
    "authenticator": "lock",
    "authentication": "lock",
    "one_time_code": "lock",
    "field_encryption": "lock",
    "operation": "ban",
}
_PAGES = {
    "user": "/users/",
    "role": "/roles/",
    "group": "/groups/",
    "organization": "/organizations/",
    "administrator": "/administrators/",
    "api_client": "/api-clients/",
}
_TONES = {"success": "info", "failed": "warn", "denied": "bad"}
#: What authors without a name are called.
_AUTHORS = {"system": "System", "anonymous": "Not signed in"}
_BRANCHES = ("standard_attributes.", "custom_attributes.")


def row_of(logged: LoggedEntry) -> dict[str, Any]:
    """One entry as lists and timelines show it."""
    entry = logged.entry
    noun = entry.activity_type.partition(".")[0]
    return {
        "id": entry.id,
        "label": logged.label,
        "type": entry.activity_type,
        "icon": "triangle-alert" if entry.outcome != "success" else _ICONS.get(noun, "activity"),
        "tone": _TONES.get(entry.outcome, "mute"),
        "author": author_of(logged),
        "subject": subject_of(logged),
        "subject_url": subject_url(logged),
        "outcome": entry.outcome,
        "at": entry.created_at,
    }


def author_of(logged: LoggedEntry) -> str:
    """Who did it, as they were called then."""
    if logged.entry.author_id is None:
        return logged.author or _AUTHORS.get(logged.entry.author_kind, words(logged.entry.author_kind))
    return logged.author or ("Forgotten" if logged.forgotten else words(logged.entry.author_kind))


def subject_of(logged: LoggedEntry) -> str:
    """What it is about, as it was called then; the operation's name when one was refused."""
    if logged.entry.subject_kind == "operation":
        return str(logged.entry.facts.get("operation", ""))
    if logged.subject:
        return logged.subject
    return "Forgotten" if logged.forgotten and logged.entry.subject_id else words(logged.entry.subject_kind)


def subject_url(logged: LoggedEntry) -> str:
    """The page of what it is about, if that still exists within sight; of an identity, the user's page."""
    entry = logged.entry
    if logged.subject_reachable and entry.subject_kind in _PAGES:
        return f"{_PAGES[entry.subject_kind]}{entry.subject_id}"
    if entry.subject_kind == "identity" and logged.user_reachable:
        return f"{_PAGES['user']}{entry.user_id}"
    return ""


def changes_of(logged: LoggedEntry) -> list[dict[str, Any]]:
    """Old and new values, field by field; nested ones taken apart, so that each line is one plain value."""
    personal = logged.personal or {}
    old, new = _flat(personal.get("old", {})), _flat(personal.get("new", {}))
    return [{"field": field_words(name), "old": old.get(name), "new": new.get(name)} for name in {**old, **new}]


def field_words(name: str) -> str:
    """A field's dotted name for people: ``standard_attributes.address.postal_code`` is ``Address › postal code``."""
    for branch in _BRANCHES:
        name = name.removeprefix(branch)
    return words(name.replace(".", " › "))


def words(name: str) -> str:
    """``custom_attribute`` is ``Custom attribute``."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=512)
def browser_words(user_agent: str) -> str:
    """A user agent for people: ``Chrome 156 on macOS``. One that is not known is given as it is."""
    found = parse(user_agent)
    program = found.user_agent
    if program is None:
        return user_agent
    system = found.os.family.replace("Mac OS X", "macOS") if found.os else ""
    name = " ".join(filter(None, (program.family, program.major)))
    return f"{name} on {system}" if system else name


def pretty(facts: Mapping[str, Any]) -> str:
    """Details as JSON to be read; empty when there are none."""
    return json.dumps(facts, indent=2, ensure_ascii=False, sort_keys=True) if facts else ""


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = _plain(value)
    return flat


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
