"""Applications that users sign in to: whose sessions and authorizations they are. Back-ends are ``api_clients``."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from directory.models.base import Row


class Client(Row):
    """One application (an OAuth client). Users of a third-party one first authorize it."""

    client_id = models.CharField(max_length=100, unique=True)
    name = models.TextField()
    is_first_party = models.BooleanField(default=True)
    scopes = ArrayField(models.CharField(max_length=100), default=list)

    def __str__(self) -> str:
        return self.client_id
