"""EMAIL_URL: what it says, and that a mistake in it stops the start without telling the password."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from directory.models.base import new_id
from directory.values.messages import DeliveryFailed, Outgoing
from portal.email_url import EmailTransport, email_transport
from portal.outbox import smtp


def test_all_parts() -> None:
    assert email_transport("smtp://us%40er:p%3Ass@mail.example.com:2525/?tls=ssl&timeout=5") == EmailTransport(
        kind="smtp", host="mail.example.com", port=2525, user="us@er", password="p:ss", tls="ssl", timeout=5
    )


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("ssl", 465), ("none", 25)])
def test_each_kind_of_tls_has_its_port(tls: str, port: int) -> None:
    assert email_transport(f"smtp://mail.example.com/?tls={tls}").port == port


def test_without_an_option_it_is_encrypted() -> None:
    assert email_transport("smtp://mail.example.com").tls == "starttls"


def test_files_and_nothing() -> None:
    assert email_transport("file:").kind == "file"
    assert email_transport("").kind == "none"


@pytest.mark.parametrize(
    "url",
    [
        "http://u:secret@mail.example.com",
        "smtp://u:secret@",
        "smtp://u:secret@mail.example.com:port",
        "smtp://u:secret@mail.example.com/path",
        "smtp://u:secret@mail.example.com/?tls=maybe",
        "smtp://u:secret@mail.example.com/?color=red",
        "smtp://u:secret@mail.example.com/?timeout=0",
        "smtp://u:secret@mail.example.com/?timeout=soon",
        "smtp://u:secret@mail.example.com#x",
        "smtp://[u:secret@mail.example.com",
    ],
)
def test_a_mistake_is_said_without_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        email_transport(url)
    assert "EMAIL_URL" in str(caught.value)
    assert "secret" not in str(caught.value)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    received: list[str] = []


class _Handler(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one client needs; refuses the recipient ``refused@…``."""

    def handle(self) -> None:
        def say(text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "RCPT":
                say("550 no such user" if "refused@" in line else "451 later" if "busy@" in line else "250 ok")
            elif word == "DATA":
                say("354 go on")
                text = []
                while (part := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    text.append(part)
                self.server.received.append("\n".join(text))  # type: ignore[attr-defined]
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def outgoing(recipient: str = "jane@example.com") -> Outgoing:
    return Outgoing(
        id=new_id(),
        channel="email",
        recipient=recipient,
        kind="test",
        subject="Grüße",
        body="The code is 4711.",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def transport(port: int) -> EmailTransport:
    return EmailTransport(kind="smtp", host="127.0.0.1", port=port, timeout=5)


def test_a_mail_goes_to_the_server(server: _Server) -> None:
    message = outgoing()
    smtp.send(message, transport(server.server_address[1]), "portal@example.com")
    (text,) = server.received
    assert "The code is 4711." in text
    assert f"Message-ID: <{message.id}@example.com>" in text
    assert "From: portal@example.com" in text


@pytest.mark.parametrize(
    ("recipient", "code", "permanent"),
    [("refused@example.com", "Smtp550", True), ("busy@example.com", "Smtp451", False)],
)
def test_what_the_server_refuses_is_told_by_its_code(
    server: _Server, recipient: str, code: str, permanent: bool
) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        smtp.send(outgoing(recipient), transport(server.server_address[1]), "portal@example.com")
    assert (caught.value.code, caught.value.permanent) == (code, permanent)


def test_no_server_is_a_failure_that_may_pass() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        smtp.send(outgoing(), transport(1), "portal@example.com")
    assert (caught.value.code, caught.value.permanent) == ("ConnectionRefusedError", False)


def test_a_server_without_tls_gets_nothing_when_tls_is_asked_for(server: _Server) -> None:
    port = server.server_address[1]
    asked = EmailTransport(kind="smtp", host="127.0.0.1", port=port, tls="starttls", timeout=5)
    with pytest.raises(DeliveryFailed):
        smtp.send(outgoing(), asked, "portal@example.com")
    assert server.received == []
