"""The pages of the audit log: what they show, to whom, and that nothing in the address breaks them."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from guardian.shortcuts import assign_perm

from directory import audit
from directory.actors import Actor
from directory.audit import Event, Outcome, Subject
from directory.models import Administrator, Identity, Organization, User
from portal.pages.audit_log_words import browser_words, field_words
from tests.queries.logged import wrote
from tests.signin.fixtures import enrolled, sign_in_at_once
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"
HTMX = {"HX-Request": "true", "HX-Target": "list"}


def names(response: Any) -> list[str]:
    """The ids of the entries on the page, in order."""
    return re.findall(r'<th role="rowheader".*?href="/audit-log/([0-9a-f-]{36})"', response.content.decode(), re.DOTALL)


def listed(client: GuardedClient, **parameters: Any) -> Any:
    return client.get("/audit-log?" + urlencode(parameters, doseq=True))


def test_the_list_shows_who_did_what_newest_first(owner_client: GuardedClient, root: Actor) -> None:
    first = wrote(root, label="Zoë Ünal", user_id=uuid4())
    second = wrote(root, Event.ROLE_CREATED, subject=Subject(kind="role", id=uuid4(), label="Support"))
    response = listed(owner_client, author=root.id)
    page = response.content.decode()
    assert response.status_code == 200
    assert names(response) == [str(second), str(first)]
    for text in ("User created", "Zoë Ünal", "Role created", "Support", "root@example.com"):
        assert text in page


def test_a_living_user_is_a_link_and_a_deleted_one_is_not(owner_client: GuardedClient, root: Actor) -> None:
    living, gone = User.objects.create(), uuid4()
    wrote(root, user_id=living.id)
    dead = wrote(root, user_id=gone)
    page = listed(owner_client).content.decode()
    assert f'href="/users/{living.id}"' in page
    assert f'href="/users/{gone}"' not in page
    assert "deleted, or out of your sight" in owner_client.get(f"/audit-log/{dead}").content.decode()


def test_every_filter_of_the_address_narrows_the_list(owner_client: GuardedClient, root: Actor) -> None:
    user = User.objects.create()
    Identity.objects.create(
        user=user,
        type="login_id",
        login_id_type="email",
        login_id_key="email",
        original_value="zoe@example.com",
        unique_key="zoe@example.com",
        email="zoe@example.com",
    )
    admin = Administrator.objects.create(email="grace@example.com")
    theirs = wrote(root, user_id=user.id)
    denied = wrote(root, Event.OPERATION_DENIED, outcome=Outcome.DENIED)
    by_grace = audit.record(
        Actor(kind=root.kind, door=root.door, id=admin.id, label=admin.email),
        audit.Entry(event=Event.ROLE_DELETED, subject=Subject(kind="role", id=uuid4())),
    )
    cases: list[tuple[dict[str, Any], UUID]] = [
        ({"user": user.id}, theirs),
        ({"user": "  Zoe@Example.com "}, theirs),
        ({"author": "GRACE@example.com"}, by_grace),
        ({"author": admin.id}, by_grace),
        ({"outcome": "denied"}, denied),
        ({"type": ["role.deleted", "role.created"]}, by_grace),
        ({"type": "user.created", "from": "2020-01-01T00:00", "until": "2999-01-01T00:00"}, theirs),
        ({"subject": f"user:{user.id}"}, theirs),
    ]
    for parameters, expected in cases:
        assert names(listed(owner_client, **parameters)) == [str(expected)], parameters
    assert names(listed(owner_client, until="2020-01-01T00:00")) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"user": "not-a-user"},
        {"user": "\0@example.com"},
        {"user": "a" * 5000 + "@example.com"},
        {"author": "grace"},
        {"author": "\0"},
        {"type": "user.flown"},
        {"outcome": "perhaps"},
        {"from": "yesterday"},
        {"until": "2026-13-45T00:00"},
        {"from": "0001-01-01T00:00+23:59"},
        {"subject": "user:1"},
        {"subject": "'; DROP TABLE:" + str(UUID(int=0))},
        {"organization": "acme"},
        {"cursor": "\0"},
        {"cursor": "o123"},
        {"user": "🦜"},
    ],
)
def test_what_cannot_be_read_is_said_and_finds_nothing(
    owner_client: GuardedClient, root: Actor, parameters: dict[str, str]
) -> None:
    wrote(root)
    response = listed(owner_client, **parameters)
    assert response.status_code == 422
    assert 'class="alert bad"' in response.content.decode()
    assert names(response) == []


def test_an_address_that_is_nobodys_matches_nothing(owner_client: GuardedClient, root: Actor) -> None:
    wrote(root)
    for parameters in ({"user": "nobody@example.com"}, {"author": "nobody@example.com"}):
        response = listed(owner_client, **parameters)
        assert (response.status_code, names(response)) == (200, [])
        assert "has this e-mail address" in response.content.decode()


def test_the_two_empty_states_differ(owner_client: GuardedClient) -> None:
    assert "Nothing matches" in listed(owner_client, type="role.deleted").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM directory_auditentry")
        assert cursor.fetchone() == (0,)
    assert "Nothing is recorded yet" in listed(owner_client).content.decode()


def test_pages_lead_to_older_and_back_and_keep_the_filter(owner_client: GuardedClient, root: Actor) -> None:
    written = [str(wrote(root)) for _ in range(60)]
    first = listed(owner_client, type="user.created")
    assert names(first) == written[:9:-1]
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert older is not None
    assert "type=user.created" in older[1]
    second = owner_client.get(older[1].replace("&amp;", "&"))
    assert names(second) == written[9::-1]
    newer = re.search(r'rel="prev" href="([^"]+)"', second.content.decode())
    assert newer is not None
    assert names(owner_client.get(newer[1].replace("&amp;", "&"))) == names(first)
    assert "cursor" not in re.findall(r'name="(\w+)"', first.content.decode())


def test_htmx_gets_the_list_alone(owner_client: GuardedClient, root: Actor) -> None:
    wrote(root)
    fragment = owner_client.get("/audit-log", headers=HTMX)
    assert "<html" not in fragment.content.decode()
    assert len(names(fragment)) == 1
    assert "HX-Request" in fragment["Vary"]
    restored = owner_client.get("/audit-log", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_labels_and_values_are_shown_as_text(owner_client: GuardedClient, root: Actor) -> None:
    entry = wrote(
        root, label=SCRIPT, user_id=uuid4(), old={SCRIPT: SCRIPT}, new={"a": {"b": SCRIPT}}, details={"why": SCRIPT}
    )
    for url in (
        "/audit-log",
        f"/audit-log/{entry}",
        "/",
        f"/audit-log?{urlencode({'user': SCRIPT, 'author': SCRIPT})}",
    ):
        page = owner_client.get(url).content.decode()
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page


def test_an_entry_shows_old_and_new_values_side_by_side(owner_client: GuardedClient, root: Actor) -> None:
    old = {"standard_attributes.address": {"country": "TR", "locality": "İzmir"}, "is_disabled": False}
    new = {"standard_attributes.address": {"country": "DE"}, "is_disabled": True, "roles": ["a", "b"]}
    entry = wrote(root, Event.USER_PROFILE_UPDATED, user_id=uuid4(), old=old, new=new, details={"fields": ["address"]})
    page = owner_client.get(f"/audit-log/{entry}").content.decode()
    for text in (
        "Address › country",
        "<del>TR</del>",
        "<ins>DE</ins>",
        "<del>İzmir</del>",
        "<del>No</del>",
        "<ins>Yes</ins>",
        "<ins>a, b</ins>",
        "192.0.2.1",
        "root@example.com",
        "Portal",
    ):
        assert text in page, text
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(row_hash, 'hex') FROM directory_auditentry WHERE id = %s", [entry])
        assert cursor.fetchone()[0] in page


def test_an_erased_entry_says_forgotten(owner_client: GuardedClient, root: Actor) -> None:
    entry = wrote(root, user_id=uuid4(), label="Zoë Ünal", new={"name": "Zoë Ünal"})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL directory.erasing = 'on'")
        cursor.execute("DELETE FROM directory_auditpersonal WHERE entry_id = %s", [entry])
        cursor.execute("SET LOCAL directory.erasing = 'off'")
    for url in ("/audit-log", f"/audit-log/{entry}"):
        page = owner_client.get(url).content.decode()
        assert "Forgotten" in page
        assert "Zoë" not in page


@pytest.mark.parametrize("name", ["x", str(UUID(int=1)), "01a1fbb0", "%00", "\N{SNOWMAN}"])
def test_an_entry_that_is_not_there_is_404(owner_client: GuardedClient, name: str) -> None:
    assert owner_client.get(f"/audit-log/{name}").status_code == 404


def test_without_the_right_the_pages_are_403(signed_in: Callable[..., GuardedClient], root: Actor) -> None:
    entry = wrote(root)
    client = signed_in("")
    for url in ("/audit-log", f"/audit-log/{entry}", f"/audit-log/{uuid4()}", "/audit-log?user=broken"):
        assert client.get(url).status_code == 403, url


def test_an_auditor_reads_the_log(auditor_client: GuardedClient, root: Actor) -> None:
    entry = wrote(root)
    assert names(listed(auditor_client)) == [str(entry)]
    assert auditor_client.get(f"/audit-log/{entry}").status_code == 200


def test_bens_log_is_acmes(root: Actor, acme: Organization, globex: Organization) -> None:
    ben = enrolled("ben@example.com")
    assign_perm("directory.audit_log.view", ben, acme)
    client = sign_in_at_once(GuardedClient(), ben)
    ours = wrote(root, organization_id=acme.id)
    theirs = wrote(root, organization_id=globex.id)
    assert names(listed(client)) == [str(ours)]
    assert client.get(f"/audit-log/{theirs}").status_code == 404
    assert names(listed(client, organization=globex.id)) == []


@pytest.mark.parametrize("count", [5, 49])
def test_the_page_costs_the_same_for_few_and_for_many(
    owner_client: GuardedClient, root: Actor, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        wrote(root, user_id=User.objects.create().id)
    with django_assert_num_queries(STATEMENTS):
        assert len(names(listed(owner_client))) == count


#: Session, administrator, rights, and four for the list itself.
STATEMENTS = 7


def test_fields_and_browsers_have_words() -> None:
    assert field_words("standard_attributes.address.postal_code") == "Address › postal code"
    assert field_words("custom_attributes.town") == "Town"
    chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
    assert browser_words(chrome) == "Chrome 126 on macOS"
    assert browser_words("tests") == "tests"


def test_details_are_json(owner_client: GuardedClient, root: Actor) -> None:
    entry = wrote(root, details={"key": "acme:editors", "count": 3})
    shown = json.dumps({"count": 3, "key": "acme:editors"}, indent=2).replace('"', "&quot;")
    assert shown in owner_client.get(f"/audit-log/{entry}").content.decode()
