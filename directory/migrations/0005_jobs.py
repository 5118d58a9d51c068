from typing import ClassVar

import django.utils.timezone
from django.db import migrations, models

import directory.models.base


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0004_sessions")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("kind", models.CharField(max_length=40)),
                ("title", models.TextField(default="")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("key", models.TextField(null=True)),
                ("created_by", models.UUIDField(null=True)),
                ("parameters", models.JSONField(default=dict)),
                ("personal", models.JSONField(default=dict)),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(null=True)),
                ("mark", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("error_code", models.CharField(max_length=60, null=True)),
                ("error", models.TextField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("attempts_in_vain", models.IntegerField(default=0)),
                ("cancel_requested_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "indexes": [
                    models.Index(models.F("state"), models.OrderBy(models.F("id"), descending=True), name="job_state"),
                    models.Index(
                        models.F("created_by"), models.OrderBy(models.F("id"), descending=True), name="job_creator"
                    ),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)), fields=["finished_at"], name="job_finished"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("queued", "running"))),
                        fields=("key",),
                        name="job_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("channel", models.CharField(choices=[("email", "Email"), ("sms", "Sms")], max_length=5)),
                ("recipient", models.TextField()),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.TextField(default="")),
                ("body", models.TextField(null=True)),
                ("user_id", models.UUIDField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("suppressed", "Suppressed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(max_length=60, null=True)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["next_attempt_at", "id"], name="message_due"
                    ),
                    models.Index(
                        models.F("state"), models.OrderBy(models.F("id"), descending=True), name="message_state"
                    ),
                    models.Index(
                        condition=models.Q(("user_id__isnull", False)), fields=["user_id"], name="message_user"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "queued"), ("body__isnull", True), _connector="OR"),
                        name="message_body_while_queued",
                    )
                ],
            },
        ),
    ]
