"""Who a session belongs to."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.db.models import OuterRef, Subquery

from directory.models import Administrator


class AdministratorBackend(AuthenticationBackend):
    """allauth's check of e-mail address and password; looks the administrator up together with the second factor."""

    def get_user(self, user_id: Any) -> Administrator | None:
        """The active administrator of that id with ``second_factor_id``, in one statement; None for any other."""
        factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type=Authenticator.Type.TOTP).values("pk")[:1]
        return (
            Administrator.objects.filter(pk=user_id, is_active=True).annotate(second_factor_id=Subquery(factor)).first()
        )
