"""Without scripts every page reads, and every form posts."""

import re

import pytest
from playwright.sync_api import Page, expect

from directory.models import Identity, Role, User, UserRole
from tests.browser import portal_data, walk
from tests.browser.conftest import Doors


@pytest.fixture
def plain(doors: Doors) -> Page:
    """A page of an owner whose browser runs no scripts."""
    return doors.page("owner", java_script_enabled=False)


def test_every_page_reads(plain: Page) -> None:
    unread = {}
    for address in walk.addresses(walk.cast()):
        response = plain.goto(address)
        if response.status != 200 or not plain.locator("h1").first.is_visible():
            unread[address] = response.status
    assert {a: s for a, s in unread.items() if not a.startswith(("/confirm", "/sign-out"))} == {}


def test_a_user_is_added_changed_and_disabled(plain: Page) -> None:
    plain.watch.expect(422)
    plain.goto("/users")
    plain.get_by_role("link", name="Add user").first.click()
    plain.get_by_label("Given name").fill("Kriemhild")
    plain.get_by_role("button", name="Add user").click()
    expect(plain.locator(".errors")).to_be_visible()
    expect(plain.get_by_label("Given name")).to_have_value("Kriemhild")
    address = f"{portal_data.unused('kriemhild')}@example.com"
    plain.get_by_label("Email, phone or username").fill(address)
    plain.get_by_role("button", name="Add user").click()
    expect(plain.get_by_text("The user is added.")).to_be_visible()
    user = Identity.objects.get(email=address).user
    plain.get_by_role("link", name="Edit profile").click()
    plain.get_by_label("Nickname").fill("Krimi")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("The profile is saved.")).to_be_visible()
    plain.goto(f"/users/{user.pk}/status")
    plain.get_by_role("link", name="Disable", exact=True).click()
    plain.get_by_role("button", name="Disable").click()
    expect(plain.locator("h1")).to_contain_text("Disabled")
    assert User.objects.get(pk=user.pk).is_disabled


def test_roles_are_searched_and_given(plain: Page) -> None:
    user, key = portal_data.person("Leonore"), portal_data.role("Gardener")
    plain.goto(f"/users/{user.pk}/roles/add")
    plain.get_by_role("searchbox").fill("gardener")
    plain.get_by_role("button", name="Search").last.click()
    plain.get_by_role("checkbox", name=re.compile(key)).check()
    plain.locator(".form-foot button").click()
    expect(plain.get_by_role("listitem").filter(has_text=key)).to_be_visible()
    assert UserRole.objects.filter(user=user, role__key=key).exists()


def test_a_list_is_searched_and_filtered(plain: Page) -> None:
    user = portal_data.person("Mechthild")
    plain.goto("/users")
    field = plain.get_by_role("searchbox", name="Search users")
    field.fill("mechthild")
    field.press("Enter")
    expect(plain.locator(f'#list a[href="/users/{user.pk}"]')).to_be_visible()
    plain.get_by_role("button", name="Status").click()
    plain.get_by_role("radio", name="Disabled", exact=True).check()
    plain.locator("#filter-status").get_by_role("button", name="Apply").click()
    expect(plain.get_by_text("Nothing matches")).to_be_visible()


def test_a_role_is_made_and_deleted_by_its_typed_key(plain: Page) -> None:
    key = portal_data.unused("weaver")
    plain.watch.expect(422)
    plain.goto("/roles/add")
    plain.locator("[name=key]").fill(key)
    plain.get_by_role("button", name="Add role").click()
    plain.goto(f"/roles/{Role.objects.get(key=key).pk}/delete")
    plain.get_by_label(re.compile("to confirm")).fill("something else")
    plain.get_by_role("button", name="Delete role").click()
    expect(plain.locator(".errors")).to_be_visible()
    plain.get_by_label(re.compile("to confirm")).fill(key)
    plain.get_by_role("button", name="Delete role").click()
    expect(plain).to_have_url(re.compile("/roles$"))
    assert not Role.objects.filter(key=key).exists()
