"""Roles, groups, organizations and custom attributes: made, refused, filled and deleted in the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from directory.models import CustomAttribute, Group, GroupRole, Membership, Organization, Role, UserGroup, UserRole
from tests.browser import portal_data, steps

KEYED = {"role": (Role, UserRole), "group": (Group, UserGroup)}


def add(page: Page, plural: str, label: str, **fields: str) -> None:
    """Open the list's dialog, fill it in and send it."""
    page.goto(f"/{plural}")
    page.locator("[data-create]").click()
    send(page, label, **fields)


def send(page: Page, label: str, **fields: str) -> None:
    for name, value in fields.items():
        steps.dialog(page).locator(f"[name={name}]").fill(value)
    steps.dialog(page).get_by_role("button", name=label).click()


def delete(page: Page, label: str) -> None:
    """The typed confirmation in the open dialog."""
    word = steps.dialog(page).locator("code.word").inner_text()
    steps.dialog(page).get_by_label(re.compile("to confirm")).fill(word)
    steps.dialog(page).get_by_role("button", name=label).click()


@pytest.mark.parametrize("noun", ["role", "group"])
def test_a_role_or_group_is_made_given_to_people_and_deleted(page: Page, noun: str) -> None:
    model, relation = KEYED[noun]
    key, user = portal_data.unused(noun), portal_data.person("Edeltraud")
    page.watch.expect(422)
    add(page, f"{noun}s", f"Add {noun}", name="Watchmakers", key="not a key!")
    field = steps.dialog(page).locator("[name=key]")
    expect(field).to_be_focused()
    expect(field).to_have_value("not a key!")
    expect(steps.dialog(page).locator("[name=name]")).to_have_value("Watchmakers")
    send(page, f"Add {noun}", key=key)
    expect(page.get_by_role("heading", name="Watchmakers", level=1)).to_be_visible()
    row = model.objects.get(key=key)
    page.goto(f"/{noun}s/{row.pk}/users")
    page.locator("[data-create]").click()
    steps.dialog(page).get_by_role("searchbox").fill(user.standard_attributes["family_name"])
    # The whole list stands there until the answer to the search replaces it, ticks and all.
    expect(steps.dialog(page).get_by_role("checkbox")).to_have_count(1)
    steps.dialog(page).get_by_role("checkbox", name=re.compile(user.standard_attributes["family_name"])).check()
    steps.dialog(page).get_by_role("button", name="Add users").click()
    expect(page.get_by_role("link", name=re.compile("Edeltraud"))).to_be_visible()
    assert relation.objects.filter(user=user).count() == 1
    page.get_by_role("button", name=re.compile("Remove Edeltraud")).click()
    expect(page.get_by_role("link", name=re.compile("Edeltraud"))).to_have_count(0)
    page.goto(f"/{noun}s/{row.pk}")
    page.get_by_role("link", name="Delete…").click()
    delete(page, f"Delete {noun}")
    expect(page).to_have_url(re.compile(f"/{noun}s$"))
    assert not model.objects.filter(key=key).exists()


def test_a_role_is_given_to_a_group(page: Page) -> None:
    key = portal_data.role("Lighthouse")
    page.goto(f"/roles/{Role.objects.get(key=key).pk}/groups")
    page.locator("[data-create]").click()
    steps.dialog(page).get_by_role("checkbox", name=re.compile("^Sales")).check()
    steps.dialog(page).get_by_role("button", name="Add groups").click()
    expect(page.get_by_role("link", name="Sales")).to_be_visible()
    assert GroupRole.objects.filter(role__key=key, group__key="sales").exists()


def test_a_key_that_exists_is_refused_at_its_field(page: Page) -> None:
    page.watch.expect(422)
    add(page, "roles", "Add role", key="viewer")
    expect(steps.dialog(page).get_by_role("alert")).to_be_focused()
    expect(steps.dialog(page).locator("[name=key]")).to_have_value("viewer")


def test_an_organization_is_made_gets_a_member_and_is_deleted(page: Page) -> None:
    slug, user = portal_data.unused("mill"), portal_data.person("Friedelinde")
    add(page, "organizations", "Add organization", name="Old Mill", slug=slug)
    expect(page.get_by_role("heading", name="Old Mill", level=1)).to_be_visible()
    row = Organization.objects.get(slug=slug)
    page.goto(f"/organizations/{row.pk}/members")
    page.locator("[data-create]").click()
    steps.dialog(page).get_by_role("searchbox").fill(user.standard_attributes["family_name"])
    expect(steps.dialog(page).get_by_role("checkbox")).to_have_count(1)
    steps.dialog(page).get_by_role("checkbox", name=re.compile("Friedelinde")).check()
    steps.dialog(page).get_by_role("button", name="Add members").click()
    steps.toast(page, "1 member added to Old Mill.")
    page.get_by_role("button", name=re.compile("More actions for Friedelinde")).click()
    page.get_by_role("link", name="Change membership").click()
    steps.dialog(page).get_by_label("Role in the organization").select_option("admin")
    steps.dialog(page).get_by_role("button", name="Save").click()
    steps.toast(page, "Membership saved.")
    assert Membership.objects.get(organization=row, user=user).role == "admin"
    page.goto(f"/organizations/{row.pk}")
    page.get_by_role("link", name="Delete…").click()
    delete(page, "Delete organization")
    expect(page).to_have_url(re.compile("/organizations$"))
    assert not Organization.objects.filter(slug=slug).exists()


def test_a_custom_attribute_is_made_with_the_limits_of_its_type_and_deleted(page: Page) -> None:
    name = portal_data.unused("shoe_size")
    page.goto("/custom-attributes")
    page.locator("[data-create]").click()
    dialog = steps.dialog(page)
    expect(dialog.get_by_label("Minimum")).to_have_count(0)
    dialog.get_by_label("Type").select_option("integer")
    dialog.get_by_label("Minimum").fill("30")
    send(page, "Add attribute", name=name)
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("30")
    page.get_by_role("button", name=f"More actions for {name}").click()
    page.get_by_role("link", name="Delete…").click()
    delete(page, "Delete attribute")
    expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)
    assert not CustomAttribute.objects.filter(name=name).exists()
