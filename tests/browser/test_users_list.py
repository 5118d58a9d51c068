"""The list of users: search, filters, order, pages; all of it in the address."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from directory.models import Role, User, UserRole
from tests.browser import portal_data, steps
from tests.browser.conftest import Doors
from tests.write_guard import GuardedClient


def names(page: Page) -> list[str]:
    return page.locator("#list tbody th a").all_inner_texts()


def test_typing_asks_once_and_keeps_the_focus(doors: Doors, sessions: dict[str, GuardedClient]) -> None:
    wanted = portal_data.person("Quirina")
    page = doors.page(session=sessions["owner"])
    page.clock.install()
    page.goto("/users")
    page.clock.pause_at(page.evaluate("Date.now()") + 1_000)
    field = steps.search(page)
    field.press_sequentially("Quirina")
    assert page.watch.paths("/users?") == []
    page.clock.resume()
    expect(steps.rows(page)).to_have_count(1)
    expect(page.locator(f'#list a[href="/users/{wanted.pk}"]')).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Quirina")
    assert page.watch.paths("/users?") == ["/users?q=Quirina"]


def test_a_search_is_in_the_address_survives_a_reload_and_can_be_gone_back_from(page: Page) -> None:
    portal_data.person("Rosamunde")
    page.goto("/users")
    whole = names(page)
    steps.search(page).fill("rosamunde")
    expect(page).to_have_url(re.compile(r"/users\?q=rosamunde$"))
    expect(steps.rows(page)).to_have_count(1)
    found = names(page)
    page.reload()
    assert names(page) == found
    expect(steps.search(page)).to_have_value("rosamunde")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/users$"))
    expect(steps.rows(page)).to_have_count(len(whole))
    assert names(page) == whole


def test_a_word_that_nobody_has_offers_to_clear_the_filters(page: Page) -> None:
    page.goto("/users")
    steps.search(page).fill("zzzznobody")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.locator("#list").get_by_role("link", name="Clear filters").click()
    expect(page).to_have_url(re.compile(r"/users$"))


def test_filters_and_search_are_combined(page: Page) -> None:
    role = Role.objects.get(key="editor")
    active = portal_data.person("Sieglinde")
    disabled = portal_data.person("Sieglinde")
    for user in (active, disabled):
        portal_data.give_role(user, "editor")
    portal_data.disable(disabled)
    portal_data.person("Sieglinde")
    page.goto("/users")
    page.get_by_role("button", name="Status").click()
    page.get_by_role("radio", name="Disabled", exact=True).check()
    page.locator("#filter-status").get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"status=disabled"))
    page.get_by_role("button", name="Role", exact=True).click()
    page.locator("#filter-role").get_by_role("radio", name=re.compile("^Editor")).check()
    page.locator("#filter-role").get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"role="))
    steps.search(page).fill("sieglinde")
    expect(steps.rows(page)).to_have_count(1)
    expect(page.locator(f'#list a[href="/users/{disabled.pk}"]')).to_be_visible()
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"q": ["sieglinde"], "status": ["disabled"], "role": [str(role.pk)]}
    assert UserRole.objects.filter(user=disabled, role=role).exists()


def test_the_order_is_turned_by_the_head_of_a_column(page: Page) -> None:
    page.goto("/users")
    page.get_by_role("columnheader", name="Created").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Created")).to_have_attribute("aria-sort", "ascending")
    oldest = User.objects.order_by("id")[0]
    expect(steps.rows(page).first.get_by_role("link")).to_have_attribute("href", f"/users/{oldest.pk}")


def test_older_and_newer_lead_there_and_back(page: Page) -> None:
    page.goto("/users")
    first = names(page)
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile("cursor="))
    second = page.locator("#list tbody th a").evaluate_all("links => links.map((link) => link.href)")
    assert len(second) > 1
    page.get_by_role("link", name="Newer").click()
    expect(page.locator(f'#list a[href="{urlsplit(second[0]).path}"]')).to_have_count(0)
    assert names(page) == first
