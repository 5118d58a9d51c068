"""Whoever may only see: every act is refused, recorded, and changes nothing."""

from typing import Any

import pytest

from directory.models import (
    Authenticator,
    Group,
    Membership,
    Organization,
    Role,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.operations.identities import add_login_id
from directory.operations.users import disable_user, schedule_anonymization, schedule_deletion
from tests.pages.users.people import HOST, Entries, again, give, join, make
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

PERIOD = {"temporarily_disabled_from": "2099-01-01T00:00", "temporarily_disabled_until": "2099-02-01T00:00"}
MEMBER = {"role": "admin", "status": "retired", "external_id": ""}
POSTS: dict[str, dict[str, Any]] = {
    "/profile": {"nickname": "Z"},
    "/identities/add": {"login_id_key": "email", "login_id": "new@example.com"},
    "/identities/{identity}": {"login_id": "new@example.com"},
    "/identities/{identity}/remove": {},
    "/identities/{identity}/verified": {"verified": "true"},
    "/roles/add": {"picked": ["other"]},
    "/roles/remove": {"key": "support"},
    "/groups/add": {"picked": ["other"]},
    "/groups/remove": {"key": "staff"},
    "/organizations/add": {"picked": ["{globex}"], "role": "user"},
    "/organizations/{acme}": MEMBER,
    "/organizations/{acme}/remove": {},
    "/security/password": {"mode": "generated"},
    "/security/password/expired": {"expired": "true"},
    "/security/reset-link": {"login_id": "zoe@example.com"},
    "/security/factors/add": {"type": "oob_otp_email", "target": "zoe@second.example.com"},
    "/security/factors/{factor}/remove": {"confirmation": "zoe@example.com"},
    "/security/recovery-codes": {},
    "/security/recovery-codes/drop": {"confirmation": "zoe@example.com"},
    "/security/grace-period": {"end_at": "2099-01-01T00:00"},
    "/security/grace-period/end": {},
    "/status/disable": {"reason": ""},
    "/status/disable-for-a-period": PERIOD,
    "/status/enable": {},
    "/status/valid-period": {"account_valid_from": "2020-01-01T00:00"},
    "/status/schedule-deletion": {"reason": ""},
    "/status/cancel-deletion": {},
    "/status/schedule-anonymization": {},
    "/status/cancel-anonymization": {},
    "/status/anonymize": {"confirmation": "zoe@example.com"},
    "/status/delete": {"confirmation": "zoe@example.com"},
}
#: No form of their own: a button posts.
POSTED = ("/verified", "roles/remove", "groups/remove", "/expired", "/grace-period/end")
BEFORE = {
    "/status/enable": disable_user,
    "/status/cancel-deletion": schedule_deletion,
    "/status/cancel-anonymization": schedule_anonymization,
}


def snapshot(user: User) -> list[Any]:
    columns = {name: value for name, value in vars(again(user)).items() if name != "_state"}
    tables = (Authenticator, Membership, UserRole, UserGroup, VerifiedClaim)
    return [columns, *(list(table.objects.values()) for table in tables), list(user.identities.values())]


@pytest.fixture
def zoe(acme: Organization, globex: Organization) -> User:
    user = make()
    add_login_id(actor=HOST, user_id=user.pk, key="username", value="zoe")
    give(user, [Role.objects.create(key="support")], [Group.objects.create(key="staff")])
    Role.objects.create(key="other")
    Group.objects.create(key="other")
    join(user, acme)
    Authenticator.objects.create(user=user, kind="secondary", type="totp", secret="x")
    return user


@pytest.mark.parametrize("entered", ["rightly", "wrongly"])
@pytest.mark.parametrize("path", POSTS)
def test_every_post_is_403_with_a_denied_entry_and_no_change(
    auditor_client: GuardedClient,
    zoe: User,
    acme: Organization,
    globex: Organization,
    entries: Entries,
    path: str,
    entered: str,
) -> None:
    if path in BEFORE:
        BEFORE[path](actor=HOST, user_id=zoe.pk)
    ids = {"identity": zoe.identities.order_by("id")[0].pk, "acme": acme.pk, "globex": globex.pk}
    ids["factor"] = zoe.authenticators.get().pk
    data = {
        name: [str(v).format(**ids) for v in value] if isinstance(value, list) else value
        for name, value in POSTS[path].items()
    }
    before, written = snapshot(zoe), len(entries())
    answer = auditor_client.post(f"/users/{zoe.pk}{path.format(**ids)}", data if entered == "rightly" else {"x": "\0"})
    assert answer.status_code == 403
    assert snapshot(zoe) == before
    new = entries()[written:]
    assert [(entry.activity_type, entry.outcome) for entry in new] == [("operation.denied", "denied")]


@pytest.mark.parametrize("path", [path for path in POSTS if not path.endswith(POSTED)])
def test_no_form_is_shown(
    auditor_client: GuardedClient, zoe: User, acme: Organization, globex: Organization, path: str
) -> None:
    ids = {"identity": zoe.identities.order_by("id")[0].pk, "acme": acme.pk, "globex": globex.pk}
    ids["factor"] = zoe.authenticators.get().pk
    assert auditor_client.get(f"/users/{zoe.pk}{path.format(**ids)}").status_code == 403


@pytest.mark.parametrize("data", [{"login_id_key": "email", "login_id": "new@example.com"}, {}])
def test_nobody_is_added(auditor_client: GuardedClient, entries: Entries, data: dict[str, str]) -> None:
    assert auditor_client.get("/users/add").status_code == 403
    written = len(entries())
    assert auditor_client.post("/users/add", data).status_code == 403
    assert not User.objects.exists()
    assert [entry.outcome for entry in entries()[written:]] == ["denied"]


@pytest.mark.parametrize("tab", ["", "/identities", "/security", "/roles", "/status", "/activity"])
def test_every_tab_is_seen_and_offers_no_act(auditor_client: GuardedClient, zoe: User, tab: str) -> None:
    answer = auditor_client.get(f"/users/{zoe.pk}{tab}")
    assert answer.status_code == 200
    main = answer.content.decode().split("<main")[1].split("</main>")[0]
    assert "<form" not in main
    assert "hx-get" not in main
