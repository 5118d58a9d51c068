"""What an administrator does over and over in a browser."""

from playwright.sync_api import Locator, Page, expect

from directory.models import Administrator
from tests.signin.steps import PASSWORD, code_for, secret_of

expect.set_options(timeout=10_000)


def sign_in(page: Page, someone: Administrator) -> None:
    """Password and code on the real pages; the browser is on the first of them."""
    give_password(page, someone)
    page.get_by_label("Code").fill(code_for(secret_of(someone)))
    page.get_by_role("button", name="Sign in", exact=True).click()


def give_password(page: Page, someone: Administrator, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(someone.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Continue").click()


def dialog(page: Page) -> Locator:
    """The open dialog."""
    return page.get_by_role("dialog")


def toast(page: Page, text: str) -> None:
    """The toast with ``text`` is on show."""
    expect(page.locator("#toasts [data-toast]").filter(has_text=text)).to_be_visible()


def rows(page: Page) -> Locator:
    """The rows of the list, without its head."""
    return page.locator("#list tbody tr")


def search(page: Page, name: str = "Search users") -> Locator:
    return page.get_by_role("searchbox", name=name)
