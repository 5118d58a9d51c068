"""Indexes for the combinations that the audit log is asked for: what one author did, of one type, and what failed."""

from typing import ClassVar

from django.db import migrations

INDEXES = """
CREATE INDEX directory_auditentry_author_type ON directory_auditentry (author_id, activity_type, id)
    WHERE author_id IS NOT NULL;
CREATE INDEX directory_auditentry_organization_type ON directory_auditentry (organization_id, activity_type, id)
    WHERE organization_id IS NOT NULL;
CREATE INDEX directory_auditentry_outcome ON directory_auditentry (outcome, id) WHERE outcome <> 'success';
CREATE INDEX directory_auditentry_unnamed ON directory_auditentry (author_kind, id) WHERE author_id IS NULL;
"""

REVERSE = """
DROP INDEX directory_auditentry_author_type;
DROP INDEX directory_auditentry_organization_type;
DROP INDEX directory_auditentry_outcome;
DROP INDEX directory_auditentry_unnamed;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0002_audit_log")]
    operations: ClassVar = [migrations.RunSQL(INDEXES, REVERSE)]
