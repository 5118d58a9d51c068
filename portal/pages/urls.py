"""The pages, noun by noun: each module of pages adds its own list."""

from django.urls import URLPattern, URLResolver

from portal.pages import audit_log, custom_attributes, groups, organizations, overview, roles, search, users

urlpatterns: list[URLPattern | URLResolver] = [
    *overview.urlpatterns,
    *audit_log.urlpatterns,
    *users.urlpatterns,
    *roles.urlpatterns,
    *groups.urlpatterns,
    *organizations.urlpatterns,
    *custom_attributes.urlpatterns,
    *search.urlpatterns,
]
