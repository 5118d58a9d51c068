"""The pages of organizations."""

from functools import partial

from django.urls import path

from portal.pages.organizations.detail import delete_page, settings_page
from portal.pages.organizations.keyed import keyed_page
from portal.pages.organizations.lists import add_page, list_page, options_fragment
from portal.pages.organizations.members import add_members_page, member_page, members_page, remove_member_page

_ONE = "organizations/<str:id>"

urlpatterns = [
    path("organizations", list_page, name="organizations"),
    path("organizations/add", add_page, name="organizations_add"),
    path("organizations/options", options_fragment, name="organizations_options"),
    path(_ONE, settings_page, name="organization"),
    path(f"{_ONE}/delete", delete_page, name="organization_delete"),
    path(f"{_ONE}/members", members_page, name="organization_members"),
    path(f"{_ONE}/members/add", add_members_page, name="organization_members_add"),
    path(f"{_ONE}/members/<str:user_id>", member_page, name="organization_member"),
    path(f"{_ONE}/members/<str:user_id>/remove", remove_member_page, name="organization_member_remove"),
    path(f"{_ONE}/roles", partial(keyed_page, plural="roles"), name="organization_roles"),
    path(f"{_ONE}/groups", partial(keyed_page, plural="groups"), name="organization_groups"),
]
