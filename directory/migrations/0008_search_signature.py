"""What lets a walk of the users' lists pass over whoever cannot match, without reading the row."""

from typing import ClassVar

from django.db import migrations

# What a user is found by, in four times 64 bits: the marks; the first three, six and nine characters of the words.
# Whoever matches a query has every bit of the signature of the query's own tokens, so that a walk passes over nearly all
# others without their rows. Shorter words set no bit, because a longer one may begin with them; nor do first letters (p:).
SIGNATURE = """
CREATE FUNCTION directory_signature(vector tsvector) RETURNS bit(256) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (coalesce(bit_or(1::bigint << (hashtext(token) & 63)) FILTER (WHERE mark), 0)::bit(64)
     || coalesce(bit_or(1::bigint << (hashtext(left(token, 3)) & 63))
                 FILTER (WHERE NOT mark AND length(token) >= 3), 0)::bit(64)
     || coalesce(bit_or(1::bigint << (hashtext(left(token, 6)) & 63))
                 FILTER (WHERE NOT mark AND length(token) >= 6), 0)::bit(64)
     || coalesce(bit_or(1::bigint << (hashtext(left(token, 9)) & 63))
                 FILTER (WHERE NOT mark AND length(token) >= 9), 0)::bit(64))::bit(256)
  FROM (SELECT token, substr(token, 2, 1) = ':' AS mark FROM unnest(tsvector_to_array(vector)) AS token
         WHERE token NOT LIKE 'p:%') AS tokens
$$;
ALTER TABLE directory_user
    ADD COLUMN search_signature bit(256) GENERATED ALWAYS AS (directory_signature(search_vector)) STORED;
"""
# The orders of the list. An expression is only read off an index that has its column too.
ORDERS = """
CREATE INDEX user_created ON directory_user (id) INCLUDE (search_signature);
CREATE INDEX user_last_login_desc
    ON directory_user (coalesce(last_login_at, '0001-01-01 00:00:00+00'::timestamptz) DESC, id DESC)
    INCLUDE (last_login_at, search_signature);
CREATE INDEX user_last_login_asc
    ON directory_user (coalesce(last_login_at, '9999-12-31 00:00:00+00'::timestamptz), id)
    INCLUDE (last_login_at, search_signature);
"""
WITHOUT = """
ALTER TABLE directory_user DROP COLUMN search_signature;
DROP FUNCTION directory_signature;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0007_deleted_users")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="user", name="user_last_login_desc"),
        migrations.RemoveIndex(model_name="user", name="user_last_login_asc"),
        migrations.RunSQL(SIGNATURE + ORDERS, WITHOUT),
    ]
