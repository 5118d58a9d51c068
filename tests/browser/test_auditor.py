"""An auditor sees every list and page, and nothing that would change anything."""

from playwright.sync_api import Page, expect

from tests.browser import walk
from tests.browser.conftest import Doors

#: What would change something: forms that post (search boxes get), htmx posts, links into a dialog.
ACTS = "main form[method=post], main [hx-post], main [hx-target='#dialog'], main [data-create]"
OWN_ACCOUNT = ("/account", "/confirm", "/sign-out")


def readable(page: Page) -> list[str]:
    """Pages without a form of their own: what ends in a verb is one."""
    verbs = ("add", "remove", "delete", "profile")
    return [
        address
        for address in walk.addresses(walk.cast())
        if address.rsplit("/", 1)[-1] not in verbs and "/status/" not in address and not address.startswith(OWN_ACCOUNT)
    ]


def test_an_auditor_is_offered_no_act_on_any_page(doors: Doors) -> None:
    page = doors.page("auditor")
    page.watch.expect(403)
    offered, seen = {}, 0
    for address in readable(page):
        if page.goto(address).status == 200:
            seen += 1
            if count := page.locator(ACTS).count():
                offered[address] = count
    assert offered == {}
    assert seen >= 18


def test_a_form_that_an_auditor_asks_for_is_refused_with_a_page(doors: Doors) -> None:
    page = doors.page("auditor")
    page.watch.expect(403)
    assert page.goto("/users/add").status == 403
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_somebody_without_any_right_is_told_so(doors: Doors) -> None:
    page = doors.page("")
    page.goto("/")
    expect(page.get_by_text("You hold no right to see anything yet.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Users")).to_have_count(0)
