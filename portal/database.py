"""Django's DATABASES["default"] from the environment. Pure: starts nothing, connects to nothing."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from portal import embedded_postgres

ENGINE = "django.db.backends.postgresql"


def database_from_environment(environ: Mapping[str, str], data: Path) -> dict[str, Any]:
    """The database that ``environ`` asks for; ``data`` is the portal's data directory.

    DATABASE_URL wins; without it production refuses, and anything else gets the embedded server, which is only located
    here and started elsewhere. Raises ImproperlyConfigured, with a message that never repeats the URL's password.
    """
    if url := environ.get("DATABASE_URL"):
        return _from_url(url)
    if environ.get("PORTAL_ENV") == "production":
        raise ImproperlyConfigured("PORTAL_ENV=production needs DATABASE_URL: postgres://user:password@host:5432/name")
    if os.name == "nt":
        raise ImproperlyConfigured("There is no embedded PostgreSQL for Windows: set DATABASE_URL.")
    return {
        "ENGINE": ENGINE,
        "NAME": embedded_postgres.DATABASE,
        "USER": embedded_postgres.USER,
        "PASSWORD": "",
        # A directory as host, never a URI: spaces in it would need escaping.
        "HOST": embedded_postgres.socket_directory(data),
        "PORT": embedded_postgres.PORT,
        "OPTIONS": {},
    }


def _from_url(url: str) -> dict[str, Any]:
    """Parse ``postgres[ql]://user:password@host:port/name?option=value``, every part percent-encoded (RFC 3986).

    Options are libpq's (``sslmode`` …); ``host`` among them may name a socket directory.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query), errors="strict"))
        name, user, password = (_decode(text) for text in (parts.path[1:], parts.username, parts.password))
        host = options.pop("host", None) or _decode(_host(parts))
    except ValueError:
        # The original error quotes parts of the URL, and with them the password.
        raise ImproperlyConfigured("DATABASE_URL cannot be read: percent-encode special characters.") from None
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or postgresql://")
    if not name or parts.fragment:
        raise ImproperlyConfigured("DATABASE_URL must end with /name of the database; write # as %23 and ? as %3F.")
    return {
        "ENGINE": ENGINE,
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
    }


def _host(parts: SplitResult) -> str:
    # SplitResult.hostname is in lower case, which a socket directory (%2Frun%2FPostgres) does not survive.
    host = parts.netloc.rpartition("@")[2]
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _decode(text: str | None) -> str:
    return unquote(text or "", errors="strict")
