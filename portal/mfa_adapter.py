"""What allauth's second factors do differently here: their secrets are encrypted at rest."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from directory import encryption

_CONTEXT = "administrator.second_factor"


class MfaAdapter(DefaultMFAAdapter):
    """Encrypts TOTP secrets and the seeds of recovery codes under ``FIELD_ENCRYPTION_KEYS``."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom passkeys are for: the host of the request, which ``ALLOWED_HOSTS`` has let in."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.MFA_TOTP_ISSUER}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """What a passkey is called where it is kept."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": user.get_full_name()}

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, context=_CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text, context=_CONTEXT)
