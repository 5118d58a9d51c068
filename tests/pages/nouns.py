"""What the tests of the pages of roles, groups, organizations and custom attributes share."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

HTMX = {"HX-Request": "true"}
DIALOG = {**HTMX, "HX-Target": "dialog"}
LIST = {**HTMX, "HX-Target": "list"}
PICKER = {**HTMX, "HX-Target": "picker-list"}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def text_of(response: Any) -> str:
    """The answer's markup."""
    return str(response.content.decode())


def words_of(response: Any) -> str:
    """What people read of it: no tags, one blank between words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text_of(response))).split())


def statements(call: Callable[[], Any]) -> int:
    """How many SQL statements a request needs."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = call()
    assert response.status_code == 200, response.status_code
    return len(captured)


def picked(response: Any) -> list[str]:
    """The values that are ticked and will be posted."""
    found = re.findall(r'name="picked" value="([^"]*)" checked>', text_of(response))
    return [unescape(value) for value in found]


def offered(response: Any) -> list[str]:
    """The values that can be ticked and are not."""
    return [unescape(value) for value in re.findall(r'name="picked" value="([^"]*)">', text_of(response))]
