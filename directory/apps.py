"""The domain as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DirectoryConfig(AppConfig):
    """Makes the admin roles after every migration: permissions exist only then, and a flush takes both away."""

    name = "directory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(make_admin_roles, sender=self)


def make_admin_roles(using: str = "default", **_: Any) -> None:
    """Give each shipped admin role exactly its permissions."""
    from django.contrib.auth.models import Group as AdminRole
    from django.contrib.auth.models import Permission as Right

    from directory.values.permissions import ADMIN_ROLES

    rights = {right.codename: right for right in Right.objects.using(using).filter(content_type__app_label="directory")}
    for name, permissions in ADMIN_ROLES.items():
        role, _created = AdminRole.objects.using(using).get_or_create(name=name)
        role.permissions.set([rights[permission.value] for permission in permissions])
