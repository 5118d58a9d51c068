from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import directory.models.base

#: What administrators hold already becomes grants: until now an admin role was a membership only.
GRANTS_OF_MEMBERSHIPS = """
INSERT INTO directory_grant (id, administrator_id, admin_role, organization_id, granted_by, created_at, expires_at)
SELECT gen_random_uuid(), membership.administrator_id, admin_role.name, NULL, NULL, now(), NULL
  FROM directory_administrator_groups AS membership JOIN auth_group AS admin_role ON admin_role.id = membership.group_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0005_jobs")]
    operations: ClassVar = [
        migrations.AlterModelOptions(
            name="organization",
            options={
                "default_permissions": (),
                "permissions": [
                    ("users.view", "See users"),
                    ("users.create", "Add users"),
                    ("users.update", "Change the attributes of users"),
                    ("users.identities", "Change the identities of users and mark them verified"),
                    ("users.disable", "Disable and re-enable users, set their valid period"),
                    ("users.delete", "Delete and anonymize users, and schedule both"),
                    ("users.credentials", "Change the passwords and other authenticators of users"),
                    ("users.sessions", "End the sessions of users and withdraw their authorizations"),
                    ("users.unlock", "Lift the lockouts of users"),
                    ("users.restore", "Restore deleted users"),
                    ("users.erase", "Erase for good what is kept of deleted users"),
                    ("users.import", "Import users"),
                    ("users.export", "Export users"),
                    ("roles.view", "See roles"),
                    ("roles.create", "Add roles"),
                    ("roles.update", "Change roles"),
                    ("roles.delete", "Delete roles"),
                    ("roles.assign", "Give roles to users and groups, and take them away"),
                    ("groups.view", "See groups"),
                    ("groups.create", "Add groups"),
                    ("groups.update", "Change groups"),
                    ("groups.delete", "Delete groups"),
                    ("groups.assign", "Put users into groups, and take them out"),
                    ("organizations.view", "See organizations"),
                    ("organizations.create", "Add organizations"),
                    ("organizations.update", "Change organizations"),
                    ("organizations.delete", "Delete organizations"),
                    ("organizations.members", "Change the members of organizations"),
                    ("custom_attributes.view", "See the definitions of custom attributes"),
                    ("custom_attributes.manage", "Change the definitions of custom attributes"),
                    ("administrators.view", "See administrators"),
                    ("administrators.manage", "Add and change administrators"),
                    ("api_clients.view", "See API clients"),
                    ("api_clients.manage", "Add and change API clients"),
                    ("jobs.view", "See background jobs"),
                    ("jobs.manage", "Cancel and repeat background jobs, and do the housekeeping"),
                    ("messages.view", "See the messages that were sent"),
                    ("audit_log.view", "Read the audit log"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("type", models.CharField(max_length=20)),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "mfa_authenticator", "managed": False, "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "administrator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("invited_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="AdministratorSession",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("id", models.UUIDField(default=directory.models.base.new_id, editable=False)),
                ("signed_in_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("address", models.CharField(blank=True, max_length=50)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                (
                    "administrator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "db_table": "portal_session",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("admin_role", models.CharField(max_length=40)),
                ("granted_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "administrator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="directory.organization"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("administrator", "admin_role", "organization"),
                        name="grant_unique",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL(GRANTS_OF_MEMBERSHIPS, migrations.RunSQL.noop),
    ]
