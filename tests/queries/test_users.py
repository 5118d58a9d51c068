"""Users within an actor's sight: lists, search, order, pages, derived fields."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Forbidden, Invalid, NotFound
from directory.models import (
    Group,
    GroupRole,
    Identity,
    Membership,
    Organization,
    Role,
    User,
    UserGroup,
    UserRole,
)
from directory.operations.search import refresh_search
from directory.permissions import Permission
from directory.queries.users import ORDERS, STATES, UserFilter, estimate_users, get_user, list_users, user_detail
from directory.queries.users import lists as users_lists
from directory.values.account_status import state_name

pytestmark = pytest.mark.django_db
Make = Callable[..., User]


@pytest.fixture
def make() -> Make:
    """A user as rows: what lists read, however it was written."""

    def make_user(name: str = "", *, email: str = "", organization: Organization | None = None, **columns: Any) -> User:
        attributes = {key: value for key, value in {"name": name, "email": email}.items() if value}
        user = User.objects.create(**{"standard_attributes": attributes, **columns})
        if email:
            Identity.objects.create(
                user=user,
                type="login_id",
                login_id_type="email",
                login_id_key="email",
                email=email,
                original_value=email,
                unique_key=email,
            )
        if organization:
            now = timezone.now()
            Membership.objects.create(user=user, organization=organization, created_at=now, updated_at=now)
        refresh_search([user.id])
        return user

    return make_user


def names(actor: Actor, order: str = "created", cursor: str | None = None, size: int = 50, **filters: Any) -> list[str]:
    return [u.display_name for u in list_users(actor, UserFilter(**filters), ORDERS[order], cursor, size=size).rows]


def test_the_newest_come_first(root: Actor, make: Make) -> None:
    for name in ("Ann", "Bob", "Cyd"):
        make(name)
    assert names(root) == ["Cyd", "Bob", "Ann"]
    assert names(root, "created_asc") == ["Ann", "Bob", "Cyd"]


def test_by_last_sign_in_those_who_never_did_come_last_in_both_directions(root: Actor, make: Make) -> None:
    now = timezone.now()
    make("Never")
    make("Old", last_login_at=now - timedelta(days=9))
    make("New", last_login_at=now)
    assert names(root, "last_login") == ["New", "Old", "Never"]
    assert names(root, "last_login_asc") == ["Old", "New", "Never"]


@pytest.mark.parametrize("order", list(ORDERS))
@pytest.mark.parametrize("search", ["", "person"])
def test_pages_follow_one_another_without_gap_or_repeat_and_back_again(
    root: Actor, make: Make, order: str, search: str
) -> None:
    now = timezone.now()
    for number in range(11):
        make(f"Person {number}", last_login_at=now - timedelta(days=number // 3) if number % 2 else None)
    whole = names(root, order, search=search)
    seen, cursor, back = [], None, None
    while True:
        page = list_users(root, UserFilter(search=search), ORDERS[order], cursor, size=3)
        seen += [user.display_name for user in page.rows]
        if page.older is None:
            back = page.newer
            break
        cursor = page.older
    assert seen == whole
    assert len(set(seen)) == 11
    while back:
        page = list_users(root, UserFilter(search=search), ORDERS[order], back, size=3)
        first, back = [user.display_name for user in page.rows], page.newer
    assert first == whole[:3]


@pytest.mark.parametrize(
    "cursor", ["x", "🙂", "bnVsbA", "W10", "WyJjcmVhdGVkIiwwLCJubyJd", "WyJsYXN0X2xvZ2luIiwwLCJhIiwiYiJd"]
)
def test_a_cursor_that_is_not_ours_is_refused(root: Actor, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        list_users(root, UserFilter(), ORDERS["created"], cursor)
    assert refused.value.code == "InvalidCursor"


@pytest.mark.parametrize(
    "typed",
    ["ada", "ADA", "lovelace", "love", "ada love", "LOVELACE ada", "ada.l@example.com", "ada.l", "example.com", "lov"],
)
def test_search_finds_words_and_the_parts_of_addresses(root: Actor, make: Make, typed: str) -> None:
    make("Ada Lovelace", email="ada.l@example.com")
    make("Grace Hopper", email="grace@example.org")
    assert names(root, search=typed) == ["Ada Lovelace"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("José Álvarez", "jose alvarez"),
        ("Işıl Yıldız", "isil yildiz"),
        ("İnci", "inci"),
        ("山田太郎", "太郎"),
        ("Zoe\u0308", "zoë"),
        ("O'Brien-Smith", "brien"),
        ("שרה כהן", "כהן"),
        ("Ｗｉｄｅ", "wide"),
        ("Straße", "strasse"),
    ],
)
def test_search_knows_every_script(root: Actor, make: Make, name: str, typed: str) -> None:
    make(name)
    make("Somebody Else")
    assert names(root, search=typed) == [name]


def test_search_finds_an_id_and_a_telephone_number(root: Actor, make: Make) -> None:
    user = make("Tel")
    Identity.objects.create(
        user=user,
        type="login_id",
        login_id_type="phone",
        login_id_key="phone",
        phone_number="+442079460018",
        original_value="+44 20 7946 0018",
        unique_key="+442079460018",
    )
    refresh_search([user.id])
    make("Other")
    for typed in (str(user.id), user.id.hex, "+44 20 7946 0018", "02079460018", "+4420"):
        assert names(root, search=typed) == ["Tel"], typed


def test_search_finds_the_names_of_roles_and_groups_and_follows_a_renaming(root: Actor, make: Make) -> None:
    direct, member = make("Direct"), make("Member")
    role = Role.objects.create(key="billing", name="Invoice clerk")
    group = Group.objects.create(key="finance", name="Money people")
    now = timezone.now()
    UserRole.objects.create(user=direct, role=role, created_at=now)
    UserGroup.objects.create(user=member, group=group, created_at=now)
    refresh_search([direct.id, member.id])
    assert names(root, search="invoice") == ["Direct"]
    assert names(root, search="money") == ["Member"]
    GroupRole.objects.create(group=group, role=role, created_at=now)
    assert names(root, search="clerk") == ["Member", "Direct"]
    assert names(root, search="direct clerk") == ["Direct"]
    Role.objects.filter(pk=role.pk).update(name="Reckoner")
    assert names(root, search="invoice") == []
    assert names(root, search="reck") == ["Member", "Direct"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Éditeurs", "éditeurs"),
        ("Éditeurs", "edit"),
        ("Straße", "strasse"),
        ("İdare", "idare"),
        ("Işık", "isik"),
        ("Редакторы", "редак"),
        ("Desk-Help", "help"),
        ("O'Brien", "brien"),
        ("100%_safe", "100%"),
    ],
)
def test_names_of_roles_are_found_in_every_script(root: Actor, make: Make, name: str, typed: str) -> None:
    role, other = Role.objects.create(key="x1", name=name), Role.objects.create(key="x2", name="100x safe")
    for holder, held in ((make("Holder"), role), (make("Other"), other)):
        UserRole.objects.create(user=holder, role=held, created_at=timezone.now())
        refresh_search([holder.id])
    assert names(root, search=typed) == ["Holder"]


def test_a_name_is_found_among_many_that_only_contain_the_word(root: Actor, make: Make) -> None:
    Role.objects.bulk_create(Role(key=f"a{number}", name=f"xvery{number}") for number in range(205))
    role = Role.objects.create(key="z", name="very real")
    holder = make("Holder")
    UserRole.objects.create(user=holder, role=role, created_at=timezone.now())
    refresh_search([holder.id])
    assert names(root, search="very") == ["Holder"]


def test_a_filter_by_what_is_out_of_sight_finds_nobody(
    ada: Actor, root: Actor, make: Make, acme: Organization, globex: Organization
) -> None:
    member = make("Member", organization=acme)
    now = timezone.now()
    Membership.objects.create(user=member, organization=globex, created_at=now, updated_at=now)
    roles = [Role.objects.create(key="global"), Role.objects.create(key="globex:r", organization=globex)]
    group = Group.objects.create(key="hidden")
    own = Role.objects.create(key="acme:r", organization=acme)
    for role in (*roles, own):
        UserRole.objects.create(user=member, role=role, created_at=now)
    UserGroup.objects.create(user=member, group=group, created_at=now)
    GroupRole.objects.create(group=group, role=own, created_at=now)
    refresh_search([member.id])
    hidden: list[dict[str, Any]] = [{"role_id": role.id} for role in roles]
    hidden += [{"group_id": group.id}, {"organization_id": globex.id}]
    for filters in hidden:
        assert names(root, **filters) == ["Member"]
        assert names(ada, **filters) == []
    assert names(ada, role_id=own.id) == names(ada, organization_id=acme.id) == ["Member"]
    assert [role.key for role in list_users(ada).rows[0].roles] == ["acme:r"]


def test_a_role_in_sight_through_a_group_out_of_sight_is_held(ada: Actor, make: Make, acme: Organization) -> None:
    member, now = make("Member", organization=acme), timezone.now()
    role, group = Role.objects.create(key="acme:r", organization=acme), Group.objects.create(key="hidden")
    UserGroup.objects.create(user=member, group=group, created_at=now)
    GroupRole.objects.create(group=group, role=role, created_at=now)
    (held,) = list_users(ada).rows[0].roles
    assert (held.key, held.direct, held.through) == ("acme:r", False, [])


def test_filters_combine(root: Actor, make: Make, acme: Organization) -> None:
    role = Role.objects.create(key="editor")
    both = make("Both", organization=acme)
    make("Acme only", organization=acme)
    role_only = make("Role only")
    for user in (both, role_only):
        UserRole.objects.create(user=user, role=role, created_at=timezone.now())
    refresh_search([both.id, role_only.id])
    assert names(root, role_id=role.id) == ["Role only", "Both"]
    assert names(root, role_id=role.id, organization_id=acme.id) == ["Both"]
    assert names(root, role_id=role.id, organization_id=acme.id, search="both", state="normal") == ["Both"]
    assert names(root, role_id=role.id, organization_id=acme.id, search="nobody") == []


DAY = timedelta(days=1)


def every_state() -> dict[str, dict[str, Any]]:
    now = datetime.now(UTC)
    return {
        "normal": {},
        "anonymized": {"is_anonymized": True, "is_disabled": True, "delete_at": now + DAY},
        "scheduled_deletion_deactivated": {"delete_at": now + DAY, "is_deactivated": True, "is_disabled": True},
        "scheduled_deletion_disabled": {"delete_at": now + DAY, "is_disabled": True},
        "scheduled_anonymization_disabled": {"anonymize_at": now + DAY, "is_disabled": True},
        "disabled": {"is_disabled": True, "account_valid_until": now - DAY},
        "disabled_temporarily": {"temporarily_disabled_from": now - DAY, "temporarily_disabled_until": now + DAY},
        "outside_valid_period": {
            "account_valid_from": now + DAY,
            "temporarily_disabled_from": now - 2 * DAY,
            "temporarily_disabled_until": now - DAY,
        },
    }


def test_each_state_is_the_rules_state_and_its_filter_finds_just_those(root: Actor, make: Make) -> None:
    for name, columns in every_state().items():
        user = make(name, **columns)
        assert state_name(user.status, datetime.now(UTC)) == name
    make("future", temporarily_disabled_from=timezone.now() + DAY, temporarily_disabled_until=timezone.now() + 2 * DAY)
    assert set(every_state()) == {"normal", *STATES}
    for name in every_state():
        expected = ["future", "normal"] if name == "normal" else [name]
        assert names(root, state=name) == expected
    assert {u.display_name: u.state for u in list_users(root).rows if u.display_name != "future"} == {
        name: name for name in every_state()
    }
    with pytest.raises(Invalid):
        list_users(root, UserFilter(state="asleep"))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"name": "Ada L", "given_name": "X"}, "Ada L"),
        ({"given_name": "Ada", "middle_name": "K", "family_name": "Lovelace"}, "Ada K Lovelace"),
        ({"family_name": "Lovelace"}, "Lovelace"),
        ({"name": "Ada", "nickname": "Countess"}, "Ada (Countess)"),
        ({"nickname": "Countess"}, "Countess"),
        ({"email": "a@example.com", "phone_number": "+1"}, "a@example.com"),
        ({"phone_number": "+1", "preferred_username": "ada"}, "ada"),
        ({}, None),
    ],
)
def test_the_display_name_follows_the_contract(
    root: Actor, make: Make, attributes: dict[str, str], expected: str | None
) -> None:
    make(standard_attributes=attributes)
    assert names(root) == [expected]


def test_rows_carry_what_the_user_holds(root: Actor, make: Make, acme: Organization) -> None:
    user = make("Ann", organization=acme)
    now = timezone.now()
    editor, viewer = Role.objects.create(key="editor", name="Editor"), Role.objects.create(key="viewer")
    group = Group.objects.create(key="sales")
    UserRole.objects.create(user=user, role=editor, created_at=now)
    UserGroup.objects.create(user=user, group=group, created_at=now)
    for role in (editor, viewer):
        GroupRole.objects.create(group=group, role=role, created_at=now)
    (row,) = list_users(root).rows
    assert [(r.label, r.direct, [g.key for g in r.through]) for r in row.roles] == [
        ("Editor", True, ["sales"]),
        ("viewer", False, ["sales"]),
    ]
    assert [g.key for g in row.groups] == ["sales"]
    assert [(o.slug, o.role, o.status) for o in row.organizations] == [("acme", "user", "active")]


def test_sight_ends_at_the_organization(
    ada: Actor,
    ben: Actor,
    cleo: Actor,
    nobody: Actor,
    root: Actor,
    make: Make,
    acme: Organization,
    globex: Organization,
) -> None:
    inside, outside, free = make("In", organization=acme), make("Out", organization=globex), make("Free")
    secret = Role.objects.create(key="globex:secret", name="Secret", organization=globex)
    UserRole.objects.create(user=inside, role=secret, created_at=timezone.now())
    refresh_search([inside.id])
    assert names(root) == ["Free", "Out", "In"]
    assert names(ada) == names(ben) == ["In"]
    assert names(cleo) == ["Out"]
    assert names(nobody) == []
    assert names(ada, search="secret") == []
    assert names(ada, organization_id=globex.id) == []
    assert list_users(ada).rows[0].roles == []
    assert estimate_users(ada) == (1, False)
    for hidden in (outside, free):
        with pytest.raises(NotFound) as refused:
            user_detail(ada, hidden.id)
        assert refused.value.code == "UserNotFound"
        with pytest.raises(NotFound):
            get_user(ada, hidden.id, Permission.USERS_UPDATE)
    assert get_user(ada, inside.id, Permission.USERS_UPDATE) == inside
    with pytest.raises(Forbidden):
        get_user(ben, inside.id, Permission.USERS_UPDATE)


@pytest.mark.parametrize("filters", [{}, {"search": "person"}, {"state": "normal"}, {"search": "person 7"}])
def test_a_list_costs_the_same_statements_for_5_rows_and_50(
    root: Actor, make: Make, filters: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as statements:
            list_users(root, UserFilter(**filters))
        return len(statements)

    for number in range(5):
        make(f"Person 7{number}")
    few = cost()
    for number in range(45):
        make(f"Person 7{number}")
    assert cost() == few
    assert few <= 3 if not filters else few <= 14


def test_a_large_directory_is_estimated(root: Actor, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        make(str(number))
    assert estimate_users(root) == (3, False)
    monkeypatch.setattr(users_lists, "_COUNTED", 2)
    count, about = estimate_users(root)
    assert about
    assert count >= 2


@pytest.mark.parametrize("search", ["\0", "\ud800", "x" * 201])
def test_what_cannot_be_searched_for_is_refused(root: Actor, search: str) -> None:
    with pytest.raises(Invalid):
        list_users(root, UserFilter(search=search))


def test_punctuation_alone_finds_nobody(root: Actor, make: Make) -> None:
    make("Ann")
    assert names(root, search="':* & | !") == []
    assert names(root, search="   ") == ["Ann"]


def test_the_detail_has_identities_with_their_verification(root: Actor, make: Make) -> None:
    from directory.models import VerifiedClaim

    user = make("Ann", email="ann@example.com")
    assert [i.is_verified for i in user_detail(root, user.id).known_identities] == [False]
    VerifiedClaim.objects.create(user=user, name="email", value="ann@example.com", created_at=timezone.now())
    assert [i.is_verified for i in user_detail(root, user.id).known_identities] == [True]
