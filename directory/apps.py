"""The domain as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
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
    with connections[using].cursor() as cursor:
        # A database that is taken back to before there were grants has none to mend.
        cursor.execute("SELECT to_regclass('directory_grant') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute(_TAKE_WHAT_ROLES_LOST)
            cursor.execute(_GIVE_WHAT_ROLES_GAINED)


# On organizations an admin role is kept as one row per permission: they follow the role when a release changes it.
_TAKE_WHAT_ROLES_LOST = """
DELETE FROM directory_organizationuserobjectpermission AS direct
 WHERE EXISTS (SELECT FROM directory_grant AS held
                WHERE held.administrator_id = direct.user_id AND held.organization_id = direct.content_object_id)
   AND NOT EXISTS (SELECT FROM directory_grant AS held
                     JOIN auth_group AS role ON role.name = held.admin_role
                     JOIN auth_group_permissions AS part ON part.group_id = role.id
                    WHERE held.administrator_id = direct.user_id AND held.organization_id = direct.content_object_id
                      AND part.permission_id = direct.permission_id)
"""
_GIVE_WHAT_ROLES_GAINED = """
INSERT INTO directory_organizationuserobjectpermission (user_id, content_object_id, permission_id)
SELECT DISTINCT held.administrator_id, held.organization_id, part.permission_id
  FROM directory_grant AS held
  JOIN auth_group AS role ON role.name = held.admin_role
  JOIN auth_group_permissions AS part ON part.group_id = role.id
 WHERE held.organization_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
