"""What allauth's sign-in does differently here: every step is recorded, and every refusal looks the same."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from directory.errors import Invalid
from directory.models import Administrator
from directory.operations import administrators
from directory.operations.administrators import checked_password
from directory.operations.base import unit_of_work
from portal import administrator_sessions as sessions
from portal import rate_limits
from portal.actors import administrator_actor, anonymous_actor, client_address


class AccountAdapter(DefaultAccountAdapter):
    """allauth's account adapter for administrators."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail address and password do not fit together.",
        "incorrect_password": "This is not your password.",
        "incorrect_code": "This code is wrong, or it was used already.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)  # type: ignore[arg-type]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing on allauth's behalf: the pages do, in their own words."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: there is no mail yet."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Administrator | None:
        """The active administrator of these credentials. Unknown, wrong and inactive are one and the same refusal."""
        email = str(credentials.get("email", "")).lower()
        tries = [
            rate_limits.count_try(request, "login_failed_anywhere", "all"),
            rate_limits.count_try(request, "login_failed", f"password:{email}"),
        ]
        user = authenticate(request, **credentials)
        # allauth keeps an inactive user whose password was right, to tell them so. Here nobody is told.
        AuthenticationBackend.unstash_authenticated_user()
        if isinstance(user, Administrator):
            for usage in tries:
                usage.rollback()
            return user
        self.authentication_failed(request, **credentials)
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        if request.user.is_authenticated:
            administrators.confirmation_failed(actor=request.actor, reason="password")  # type: ignore[attr-defined]
        else:
            email = str(credentials.get("email", ""))
            administrators.sign_in_failed(actor=anonymous_actor(request), email=email, reason="password")  # type: ignore[arg-type]

    def reauthenticate(self, user: Any, password: str) -> bool:
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin the session: a new id, both clocks, and the entry, in one transaction."""
        if not user.is_active:
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        records = get_authentication_records(request, user)
        with unit_of_work():
            super().login(request, user)
            actor = administrator_actor(request, user, with_rights=False, reauthenticated=True)  # type: ignore[arg-type]
            sessions.begin(request.session, address=actor.address, user_agent=actor.user_agent)
            sessions.note_second_factor(request.session, _factor_in(records))
            methods = dict.fromkeys(str(record.get("type", record["method"])) for record in records)
            administrators.sign_in_succeeded(actor=actor, methods=list(methods))

    def logout(self, request: HttpRequest) -> None:
        with unit_of_work():
            administrators.signed_out(actor=request.actor)  # type: ignore[attr-defined]
            super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in proves as much as a confirmation: either within the last 10 minutes will do."""
        return not sessions.recently_proved(context.request)

    def clean_password(self, password: str, user: Any = None) -> str:
        """The policy is the operation's; it is asked here so that a form can say it beside the field."""
        try:
            return checked_password(password, user or Administrator())
        except Invalid as refused:
            raise ValidationError([cause.message for cause in refused.causes]) from refused


def _factor_in(records: list[dict[str, Any]]) -> int | None:
    """The authenticator app's id, when a code of it or a recovery code was among the proofs."""
    proofs = [record for record in records if record["method"] == "mfa"]
    return proofs[-1].get("factor") if proofs else None
