"""Every address of the portal. allauth's names are kept, because its flows look them up; its other pages are not."""

from django.urls import URLPattern, URLResolver, include, path

from portal import health
from portal.account import reset_password
from portal.metrics.page import metrics
from portal.pages import own_account, passkeys, sign_in

handler400 = "portal.pages.errors.bad_request"
handler403 = "portal.pages.errors.permission_denied"
handler404 = "portal.pages.errors.page_not_found"
#: allauth's, for whoever tries too often.
handler429 = "portal.rate_limits.too_many"
handler500 = "portal.pages.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-in/code", sign_in.second_factor, name="mfa_authenticate"),
    path("sign-out", sign_in.sign_out, name="account_logout"),
    path("confirm", sign_in.confirm_by_password, name="account_reauthenticate"),
    path("confirm/code", sign_in.confirm_by_code, name="mfa_reauthenticate"),
    path("account", own_account.own_account, name="mfa_index"),
    path("account/password", own_account.change_password, name="account_change_password"),
    path("account/second-factor", own_account.add_second_factor, name="mfa_activate_totp"),
    path("account/second-factor/replace", own_account.replace_second_factor, name="mfa_deactivate_totp"),
    path("account/recovery-codes", own_account.new_recovery_codes, name="mfa_generate_recovery_codes"),
    # Of the directory's users; all others beside it are an administrator's own.
    path("account/reset-password", reset_password.choose_password, name="users_reset_password_without_token"),
    path("account/reset-password/", reset_password.choose_password, name="users_reset_password_without_token"),
    path("account/reset-password/<path:token>", reset_password.choose_password, name="users_reset_password"),
    path("account/sessions/end", own_account.end_sessions, name="own_sessions_end"),
    *passkeys.urlpatterns,
    path("", include("portal.pages.urls")),
]
