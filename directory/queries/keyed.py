"""What the lists of roles, groups and organizations have in common: order by key, search, capped counts."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet, UUIDField
from django.db.models.expressions import F

from directory.queries.paging import Key, Order, text_key
from directory.values.text import clean

M = TypeVar("M", bound=Model)

#: Counts stop here: "more than 1,000" is all that a list has to say, and 300,000 rows are not counted to say it.
COUNT_CAP = 1_001
SEARCH_MAX_LENGTH = 200

BY_KEY = Order("key", (text_key("key"),), descending=False)
BY_SLUG = Order("slug", (text_key("slug"),), descending=False)

#: Rows of a relation, the newest user first: paged on the relation's own index, wherever the page lies.
BY_USER = Order("user", (Key(F("user_id"), UUIDField(), lambda row: row.user_id, UUID),))


def matching(rows: QuerySet[M], search: str, *, field: str = "key") -> QuerySet[M]:
    """Those with ``search`` anywhere in the key (or another ``field``) or the name, without regard to case.

    Blank finds all; ``%`` and ``_`` stand for themselves. Raises ``Invalid`` for text that no database holds.
    """
    text = clean("search", search, max_length=SEARCH_MAX_LENGTH)
    return rows.filter(Q(**{f"{field}__icontains": text}) | Q(name__icontains=text)) if text else rows
