"""Everything by the keyboard alone: shortcuts, the palette, and forms from Tab to Enter."""

import re

from playwright.sync_api import Locator, Page, expect

from directory.models import User
from tests.browser import portal_data, steps
from tests.browser.conftest import Doors
from tests.signin.steps import PASSWORD, code_for, secret_of


def tab_to(page: Page, target: Locator, most: int = 60) -> None:
    """Press Tab until ``target`` has the focus; the focus must be seen on the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is not reached by {most} Tabs")


def test_signing_in(doors: Doors) -> None:
    olga, page = portal_data.administrator(), doors.page(None)
    page.goto("/sign-in")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(olga.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(code_for(secret_of(olga)))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_from_the_list_to_a_saved_profile(page: Page) -> None:
    user = portal_data.person("Hildegard")
    page.goto(f"/users?q={user.standard_attributes['family_name']}")
    tab_to(page, page.get_by_role("link", name=re.compile("Hildegard")))
    page.keyboard.press("Enter")
    opener = page.get_by_role("link", name="Edit profile")
    expect(opener).to_be_visible()
    tab_to(page, opener)
    page.keyboard.press("Enter")
    field = steps.dialog(page).get_by_label("Full name")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(steps.dialog(page)).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("Hildegard of Example")
    page.keyboard.press("Enter")
    steps.toast(page, "The profile is saved.")
    assert User.objects.get(pk=user.pk).standard_attributes["name"] == "Hildegard of Example"


def test_a_menu_leads_to_a_dialog_and_the_focus_comes_back_to_it(page: Page) -> None:
    user = portal_data.person("Irmgard")
    page.goto(f"/users/{user.pk}")
    more = page.get_by_role("button", name="More actions")
    tab_to(page, more)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(steps.dialog(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()


def test_a_filter_is_set(page: Page) -> None:
    page.goto("/users")
    tab_to(page, page.get_by_role("button", name="Status"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    wanted = page.get_by_role("radio", name="Disabled", exact=True)
    for _ in range(10):
        page.keyboard.press("ArrowDown")
        if wanted.is_checked():
            break
    tab_to(page, page.locator("#filter-status").get_by_role("button", name="Apply"), 3)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/users\?status=disabled$"))


def test_the_palette_finds_a_person_and_a_place(page: Page) -> None:
    user = portal_data.person("Jolanthe")
    page.goto("/")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search and jump")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(user.standard_attributes["family_name"])
    expect(palette.get_by_role("option", name=re.compile("Jolanthe"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/users/{user.pk}$"))
    page.keyboard.press("Control+k")
    page.keyboard.type("audit")
    expect(palette.get_by_role("option", name=re.compile("Audit log"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/audit-log$"))


def test_single_letters_jump_search_create_and_help(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/users$"))
    page.keyboard.press("/")
    expect(steps.search(page)).to_be_focused()
    page.keyboard.type("g?")
    expect(steps.search(page)).to_have_value("g?")
    page.keyboard.press("Tab")
    page.keyboard.press("c")
    expect(steps.dialog(page)).to_contain_text("Add user")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
