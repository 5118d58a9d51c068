"""Signing in, enrolling, signing out, and what happens when a session ends meanwhile."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser import portal_data, steps
from tests.browser.conftest import Doors
from tests.signin.steps import PASSWORD, code_for
from tests.write_guard import GuardedClient


def test_password_and_code_lead_to_the_page_that_was_asked_for(doors: Doors) -> None:
    olga, page = portal_data.administrator(), doors.page(None)
    page.goto("/users?status=disabled")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    steps.sign_in(page, olga)
    expect(page).to_have_url(re.compile(r"/users\?status=disabled$"))
    expect(page.get_by_role("heading", name="Users", level=1)).to_be_visible()


def test_a_wrong_password_is_told_and_the_address_is_kept(doors: Doors) -> None:
    olga, page = portal_data.administrator(), doors.page(None)
    page.watch.expect(422)
    page.goto("/sign-in")
    steps.give_password(page, olga, "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value(olga.email)
    expect(page.get_by_label("Password")).to_have_value("")


def test_a_wrong_code_is_told_at_its_field(doors: Doors) -> None:
    olga, page = portal_data.administrator(), doors.page(None)
    page.watch.expect(422)
    page.goto("/sign-in")
    steps.give_password(page, olga)
    page.get_by_label("Code").fill("nonsense")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("This code is wrong")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_focused()


def test_a_new_administrator_has_to_enrol_and_can_use_a_recovery_code(doors: Doors) -> None:
    nina, page = portal_data.newcomer(), doors.page(None)
    page.goto("/sign-in")
    steps.give_password(page, nina)
    page.goto("/users")
    expect(page).to_have_url(re.compile("/account/second-factor$"))
    secret = page.locator(".copy code").inner_text()
    page.get_by_label("Code").fill(code_for(secret))
    page.get_by_role("button", name="Turn on").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Account: Nina").click()
    page.get_by_role("button", name="Sign out").click()
    steps.give_password(page, nina)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/account")
    expect(page.get_by_text("9 of 10 left.")).to_be_visible()


def test_after_signing_out_the_back_button_shows_nothing(
    doors: Doors, fresh_session: Callable[..., GuardedClient]
) -> None:
    page = doors.page(session=fresh_session())
    page.goto("/users")
    page.get_by_role("button", name="Account:").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_that_ended_leads_from_a_fragment_to_sign_in_and_back(doors: Doors) -> None:
    olga = portal_data.administrator()
    session = portal_data.session_of(olga)
    page = doors.page(session=session)
    page.watch.expect(401)
    page.goto("/users?status=disabled")
    portal_data.make_idle(session)
    steps.search(page).fill("a")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.locator(".side").count() == 0
    steps.sign_in(page, olga)
    expect(page).to_have_url(re.compile(r"/users\?status=disabled$"))
    expect(steps.rows(page).first).to_be_visible()


def test_a_session_that_ended_leads_from_a_page_to_sign_in_and_back(doors: Doors) -> None:
    olga = portal_data.administrator()
    session = portal_data.session_of(olga)
    page = doors.page(session=session)
    page.goto("/users")
    portal_data.make_idle(session)
    page.get_by_role("link", name="Roles", exact=True).click()
    steps.sign_in(page, olga)
    expect(page).to_have_url(re.compile("/roles$"))


def test_an_old_proof_of_identity_is_renewed_on_the_way_to_a_new_password(doors: Doors) -> None:
    olga = portal_data.administrator()
    session = portal_data.session_of(olga)
    portal_data.make_stale(session)
    page = doors.page(session=session)
    page.goto("/account")
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm", exact=True).click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("a quite different phrase")
    page.get_by_label("New password, again").fill("a quite different phrase")
    page.get_by_role("button", name="Change password").click()
    steps.toast(page, "Your password is changed.")
