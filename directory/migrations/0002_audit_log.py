"""The audit log: two tables partitioned by month on the entry's UUIDv7, append-only, hashed by the database.

Raw SQL, because Django knows neither partitions nor triggers. The state operations make ``makemigrations`` content.
"""

from typing import ClassVar

from django.db import migrations

TABLES = """
CREATE SEQUENCE directory_auditentry_seq;
CREATE TABLE directory_auditentry (
    id uuid NOT NULL PRIMARY KEY,
    seq bigint NOT NULL DEFAULT nextval('directory_auditentry_seq'),
    created_at timestamptz NOT NULL,
    activity_type text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('success', 'failed', 'denied')),
    door text NOT NULL,
    author_kind text NOT NULL,
    author_id uuid,
    impersonator_id uuid,
    subject_kind text NOT NULL,
    subject_id uuid,
    user_id uuid,
    organization_id uuid,
    request_id text NOT NULL,
    details text NOT NULL,
    personal_hash bytea NOT NULL,
    transaction_id bigint NOT NULL,
    row_hash bytea NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX directory_auditentry_type ON directory_auditentry (activity_type, id);
CREATE INDEX directory_auditentry_user ON directory_auditentry (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX directory_auditentry_author ON directory_auditentry (author_id, id) WHERE author_id IS NOT NULL;
CREATE INDEX directory_auditentry_subject ON directory_auditentry (subject_id, id) WHERE subject_id IS NOT NULL;
CREATE INDEX directory_auditentry_organization ON directory_auditentry (organization_id, id)
    WHERE organization_id IS NOT NULL;
CREATE INDEX directory_auditentry_author_type ON directory_auditentry (author_id, activity_type, id)
    WHERE author_id IS NOT NULL;
CREATE INDEX directory_auditentry_organization_type ON directory_auditentry (organization_id, activity_type, id)
    WHERE organization_id IS NOT NULL;
CREATE INDEX directory_auditentry_outcome ON directory_auditentry (outcome, id) WHERE outcome <> 'success';
CREATE INDEX directory_auditentry_unnamed ON directory_auditentry (author_kind, id) WHERE author_id IS NULL;
CREATE INDEX directory_auditentry_by_seq ON directory_auditentry (seq);

CREATE TABLE directory_auditpersonal (
    entry_id uuid NOT NULL PRIMARY KEY,
    salt bytea NOT NULL,
    data text NOT NULL
) PARTITION BY RANGE (entry_id);
"""

# Version 1 of the canonical bytes: "1;" and then each column in the order below as a netstring, its length in bytes of
# UTF-8, a colon, the text and a comma; a missing value is ":,". The time is whole microseconds since 1970. One flat
# expression, because a function for each field took six times as long.
HASHES = """
CREATE FUNCTION directory_audit_hash(
    id text, seq text, created_at text, activity_type text, outcome text, door text, author_kind text, author_id text,
    impersonator_id text, subject_kind text, subject_id text, user_id text, organization_id text, request_id text,
    details text, personal_hash text, transaction_id text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(concat('1;',
        octet_length(id), ':', id, ',',
        octet_length(seq), ':', seq, ',',
        octet_length(created_at), ':', created_at, ',',
        octet_length(activity_type), ':', activity_type, ',',
        octet_length(outcome), ':', outcome, ',',
        octet_length(door), ':', door, ',',
        octet_length(author_kind), ':', author_kind, ',',
        octet_length(author_id), ':', author_id, ',',
        octet_length(impersonator_id), ':', impersonator_id, ',',
        octet_length(subject_kind), ':', subject_kind, ',',
        octet_length(subject_id), ':', subject_id, ',',
        octet_length(user_id), ':', user_id, ',',
        octet_length(organization_id), ':', organization_id, ',',
        octet_length(request_id), ':', request_id, ',',
        octet_length(details), ':', details, ',',
        octet_length(personal_hash), ':', personal_hash, ',',
        octet_length(transaction_id), ':', transaction_id, ','), 'UTF8'))
$$;
CREATE FUNCTION directory_audit_hash(entry directory_auditentry) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN directory_audit_hash(
        entry.id::text, entry.seq::text, (extract(epoch FROM entry.created_at) * 1000000)::bigint::text,
        entry.activity_type, entry.outcome, entry.door, entry.author_kind, entry.author_id::text,
        entry.impersonator_id::text, entry.subject_kind, entry.subject_id::text, entry.user_id::text,
        entry.organization_id::text, entry.request_id, entry.details, encode(entry.personal_hash, 'hex'),
        entry.transaction_id::text);
END $$;
"""

TRIGGERS = """
CREATE FUNCTION directory_audit_seal_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    NEW.row_hash := directory_audit_hash(NEW);
    RETURN NEW;
END $$;
CREATE FUNCTION directory_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME LIKE 'directory_auditpersonal%' AND TG_OP = 'DELETE'
       AND current_setting('directory.erasing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER seal_row BEFORE INSERT ON directory_auditentry
    FOR EACH ROW EXECUTE FUNCTION directory_audit_seal_row();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON directory_auditentry
    FOR EACH ROW EXECUTE FUNCTION directory_audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON directory_auditpersonal
    FOR EACH ROW EXECUTE FUNCTION directory_audit_refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON directory_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION directory_audit_refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON directory_auditpersonal
    FOR EACH STATEMENT EXECUTE FUNCTION directory_audit_refuse();
"""

PARTITIONS = """
CREATE FUNCTION directory_uuid7_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
CREATE FUNCTION directory_audit_partition(name text, bounds text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['directory_auditentry', 'directory_auditpersonal'] LOOP
        IF to_regclass(parent || '_' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I %s', parent || '_' || name, parent, bounds);
            EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I'
                           ' FOR EACH STATEMENT EXECUTE FUNCTION directory_audit_refuse()', parent || '_' || name);
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION directory_ensure_audit_partitions(first date, months integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz;
BEGIN
    FOR month IN 0..months - 1 LOOP
        start := (date_trunc('month', first) + make_interval(months => month)) AT TIME ZONE 'UTC';
        PERFORM directory_audit_partition(
            to_char(start AT TIME ZONE 'UTC', 'YYYY_MM'),
            format('FOR VALUES FROM (%L) TO (%L)',
                   directory_uuid7_floor(start),
                   directory_uuid7_floor(((start AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC')));
    END LOOP;
END $$;
SELECT directory_audit_partition('default', 'DEFAULT');
SELECT directory_ensure_audit_partitions((now() AT TIME ZONE 'UTC')::date, 25);
"""

REVERSE = """
DROP TABLE directory_auditpersonal;
DROP TABLE directory_auditentry CASCADE;
DROP SEQUENCE directory_auditentry_seq;
DROP FUNCTION directory_ensure_audit_partitions(date, integer);
DROP FUNCTION directory_audit_partition(text, text);
DROP FUNCTION directory_uuid7_floor(timestamptz);
DROP FUNCTION directory_audit_refuse();
DROP FUNCTION directory_audit_seal_row();
DROP FUNCTION directory_audit_hash(
    text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text
);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(TABLES + HASHES + TRIGGERS + PARTITIONS, REVERSE),
    ]
