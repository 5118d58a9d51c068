"""Who a request comes from: a trusted proxy is believed, nobody else is."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.signals import request_started

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "0")
    environments: list[dict[str, Any]] = []

    def note(environ: dict[str, Any] | None = None, **_: Any) -> None:
        environments.append(dict(environ or {}))

    request_started.connect(note)
    yield environments
    request_started.disconnect(note)


@pytest.mark.parametrize(
    ("peer", "address", "scheme"),
    [("127.0.0.1", "198.51.100.7", "https"), ("203.0.113.9", "203.0.113.9", "http")],
)
def test_only_a_trusted_proxy_says_who_the_client_is(
    seen: list[dict[str, Any]], peer: str, address: str, scheme: str
) -> None:
    from portal.wsgi import application

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/healthz",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": peer,
        "HTTP_X_FORWARDED_FOR": "192.0.2.66, 198.51.100.7",
        "HTTP_X_FORWARDED_PROTO": "https",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }
    status: list[str] = []
    b"".join(application(environ, lambda line, _headers: status.append(line)))
    assert status == ["200 OK"]
    assert (seen[0]["REMOTE_ADDR"], seen[0]["wsgi.url_scheme"]) == (address, scheme)
