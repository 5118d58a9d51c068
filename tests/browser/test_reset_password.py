"""A user of the directory comes by the link of a message, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

from directory.actors import Door, system
from directory.operations.authenticators import send_reset_password_message, verify_password
from directory.operations.identities import add_login_id
from tests.browser import portal_data
from tests.browser.conftest import Doors
from tests.browser.test_accessibility import faults
from tests.operations.authenticators.people import STRANGER, bodies, token_in

HOST = system(Door.COMMAND)


@pytest.mark.parametrize("scripts", [True, False])
def test_another_password_is_chosen_once(doors: Doors, scripts: bool) -> None:
    user, address = portal_data.person("Ottilie"), f"{portal_data.unused('ottilie')}@example.com"
    add_login_id(actor=HOST, user_id=user.id, key="email", value=address)
    send_reset_password_message(actor=HOST, login_id=address)
    link = f"/account/reset-password/{token_in(bodies()[-1])}"
    page = doors.page(None, java_script_enabled=scripts)
    page.watch.expect(422, 404)
    page.goto(link)
    wrong = list(faults(page)) if scripts else []
    password, again = page.get_by_label(re.compile("New password$")), page.get_by_label("New password, again")
    button = page.get_by_role("button", name="Choose password")
    password.fill("short")
    again.fill("short")
    button.click()
    expect(page.get_by_text("It must be at least 8 characters long.")).to_be_visible()
    expect(password).to_have_value("")
    wrong += faults(page) if scripts else []
    password.fill("a river at noon")
    again.fill("a river at noon")
    button.click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    assert verify_password(actor=STRANGER, user_id=user.id, password="a river at noon")
    sent = [request.all_headers() for request in page.watch.requests]
    assert len(sent) > 3
    assert [headers for headers in sent if headers.get("referer")] == []
    page.goto(link)
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    wrong += faults(page) if scripts else []
    assert wrong == []
