-- A role for the web servers that can write the directory and can neither change nor delete the audit log.
-- Run as the owner of the database, after every "manage.py migrate":  psql --file examples/web_role.sql …
-- The role itself is made once, by a superuser:                       CREATE ROLE portal_web LOGIN PASSWORD '…';
-- Workers and manage.py stay with the owner: they make the log's partitions.
GRANT USAGE ON SCHEMA public TO portal_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_web;

-- Entries are only ever added. A personal part may be deleted, which is what erasing somebody does; a trigger refuses
-- that, too, to whoever does not say that it is meant. Months are reached through their parents: they need no right.
DO $$
DECLARE part regclass;
BEGIN
    FOR part IN SELECT relid FROM pg_partition_tree('directory_auditentry')
                UNION ALL SELECT relid FROM pg_partition_tree('directory_auditpersonal') LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %s FROM portal_web', part);
    END LOOP;
END $$;
GRANT INSERT ON directory_auditentry, directory_auditpersonal TO portal_web;
GRANT DELETE ON directory_auditpersonal TO portal_web;
