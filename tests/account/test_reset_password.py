"""The page that the link of a reset message leads to."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as the_settings
from django.utils import timezone

from directory.actors import Actor
from directory.models import OneTimeCode, Session, User
from directory.values.secret_codes import reset_password_link
from tests.account.links import NEW, can_sign_in, choose, fresh_link
from tests.operations.authenticators.people import bodies
from tests.operations.users.people import ZOE, Entries
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
PLAIN = "/account/reset-password"


def test_the_message_names_the_page(link: str) -> None:
    assert f"{the_settings.PORTAL_URL}{link}\n" in bodies()[-1]


@pytest.mark.parametrize(
    ("address", "before"),
    [("https://id.example.com/reset", "/reset/"), ("https://id.example.com/#", "/#"), ("https://a.example/?t=", "?t=")],
)
def test_the_link_can_lead_elsewhere(root: Actor, zoe: User, settings: Any, address: str, before: str) -> None:
    settings.RESET_PASSWORD_URL = address
    assert reset_password_link("abc").endswith(f"{before}abc")


def test_looking_at_it_spends_nothing_and_names_nobody(link: str, client: GuardedClient, entries: Entries) -> None:
    before = len(entries())
    pages = [client.get(link), client.head(link), client.get(link)]
    assert [page.status_code for page in pages] == [200] * 3
    html = pages[0].content.decode()
    assert html.count('autocomplete="new-password"') == 2
    assert "At least 8 characters." in html
    assert ZOE not in html
    assert "zoe" not in html.lower()
    assert (len(entries()), OneTimeCode.objects.count()) == (before, 1)


def test_the_new_password_works_and_sessions_end(link: str, zoe: User, entries: Entries) -> None:
    now, ends = timezone.now(), timezone.now() + timedelta(days=1)
    Session.objects.create(user=zoe, kind="idp", token_hash="0" * 64, last_accessed_at=now, expires_at=ends)
    response = choose(link, REMOTE_ADDR="192.0.2.8")
    assert response.status_code == 200
    assert "Your password is changed" in response.content.decode()
    assert can_sign_in(zoe)
    assert not can_sign_in(zoe, NEW.strip())
    assert not Session.objects.exists()
    (entry,) = entries(activity_type="user.password.reset")
    assert (entry.user_id, entry.author_kind, entry.door) == (zoe.id, "anonymous", "portal")
    assert entry.personal["address"] == "192.0.2.8"
    assert "administrator" not in str(entry.personal)


def test_dead_links_of_every_kind_show_the_same_page(root: Actor, link: str, zoe: User) -> None:
    choose(link)
    dead = [link, f"{PLAIN}/{'x' * 43}", PLAIN, f"{PLAIN}/", f"{PLAIN}/a/b", f"{PLAIN}/%00", f"{PLAIN}/%ff"]
    second = fresh_link(root)
    OneTimeCode.objects.update(expires_at=timezone.now())
    pages = [act(address) for address in (*dead, second) for act in (GuardedClient().get, choose)]
    assert {page.status_code for page in pages} == {404}
    bodies = {page.content for page in pages}
    assert len(bodies) == 1
    assert "This link no longer works" in bodies.pop().decode()
    assert can_sign_in(zoe)


def test_every_broken_rule_is_named_and_the_link_stays(link: str, zoe: User, settings: Any) -> None:
    wanted = frozenset({"digit", "symbol"})
    settings.USER_PASSWORD_POLICY = {"min_length": 12, "required": wanted, "exclude_common": True}
    assert "At least 12 characters, among them a digit and a symbol." in GuardedClient().get(link).content.decode()
    response = choose(link, "iloveyou")
    html = response.content.decode()
    assert response.status_code == 422
    for words in ("at least 12 characters", "contain a digit", "contain a symbol", "tried first"):
        assert words in html
    assert 'value="iloveyou"' not in html
    assert choose(link, "river at noon 1!").status_code == 200
    assert can_sign_in(zoe, "river at noon 1!")


def test_by_default_eight_characters_are_enough(link: str, zoe: User) -> None:
    assert choose(link, "1234567").status_code == 422
    assert choose(link, "password").status_code == 200
    assert can_sign_in(zoe, "password")


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        (NEW, NEW.strip(), "not the same"),
        ("", "", "required"),
        ("nul\0" * 4, None, "Null"),
        ("x" * 1001, None, "1,000"),
    ],
)
def test_what_cannot_be_a_password_is_told(link: str, zoe: User, password: str, again: str, said: str) -> None:
    response = choose(link, password, again)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert OneTimeCode.objects.count() == 1
    assert not can_sign_in(zoe)
