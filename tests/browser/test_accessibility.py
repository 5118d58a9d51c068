"""axe finds nothing on any page, in both themes, wide and narrow; and nothing scrolls sideways on a telephone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser import portal_data, steps, walk
from tests.browser.conftest import Doors

WIDTHS = (1440, 390)
#: The rules of WCAG A and AA and axe's best practices. Of rows and choices that are all alike the first few count: axe
#: takes its time for each element. What a theme can spoil are colours alone: the second theme is asked for those.
_RUN = """async (rules) => (await axe.run({exclude: [["tbody tr:nth-child(n+7)"], [".pop-list > :nth-child(n+9)"]]},
  {resultTypes: ["violations"], ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {})})).violations.map(
  (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""
COLOURS = ["color-contrast", "link-in-text-block"]
THEMES: dict[Any, list[str]] = {"light": [], "dark": COLOURS}
PARTS = 4
#: Acts on an account whose forms differ from the others in words only.
ALIKE = ("/enable", "-deletion", "-anonymization", "/anonymize")


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open, with width and theme."""
    page.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme, rules in THEMES.items():
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            for fault in page.evaluate(_RUN, rules):
                yield f"{width} {theme} {fault}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{width} scrolls sideways: {wide}"


def found(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    """The faults by address."""
    result = {}
    for address in addresses:
        page.goto(address)
        if wrong := list(faults(page)):
            result[address] = wrong
    return result


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_fault(doors: Doors, part: int) -> None:
    extras = ["/users?q=zzzznobody", "/users?status=disabled", "/users?sort=last_login", "/roles?q=zzzz"]
    states = [f"/users/{pk}/status" for pk in portal_data.one_of_each_state()]
    page = doors.page("owner")
    pages = [address for address in walk.addresses(walk.cast()) if not address.endswith(ALIKE)]
    assert found(page, [*pages, *extras, *states][part::PARTS]) == {}


def test_no_page_of_an_auditor_has_a_fault(doors: Doors) -> None:
    of = walk.cast()
    assert found(doors.page("auditor"), ["/", f"/roles/{of.role.pk}", f"/users/{of.user.pk}/status"]) == {}


def test_the_pages_of_signing_in_have_no_fault(doors: Doors) -> None:
    page = doors.page(None)
    page.watch.expect(422)
    page.goto("/sign-in")
    wrong = list(faults(page))
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".errors").first).to_be_visible()
    wrong += faults(page)
    steps.give_password(page, portal_data.administrator())
    expect(page.get_by_label("Code")).to_be_visible()
    wrong += faults(page)
    page = doors.page(session=portal_data.session_of(portal_data.newcomer()))
    page.goto("/account/second-factor")
    wrong += faults(page)
    assert wrong == []


def test_pages_of_errors_have_no_fault(doors: Doors) -> None:
    page = doors.page("auditor")
    page.watch.expect(403, 404, 422)
    assert found(page, ["/nothing-here", "/users/add", "/audit-log?type=nonsense"]) == {}


def opened(page: Page, address: str, *, click: str | None = None, key: str | None = None) -> list[str]:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address)
    if click:
        page.locator(click).first.click()
    if key:
        page.keyboard.press(key)
    expect(page.locator("dialog[open], [popover]:popover-open").first).to_be_visible()
    return [f"{address} {click or key} {fault}" for fault in faults(page)]


def test_nothing_that_opens_has_a_fault(doors: Doors) -> None:
    page, of = doors.page("owner"), walk.cast()
    cases: list[dict[str, Any]] = [
        {"address": "/users", "click": "[data-create]"},
        {"address": "/users", "click": "[popovertarget=filter-status]"},
        {"address": "/users", "key": "Control+k"},
        {"address": "/users", "key": "?"},
        {"address": f"/users/{of.user.pk}", "click": "[popovertarget=more]"},
        {"address": f"/users/{of.user.pk}/roles", "click": "[hx-get$='roles/add']"},
        {"address": f"/roles/{of.role.pk}", "click": "[hx-get$=delete]"},
        {"address": "/audit-log", "click": "[popovertarget=filter-time]"},
    ]
    assert [fault for case in cases for fault in opened(page, **case)] == []
