"""What is asked for by something that is no id is not there, and no other error."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Organization
from directory.queries.audit_log import get_entry
from directory.queries.candidates import get_member
from directory.queries.users import user_detail

pytestmark = pytest.mark.django_db

ASKED: dict[str, Callable[[Actor, Organization, Any], object]] = {
    "UserNotFound": lambda actor, _acme, asked: user_detail(actor, asked),
    "EntryNotFound": lambda actor, _acme, asked: get_entry(actor, asked),
    "MemberNotFound": get_member,
}


@pytest.mark.parametrize("id", ["", "x", "1", "\0", "\ud800", "٣" * 32, None, 7, []])
@pytest.mark.parametrize("code", list(ASKED))
def test_nothing_is_found_by_what_is_no_id(root: Actor, acme: Organization, code: str, id: Any) -> None:
    with pytest.raises(NotFound) as refused:
        ASKED[code](root, acme, id)
    assert refused.value.code == code
    str(refused.value.info).encode()
