"""Ending sessions, lifting a lockout, and the one showing of an API client's private key, in the browser."""

import re

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.sync_api import Page, expect

from directory.models import APIClient, APIClientKey, Lockout, Session
from directory.operations.lockouts import record_failed_attempt
from tests.browser import portal_data, steps
from tests.operations.sign_ins import app, authorization, session


def test_one_session_is_ended_then_all(page: Page) -> None:
    user = portal_data.person("Sieglinde")
    for _ in range(3):
        session(user)
    page.goto(f"/users/{user.pk}/sessions")
    page.get_by_role("button", name=re.compile("End session on Firefox")).first.click()
    steps.toast(page, "The session is ended.")
    assert Session.objects.filter(user=user).count() == 2
    page.get_by_role("link", name="End all").click()
    steps.dialog(page).get_by_role("button", name="End all sessions").click()
    steps.toast(page, "2 sessions ended.")
    expect(page.get_by_text("Not signed in")).to_be_visible()
    assert not Session.objects.filter(user=user).exists()


def test_an_authorization_is_removed(page: Page) -> None:
    user = portal_data.person("Kriemhild")
    authorization(user, app("browser-third", first_party=False, name="Weather Board"))
    page.goto(f"/users/{user.pk}/sessions")
    page.get_by_role("link", name="Remove Weather Board").click()
    steps.dialog(page).get_by_role("button", name="Remove").click()
    steps.toast(page, "The authorization of Weather Board is removed.")
    expect(page.get_by_text("No authorizations")).to_be_visible()


def test_a_lockout_is_lifted(page: Page) -> None:
    user = portal_data.person("Wieland")
    for _ in range(10):
        record_failed_attempt(actor=portal_data.actor(), user_id=user.pk, address="192.0.2.200")
    page.goto(f"/users/{user.pk}/status")
    expect(page.get_by_text("192.0.2.200")).to_be_visible()
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("192.0.2.200")).to_have_count(0)
    assert not Lockout.objects.filter(user=user).exists()


def test_a_private_key_is_shown_once_and_can_be_kept(page: Page) -> None:
    page.watch.expect(422)  # type: ignore[attr-defined]
    page.goto("/api-clients")
    page.locator("[data-create]").click()
    dialog = steps.dialog(page)
    dialog.get_by_label("Name").fill("Tower clock")
    dialog.get_by_label("Kind of key").select_option("EdDSA")
    dialog.get_by_role("button", name="Add API client").click()
    expect(dialog.get_by_text("Choose at least one permission.")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_have_value("Tower clock")
    dialog.get_by_label("See users").check()
    dialog.get_by_role("button", name="Add API client").click()
    shown = dialog.locator("pre code")
    expect(shown).to_contain_text("BEGIN PRIVATE KEY")
    load_pem_private_key(shown.inner_text().strip().encode() + b"\n", None)
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    row = APIClient.objects.get(name="Tower clock")
    assert download.value.suggested_filename == f"{row.keys.get().kid}.pem"
    assert download.value.path().read_text().strip() == shown.inner_text().strip()
    dialog.get_by_role("link", name="I have kept it").click()
    expect(page.get_by_role("heading", name="Tower clock", level=1)).to_be_visible()
    expect(page.locator("pre")).to_have_count(0)
    page.go_back()
    expect(page.locator("pre")).to_have_count(0)


def test_a_key_is_replaced_and_a_client_deleted(page: Page) -> None:
    issued = portal_data.api_client("Sundial")
    page.goto(f"/api-clients/{issued.api_client.pk}")
    page.get_by_role("link", name="New key").click()
    dialog = steps.dialog(page)
    dialog.get_by_label("Kind of key").select_option("EdDSA")
    dialog.get_by_role("button", name="Make a new key").click()
    dialog.get_by_role("link", name="I have kept it").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    assert APIClientKey.objects.get(pk=issued.key.pk).revoked_at is not None
    page.get_by_role("link", name="Delete…").click()
    steps.dialog(page).get_by_label(re.compile("to confirm")).fill("Sundial")
    steps.dialog(page).get_by_role("button", name="Delete API client").click()
    steps.toast(page, "Sundial is deleted.")
    assert not APIClient.objects.filter(pk=issued.api_client.pk).exists()
