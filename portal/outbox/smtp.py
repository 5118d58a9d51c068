"""Mail by SMTP."""

import smtplib
import ssl

from directory.values.messages import DeliveryFailed, Outgoing
from portal.email_url import EmailTransport
from portal.outbox.composing import composed


def send(message: Outgoing, transport: EmailTransport, sender: str) -> None:
    """Give one mail to the server. Raises ``DeliveryFailed``: permanent when the server will not ever take it (RFC 5321
    section 4.2.1, codes 5xx for this recipient or this text)."""
    mail = composed(message, sender)
    try:
        with _connected(transport) as server:
            if transport.user:
                server.login(transport.user, transport.password)
            server.send_message(mail, from_addr=sender, to_addrs=[message.recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code = next((given[0] for given in error.recipients.values()), 0)
        raise DeliveryFailed(f"Smtp{code}", permanent=500 <= code < 600) from None
    except smtplib.SMTPAuthenticationError:
        # A mistake of ours, which can be mended in the meantime.
        raise DeliveryFailed("SmtpSignInRefused") from None
    except smtplib.SMTPDataError as error:
        raise DeliveryFailed(f"Smtp{error.smtp_code}", permanent=500 <= error.smtp_code < 600) from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(f"Smtp{error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(type(error).__name__) from None


def _connected(transport: EmailTransport) -> smtplib.SMTP:
    if transport.tls == "ssl":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(transport.host, transport.port, timeout=transport.timeout, context=context)
    server = smtplib.SMTP(transport.host, transport.port, timeout=transport.timeout)
    if transport.tls == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
