"""What allauth's second factors do differently here: their secrets are encrypted at rest."""

from allauth.mfa.adapter import DefaultMFAAdapter

from directory import encryption

_CONTEXT = "administrator.second_factor"


class MfaAdapter(DefaultMFAAdapter):
    """Encrypts TOTP secrets and the seeds of recovery codes under ``FIELD_ENCRYPTION_KEYS``."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, context=_CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text, context=_CONTEXT)
