"""What follows from a user's columns, defined once as SQL: for lists, filters, pages and every API."""

from django.db.models import BooleanField, Case, CharField, Expression, Q, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Concat, Now, NullIf, Trim
from django.db.models.lookups import IsNull

#: Disabled for a period, now (contract section 7: from <= now < until).
TEMPORARILY_DISABLED = Q(temporarily_disabled_from__lte=Now(), temporarily_disabled_until__gt=Now())
#: Before or after the account's valid period.
OUTSIDE_VALID_PERIOD = Q(account_valid_from__gt=Now()) | Q(account_valid_until__lte=Now())

#: One condition for each state of ``values.account_status.state_name``, in the order in which they win.
STATES: dict[str, Q] = {
    "anonymized": Q(is_anonymized=True),
    "scheduled_deletion_deactivated": Q(delete_at__isnull=False, is_deactivated=True),
    "scheduled_deletion_disabled": Q(delete_at__isnull=False),
    "scheduled_anonymization_disabled": Q(anonymize_at__isnull=False),
    "disabled": Q(is_disabled=True),
    "disabled_temporarily": TEMPORARILY_DISABLED,
    "outside_valid_period": OUTSIDE_VALID_PERIOD,
}


def state() -> Expression:
    """The account's state at the database's ``now()``: a key of ``STATES``, or ``normal``."""
    cases = [When(condition, then=Value(name)) for name, condition in STATES.items()]
    return Case(*cases, default=Value("normal"), output_field=CharField())


def is_disabled_now() -> Expression:
    """The contract's ``isDisabled``."""
    anything = Q(is_disabled=True) | Q(is_anonymized=True) | Q(delete_at__isnull=False) | Q(anonymize_at__isnull=False)
    disabled = anything | TEMPORARILY_DISABLED | OUTSIDE_VALID_PERIOD
    return Case(When(disabled, then=Value(True)), default=Value(False), output_field=BooleanField())


def end_user_account_id() -> Expression:
    """E-mail address, else username, else telephone number, else NULL (contract section 8)."""
    return Coalesce(_text("email"), _text("preferred_username"), _text("phone_number"), output_field=CharField())


def formatted_name() -> Expression:
    """The name for people (contract section 8): ``name``, else given, middle and family name; the nickname after it in
    parentheses, or alone; NULL when there is none of them."""
    parts = Trim(
        Concat(
            _text("given_name"),
            _after_blank("middle_name"),
            _after_blank("family_name"),
            output_field=CharField(),
        )
    )
    name = Coalesce(_text("name"), NullIf(parts, Value("")), output_field=CharField())
    nickname = _text("nickname")
    return Case(
        When(IsNull(name, True), then=nickname),
        When(IsNull(nickname, True), then=name),
        default=Concat(name, Value(" ("), nickname, Value(")"), output_field=CharField()),
        output_field=CharField(),
    )


def display_name() -> Expression:
    """What a list shows: the name, else the account id; NULL for somebody of whom nothing is known any more."""
    return Coalesce(formatted_name(), end_user_account_id(), output_field=CharField())


def _text(name: str) -> Expression:
    return KT(f"standard_attributes__{name}")


def _after_blank(name: str) -> Expression:
    present = Q(standard_attributes__has_key=name)
    return Case(
        When(present, then=Concat(Value(" "), _text(name), output_field=CharField())),
        default=Value(""),
        output_field=CharField(),
    )
