"""Hostile text in every field that keeps text: it is shown as text and does nothing."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from directory.models import AuditEntry, Group, Organization, Role, User
from directory.operations.groups import add_group_to_users, create_group
from directory.operations.organizations import add_member, create_organization
from directory.operations.roles import add_role_to_users, create_role
from directory.operations.users import disable_user, schedule_deletion, update_user
from tests.browser import portal_data, steps
from tests.browser.conftest import Doors

#: One that breaks out of text, attributes, script and URLs, and one that htmx would obey.
SCRIPT = "\"'><img src=/pwned onerror=alert(1)></script><script>alert(2)</script>"
HTMX = "'\"><b hx-get=/pwned hx-trigger=load hx-on:click=alert(3)>{{ 7|add:7 }}{% now %}</b>"
ADDRESS = "javascript:alert(4)"
INJECTED = """() => {
  const wrong = ({ name, value }) => {
    if (name.startsWith("on") || name.startsWith("hx-on")) return true;
    if (!/^(src|href|action|formaction|hx-(get|post))$/.test(name)) return false;
    const url = new URL(value, location);
    return url.pathname === "/pwned" || url.protocol === "javascript:";
  };
  return [...document.querySelectorAll("*")]
    .filter((e) => [...e.attributes].some(wrong) || (e.tagName === "SCRIPT" && e.textContent.includes("alert(")))
    .map((e) => e.outerHTML.slice(0, 200));
}"""
PARAMETERS = {
    "/users": ("q", "status", "sort", "role", "cursor"),
    "/roles": ("q", "organization"),
    "/organizations": ("q",),
    "/audit-log": ("user", "author", "type", "subject"),
    "/search": ("q",),
    "/sign-in": ("next",),
}


@pytest.fixture(scope="module")
def hostile_attributes() -> dict[str, object]:
    texts = ("name", "given_name", "middle_name", "nickname", "gender")
    address = dict.fromkeys(("formatted", "street_address", "locality", "region", "postal_code", "country"), SCRIPT)
    return {**dict.fromkeys(texts, SCRIPT), "family_name": HTMX, "address": address}


@pytest.fixture
def addresses(hostile_attributes: dict[str, object]) -> list[str]:
    """Pages about things whose every text is hostile."""
    actor = portal_data.actor()
    user, other = portal_data.person("Nepomuk"), portal_data.person("Ottokar")
    for row in (user, other):
        update_user(
            actor=actor, user_id=row.pk, standard_attributes=hostile_attributes, custom_attributes={"town": SCRIPT}
        )
    key = portal_data.unused("hostile")
    organization = create_organization(actor=actor, slug=key, name=SCRIPT, description=HTMX)
    add_member(actor=actor, organization_id=organization.pk, user_id=user.pk, role="admin", external_id=SCRIPT)
    role = create_role(actor=actor, key="role", name=HTMX, description=SCRIPT, organization_id=organization.pk)
    group = create_group(actor=actor, key="group", name=SCRIPT, description=HTMX, organization_id=organization.pk)
    add_role_to_users(actor=actor, role_key=role.key, user_ids=[user.pk])
    add_group_to_users(actor=actor, group_key=group.key, user_ids=[user.pk])
    disable_user(actor=actor, user_id=user.pk, reason=SCRIPT)
    schedule_deletion(actor=actor, user_id=other.pk, reason=HTMX)
    return [*_of_users(user, other), *_of_others(role, group, organization), *_of_entries(user)]


def _of_users(user: User, other: User) -> list[str]:
    tabs = ("", "/identities", "/roles", "/status", "/activity", "/profile", "/status/delete", "/roles/add")
    return ["/", "/users", *(f"/users/{user.pk}{tab}" for tab in tabs), f"/users/{other.pk}/status"]


def _of_others(role: Role, group: Group, organization: Organization) -> list[str]:
    one = [f"/roles/{role.pk}", f"/groups/{group.pk}", f"/organizations/{organization.pk}"]
    people = [f"{one[0]}/users", f"{one[1]}/users", f"{one[2]}/members", f"{one[2]}/roles", f"{one[2]}/groups"]
    return [
        "/roles",
        "/groups",
        "/organizations",
        *one,
        *people,
        *(f"{address}/delete" for address in one),
        "/roles/add",
    ]


def _of_entries(user: User) -> list[str]:
    entries = AuditEntry.objects.filter(user_id=user.pk).values_list("pk", flat=True)
    return ["/audit-log", *(f"/audit-log/{pk}" for pk in entries)]


def test_hostile_texts_are_shown_and_do_nothing(page: Page, addresses: list[str]) -> None:
    injected = {}
    shown = 0
    for address in addresses:
        page.goto(address)
        shown += "alert(" in page.locator("body").inner_text()
        if found := page.evaluate(INJECTED):
            injected[address] = found
    assert injected == {}
    assert shown >= len(addresses) // 2
    assert page.watch.paths("/pwned") == []


def test_hostile_words_in_addresses_and_searches_do_nothing(doors: Doors) -> None:
    page = doors.page("owner")
    page.watch.expect(400, 404, 422)
    for path, names in PARAMETERS.items():
        for name in names:
            page.goto(f"{path}?{name}={quote(SCRIPT)}")
            assert page.evaluate(INJECTED) == []
    page.goto("/users")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("alert")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate(INJECTED) == []
    assert page.watch.paths("/pwned") == []


def test_an_address_that_could_do_harm_is_no_link(page: Page) -> None:
    user = portal_data.person("Pankraz")
    attributes = {**user.standard_attributes, "website": ADDRESS}
    User.objects.filter(pk=user.pk).update(standard_attributes=attributes)
    page.goto(f"/users/{user.pk}")
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    assert page.evaluate(INJECTED) == []


def test_a_hostile_toast_is_text(page: Page) -> None:
    user = portal_data.person("Quintus", name=SCRIPT)
    page.goto(f"/users/{user.pk}/status")
    page.get_by_role("link", name="Disable", exact=True).click()
    steps.dialog(page).get_by_role("button", name="Disable").click()
    steps.toast(page, "is disabled")
    assert page.evaluate(INJECTED) == []
