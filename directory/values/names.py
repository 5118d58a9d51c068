"""What people call a person."""

from collections.abc import Mapping
from typing import Any


def label_of(standard_attributes: Mapping[str, Any]) -> str | None:
    """The name, else its parts, else a login ID; None when there is nothing to call them by."""
    given = standard_attributes.get
    parts = [part for name in ("given_name", "middle_name", "family_name") if (part := given(name))]
    names = (given(name) for name in ("nickname", "email", "preferred_username", "phone_number"))
    return given("name") or " ".join(parts) or next(filter(None, names), None)
