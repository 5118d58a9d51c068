"""Adding a user and changing a profile, in dialogs."""

import re

from playwright.sync_api import Page, expect

from directory.models import Identity, User
from directory.operations.users import update_user
from tests.browser import portal_data, steps


def test_a_user_is_added_by_a_dialog_that_keeps_what_was_refused(page: Page) -> None:
    page.watch.expect(422)
    page.goto("/users")
    page.get_by_role("link", name="Add user").first.click()
    dialog = steps.dialog(page)
    expect(dialog.get_by_label("Known by")).to_be_focused()
    login_id = dialog.get_by_label("Email, phone or username")
    login_id.fill("no address")
    dialog.get_by_label("Given name").fill("Theda")
    dialog.get_by_role("button", name="Add user").click()
    expect(login_id).to_have_attribute("aria-invalid", "true")
    expect(login_id).to_be_focused()
    expect(login_id).to_have_value("no address")
    expect(dialog.get_by_label("Given name")).to_have_value("Theda")
    address = f"{portal_data.unused('theda')}@example.com"
    login_id.fill(address)
    dialog.get_by_role("button", name="Add user").click()
    steps.toast(page, "The user is added.")
    identity = Identity.objects.get(email=address)
    expect(page).to_have_url(re.compile(f"/users/{identity.user_id}$"))
    expect(page.get_by_role("heading", name="Theda")).to_be_visible()


def test_an_address_that_somebody_has_is_refused_at_its_field(page: Page) -> None:
    taken = Identity.objects.filter(email__isnull=False).order_by("id")[0]
    page.watch.expect(422)
    page.goto("/users")
    page.get_by_role("link", name="Add user").first.click()
    login_id = steps.dialog(page).get_by_label("Email, phone or username")
    login_id.fill(taken.email)
    steps.dialog(page).get_by_role("button", name="Add user").click()
    expect(login_id).to_be_focused()
    expect(steps.dialog(page).locator(".errors")).to_be_visible()
    assert Identity.objects.filter(email=taken.email).count() == 1


def test_two_quick_clicks_add_one_user(page: Page) -> None:
    page.goto("/users/add")
    address = f"{portal_data.unused('twice')}@example.com"
    page.get_by_label("Email, phone or username").fill(address)
    page.locator("form.form").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    steps.toast(page, "The user is added.")
    assert Identity.objects.filter(email=address).count() == 1


def test_a_change_by_somebody_else_meanwhile_is_shown_beside_ones_own(page: Page) -> None:
    user = portal_data.person("Ulrike", "Before")
    page.watch.expect(422)
    page.goto(f"/users/{user.pk}")
    page.get_by_role("link", name="Edit profile").click()
    dialog = steps.dialog(page)
    dialog.get_by_label("Family name").fill("Mine")
    update_user(
        actor=portal_data.actor(),
        user_id=user.pk,
        standard_attributes={**user.standard_attributes, "family_name": "Theirs"},
    )
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Somebody else changed this user")
    difference = dialog.get_by_role("row", name="Family name")
    expect(difference).to_contain_text("Theirs")
    expect(difference).to_contain_text("Mine")
    expect(dialog.get_by_label("Family name")).to_have_value("Mine")
    assert User.objects.get(pk=user.pk).standard_attributes["family_name"] == "Theirs"
    dialog.get_by_role("button", name="Save").click()
    steps.toast(page, "The profile is saved.")
    assert User.objects.get(pk=user.pk).standard_attributes["family_name"] == "Mine"


def test_a_login_id_is_added_marked_verified_and_removed(page: Page) -> None:
    user = portal_data.person("Veronika")
    name = portal_data.unused("veronika")
    page.goto(f"/users/{user.pk}/identities")
    page.get_by_role("link", name="Add login ID").click()
    dialog = steps.dialog(page)
    dialog.get_by_role("combobox").select_option("username")
    dialog.get_by_role("textbox").fill(name)
    dialog.get_by_role("button", name=re.compile("Add")).click()
    row = page.get_by_role("listitem").filter(has_text=name)
    expect(row).to_be_visible()
    page.get_by_role("button", name=re.compile("Mark verified")).click()
    expect(page.get_by_role("button", name=re.compile("Mark unverified"))).to_be_visible()
    row.get_by_role("link", name="Remove").click()
    dialog.get_by_role("button", name=re.compile("Remove")).click()
    expect(row).to_have_count(0)
    assert Identity.objects.filter(user_id=user.pk).count() == 1
