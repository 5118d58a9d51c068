"""Status, roles and the end of an account, as an owner does it; and the trace of it in the audit log."""

import re

from playwright.sync_api import Page, expect

from directory.models import User, UserRole
from tests.browser import portal_data, steps
from tests.browser.conftest import Doors
from tests.signin.steps import PASSWORD


def test_an_account_is_disabled_and_enabled_again(page: Page) -> None:
    user = portal_data.person("Adelheid")
    page.goto(f"/users/{user.pk}/status")
    page.get_by_role("link", name="Disable", exact=True).click()
    steps.dialog(page).get_by_label("Reason").fill("On the moon")
    steps.dialog(page).get_by_role("button", name="Disable").click()
    steps.toast(page, "is disabled")
    expect(page.locator(".alert")).to_contain_text("On the moon")
    assert User.objects.get(pk=user.pk).is_disabled
    page.locator(".alert").get_by_role("link", name="Enable").click()
    steps.dialog(page).get_by_role("button", name="Enable").click()
    steps.toast(page, "is enabled")
    expect(page.locator("h1")).to_contain_text("Active")
    assert not User.objects.get(pk=user.pk).is_disabled


def test_deleting_asks_for_the_typed_address_and_for_a_fresh_proof_of_identity(doors: Doors) -> None:
    user = portal_data.person("Brunhilde")
    session = portal_data.session_of(portal_data.administrator())
    portal_data.make_stale(session)
    page = doors.page(session=session)
    page.watch.expect(403)
    page.goto(f"/users/{user.pk}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Delete now").click()
    expect(page.get_by_role("heading", name="Confirm who you are")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page).to_have_url(re.compile(f"/users/{user.pk}$"))
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Delete now").click()
    end = steps.dialog(page).get_by_role("button", name="Delete now")
    expect(end).to_be_disabled()
    word = steps.dialog(page).locator("code.word").inner_text()
    steps.dialog(page).get_by_label(re.compile("to confirm")).fill(word[:-1])
    expect(end).to_be_disabled()
    steps.dialog(page).get_by_label(re.compile("to confirm")).fill(word)
    end.click()
    steps.toast(page, "is deleted")
    expect(page).to_have_url(re.compile("/users$"))
    assert not User.objects.filter(pk=user.pk).exists()


def test_roles_are_given_by_search_and_taken_again(page: Page) -> None:
    user = portal_data.person("Cunigunde")
    key = portal_data.role("Falconer")
    page.goto(f"/users/{user.pk}/roles")
    page.get_by_role("link", name="Add roles").click()
    dialog = steps.dialog(page)
    dialog.get_by_role("checkbox", name=re.compile("^Viewer")).check()
    dialog.get_by_role("searchbox").fill("falconer")
    wanted = dialog.get_by_role("checkbox", name=re.compile(key))
    wanted.check()
    expect(dialog.get_by_role("checkbox", name=re.compile("^Viewer"))).to_be_checked()
    dialog.get_by_role("button", name="Add", exact=False).last.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text=key)).to_be_visible()
    page.get_by_role("button", name="Remove Viewer").click()
    expect(page.get_by_role("button", name="Remove Viewer")).to_have_count(0)
    assert [held.role.key for held in UserRole.objects.filter(user=user)] == [key]


def test_a_change_is_found_in_the_audit_log_with_old_and_new_side_by_side(page: Page) -> None:
    user = portal_data.person("Dorothea", "Oldname")
    page.goto(f"/users/{user.pk}")
    page.get_by_role("link", name="Edit profile").click()
    steps.dialog(page).get_by_label("Family name").fill("Newname")
    steps.dialog(page).get_by_role("button", name="Save").click()
    steps.toast(page, "The profile is saved.")
    page.goto("/audit-log")
    steps.search(page, "User, by ID").fill(str(user.pk))
    expect(steps.rows(page)).to_have_count(2)
    steps.rows(page).first.get_by_role("link").first.click()
    change = page.locator("table.diff").get_by_role("row").filter(has_text="Newname")
    expect(change).to_contain_text("Oldname")
    expect(page.locator("main")).to_contain_text("owner-1")
