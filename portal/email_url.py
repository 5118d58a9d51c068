"""EMAIL_URL read into plain values. Pure: connects to nothing."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_PORTS = {"starttls": 587, "ssl": 465, "none": 25}
_OPTIONS = {"tls", "timeout"}
_MOST_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTransport:
    """How mail leaves. ``kind`` is ``smtp``, ``file`` (into the data directory's outbox), or ``none``."""

    kind: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    tls: str = "none"
    timeout: int = 10


def email_transport(url: str) -> EmailTransport:
    """Parse ``smtp://user:password@host:port/?tls=starttls|ssl|none&timeout=seconds``, each part percent-encoded.

    TLS is the default (``starttls``, on port 587), for what a message holds is secret; ``file:`` writes files, and an
    empty text sends nothing. Raises ImproperlyConfigured, with a message that never repeats the password.
    """
    if not url:
        return EmailTransport(kind="none")
    if url.rstrip("/") == "file:":
        return EmailTransport(kind="file")
    try:
        parts = urlsplit(url)
        port, options = parts.port, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        user, password = (unquote(text or "", errors="strict") for text in (parts.username, parts.password))
    except ValueError:
        raise ImproperlyConfigured("EMAIL_URL cannot be read: percent-encode special characters.") from None
    if parts.scheme != "smtp":
        raise ImproperlyConfigured("EMAIL_URL must be smtp://user:password@host:587/?tls=starttls, or file:")
    if not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ImproperlyConfigured("EMAIL_URL must name a host, and nothing after it but options; write # as %23.")
    if unknown := sorted(options.keys() - _OPTIONS):
        raise ImproperlyConfigured(f"EMAIL_URL has an unknown option: {unknown[0]}")
    tls, timeout = options.get("tls", "starttls"), options.get("timeout", "10")
    if tls not in _PORTS:
        raise ImproperlyConfigured("EMAIL_URL: tls must be starttls, ssl or none.")
    if not timeout.isdigit() or not 1 <= int(timeout) <= _MOST_SECONDS:
        raise ImproperlyConfigured(f"EMAIL_URL: timeout must be from 1 to {_MOST_SECONDS} seconds.")
    return EmailTransport(
        kind="smtp",
        host=parts.hostname,
        port=port or _PORTS[tls],
        user=user,
        password=password,
        tls=tls,
        timeout=int(timeout),
    )
