"""The pages of API clients: the list, the one showing of a private key, scopes, keys, and their ends."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from directory.models import APIClient, APIClientKey, Organization
from directory.operations.api_clients import IssuedKey, create_api_client, rename_api_client, rotate_api_client_key
from directory.operations.base import version_of
from tests.pages.nouns import DIALOG, EVIL, LIST, statements, text_of, words_of
from tests.pages.users.people import HOST, Entries, grant
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
BASE = "/api-clients"
FORM = {"name": "Billing", "scopes": ["users.view", "roles.view"], "algorithm": "EdDSA"}


def make(
    name: str = "Billing", organization: Organization | None = None, scopes: tuple[str, ...] = ("users.view",)
) -> IssuedKey:
    place = organization.id if organization else None
    return create_api_client(actor=HOST, name=name, scopes=scopes, organization_id=place, algorithm="EdDSA")


def url(client: APIClient, path: str = "") -> str:
    return f"{BASE}/{client.id}" + (f"/{path}" if path else "")


def private_key(response: Any) -> str:
    return unescape(re.search(r"<pre><code>(.*?)</code></pre>", text_of(response), re.DOTALL)[1])  # type: ignore[index]


def again(client: APIClient) -> APIClient:
    return APIClient.objects.get(pk=client.pk)


def with_old_proof(client: GuardedClient) -> GuardedClient:
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 0}]
    session.save()
    return client


def test_the_list_tells_of_each(owner_client: GuardedClient, acme: Organization) -> None:
    make()
    make("Sync", acme, ("users.view", "users.update"))
    words = words_of(owner_client.get(BASE))
    assert "Billing Active Whole directory 1 1 Never" in words
    assert "Sync Active Acme 2 1 Never" in words
    assert words.index("Sync Active") < words.index("Billing Active")


def test_the_list_is_searched(owner_client: GuardedClient) -> None:
    make()
    make("Sync")
    fragment = text_of(owner_client.get(BASE, {"q": "bill"}, headers=LIST))
    assert fragment.lstrip().startswith('<div class="card">')
    assert "Billing" in fragment
    assert "Sync" not in fragment
    assert "Nothing matches" in words_of(owner_client.get(BASE, {"q": "xyz"}))
    assert owner_client.get(BASE, {"cursor": "x"}).status_code == 400


def test_an_empty_list_offers_to_add_the_first(owner_client: GuardedClient, auditor_client: GuardedClient) -> None:
    assert "Add one for each back-end" in words_of(owner_client.get(BASE))
    words = words_of(auditor_client.get(BASE))
    assert "No API clients yet" in words
    assert "Add API client" not in words


@pytest.mark.parametrize("headers", [{}, DIALOG])
def test_one_is_added_and_its_private_key_shown_this_once(owner_client: GuardedClient, headers: Any) -> None:
    form = text_of(owner_client.get(f"{BASE}/add", headers=headers))
    assert form.lstrip().startswith("<dialog") == bool(headers)
    answer = owner_client.post(f"{BASE}/add", FORM, headers=headers)
    assert answer.status_code == 200
    assert text_of(answer).lstrip().startswith("<dialog") == bool(headers)
    assert answer["Cache-Control"].find("no-store") >= 0
    row, key = APIClient.objects.get(), APIClientKey.objects.get()
    assert (row.name, row.scopes, row.organization) == ("Billing", ["users.view", "roles.view"], None)
    shown = private_key(answer)
    public = load_pem_private_key(shown.encode(), None).public_key()
    assert public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() == key.public_key
    page = text_of(answer)
    assert key.kid in page
    assert f'href="{url(row)}"' in page
    assert unescape(page.split('data-copy="-----')[1].split('"')[0]) == shown.removeprefix("-----")
    for address in (BASE, url(row)):
        assert shown.splitlines()[1] not in text_of(owner_client.get(address))


def test_one_is_confined_to_an_organization(owner_client: GuardedClient, acme: Organization) -> None:
    owner_client.post(f"{BASE}/add", {**FORM, "organization": "acme"})
    assert APIClient.objects.get().organization == acme
    answer = owner_client.post(f"{BASE}/add", {**FORM, "organization": "nowhere"})
    assert answer.status_code == 422
    assert "There is no such organization." in text_of(answer)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"name": "\x01"}, "name", "control character"),
        ({"scopes": []}, "scopes", "at least one"),
        ({"scopes": ["users.own"]}, "scopes", "not one of the available choices"),
        ({"algorithm": "none"}, "algorithm", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    owner_client: GuardedClient, change: dict[str, Any], field: str, message: str
) -> None:
    answer = owner_client.post(f"{BASE}/add", {**FORM, **change}, headers=DIALOG)
    assert answer.status_code == 422
    assert message in text_of(answer).split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert ('value="roles.view" checked' in text_of(answer)) == ("scopes" not in change)
    assert not APIClient.objects.exists()


def test_only_what_the_viewer_holds_is_offered_and_can_be_given(
    signed_in: Callable[..., GuardedClient], acme: Organization, entries: Entries
) -> None:
    client = signed_in("")
    grant(client, acme, "api_clients.view", "api_clients.manage", "organizations.view", "users.view")
    form = text_of(client.get(f"{BASE}/add"))
    assert set(re.findall(r'name="scopes" value="([^"]+)"', form)) == {
        "api_clients.view",
        "api_clients.manage",
        "organizations.view",
        "users.view",
    }
    ours = {**FORM, "organization": "acme"}
    assert client.post(f"{BASE}/add", ours).status_code == 403
    assert client.post(f"{BASE}/add", {**ours, "scopes": ["users.view"], "organization": ""}).status_code == 422
    assert not APIClient.objects.exists()
    assert [entry.facts["permission"] for entry in entries(outcome="denied")] == ["roles.view"]
    assert client.post(f"{BASE}/add", {**ours, "scopes": ["users.view"]}).status_code == 200
    assert APIClient.objects.get().organization == acme


def test_an_organizations_administrator_sees_only_its_own(
    signed_in: Callable[..., GuardedClient], acme: Organization, globex: Organization
) -> None:
    everywhere, ours, theirs = make(), make("Ours", acme), make("Theirs", globex)
    client = signed_in("")
    grant(client, acme, "api_clients.view", "api_clients.manage", "users.view")
    words = words_of(client.get(BASE))
    assert "Ours" in words
    assert "Theirs" not in words
    assert "Billing" not in words
    assert client.get(url(ours.api_client)).status_code == 200
    for hidden in (everywhere, theirs):
        for path in ("", "rename", "scopes", "delete", "keys/rotate", f"keys/{hidden.key.kid}/revoke"):
            assert client.get(url(hidden.api_client, path)).status_code == 404
        for path in ("disable", "enable", "delete", "rename", "keys/rotate"):
            assert client.post(url(hidden.api_client, path)).status_code == 404


def test_one_is_shown_with_keys_and_permissions(owner_client: GuardedClient, acme: Organization) -> None:
    issued = make("Sync", acme, ("users.view", "api_clients.view"))
    rotate_api_client_key(actor=HOST, api_client_id=issued.api_client.id, algorithm="EdDSA")
    words = words_of(owner_client.get(url(issued.api_client)))
    assert "confined to Acme" in words
    assert "See users" in words
    assert "API clients See API clients" in words
    assert words.count("EdDSA") == 2
    assert "revoked" in words
    assert "last used never" in words
    assert "API client key created" in words


def test_an_auditor_sees_it_and_is_offered_nothing(auditor_client: GuardedClient) -> None:
    issued = make()
    page = text_of(auditor_client.get(url(issued.api_client)))
    for path in ("rename", "scopes", "disable", "delete", "keys/rotate", f"keys/{issued.key.kid}/revoke"):
        assert f'"{url(issued.api_client, path)}"' not in page
    for path in ("rename", "scopes", "delete", "keys/rotate", f"keys/{issued.key.kid}/revoke"):
        assert auditor_client.get(url(issued.api_client, path)).status_code == 403
    assert auditor_client.get(f"{BASE}/add").status_code == 403


def test_it_is_renamed_but_not_over_somebody_elses_change(owner_client: GuardedClient) -> None:
    row = make().api_client
    seen = version_of(row)
    answer = owner_client.post(url(row, "rename"), {"name": "New", "version": seen}, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url(row))
    assert again(row).name == "New"
    stale = owner_client.post(url(row, "rename"), {"name": "Newer", "version": seen})
    assert stale.status_code == 422
    assert "Somebody else changed this" in text_of(stale)


def test_its_permissions_are_changed(owner_client: GuardedClient) -> None:
    row = make().api_client
    form = text_of(owner_client.get(url(row, "scopes"), headers=DIALOG))
    assert re.findall(r'name="scopes" value="([^"]+)" checked', form) == ["users.view"]
    posted = {"scopes": ["users.view", "users.delete"], "version": version_of(row)}
    assert owner_client.post(url(row, "scopes"), posted).status_code == 302
    assert again(row).scopes == ["users.view", "users.delete"]
    none = owner_client.post(url(row, "scopes"), {"version": version_of(again(row))})
    assert none.status_code == 422
    assert "at least one permission" in text_of(none)


@pytest.mark.parametrize("keep", [False, True])
def test_a_new_key_is_shown_once_and_ends_the_former_unless_kept(owner_client: GuardedClient, keep: bool) -> None:
    issued = make()
    address = url(issued.api_client, "keys/rotate")
    assert "shown once" in text_of(owner_client.get(address, headers=DIALOG))
    posted = {"algorithm": "EdDSA", **({"keep_former": "on"} if keep else {})}
    answer = owner_client.post(address, posted, headers=DIALOG)
    assert answer.status_code == 200
    assert "BEGIN PRIVATE KEY" in private_key(answer)
    assert (APIClientKey.objects.get(pk=issued.key.pk).revoked_at is None) == keep
    assert APIClientKey.objects.filter(revoked_at__isnull=True).count() == 1 + keep


def test_too_many_keys_are_refused_in_words(owner_client: GuardedClient) -> None:
    row = make().api_client
    posted = {"algorithm": "EdDSA", "keep_former": "on"}
    for _ in range(4):
        assert owner_client.post(url(row, "keys/rotate"), posted).status_code == 200
    answer = owner_client.post(url(row, "keys/rotate"), posted)
    assert answer.status_code == 422
    assert "too many keys" in text_of(answer)


def test_a_key_is_revoked_after_a_question(owner_client: GuardedClient) -> None:
    issued, other = make(), make("Other")
    address = url(issued.api_client, f"keys/{issued.key.kid}/revoke")
    assert "It cannot be taken back." in text_of(owner_client.get(address, headers=DIALOG))
    assert owner_client.post(url(issued.api_client, f"keys/{other.key.kid}/revoke")).status_code == 404
    assert owner_client.post(address).status_code == 302
    assert APIClientKey.objects.get(pk=issued.key.pk).revoked_at is not None
    assert APIClientKey.objects.get(pk=other.key.pk).revoked_at is None
    assert owner_client.post(address).status_code == 302


def test_it_is_disabled_and_enabled(owner_client: GuardedClient) -> None:
    row = make().api_client
    assert owner_client.post(url(row, "disable")).status_code == 302
    assert "Its tokens are refused." in text_of(owner_client.get(url(row)))
    assert "Disabled" in words_of(owner_client.get(BASE))
    assert owner_client.post(url(row, "enable")).status_code == 302
    assert again(row).is_active


def test_it_is_deleted_when_its_name_is_typed(owner_client: GuardedClient) -> None:
    row = make().api_client
    wrong = owner_client.post(url(row, "delete"), {"confirmation": "billing"})
    assert wrong.status_code == 422
    assert "Type Billing to confirm." in text_of(wrong)
    answer = owner_client.post(url(row, "delete"), {"confirmation": "Billing"})
    assert (answer.status_code, answer["Location"]) == (302, BASE)
    assert not APIClient.objects.exists()
    assert owner_client.get(url(row)).status_code == 404


def test_what_hands_out_rights_needs_a_fresh_proof_of_identity(owner_client: GuardedClient) -> None:
    row = make().api_client
    with_old_proof(owner_client)
    for path in ("scopes", "delete", "keys/rotate"):
        assert owner_client.get(url(row, path))["Location"].startswith("/confirm")
    assert owner_client.get(f"{BASE}/add")["Location"].startswith("/confirm")
    for address, posted in (
        (f"{BASE}/add", FORM),
        (url(row, "keys/rotate"), {"algorithm": "EdDSA"}),
        (url(row, "enable"), {}),
        (url(row, "delete"), {"confirmation": "Billing"}),
        (url(row, "scopes"), {"scopes": ["roles.view"], "version": version_of(row)}),
    ):
        assert owner_client.post(address, posted)["Location"].startswith("/confirm"), address
    assert APIClientKey.objects.count() == 1
    assert again(row).scopes == ["users.view"]
    assert owner_client.post(url(row, "disable")).status_code == 302


def test_the_audit_log_leads_to_it_as_long_as_it_is_there(owner_client: GuardedClient) -> None:
    row = make().api_client
    link = f'href="{url(row)}"'
    assert link in text_of(owner_client.get("/audit-log"))
    owner_client.post(url(row, "delete"), {"confirmation": "Billing"})
    assert link not in text_of(owner_client.get("/audit-log"))


def test_names_are_text(owner_client: GuardedClient) -> None:
    issued = make()
    row = rename_api_client(actor=HOST, api_client_id=issued.api_client.id, name=EVIL)
    for address in (BASE, *(url(row, path) for path in ("", "rename", "scopes", "delete", "keys/rotate"))):
        page = text_of(owner_client.get(address))
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address


def test_an_unknown_or_malformed_id_is_404(owner_client: GuardedClient) -> None:
    issued = make()
    for id in ("00000000-0000-7000-8000-000000000000", "nobody", "%00"):
        for path in ("", "/rename", "/scopes", "/delete", "/keys/rotate", f"/keys/{issued.key.kid}/revoke"):
            assert owner_client.get(f"{BASE}/{id}{path}").status_code == 404
    assert owner_client.get(url(issued.api_client, "keys/nobody/revoke")).status_code == 404


@pytest.mark.parametrize("count", [5, 50])
def test_the_number_of_statements_does_not_depend_on_how_many_there_are(
    owner_client: GuardedClient, acme: Organization, count: int
) -> None:
    for number in range(count):
        make(f"Client {number}", acme if number % 2 else None)
    row = APIClient.objects.latest("id")
    for _ in range(3):
        rotate_api_client_key(actor=HOST, api_client_id=row.id, algorithm="EdDSA")
    owner_client.get(BASE)  # what the session writes once a minute is not the page's
    assert statements(lambda: owner_client.get(BASE)) == 4
    assert statements(lambda: owner_client.get(url(row))) <= 10
