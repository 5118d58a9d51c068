from typing import ClassVar

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

import directory.models.base


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0006_administration")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="DeletedUser",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("deleted_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("deleted_by_id", models.UUIDField(null=True)),
                (
                    "organization_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("label", models.TextField()),
                ("snapshot", models.TextField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["-deleted_at", "-id"], name="deleted_user_newest"),
                    models.Index(fields=["expires_at"], name="deleted_user_expires_at"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["organization_ids"], name="deleted_user_organizations"
                    ),
                ],
            },
        ),
    ]
