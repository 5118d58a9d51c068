"""A passkey in a real browser, with its own virtual authenticator: under the strict policy, without a device."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Doors
from tests.browser.portal_data import make_stale
from tests.write_guard import GuardedClient


def with_authenticator(page: Page) -> None:
    """A platform authenticator that knows its user, as a laptop's fingerprint reader does."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_made_and_signs_in_alone(doors: Doors, fresh_session: Callable[..., GuardedClient]) -> None:
    page = doors.page(session=fresh_session())
    with_authenticator(page)
    page.goto("/account")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("Work laptop").first).to_be_visible()
    expect(page).to_have_url("/account")

    page.context.clear_cookies()
    page.goto("/sign-in?next=/roles")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url("/roles")
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()


def test_it_confirms_who_one_is(doors: Doors, fresh_session: Callable[..., GuardedClient]) -> None:
    session = fresh_session()
    page = doors.page(session=session)
    with_authenticator(page)
    page.goto("/account/passkeys/add")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page).to_have_url("/account")
    (cookie,) = (cookie for cookie in page.context.cookies() if cookie["name"] == "session")
    session.cookies["session"] = cookie["value"]
    make_stale(session)
    page.goto("/administrators/invite")
    expect(page.get_by_role("heading", name="Confirm who you are")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url("/administrators/invite")


def test_a_passkey_that_is_not_there_is_said_on_the_page(doors: Doors) -> None:
    page = doors.page(None)
    with_authenticator(page)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("not allowed")
