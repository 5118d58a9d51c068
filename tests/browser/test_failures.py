"""A failed server and a lost connection are told, never passed over."""

from playwright.sync_api import Page, expect

from tests.browser import portal_data, steps


def test_a_failing_search_is_told_and_the_list_stays(page: Page) -> None:
    page.watch.expect(500)
    page.goto("/users")
    count = steps.rows(page).count()
    page.route("**/users?q=*", lambda route: route.fulfill(status=500, body="broken"))
    steps.search(page).fill("anybody")
    steps.toast(page, "The server failed.")
    expect(steps.rows(page)).to_have_count(count)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#toasts [data-toast]")).to_have_count(0)


def test_a_lost_connection_keeps_what_was_entered(page: Page) -> None:
    user = portal_data.person("Gerlinde")
    page.goto(f"/users/{user.pk}")
    page.get_by_role("link", name="Edit profile").click()
    dialog = steps.dialog(page)
    dialog.get_by_label("Nickname").fill("Linde")
    page.route("**/profile", lambda route: route.abort("connectionfailed"))
    dialog.get_by_role("button", name="Save").click()
    steps.toast(page, "The server could not be reached.")
    expect(dialog.get_by_label("Nickname")).to_have_value("Linde")
    page.watch.problems.clear()
    page.unroute("**/profile")
    dialog.get_by_role("button", name="Save").click()
    steps.toast(page, "The profile is saved.")


def test_a_dialog_that_does_not_come_is_told(page: Page) -> None:
    page.goto("/roles")
    page.route("**/roles/add", lambda route: route.abort("connectionfailed"))
    page.locator("[data-create]").click()
    steps.toast(page, "The server could not be reached.")
    page.watch.problems.clear()


def test_an_address_of_nothing_has_a_page_that_leads_on(page: Page) -> None:
    page.watch.expect(404)
    page.goto("/users/00000000-0000-0000-0000-000000000000")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
