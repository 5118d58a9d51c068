"""Who a session belongs to."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from directory.models import Administrator

#: What counts as a second factor. Recovery codes stand in for one, and are none themselves.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class AdministratorBackend(AuthenticationBackend):
    """allauth's check of e-mail address and password; looks the administrator up together with the second factor."""

    def get_user(self, user_id: Any) -> Administrator | None:
        """The active administrator of that id with ``second_factor_ids``, in one statement; None for any other."""
        factors = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=SECOND_FACTORS).values("pk")
        rows = Administrator.objects.filter(pk=user_id, is_active=True)
        return rows.annotate(second_factor_ids=ArraySubquery(factors)).first()
