"""Fields that several forms of users have."""

from datetime import UTC, datetime
from typing import Any

from django import forms

from directory.values.account_status import REASON_MAX_LENGTH

#: What a browser's date and time control sends, and what people type where it is plain text.
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]


class MomentField(forms.DateTimeField):
    """A moment, entered in UTC whatever the viewer's zone, because a browser does not say which zone it means."""

    def __init__(self, *, label: str, required: bool = False, help_text: str = "", **options: Any) -> None:
        super().__init__(
            label=f"{label} (UTC)",
            required=required,
            help_text=help_text,
            input_formats=MOMENT_FORMATS,
            widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
            error_messages={"invalid": "Enter a date and time, in UTC: YYYY-MM-DDThh:mm."},
            **options,
        )

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        return moment if moment is None else moment.astimezone(UTC)


def minute(moment: datetime | None) -> datetime | None:
    """A stored moment as the control shows it: without seconds."""
    return None if moment is None else moment.astimezone(UTC).replace(second=0, microsecond=0)


def text(label: str, max_length: int, *, required: bool = False, help_text: str = "", **attrs: Any) -> forms.CharField:
    """A line of text; ``attrs`` are attributes of its control (``rows`` makes it several lines)."""
    widget = forms.Textarea(attrs=attrs) if "rows" in attrs else forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=max_length, required=required, help_text=help_text, widget=widget)


def reason(kept: str = "Kept with the account and in the audit log.") -> forms.CharField:
    """Why something is done, for the people who look at it later."""
    return text("Reason", REASON_MAX_LENGTH, help_text=kept, rows=3)
