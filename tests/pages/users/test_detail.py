"""What all pages of one user have in common, and the profile that is shown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.models import CustomAttribute, Group, Identity, Organization, Role, User
from directory.operations import users as operations
from directory.operations.identities import add_login_id, set_verified
from tests.pages.users.people import EVIL, HOST, give, grant, join, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

TABS = ("", "/identities", "/security", "/roles", "/sessions", "/status", "/activity")
FORMS = ("/profile", "/identities/add", "/roles/add", "/groups/add", "/organizations/add", "/status/disable")


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_has_the_head_and_marks_itself(owner_client: GuardedClient, tab: str) -> None:
    zoe = make(standard_attributes={"name": "Zoë"})
    page = text(owner_client.get(f"/users/{zoe.pk}{tab}"))
    for words in ("<bdi>Zoë</bdi>", str(zoe.pk), "created", "last sign-in", "Edit profile", "More actions"):
        assert words in page
    assert f'href="/users/{zoe.pk}{tab}" aria-current="page"' in page


@pytest.mark.parametrize("path", [*TABS, *FORMS])
@pytest.mark.parametrize("id", ["00000000-0000-7000-8000-000000000000", "nobody", "1", "%00", "0" * 33])
def test_an_unknown_or_malformed_id_is_404(owner_client: GuardedClient, path: str, id: str) -> None:
    assert owner_client.get(f"/users/{id}{path}").status_code == 404


def test_somebody_elses_member_is_404(signed_in: Callable[..., GuardedClient], acme: Organization) -> None:
    ours, theirs = make("ours@example.com"), make("theirs@example.com")
    join(ours, acme)
    client = signed_in("")
    grant(client, acme, "users.view", "users.disable")
    assert client.get(f"/users/{ours.pk}").status_code == 200
    assert client.get(f"/users/{theirs.pk}").status_code == 404
    assert client.post(f"/users/{theirs.pk}/status/disable", {"reason": ""}).status_code == 404
    page = text(client.get(f"/users/{ours.pk}/status"))
    assert "status/disable" in page
    assert "status/delete" not in page
    assert "Edit profile" not in page
    assert "Activity" not in page


def test_the_profile_shows_all_that_is_known(owner_client: GuardedClient) -> None:
    CustomAttribute.objects.create(name="town", type="string")
    CustomAttribute.objects.create(name="homepage", type="url")
    zoe = make(
        standard_attributes={
            "given_name": "Zoë",
            "zoneinfo": "Europe/Berlin",
            "website": "https://example.com/zoe",
            "address": {"formatted": "Main Street 1\nBerlin", "country": "DE"},
        },
        custom_attributes={"town": "Berlin"},
    )
    set_verified(actor=HOST, user_id=zoe.pk, claim_name="email", claim_value="zoe@example.com", verified=True)
    add_login_id(actor=HOST, user_id=zoe.pk, key="phone", value="+4930123456")
    page = text(owner_client.get(f"/users/{zoe.pk}"))
    for words in ("Zoë", "Europe/Berlin", "Main Street 1<br>Berlin", "town", "homepage", "Verified", "Not verified"):
        assert words in page
    assert '<a href="https://example.com/zoe" rel="noreferrer noopener"' in page


def test_an_address_that_could_do_harm_is_no_link(owner_client: GuardedClient) -> None:
    zoe = make()
    User.objects.filter(pk=zoe.pk).update(standard_attributes={"website": "javascript:alert(1)"})
    assert 'href="javascript:' not in text(owner_client.get(f"/users/{zoe.pk}"))


def test_a_user_without_anything_is_shown(owner_client: GuardedClient) -> None:
    bare = User.objects.create()
    for tab in TABS:
        assert "Unnamed user" in text(owner_client.get(f"/users/{bare.pk}{tab}"))


def test_markup_in_every_stored_field_is_text(owner_client: GuardedClient, acme: Organization) -> None:
    evil = make()
    CustomAttribute.objects.create(name="note", type="string")
    CustomAttribute.objects.create(name="plan", type="enum", enum=[EVIL])
    names = ("name", "nickname", "gender", "birthdate", "zoneinfo", "locale", "website", "picture", "email")
    parts = ("formatted", "street_address", "country")
    User.objects.filter(pk=evil.pk).update(
        standard_attributes=dict.fromkeys(names, EVIL) | {"address": dict.fromkeys(parts, EVIL)},
        custom_attributes={"note": EVIL, "plan": EVIL},
        is_disabled=True,
        disable_reason=EVIL,
    )
    Identity.objects.filter(user=evil).update(email=EVIL, original_value=EVIL + "2")
    Identity.objects.create(user=evil, type="oauth", provider_alias=EVIL, provider_subject=EVIL, email=EVIL + "3")
    Organization.objects.filter(pk=acme.pk).update(name=EVIL)
    join(evil, acme)
    give(evil, [Role.objects.create(key="r", name=EVIL)], [Group.objects.create(key="g", name=EVIL)])
    Role.objects.create(key="other", name=f"{EVIL} too", description=EVIL)
    for path in (*TABS, "/profile", "/roles/add", "/status/delete", f"/organizations/{acme.pk}/remove"):
        page = text(owner_client.get(f"/users/{evil.pk}{path}"))
        assert "<img src=x" not in page, path
        assert "&lt;img src=x" in page, path


BANNERS: dict[str, tuple[Callable[[User], object], list[str]]] = {
    "disabled": (
        lambda user: operations.disable_user(actor=HOST, user_id=user.pk, reason="Left us"),
        ["This account is disabled.", "Left us", "status/enable"],
    ),
    "disabled for a period": (
        lambda user: operations.disable_user(
            actor=HOST,
            user_id=user.pk,
            temporarily_from=timezone.now(),
            temporarily_until=datetime(2099, 1, 2, tzinfo=UTC),
        ),
        ["disabled for a period", "2 Jan 2099", "status/enable"],
    ),
    "disabled later": (
        lambda user: operations.disable_user(
            actor=HOST,
            user_id=user.pk,
            temporarily_from=datetime(2099, 1, 1, tzinfo=UTC),
            temporarily_until=datetime(2099, 1, 2, tzinfo=UTC),
        ),
        ["will be disabled for a period", "1 Jan 2099"],
    ),
    "not valid yet": (
        lambda user: operations.set_valid_period(
            actor=HOST, user_id=user.pk, valid_from=datetime(2099, 1, 1, tzinfo=UTC), valid_until=None
        ),
        ["not valid yet", "1 Jan 2099"],
    ),
    "not valid any more": (
        lambda user: operations.set_valid_period(
            actor=HOST, user_id=user.pk, valid_from=None, valid_until=datetime(2001, 1, 1, tzinfo=UTC)
        ),
        ["not valid any more", "1 Jan 2001"],
    ),
    "deletion": (
        lambda user: operations.schedule_deletion(actor=HOST, user_id=user.pk, reason="Asked by mail"),
        ["will be deleted", "Asked by mail", "status/cancel-deletion"],
    ),
    "anonymization": (
        lambda user: operations.schedule_anonymization(actor=HOST, user_id=user.pk),
        ["will be anonymized", "status/cancel-anonymization"],
    ),
    "anonymized": (
        lambda user: operations.anonymize_user(actor=HOST, user_id=user.pk),
        ["This user is anonymized", "Anonymized user"],
    ),
}


@pytest.mark.parametrize("state", BANNERS)
def test_the_banner_says_why_an_account_is_not_in_use(owner_client: GuardedClient, state: str) -> None:
    bring_about, expected = BANNERS[state]
    zoe = make()
    bring_about(zoe)
    page = text(owner_client.get(f"/users/{zoe.pk}"))
    banner = page.split('<div class="alert')[1].split("<nav")[0] + page.split("<h1>")[1].split("</h1>")[0]
    for words in expected:
        assert words in banner


def test_an_account_in_use_has_no_banner(owner_client: GuardedClient) -> None:
    zoe = make()
    operations.set_valid_period(
        actor=HOST, user_id=zoe.pk, valid_from=None, valid_until=timezone.now() + timedelta(days=1)
    )
    assert '<div class="alert' not in text(owner_client.get(f"/users/{zoe.pk}"))


@pytest.mark.parametrize(
    ("tab", "expected"),
    [("", 7), ("/identities", 6), ("/roles", 6), ("/sessions", 8), ("/status", 7), ("/activity", 10)],
)
def test_the_number_of_statements_does_not_depend_on_what_a_user_has(
    owner_client: GuardedClient, acme: Organization, tab: str, expected: int
) -> None:
    zoe = make()

    def count() -> Any:
        owner_client.get(f"/users/{zoe.pk}{tab}")  # what the session writes once a minute is not the page's
        with CaptureQueriesContext(connection) as captured:
            assert owner_client.get(f"/users/{zoe.pk}{tab}").status_code == 200
        return len(captured)

    before = count()
    join(zoe, acme)
    for number in range(5):
        CustomAttribute.objects.create(name=f"attribute{number}", type="string")
        add_login_id(actor=HOST, user_id=zoe.pk, key="email", value=f"zoe{number}@example.com")
        give(zoe, [Role.objects.create(key=f"r{number}")], [Group.objects.create(key=f"g{number}")])
    assert (before, count()) == (expected, expected)
