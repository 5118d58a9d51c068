"""The small parts that every page is made of. Each returns escaped markup: values never reach HTML unescaped."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()

AVATAR_COLOURS = 5
NOTHING = format_html('<span class="mut" aria-hidden="true">{}</span><span class="vh">{}</span>', "—", "none")

#: Account states (contract, section 7) and the few other states pages show: label, colour class.
STATES: dict[str, tuple[str, str]] = {
    "normal": ("Active", "ok"),
    "active": ("Active", "ok"),
    "disabled": ("Disabled", "mute"),
    "disabled_temporarily": ("Disabled for a time", "warn"),
    "outside_valid_period": ("Outside valid period", "warn"),
    "scheduled_deletion": ("Deletion scheduled", "bad"),
    "scheduled_deletion_disabled": ("Deletion scheduled", "bad"),
    "scheduled_deletion_deactivated": ("Deletion scheduled by user", "bad"),
    "scheduled_deactivated": ("Deletion scheduled by user", "bad"),
    "scheduled_anonymization": ("Anonymization scheduled", "warn"),
    "scheduled_anonymization_disabled": ("Anonymization scheduled", "warn"),
    "deactivated": ("Deactivated by user", "mute"),
    "anonymized": ("Anonymized", "mute"),
    "verified": ("Verified", "ok"),
    "unverified": ("Not verified", "mute"),
    "succeeded": ("Succeeded", "ok"),
    "success": ("Succeeded", "ok"),
    "denied": ("Denied", "bad"),
    "failed": ("Failed", "bad"),
    "failure": ("Failed", "bad"),
    "retired": ("Retired", "mute"),
    "queued": ("Waiting", "mute"),
    "running": ("Running", "info"),
    "cancelled": ("Cancelled", "warn"),
    "sent": ("Sent", "ok"),
    "suppressed": ("Withheld", "warn"),
    "inserted": ("Added", "ok"),
    "updated": ("Changed", "info"),
    "skipped": ("Skipped", "mute"),
}


_NICKNAME = re.compile(r"\s+\([^()]*\)$")


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, css_class: str = "", label: str = "") -> SafeString:
    """A Lucide icon from the sprite. Decorative unless ``label`` is given."""
    href = f"{static('vendored/lucide/sprite.svg')}#{name}"
    css_class = f"i {css_class}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css_class, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css_class, href)


def initials(name: str) -> str:
    """One or two capitals: of the first and last word that begins with a letter or digit, or “?”; a nickname in
    parentheses after the name is no part of it."""
    local, _, _ = (_NICKNAME.sub("", name) or name).partition("@")
    words = [word.lstrip("._-+@'\"(") for word in local.replace(".", " ").replace("_", " ").split()]
    letters = [word[0].upper()[0] for word in words if word and word[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]) or "?"


@register.simple_tag
def avatar(name: object, id: object = "", size: str = "") -> SafeString:
    """Initials on one of five colours, the same for one ``id`` everywhere. ``size`` may be “lg”. Decorative."""
    text = str(name or "")
    colour = crc32(str(id or text).encode("utf-8", "replace")) % AVATAR_COLOURS
    return format_html(
        '<span class="av av{}{}" aria-hidden="true">{}</span>', colour, f" {size}" if size else "", initials(text)
    )


@register.simple_tag
def status_badge(state: object, label: str = "") -> SafeString:
    """A coloured badge for a state. An unknown state shows its own words, in grey."""
    key = str(getattr(state, "value", state) or "").lower()
    known, colour = STATES.get(key, (capfirst(key.replace("_", " ")) or "Unknown", "mute"))
    return format_html('<span class="badge {}">{}</span>', colour, label or known)


@register.simple_tag
def badge(text: object, colour: str = "mute", plain: bool = False) -> SafeString:
    """A badge of any text. Colours: ok, bad, warn, info, mute. ``plain`` leaves out the dot."""
    return format_html('<span class="badge {}{}">{}</span>', colour, " plain" if plain else "", text)


def day(value: date) -> str:
    """A calendar day as “3 Oct 2026”."""
    return f"{value.day} {value:%b %Y}"


def relative(value: datetime, now: datetime) -> str:
    """How long ago, or until when: minutes and hours within a day, else the day. Both in the same time zone."""
    seconds = int((now - value).total_seconds())
    ahead, seconds = seconds < 0, abs(seconds)
    if seconds < 60:
        return "in a moment" if ahead else "just now"
    if seconds < 86400:
        amount = f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"
        return f"in {amount}" if ahead else f"{amount} ago"
    if not ahead and value.date() == now.date() - timedelta(days=1):
        return "Yesterday"
    return day(value)


@register.simple_tag
def timeago(value: datetime | date | None, empty: str = "Never") -> SafeString:
    """A moment as people say it (“2 min ago”, “3 Oct 2026”); the exact one is in ``title``. None shows ``empty``."""
    if value is None:
        return format_html('<span class="mut">{}</span>', empty)
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), day(value))
    moment = _utc(value)
    return _time(moment, "relative", relative(moment, timezone.now().astimezone(UTC)))


@register.simple_tag
def timestamp(value: datetime | None, empty: str = "Never") -> SafeString:
    """The exact moment, to the second: “3 Oct 2026, 14:02:11 UTC”; scripts turn it into the viewer's zone."""
    if value is None:
        return format_html('<span class="mut">{}</span>', empty)
    moment = _utc(value)
    return _time(moment, "exact", f"{day(moment)}, {moment:%H:%M:%S} UTC")


def _utc(value: datetime) -> datetime:
    return (value if timezone.is_aware(value) else value.replace(tzinfo=UTC)).astimezone(UTC)


def _time(moment: datetime, kind: str, text: str) -> SafeString:
    title = f"{day(moment)}, {moment:%H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}" data-time="{}">{}</time>', moment.isoformat(), title, kind, text)


@register.simple_tag
def number(value: float | None) -> SafeString:
    """A number with thousands separators, in tabular numerals; None shows a dash."""
    if value is None:
        return NOTHING
    return format_html('<span class="num">{}</span>', f"{value:,}")


@register.simple_tag
def or_dash(value: object) -> SafeString:
    """The value, or a dash when there is none (None or empty text)."""
    return NOTHING if value is None or value == "" else format_html("{}", value)


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """A bound field's control with the classes and ARIA attributes the stylesheet and scripts rely on."""
    attrs: dict[str, Any] = {}
    kind = field.widget_type
    if kind not in ("checkbox", "radioselect", "checkboxselectmultiple"):
        own = field.field.widget.attrs.get("class", "")
        attrs["class"] = f"control {own}".strip()
    if kind in ("radioselect", "checkboxselectmultiple") and field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(points: Iterable[tuple[date, int]], title: str, unit: str = "") -> dict[str, Any]:
    """One bar per day. ``points`` are (day, count) in order; ``unit`` names what is counted (“sign-ups”).

    The picture is scaled by CSS, its words are HTML, and the same figures are there as a table.
    """
    return {"title": title, "unit": unit, **chart_geometry(list(points))}


CHART_HEIGHT = 100
BAR_STEP = 10
BAR_WIDTH = 7


def chart_geometry(points: Sequence[tuple[date, int]]) -> dict[str, Any]:
    """Where the bars stand in a box of ``BAR_STEP`` per point by ``CHART_HEIGHT``, and a round top figure."""
    top = round_up(max((count for _, count in points), default=0))
    bars = []
    for index, (when, count) in enumerate(points):
        height = round(count * CHART_HEIGHT / top, 2)
        x = index * BAR_STEP + (BAR_STEP - BAR_WIDTH) / 2
        bars.append({"x": x, "y": CHART_HEIGHT - height, "height": height, "day": day(when), "count": count})
    return {
        "bars": bars,
        "width": max(len(points), 1) * BAR_STEP,
        "height": CHART_HEIGHT,
        "bar_width": BAR_WIDTH,
        "top": top,
        "middle": top / 2 if top % 2 else top // 2,
        "first": day(points[0][0]) if points else "",
        "last": day(points[-1][0]) if points else "",
        "total": sum(count for _, count in points),
    }


def round_up(value: int) -> int:
    """The next of 4, 10, 20, 40, 50, 100, 200, 400 … not below ``value``: a top figure that is easy to halve."""
    scale = 1
    while True:
        for step in (4, 10, 20, 40, 50):
            if value <= step * scale:
                return step * scale
        scale *= 10
