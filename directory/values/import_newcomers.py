"""What a checked record says of a person who is to be added. Pure, so that any processor's core can work it out."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from directory.values.import_records import ImportRecord
from directory.values.names import label_of
from directory.values.search_words import user_tokens

_NO_ID = UUID(int=0)
_TYPE_OF = {"email": "email", "phone_number": "phone", "preferred_username": "username"}


class Prepared(NamedTuple):
    """The columns of a newcomer as COPY takes them, and what their audit entry tells.

    ``vector`` is the ``tsvector`` of their own words in its text form; marks of roles, groups and the status come on
    top. ``facts`` is the entry's ``new`` as JSON with sorted keys, without the account status, which depends on the
    moment of writing.
    """

    standard_attributes: str
    custom_attributes: str
    vector: str
    label: str
    facts: bytes


def prepare(record: ImportRecord) -> Prepared:
    """Take together what the record gives, leaving out what it removes."""
    own = {claim: found for claim, found in record.login_ids.items() if found is not None}
    further = record.further_login_ids
    plain = {name: value for name, value in record.standard.items() if value is not None}
    attributes = plain | {claim: found.value for claim, found in own.items()}
    customs = {name: value for name, value in record.custom.items() if value is not None}
    facts: dict[str, Any] = {"login_id": record.identifier.value}
    facts |= {f"standard_attributes.{name}": value for name, value in attributes.items()}
    facts |= {f"custom_attributes.{name}": value for name, value in customs.items()}
    for name, told in (
        ("further_login_ids", [found.value for found in further]),
        ("verified", [claim for claim, flag in record.verified.items() if flag]),
        ("roles", list(record.roles or ())),
        ("groups", list(record.groups or ())),
        ("authenticators", _authenticators(record)),
    ):
        if told:
            facts[name] = told
    values = [(_TYPE_OF[found.claim_name], found.value) for found in (*own.values(), *further)]
    tokens = user_tokens(user_id=_NO_ID, standard_attributes=plain, login_ids=values)
    return Prepared(
        standard_attributes=orjson.dumps(attributes).decode(),
        custom_attributes=orjson.dumps(customs).decode() if customs else "{}",
        vector=_vector(tokens),
        label=label_of(attributes) or record.identifier.value,
        facts=orjson.dumps(facts, option=orjson.OPT_SORT_KEYS),
    )


def _authenticators(record: ImportRecord) -> list[str]:
    factors = record.second_factors
    types = ["password"] * ((record.password is not None) + (factors.password is not None))
    if factors.totp_secret is not None:
        types.append("totp")
    types += ["oob_otp_email"] * len(factors.targets.get("email", ()))
    return types + ["oob_otp_sms"] * len(factors.targets.get("phone_number", ()))


def _vector(tokens: Iterable[str]) -> str:
    """The tokens, but for the id that nobody has yet, as a ``tsvector`` is written; the database sorts them."""
    words = " ".join(filter(_NO_ID.hex.__ne__, tokens))
    escaped = words.replace("\\", "\\\\").replace("'", "''").replace(" ", "' '")
    return f"'{escaped}'" if words else ""
