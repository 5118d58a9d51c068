"""The outbox: what was sent to whom, and whether it went. Never what it said."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from directory.models import Channel, MessageState
from directory.permissions import Permission
from directory.queries.messages import list_messages
from directory.queries.reach import visible_users
from portal.pages.attempts import paging
from portal.pages.http import page, url_with
from portal.pages.keyed.noun import require_somewhere
from portal.requests import PortalRequest
from portal.templatetags.portal import STATES

_CHANNELS = {Channel.EMAIL.value: "Email", Channel.SMS.value: "Text message"}


@require_safe
def messages(request: PortalRequest) -> HttpResponse:
    """Messages in sight, newest first; filters in the address."""
    require_somewhere(request.actor, Permission.MESSAGES_VIEW)
    state, channel = request.GET.get("state", ""), request.GET.get("channel", "")
    recipient = request.GET.get("recipient", "")
    cursor = request.GET.get("cursor") or None
    found = list_messages(request.actor, state=state, channel=channel, recipient=recipient, cursor=cursor)
    about = {row.user_id for row in found.rows if row.user_id}
    context: dict[str, Any] = {
        "nav": "messages",
        "rows": found.rows,
        "reachable": set(visible_users(request.actor).filter(pk__in=about).values_list("pk", flat=True)),
        "recipient": recipient,
        "filtered": bool(state or channel or recipient),
        "state_options": [
            {"value": value, "label": STATES[value][0], "selected": value == state} for value in MessageState.values
        ],
        "state_words": STATES[state][0] if state else "",
        "state_clear_url": url_with(request, state=None),
        "channel_options": [
            {"value": value, "label": label, "selected": value == channel} for value, label in _CHANNELS.items()
        ],
        "channel_words": _CHANNELS.get(channel, ""),
        "channel_clear_url": url_with(request, channel=None),
        **paging(request, found, "message"),
    }
    return page(request, "messages/list.html", context)


urlpatterns = [path("messages", messages, name="messages")]
