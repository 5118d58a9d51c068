"""DATABASES["default"] from the environment."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import embedded_postgres
from portal.database import database_from_environment

NOWHERE = Path("/nonexistent/var")


def from_url(url: str) -> dict[str, object]:
    return database_from_environment({"DATABASE_URL": url}, NOWHERE)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_url_names_every_part_percent_encoded(scheme: str) -> None:
    assert from_url(f"{scheme}://ada%40acme:p%2Fa%3As%40s@DB.example.com:6432/my%20portal?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "my portal",
        "USER": "ada@acme",
        "PASSWORD": "p/a:s@s",
        "HOST": "DB.example.com",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
        "CONN_HEALTH_CHECKS": True,
    }


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgres:///portal", ""),
        ("postgres://[::1]:5432/portal", "::1"),
        ("postgres://ada@%2Frun%2FMy%20Sockets/portal", "/run/My Sockets"),
        ("postgres:///portal?host=/run/postgresql", "/run/postgresql"),
    ],
)
def test_the_host_may_be_absent_an_address_or_a_socket_directory(url: str, host: str) -> None:
    settings = from_url(url)
    assert (settings["HOST"], settings["NAME"], settings["OPTIONS"]) == (host, "portal", {})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:secret@db.example.com/portal",
        "sqlite:///portal.db",
        "db.example.com/portal",
        "postgres://ada:secret@db.example.com",
        "postgres://ada:secret@db.example.com/",
        "postgres://ada:secret@db.example.com:port/portal",
        "postgres://ada:secret@db.example.com:70000/portal",
        "postgres://ada:secret#x@db.example.com/portal",
        "postgres://ada:secret[@db.example.com/portal",
        "postgres://ada:secret%FF@db.example.com/portal",
        "postgres://ada:secret@db.example.com/portal?sslmode",
    ],
)
def test_any_other_url_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refusal:
        from_url(url)
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_production_without_a_url_is_refused_and_names_it() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database_from_environment({"PORTAL_ENV": "production", "DATABASE_URL": ""}, NOWHERE)


def test_a_url_wins_in_every_environment() -> None:
    environ = {"PORTAL_ENV": "production", "DATABASE_URL": "postgres:///mine"}
    assert database_from_environment(environ, NOWHERE)["NAME"] == "mine"


def test_development_computes_the_embedded_server_and_starts_nothing(tmp_path: Path) -> None:
    data = tmp_path / "var"
    settings = database_from_environment({}, data)
    assert settings["HOST"] == embedded_postgres.socket_directory(data)
    assert (settings["NAME"], settings["USER"], settings["PORT"]) == ("portal", "postgres", "5432")
    assert not data.exists()
    assert embedded_postgres.status(data) == "stopped"


def test_windows_is_told_to_bring_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.name", "nt")
    with pytest.raises(ImproperlyConfigured, match=r"Windows.*DATABASE_URL"):
        database_from_environment({}, NOWHERE)
