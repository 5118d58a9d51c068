"""Keeps the search vector of users true, inside the transaction of the write that changes what it says."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection

from directory.models import Identity, Membership, User, UserGroup, UserRole
from directory.values.account_status import AccountStatus
from directory.values.search_words import group_token, organization_token, role_token, status_token, user_tokens


def refresh_search(user_ids: Collection[UUID]) -> None:
    """Rebuild the vectors of these users from their rows as they are now. Six statements, however many users."""
    ids = list(user_ids)
    tokens: defaultdict[UUID, list[str]] = defaultdict(list)
    for user_id, role_id in UserRole.objects.filter(user__in=ids).values_list("user_id", "role_id"):
        tokens[user_id].append(role_token(role_id))
    for user_id, group_id in UserGroup.objects.filter(user__in=ids).values_list("user_id", "group_id"):
        tokens[user_id].append(group_token(group_id))
    for user_id, organization_id in Membership.objects.filter(user__in=ids).values_list("user_id", "organization_id"):
        tokens[user_id].append(organization_token(organization_id))
    login_ids: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    subjects: defaultdict[UUID, list[str]] = defaultdict(list)
    for identity in Identity.objects.filter(user__in=ids):
        claims = {"email": identity.email, "phone": identity.phone_number, "username": identity.preferred_username}
        login_ids[identity.user_id].extend((type, value) for type, value in claims.items() if value)
        if identity.provider_subject:
            subjects[identity.user_id].append(identity.provider_subject)
    for user in User.objects.filter(pk__in=ids).defer("search_vector"):
        words = user_tokens(
            user_id=user.id,
            standard_attributes=user.standard_attributes,
            login_ids=login_ids[user.id],
            other_subjects=subjects[user.id],
        )
        tokens[user.id] += [*words, *status_tokens(user.status)]
    _write(tokens)


def status_tokens(status: AccountStatus) -> list[str]:
    """What of a status is stored, as tokens: a filter finds candidates by them and decides by the clock."""
    facts = {
        "disabled": status.is_disabled,
        "temporary": status.temporarily_disabled_until is not None,
        "period": status.account_valid_from is not None or status.account_valid_until is not None,
        "deletion": status.delete_at is not None,
        "anonymization": status.anonymize_at is not None,
        "anonymized": status.is_anonymized,
    }
    return [status_token(name) for name, holds in facts.items() if holds]


def add_search_tokens(user_ids: Iterable[UUID], tokens: Iterable[str]) -> None:
    """Add id tokens (a role, a group, an organization) to users' vectors: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directory_user SET search_vector = coalesce(search_vector, ''::tsvector)"
            " || array_to_tsvector(%s::text[]) WHERE id = ANY(%s)",
            [list(tokens), list(user_ids)],
        )


def remove_search_tokens(user_ids: Iterable[UUID], tokens: Iterable[str]) -> None:
    """Take id tokens out of users' vectors: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directory_user SET search_vector = ts_delete(search_vector, %s::text[]) WHERE id = ANY(%s)",
            [list(tokens), list(user_ids)],
        )


def _write(tokens: dict[UUID, list[str]]) -> None:
    # One text a user, blank-separated and split again by the database: arrays of arrays must be rectangular.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directory_user AS u SET search_vector = array_to_tsvector(string_to_array(t.tokens, ' '))"
            " FROM unnest(%s::uuid[], %s::text[]) AS t (id, tokens) WHERE u.id = t.id",
            [list(tokens), [" ".join(sorted(set(words))) for words in tokens.values()]],
        )
