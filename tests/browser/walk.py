"""Every page of the portal, from its own list of addresses: a page that is added later is walked as well."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from directory.models import (
    APIClientKey,
    AuditEntry,
    Authenticator,
    Authorization,
    Client,
    CustomAttribute,
    Grant,
    Group,
    GroupRole,
    Identity,
    Job,
    Membership,
    Organization,
    Role,
    User,
    UserGroup,
)
from portal.pages.administrators import acts as administrators
from portal.pages.users.acts import ACTS
from tests.browser import portal_data

#: Addresses that are no page of a signed-in administrator: probes, fragments, what only takes a POST, signing in.
NO_PAGES = {
    "healthz",
    "readyz",
    "search",
    "user_options",
    "organizations_options",
    "custom_attributes_limits",
    "user_identity_verified",
    "user_roles_remove",
    "user_groups_remove",
    "role_users_remove",
    "role_groups_remove",
    "group_users_remove",
    "group_roles_remove",
    "custom_attribute_move",
    "account_login",
    "mfa_authenticate",
    "mfa_activate_totp",
    "mfa_login_webauthn",
    "mfa_authenticate_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_webauthn_options",
    "mfa_remove_webauthn",
    "own_sessions_end",
    "administrator_sessions_end",
    "invitation",
    "metrics",
    "job_cancel",
    "job_repeat",
    "job_import",
    "job_rows",
    "job_file",
    "user_password_expired",
    "user_grace_period_end",
    "users_reset_password",
    "users_reset_password_without_token",
    "user_session_revoke",
    "user_lockout_reset",
    "api_client_disable",
    "api_client_enable",
}


@dataclass(frozen=True, slots=True)
class Cast:
    """One of each noun, tied to one another: what the addresses are about."""

    user: User
    identity: Identity
    role: Role
    group: Group
    organization: Organization
    custom_attribute: CustomAttribute
    entry: AuditEntry
    grant: Grant
    authorization: Authorization
    key: APIClientKey
    factor: Authenticator
    job: Job
    deleted: UUID


def cast() -> Cast:
    """A member of an organization, in a group of it that gives a role."""
    membership = Membership.objects.select_related("user", "organization").order_by("user_id")[0]
    group = UserGroup.objects.filter(user_id=membership.user_id).select_related("group").order_by("group_id")[0].group
    third = Client.objects.filter(is_first_party=False).order_by("id")[0]
    return Cast(
        user=membership.user,
        identity=Identity.objects.filter(user_id=membership.user_id).order_by("id")[0],
        role=GroupRole.objects.select_related("role").order_by("role_id")[0].role,
        group=group,
        organization=membership.organization,
        custom_attribute=CustomAttribute.objects.order_by("position")[0],
        entry=AuditEntry.objects.filter(subject_kind="user").order_by("-id")[0],
        grant=Grant.objects.filter(admin_role="auditor").order_by("pk")[0],
        authorization=Authorization.objects.get_or_create(user=membership.user, client=third)[0],
        key=APIClientKey.objects.order_by("id")[0],
        factor=portal_data.second_factor(membership.user),
        job=portal_data.export_job(),
        deleted=portal_data.deleted_person(),
    )


def addresses(of: Cast) -> list[str]:
    """The addresses of all pages, each filled in with the cast."""
    return [address for name, parameters in _patterns() for address in _filled(name, parameters, of)]


def _patterns() -> Iterator[tuple[str, set[str]]]:
    pending: list[URLPattern | URLResolver] = list(get_resolver().url_patterns)
    while pending:
        pattern = pending.pop(0)
        if isinstance(pattern, URLResolver):
            pending = [*pattern.url_patterns, *pending]
        elif pattern.name not in NO_PAGES:
            yield str(pattern.name), set(pattern.pattern.converters)


def _filled(name: str, parameters: set[str], of: Cast) -> list[str]:
    values = {
        "user_id": of.deleted if name.startswith("deleted_user") else of.user.pk,
        "identity_id": of.identity.pk,
        "organization_id": of.organization.pk,
        "entry_id": of.entry.pk,
        "grant_id": of.grant.pk,
        "authorization_id": of.authorization.pk,
        "key_id": of.key.pk,
        "authenticator_id": of.factor.pk,
        "job_id": of.job.pk,
        "id": _id(name, of),
    }
    if name == "administrator_act":
        someone = of.grant.administrator_id
        return [reverse(name, kwargs={"id": someone, "slug": act.slug}) for act in administrators.ACTS]
    if "slug" in parameters:
        return [reverse(name, kwargs={"user_id": of.user.pk, "slug": slug}) for slug in ACTS]
    return [reverse(name, kwargs={parameter: values[parameter] for parameter in parameters})]


def _id(name: str, of: Cast) -> object:
    if name.startswith("administrator"):
        return of.grant.administrator_id
    if name.startswith("api_client"):
        return of.key.api_client_id
    for noun in ("custom_attribute", "organization", "group", "role"):
        if name.startswith(noun):
            return getattr(of, noun).pk
    return None
