"""Messages within an actor's sight: what was sent to whom, never what it said."""

from django.db.models import QuerySet

from directory.actors import Actor
from directory.errors import invalid
from directory.models import Channel, Message, MessageState
from directory.permissions import Permission
from directory.queries.paging import NEWEST_FIRST, PAGE_SIZE, Page, page
from directory.queries.reach import visible_users


def visible_messages(actor: Actor) -> QuerySet[Message]:
    """All messages, or those of the users on whom the actor holds ``messages.view``. The body stays in the table."""
    messages = Message.objects.defer("body")
    if actor.may(Permission.MESSAGES_VIEW):
        return messages
    if not actor.organizations_with(Permission.MESSAGES_VIEW):
        return messages.none()
    return messages.filter(user_id__in=visible_users(actor, Permission.MESSAGES_VIEW).values("pk"))


def list_messages(
    actor: Actor,
    *,
    state: str | None = None,
    channel: str | None = None,
    recipient: str = "",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Message]:
    """One page of the messages in sight, newest first. ``recipient`` is a whole address, without regard to case.

    Raises ``Invalid`` for an unknown state, channel or cursor.
    """
    messages = visible_messages(actor)
    for name, value, known in (("state", state, MessageState.values), ("channel", channel, Channel.values)):
        if value and value not in known:
            raise invalid(name, "enum", f"There is no such {name}.", allowed=list(known))
        if value:
            messages = messages.filter(**{name: value})
    if recipient.strip():
        messages = messages.filter(recipient__iexact=recipient.strip().replace("\0", ""))
    return page(messages, NEWEST_FIRST, cursor, size=size)
