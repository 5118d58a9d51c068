"""What hangs on the claims of identities: one-time-code authenticators and verified claims."""

from collections.abc import Iterable

from django.utils import timezone

from directory.models import Authenticator, AuthenticatorKind, AuthenticatorType, Identity, User, VerifiedClaim

#: The claims that can be verified, and the one-time-code authenticator that goes with each.
VERIFIABLE = {"email": AuthenticatorType.OOB_OTP_EMAIL, "phone_number": AuthenticatorType.OOB_OTP_SMS}
_TARGETS = {"email": "email", "phone_number": "phone"}


def move_authenticators(user: User, claim: str, former: str, value: str) -> None:
    """Point the primary authenticators of a login ID's old value at its new one. Second factors stand on their own."""
    if claim not in VERIFIABLE:
        return
    target = _TARGETS[claim]
    primary = Authenticator.objects.filter(user=user, kind=AuthenticatorKind.PRIMARY, type=VERIFIABLE[claim])
    bound = primary.filter(**{target: former})
    if primary.filter(**{target: value}).exists():
        bound.delete()
    else:
        bound.update(**{target: value, "updated_at": timezone.now()})


def drop_authenticators(user: User, lost: Iterable[tuple[str, str]]) -> None:
    """Remove the primary authenticators of a login ID that is gone. Second factors stand on their own and stay.

    ``lost`` are the claims, as name and value, that the login ID carried.
    """
    for claim, value in lost:
        if claim in VERIFIABLE:
            Authenticator.objects.filter(
                user=user, kind=AuthenticatorKind.PRIMARY, type=VERIFIABLE[claim], **{_TARGETS[claim]: value}
            ).delete()


def drop_orphaned_claims(user: User, lost: Iterable[tuple[str, str]]) -> bool:
    """Take the verification from those of the claims that no identity and no authenticator carries now.

    Returns whether one was verified.
    """
    dropped = 0
    for claim, value in lost:
        if claim not in VERIFIABLE or Identity.objects.filter(user=user, **{claim: value}).exists():
            continue
        if not Authenticator.objects.filter(user=user, type=VERIFIABLE[claim], **{_TARGETS[claim]: value}).exists():
            dropped += VerifiedClaim.objects.filter(user=user, name=claim, value=value).delete()[0]
    return dropped > 0
