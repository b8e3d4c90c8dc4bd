"""The channel to a mail server. No mail and no password goes over a link that anyone can read.

What a server, a network or a certificate can do wrong is translated once, by a table.
"""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.alerts.envelope import domain, message
from bot.alerts.post import NotSent
from bot.book.rows import Mail
from bot.config.secrets import SecretError
from bot.config.settings import Security
from bot.report.text import plain

TIMEOUT_SECONDS = 10.0
_ANSWER_MAX = 200
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail goes.

    ``password`` fetches it when it is needed, and is never shown; it may raise ``SecretError``.
    ``authorities`` is a file of certificates to trust in place of the system's, for a server with
    a certificate of its own.
    """

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    username: str | None = None
    password: Callable[[], str] | None = field(default=None, repr=False)
    authorities: Path | None = None
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """Posts to the server of ``settings``, on a connection of its own for each mail."""

    settings: SmtpSettings
    name: str = "mail"

    def send(self, mail: Mail) -> str:
        """Post ``mail``; returns a note where the server took it for some addresses only."""
        _refuse_open_link(self.settings)
        try:
            envelope = message(mail, self.settings.sender, self.settings.recipients)
            server = _connect(self.settings)
            try:
                turned_away = server.send_message(envelope)
                # It is posted: whatever happens while saying goodbye must not post it again.
                with contextlib.suppress(OSError):
                    server.quit()
            finally:
                server.close()
        except (OSError, ValueError, SecretError) as error:
            raise _translated(error, self.settings) from error
        return f"refused for {', '.join(sorted(turned_away))}" if turned_away else ""


def _refuse_open_link(settings: SmtpSettings) -> None:
    if settings.security is Security.NONE and settings.host not in _LOOPBACK:
        raise NotSent(
            f"mail.security is none, which would send mail to {settings.host} over an open link; "
            "set it to starttls or tls",
            is_down=True,
        )


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    """A link that is protected and logged in, or an error and no link."""
    here = domain(settings.sender)
    wait = settings.timeout_seconds
    login = _login(settings)
    if settings.security is Security.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, here, timeout=wait, context=_context(settings)
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, here, timeout=wait)
    try:
        if settings.security is Security.STARTTLS:
            server.starttls(context=_context(settings))
        if login is not None:
            server.login(*login)
    except OSError:
        server.close()
        raise
    return server


def _login(settings: SmtpSettings) -> tuple[str, str] | None:
    """User and password, fetched before anything is dialled."""
    if settings.username is None or settings.password is None:
        return None
    return settings.username, settings.password()


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.authorities)


@dataclass(frozen=True, slots=True)
class _Row:
    """An error of the world, our sentence for it, and whether the next mail would meet it too."""

    error: type[Exception]
    sentence: str
    is_down: bool = True


_SENTENCES = (
    _Row(
        smtplib.SMTPAuthenticationError,
        "{host} does not accept the user name or the password; mend mail.username or the secret "
        "smtp_password ({detail})",
    ),
    _Row(
        smtplib.SMTPNotSupportedError,
        "{host} does not offer what mail.security or mail.username asks for; mend mail.port and "
        "mail.security ({detail})",
    ),
    _Row(
        smtplib.SMTPRecipientsRefused,
        "{host} refuses every address in mail.to; mend mail.to ({detail})",
    ),
    _Row(
        smtplib.SMTPSenderRefused,
        "{host} refuses the address in mail.from; mend mail.from ({detail})",
    ),
    _Row(smtplib.SMTPDataError, "{host} refuses this mail ({detail})", is_down=False),
    _Row(smtplib.SMTPResponseException, "{host} is not ready to take mail ({detail})"),
    _Row(
        smtplib.SMTPServerDisconnected,
        "{host} hung up, and may or may not have the mail; it is sent again under the same "
        "Message-ID ({detail})",
    ),
    _Row(smtplib.SMTPException, "{host} offers no way to log in that is known here ({detail})"),
    _Row(
        ssl.SSLCertVerificationError,
        "the certificate of {host} cannot be trusted; mend mail.host, or the server ({detail})",
    ),
    _Row(
        ssl.SSLError,
        "no TLS with {host} on port {port}; mail.security tls goes with port 465, starttls with "
        "587 ({detail})",
    ),
    _Row(TimeoutError, "{host} did not answer within {seconds:g} seconds; mend mail.host or wait"),
    _Row(socket.gaierror, "no mail server is known as {host}; mend mail.host ({detail})"),
    _Row(ConnectionRefusedError, "{host} takes no calls on port {port}; mend mail.port"),
    _Row(OSError, "no link to {host} on port {port} ({detail})"),
    _Row(SecretError, "the mail waits for its password: {detail}"),
    _Row(ValueError, "the mail cannot be addressed; mend mail.from or mail.to ({detail})"),
)
"""The first row that fits an error is what is said of it."""


def _translated(error: Exception, settings: SmtpSettings) -> NotSent:
    # smtplib hides a time-out while it reads an answer behind "disconnected"
    cause = error.__context__ if isinstance(error.__context__, TimeoutError) else error
    row = next(row for row in _SENTENCES if isinstance(cause, row.error))
    sentence = row.sentence.format(
        host=settings.host,
        port=settings.port,
        seconds=settings.timeout_seconds,
        detail=_detail(error),
    )
    return NotSent(sentence, is_down=row.is_down)


def _detail(error: Exception) -> str:
    """The server's own words, on one line and not too many of them."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=answers):
            code, words = next(iter(answers.values()))
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
            pass
        case _:
            return _one_line(str(error))
    return _one_line(f"{code} {_decoded(words)}")


def _decoded(words: bytes | str) -> str:
    return words if isinstance(words, str) else words.decode("ascii", "replace")


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))[:_ANSWER_MAX]
