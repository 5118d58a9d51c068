"""The pages of administrators: who may administer what."""

from django.urls import path

from portal.pages.administrators.acts import act_page
from portal.pages.administrators.detail import detail_page, edit_page, end_sessions_page
from portal.pages.administrators.grants import grant_page, revoke_page
from portal.pages.administrators.invitations import accept_page, invite_page
from portal.pages.administrators.lists import list_page

_ONE = "administrators/<str:id>"

urlpatterns = [
    path("administrators", list_page, name="administrators"),
    path("administrators/invite", invite_page, name="administrators_invite"),
    path(_ONE, detail_page, name="administrator"),
    path(f"{_ONE}/edit", edit_page, name="administrator_edit"),
    path(f"{_ONE}/grants/add", grant_page, name="administrator_grants_add"),
    path(f"{_ONE}/grants/<str:grant_id>/revoke", revoke_page, name="administrator_grant_revoke"),
    path(f"{_ONE}/sessions/end", end_sessions_page, name="administrator_sessions_end"),
    path(f"{_ONE}/act/<str:slug>", act_page, name="administrator_act"),
    path("invitation/<str:token>", accept_page, name="invitation"),
]
