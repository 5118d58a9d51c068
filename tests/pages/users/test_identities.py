"""A user's identities."""

from uuid import uuid4

import pytest

from directory.models import Identity, User, VerifiedClaim
from directory.operations.identities import add_login_id, set_verified
from tests.pages.users.people import DIALOG, EVIL, HOST, Entries, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def url(user: User, path: str = "") -> str:
    return f"/users/{user.pk}/identities{path}"


def only(user: User) -> Identity:
    return user.identities.get()


def test_the_tab_tells_each_identity(owner_client: GuardedClient) -> None:
    zoe = make("Zoe@Example.com")
    add_login_id(actor=HOST, user_id=zoe.pk, key="username", value="zoe")
    Identity.objects.create(user=zoe, type="oauth", provider_alias="google", provider_subject="12345")
    set_verified(actor=HOST, user_id=zoe.pk, claim_name="email", claim_value="zoe@example.com", verified=True)
    page = text(owner_client.get(url(zoe)))
    for words in ("<b>zoe@example.com</b>", "entered as Zoe@Example.com", "Verified", "12345", "google", "Username"):
        assert words in page
    assert page.count(">Change<") == 2
    assert page.count("Mark unverified") == 1
    assert "Mark verified" not in page


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("email", "Z2@Example.com", "z2@example.com"),
        ("phone", "+49 30 123456", "+4930123456"),
        ("username", "Zoe", "zoe"),
    ],
)
def test_a_login_id_is_added(owner_client: GuardedClient, entries: Entries, key: str, value: str, stored: str) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, "/add"), {"login_id_key": key, "login_id": value}, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url(zoe))
    assert stored in [identity.value for identity in zoe.identities.all()]
    assert len(entries(activity_type=f"identity.{key}.added", user_id=zoe.pk)) == 1


@pytest.mark.parametrize("value", ["", "nobody", "a\0@example.com", "x" * 401, EVIL, "ben@example.com"])
def test_a_login_id_that_is_none_or_taken_is_refused_at_its_field(owner_client: GuardedClient, value: str) -> None:
    zoe = make()
    make("ben@example.com")
    for path, data in (("/add", {"login_id_key": "email"}), (f"/{only(zoe).pk}", {})):
        answer = owner_client.post(url(zoe, path), {**data, "login_id": value})
        assert answer.status_code == 422
        assert 'id="id_login_id_error"' in text(answer)
        assert "<img src=x" not in text(answer)
    assert only(zoe).value == "zoe@example.com"


def test_the_form_of_an_unknown_kind_is_still_a_form(owner_client: GuardedClient) -> None:
    assert owner_client.get(url(make(), f"/add?key={EVIL}")).status_code == 200


def test_a_login_id_is_changed_and_counts_as_not_verified(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    set_verified(actor=HOST, user_id=zoe.pk, claim_name="email", claim_value="zoe@example.com", verified=True)
    path = url(zoe, f"/{only(zoe).pk}")
    assert 'value="zoe@example.com"' in text(owner_client.get(path))
    answer = owner_client.post(path, {"login_id": "new@example.com"})
    assert (answer.status_code, answer["Location"]) == (302, url(zoe))
    assert only(zoe).value == "new@example.com"
    assert not VerifiedClaim.objects.exists()
    assert len(entries(activity_type="identity.email.updated")) == 1


def test_an_identity_is_removed_after_a_question(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    other = add_login_id(actor=HOST, user_id=zoe.pk, key="email", value="other@example.com")
    path = url(zoe, f"/{other.pk}/remove")
    assert "other@example.com will not lead to this user" in text(owner_client.get(path, headers=DIALOG))
    assert owner_client.post(path).status_code == 302
    assert only(zoe).value == "zoe@example.com"
    assert len(entries(activity_type="identity.email.removed")) == 1


def test_the_last_identity_stays(owner_client: GuardedClient) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, f"/{only(zoe).pk}/remove"), headers=DIALOG)
    assert answer.status_code == 422
    assert "the last identity" in text(answer)
    assert zoe.identities.count() == 1


def test_a_claim_is_marked_verified_and_back(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make("+4930123456", key="phone")
    path = url(zoe, f"/{only(zoe).pk}/verified")
    assert owner_client.post(path, {"verified": "true"}).status_code == 302
    assert VerifiedClaim.objects.get().value == "+4930123456"
    assert owner_client.post(path, {"verified": "false"}).status_code == 302
    assert not VerifiedClaim.objects.exists()
    assert [e.activity_type for e in entries() if "verified" in e.activity_type] == [
        "identity.phone.verified",
        "identity.phone.unverified",
    ]


@pytest.mark.parametrize("word", ["", "maybe", "\0"])
def test_verified_is_yes_or_no(owner_client: GuardedClient, word: str) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, f"/{only(zoe).pk}/verified"), {"verified": word})
    assert answer.status_code == 422
    assert "Say whether it is verified." in text(answer)


def test_a_username_cannot_be_verified(owner_client: GuardedClient) -> None:
    zoe = make("zoe", key="username")
    answer = owner_client.post(url(zoe, f"/{only(zoe).pk}/verified"), {"verified": "true"})
    assert answer.status_code == 422
    assert not VerifiedClaim.objects.exists()


def test_an_identity_of_another_user_is_404(owner_client: GuardedClient) -> None:
    zoe, ben = make(), make("ben@example.com")
    for id in (only(ben).pk, uuid4(), "x"):
        for path in (f"/{id}", f"/{id}/remove"):
            assert owner_client.get(url(zoe, path)).status_code == 404
            assert owner_client.post(url(zoe, path), {"login_id": "a@example.com"}).status_code == 404
        assert owner_client.post(url(zoe, f"/{id}/verified"), {"verified": "true"}).status_code == 404


def test_what_is_not_a_login_id_cannot_be_changed(owner_client: GuardedClient) -> None:
    zoe = make()
    oauth = Identity.objects.create(user=zoe, type="oauth", provider_alias="google", provider_subject="1")
    assert owner_client.get(url(zoe, f"/{oauth.pk}")).status_code == 404


def test_verifying_needs_a_post(owner_client: GuardedClient) -> None:
    zoe = make()
    assert owner_client.get(url(zoe, f"/{only(zoe).pk}/verified")).status_code == 405
