"""The audit log's filter as the address has it: read, refused with words where it cannot be read, and shown again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.errors import Invalid
from directory.queries.audit_log import EntryFilter, administrator_with_email, users_with_email
from directory.values.activity_types import Event, Outcome, label_of
from portal.pages.audit_log_words import words
from portal.pages.http import url_with
from portal.requests import PortalRequest

PARAMETERS = ("type", "user", "author", "from", "until", "outcome", "subject", "organization")
SYSTEM_AUTHORS = {"system": "System", "anonymous": "Not signed in"}
_LONGEST = 320


@dataclass(slots=True)
class Asked:
    """What the address asks for. ``problems`` are what cannot be read, ``unknown`` what is nobody's; then no search."""

    parts: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def filter(self) -> EntryFilter | None:
        """The filter, or None when nothing can match it."""
        return None if self.problems or self.unknown else EntryFilter(**self.parts)


def asked(request: PortalRequest) -> Asked:
    """Read the address. Never raises: whatever is wrong is among ``problems``."""
    read = Asked()
    types = [type for type in request.GET.getlist("type") if type]
    known = {event.value for event in Event}
    for type in types:
        if type not in known:
            read.problems.append(f"“{type[:100]}” is not a valid activity type.")
    read.parts["activity_types"] = types
    _outcome(read, request.GET.get("outcome", ""))
    _user(read, request.actor, request.GET.get("user", "").strip())
    _author(read, request.actor, request.GET.get("author", "").strip())
    _subject(read, request.GET.get("subject", ""))
    _organization(read, request.GET.get("organization", ""))
    read.parts["since"] = _moment(read, "from", request.GET.get("from", ""))
    read.parts["until"] = _moment(read, "until", request.GET.get("until", ""))
    return read


def is_filtered(request: PortalRequest) -> bool:
    """Whether any part of the filter is set."""
    return any(any(request.GET.getlist(name)) for name in PARAMETERS)


def tools_of(request: PortalRequest) -> dict[str, Any]:
    """What the filter's chips show: options, what is chosen, and the way to clear each."""
    types = set(request.GET.getlist("type")) - {""}
    outcome = request.GET.get("outcome", "")
    outcomes = {value.value: words(value.value) for value in Outcome}
    author = request.GET.get("author", "").strip()
    since, until = request.GET.get("from", ""), request.GET.get("until", "")
    return {
        "user": request.GET.get("user", ""),
        "author": author,
        "author_words": SYSTEM_AUTHORS.get(author, author),
        "since": since,
        "until": until,
        "time_words": _time_words(since, until),
        "type_groups": _type_groups(types),
        "type_words": _type_words(types),
        "outcome_options": [
            {"value": value, "label": label, "selected": value == outcome} for value, label in outcomes.items()
        ],
        "outcome_words": outcomes.get(outcome, outcome),
        "kept": [(name, request.GET[name]) for name in ("subject", "organization") if request.GET.get(name)],
        "clear": {
            "type": url_with(request, type=None),
            "author": url_with(request, author=None),
            "outcome": url_with(request, outcome=None),
            "time": url_with(request, **{"from": None, "until": None}),
            "subject": url_with(request, subject=None, organization=None),
        },
    }


def _type_groups(chosen: set[str]) -> list[dict[str, Any]]:
    """All activity types by the noun they begin with, for a grouped choice."""
    groups: dict[str, list[str]] = {}
    for event in Event:
        groups.setdefault(event.value.partition(".")[0], []).append(event.value)
    # What is chosen comes first, so that it is seen; the rest in the order of the vocabulary.
    ordered = sorted(groups.items(), key=lambda group: chosen.isdisjoint(group[1]))
    return [
        {
            "name": words(noun),
            "options": [{"value": value, "label": label_of(value), "selected": value in chosen} for value in values],
        }
        for noun, values in ordered
    ]


def _type_words(chosen: set[str]) -> str:
    if len(chosen) > 1:
        return f"{len(chosen)} types"
    return "".join(label_of(type) for type in chosen)


def _time_words(since: str, until: str) -> str:
    since, until = since.replace("T", " "), until.replace("T", " ")
    if since and until:
        return f"{since} – {until}"
    return f"from {since}" if since else f"until {until}" if until else ""


def _outcome(read: Asked, text: str) -> None:
    if text and text not in {outcome.value for outcome in Outcome}:
        read.problems.append(f"“{text[:100]}” is not a valid outcome.")
    read.parts["outcome"] = text or None


def _user(read: Asked, actor: Actor, text: str) -> None:
    if not text:
        return
    if (id := _uuid(text)) is not None:
        read.parts["user_ids"] = [id]
        return
    try:
        read.parts["user_ids"] = users_with_email(actor, text[: _LONGEST + 1])
    except Invalid:
        read.problems.append("The user is not a valid ID or whole e-mail address.")
        return
    if not read.parts["user_ids"]:
        read.unknown.append("No user within your sight has this e-mail address.")


def _author(read: Asked, actor: Actor, text: str) -> None:
    if not text:
        return
    if text in SYSTEM_AUTHORS:
        read.parts["author_kind"] = text
    elif (id := _uuid(text)) is not None:
        read.parts["author_id"] = id
    elif "@" not in text or len(text) > _LONGEST:
        read.problems.append("The author is not a valid ID or whole e-mail address.")
    elif (found := administrator_with_email(actor, text)) is not None:
        read.parts["author_id"] = found
    else:
        read.unknown.append("No administrator that you may see has this e-mail address.")


def _subject(read: Asked, text: str) -> None:
    kind, _, digits = text.partition(":")
    id = _uuid(digits)
    if text and (not kind.isidentifier() or id is None):
        read.problems.append("The subject is not a valid one.")
    elif id is not None:
        read.parts["subject"] = (kind, id)


def _organization(read: Asked, text: str) -> None:
    id = _uuid(text)
    if text and id is None:
        read.problems.append("The organization is not a valid ID.")
    read.parts["organization_id"] = id


def _moment(read: Asked, name: str, text: str) -> datetime | None:
    """A moment in UTC, with or without its offset (ISO 8601)."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        read.problems.append(f"“{name.capitalize()}” is not a valid date and time.")
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
