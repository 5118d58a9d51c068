"""The pages, noun by noun: each module of pages adds its own list."""

from django.urls import URLPattern, URLResolver

from portal.pages import (
    administrators,
    api_clients,
    audit_log,
    custom_attributes,
    exports,
    groups,
    imports,
    jobs,
    messages,
    organizations,
    overview,
    roles,
    search,
    users,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *overview.urlpatterns,
    *audit_log.urlpatterns,
    # Before what takes any word for the id of a user.
    *imports.urlpatterns,
    *exports.urlpatterns,
    *users.urlpatterns,
    *roles.urlpatterns,
    *groups.urlpatterns,
    *organizations.urlpatterns,
    *custom_attributes.urlpatterns,
    *administrators.urlpatterns,
    *api_clients.urlpatterns,
    *jobs.urlpatterns,
    *messages.urlpatterns,
    *search.urlpatterns,
]
