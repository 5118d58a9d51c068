from typing import ClassVar

import directory.models.base
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0002_audit_log")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("channel", models.CharField(choices=[("email", "Email"), ("sms", "SMS")], max_length=5)),
                ("target", models.TextField()),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("login", "Login"),
                            ("verification", "Verification"),
                            ("reset_password", "Reset Password"),
                        ],
                        max_length=14,
                    ),
                ),
                ("code_hash", models.CharField(max_length=64)),
                ("failed_attempts", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                ("window_started_at", models.DateTimeField()),
                ("sent_in_window", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PasswordHistory",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("password_hash", models.TextField()),
            ],
            options={
                "verbose_name_plural": "password history",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=directory.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("code_hash", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="authenticator",
            name="credential_id",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="last_step",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="last_used_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="public_key",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="secret_set_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="sign_count",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="transports",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="mfa_grace_period_end_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="authenticator",
            constraint=models.UniqueConstraint(
                condition=models.Q(("type", "passkey")), fields=("credential_id",), name="authenticator_one_credential"
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="one_time_codes",
                to="directory.user",
            ),
        ),
        migrations.AddField(
            model_name="passwordhistory",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="former_passwords", to="directory.user"
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recovery_codes",
                to="directory.user",
            ),
        ),
        migrations.AddIndex(
            model_name="onetimecode",
            index=models.Index(fields=["expires_at"], name="one_time_code_expires"),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                fields=("target", "purpose", "user"), name="one_time_code_one", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("purpose", "reset_password")), fields=("code_hash",), name="one_time_code_token"
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(fields=("user", "code_hash"), name="recovery_code_unique"),
        ),
    ]
