"""What every row of the directory has: a time-ordered id and its two times."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Expression, F, Func, Value
from django.db.models.functions import Coalesce, Concat, Lower, Replace
from django.utils import timezone
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): the order of ids is the order of time."""
    return uuid7()


class Row(models.Model):
    """Base of the nouns. ``updated_at`` doubles as the row's version: operations set it, never the database."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
        default_permissions = ()


def folded_words(*columns: str) -> Expression:
    """The words of these columns as ``values.search_words.fold`` has them, each after a blank, for prefix look-ups.

    Kept by the database itself, so that no write can forget it: lower case, without accents, punctuation as blanks.
    """
    parts: list[Any] = []
    for column in columns:
        parts += [Value(" "), Coalesce(F(column), Value(""), output_field=models.TextField())]
    decomposed = Func(
        Lower(Concat(*parts, output_field=models.TextField())), template="normalize(%(expressions)s, NFKD)"
    )
    bare = Func(decomposed, Value("[\u0300-\u036f]"), Value(""), Value("g"), function="regexp_replace")
    plain = Func(bare, Value(FOLDED_FROM), Value(FOLDED_TO), function="translate")
    return Replace(plain, Value("ß"), Value("ss"), output_field=models.TextField())


#: What stands between the words of keys and names, and the one letter that loses its accent without having one.
FOLDED_FROM = "ı:_.-/'"
FOLDED_TO = "i      "
