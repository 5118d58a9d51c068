"""The pages of API clients: back-ends, what they may do, and their keys."""

from django.urls import path

from portal.pages.api_clients.acts import delete_page, disable_page, enable_page, rename_page, scopes_page
from portal.pages.api_clients.detail import detail_page
from portal.pages.api_clients.keys import revoke_page, rotate_page
from portal.pages.api_clients.lists import add_page, list_page

_ONE = "api-clients/<str:id>"

urlpatterns = [
    path("api-clients", list_page, name="api_clients"),
    path("api-clients/add", add_page, name="api_clients_add"),
    path(_ONE, detail_page, name="api_client"),
    path(f"{_ONE}/rename", rename_page, name="api_client_rename"),
    path(f"{_ONE}/scopes", scopes_page, name="api_client_scopes"),
    path(f"{_ONE}/disable", disable_page, name="api_client_disable"),
    path(f"{_ONE}/enable", enable_page, name="api_client_enable"),
    path(f"{_ONE}/delete", delete_page, name="api_client_delete"),
    path(f"{_ONE}/keys/rotate", rotate_page, name="api_client_rotate"),
    path(f"{_ONE}/keys/<str:key_id>/revoke", revoke_page, name="api_client_key_revoke"),
]
