"""What is offered can be had: every link and form on every page that somebody reaches leads to where they may be."""

from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from directory.models import Organization
from directory.operations import authenticators, groups, organizations, roles, users
from tests.matrix.examples import HOST, World, make_world
from tests.operations.administrators.cast import given
from tests.shared_rows import made_once
from tests.signin.fixtures import sign_in_at_once
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
#: Attributes that hold an address; those of forms that post are fetched like the rest (405 is the answer of some).
_ADDRESSES = {"href", "action", "formaction", "hx-get", "hx-post"}
#: Acts that belong to no organization.
DIRECTORY_WIDE = {"/users/add", "/users/import", "/users/export", "/jobs"}


def make_tied_world() -> World:
    """Things of Acme tied to one another, and to things that nobody of Acme alone may see. Yan is of Globex, too."""
    world = make_world()
    globex = Organization.objects.get(slug="globex")
    yan = users.create_user(actor=HOST, login_id_key="email", login_id="yan@example.com")
    for organization in (world.acme, globex):
        organizations.add_member(actor=HOST, organization_id=organization.id, user_id=yan.id)
    roles.create_role(actor=HOST, key="everywhere")
    groups.create_group(actor=HOST, key="everybody")
    for user in (world.zoe, yan):
        roles.add_user_to_roles(actor=HOST, user_id=user.id, role_keys=[world.role.key, "everywhere"])
        groups.add_user_to_groups(actor=HOST, user_id=user.id, group_keys=[world.group.key, "everybody"])
    roles.add_role_to_groups(actor=HOST, role_key=world.role.key, group_keys=[world.group.key])
    roles.add_role_to_groups(actor=HOST, role_key="everywhere", group_keys=[world.group.key, "everybody"])
    given(world.gus, "support", globex)
    old = users.create_user(actor=HOST, login_id_key="email", login_id="old@example.com")
    authenticators.set_password(actor=HOST, user_id=old.id, password="a quiet river at dusk")
    authenticators.send_reset_password_message(actor=HOST, user_id=old.id, login_id="old@example.com")
    users.delete_user(actor=HOST, user_id=old.id)
    roles.delete_role(actor=HOST, role_id=roles.create_role(actor=HOST, key="old").id)
    return world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from made_once(make_tied_world, django_db_blocker)


class _Offers(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("link", "script"):
            self.found += [value for name, value in attrs if name in _ADDRESSES and value]


def offers_of(html: str, address: str) -> list[str]:
    """The addresses within the portal that a page offers, whole."""
    parser = _Offers()
    parser.feed(html)
    joined = (urljoin(f"http://testserver{address}", offer) for offer in parser.found)
    parts = (urlsplit(offer) for offer in joined)
    return [
        f"{part.path}?{part.query}" if part.query else part.path
        for part in parts
        if part.netloc == "testserver" and not part.path.startswith("/static/")
    ]


def walk(client: GuardedClient) -> tuple[set[str], dict[str, tuple[int, str]]]:
    """From the overview, every address offered. Lists are walked once for each set of filters, whatever their values.

    Returns the paths that were fetched, and what could not be had, with where it was offered.
    """
    waiting, seen, paths = deque([("/", "")]), {("/", frozenset[str]())}, set()
    refused: dict[str, tuple[int, str]] = {}
    while waiting:
        address, where = waiting.popleft()
        answer = client.get(address)
        paths.add(urlsplit(address).path)
        if answer.status_code in (403, 404) or answer.status_code >= 500:
            refused[address] = (answer.status_code, where)
            continue
        offered = [urljoin(address, answer["Location"])] if answer.status_code == 302 else []
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            offered = offers_of(answer.content.decode(), address)
        for offer in offered:
            part = urlsplit(offer)
            key = part.path, frozenset(name for name, _ in parse_qsl(part.query, keep_blank_values=True))
            if key not in seen:
                seen.add(key)
                waiting.append((offer, address))
    return paths, refused


@pytest.mark.parametrize("who", ["acme", "acme_manager", "acme_desk", "owner"])
def test_what_is_offered_can_be_had(world: World, who: str) -> None:
    paths, refused = walk(sign_in_at_once(GuardedClient(), world.cast[who]))
    assert refused == {}
    assert {
        "/users",
        "/users/deleted",
        f"/users/{world.zoe.id}",
        f"/users/deleted/{world.gone}",
        f"/roles/{world.role.id}",
        f"/groups/{world.group.id}",
        f"/organizations/{world.acme.id}/members",
        "/audit-log",
        f"/audit-log/{world.entry}",
        "/account",
    } <= paths
    if who in ("acme", "owner"):
        assert {f"/administrators/{world.gus.pk}", f"/api-clients/{world.client.id}", "/messages"} <= paths
    assert paths & DIRECTORY_WIDE == (DIRECTORY_WIDE if who == "owner" else set())
