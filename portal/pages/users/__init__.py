"""The pages of users, by verb."""

from django.urls import path

from portal.pages.users import activity as activity_pages
from portal.pages.users import add as add_pages
from portal.pages.users import deleted as deleted_pages
from portal.pages.users import factors as factor_pages
from portal.pages.users import identities as identity_pages
from portal.pages.users import listing
from portal.pages.users import memberships as membership_pages
from portal.pages.users import profile as profile_pages
from portal.pages.users import roles as role_pages
from portal.pages.users import security as security_pages
from portal.pages.users import sessions as session_pages
from portal.pages.users import status as status_pages

urlpatterns = [
    path("users", listing.users, name="users"),
    path("users/options/<str:noun>", listing.options, name="user_options"),
    path("users/add", add_pages.add, name="user_add"),
    path("users/deleted", deleted_pages.deleted_users, name="deleted_users"),
    path("users/deleted/<str:user_id>", deleted_pages.deleted_user, name="deleted_user"),
    path("users/deleted/<str:user_id>/restore", deleted_pages.restore, name="deleted_user_restore"),
    path("users/deleted/<str:user_id>/erase", deleted_pages.erase, name="deleted_user_erase"),
    path("users/<str:user_id>", profile_pages.profile, name="user"),
    path("users/<str:user_id>/profile", profile_pages.edit, name="user_profile"),
    path("users/<str:user_id>/identities", identity_pages.identities, name="user_identities"),
    path("users/<str:user_id>/identities/add", identity_pages.add, name="user_identity_add"),
    path("users/<str:user_id>/identities/<str:identity_id>", identity_pages.change, name="user_identity"),
    path("users/<str:user_id>/identities/<str:identity_id>/remove", identity_pages.remove, name="user_identity_remove"),
    path(
        "users/<str:user_id>/identities/<str:identity_id>/verified",
        identity_pages.verify,
        name="user_identity_verified",
    ),
    path("users/<str:user_id>/roles", role_pages.roles, name="user_roles"),
    path("users/<str:user_id>/roles/add", role_pages.add_roles, name="user_roles_add"),
    path("users/<str:user_id>/roles/remove", role_pages.remove_role, name="user_roles_remove"),
    path("users/<str:user_id>/groups/add", role_pages.add_groups, name="user_groups_add"),
    path("users/<str:user_id>/groups/remove", role_pages.remove_group, name="user_groups_remove"),
    path("users/<str:user_id>/organizations/add", membership_pages.add, name="user_organizations_add"),
    path("users/<str:user_id>/organizations/<str:organization_id>", membership_pages.change, name="user_organization"),
    path(
        "users/<str:user_id>/organizations/<str:organization_id>/remove",
        membership_pages.remove,
        name="user_organization_remove",
    ),
    path("users/<str:user_id>/security", security_pages.security, name="user_security"),
    path("users/<str:user_id>/security/password", security_pages.password, name="user_password"),
    path(
        "users/<str:user_id>/security/password/expired", security_pages.password_expired, name="user_password_expired"
    ),
    path("users/<str:user_id>/security/reset-link", security_pages.reset_link, name="user_reset_link"),
    path("users/<str:user_id>/security/factors/add", factor_pages.add, name="user_factor_add"),
    path(
        "users/<str:user_id>/security/factors/<str:authenticator_id>/remove",
        factor_pages.remove,
        name="user_factor_remove",
    ),
    path("users/<str:user_id>/security/recovery-codes", factor_pages.new_recovery_codes, name="user_recovery_codes"),
    path(
        "users/<str:user_id>/security/recovery-codes/drop",
        factor_pages.drop_recovery_codes,
        name="user_recovery_codes_drop",
    ),
    path("users/<str:user_id>/security/grace-period", factor_pages.grace_period, name="user_grace_period"),
    path("users/<str:user_id>/security/grace-period/end", factor_pages.end_grace_period, name="user_grace_period_end"),
    path("users/<str:user_id>/sessions", session_pages.sessions, name="user_sessions"),
    path("users/<str:user_id>/sessions/revoke", session_pages.revoke_all, name="user_sessions_revoke"),
    path("users/<str:user_id>/sessions/<str:session_id>/revoke", session_pages.revoke, name="user_session_revoke"),
    path(
        "users/<str:user_id>/authorizations/<str:authorization_id>/remove",
        session_pages.remove_authorization,
        name="user_authorization_remove",
    ),
    path("users/<str:user_id>/lockout/reset", status_pages.reset_lockout, name="user_lockout_reset"),
    path("users/<str:user_id>/status", status_pages.account_status, name="user_status"),
    path("users/<str:user_id>/status/<str:slug>", status_pages.act, name="user_status_act"),
    path("users/<str:user_id>/activity", activity_pages.activity, name="user_activity"),
]
