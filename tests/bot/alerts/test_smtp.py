"""Mail over real SMTP on loopback: TLS, passwords, and everything that a server can do wrong."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from bot.alerts.mails import drift_warning
from bot.alerts.post import NotSent, deliver
from bot.alerts.smtp import SmtpChannel, SmtpSettings
from bot.book.rows import Mail
from bot.config.secrets import find_secret
from bot.config.settings import Security
from tests.bot.alerts.mailservers import (
    DROP,
    HANG,
    PASSWORD,
    USER,
    Certificate,
    Inbox,
    make_certificate,
    plain_server,
    scripted_server,
    starttls_server,
    tls_server,
)
from tests.bot.report.plans import NOW, D, rebalance

pytestmark = pytest.mark.filterwarnings(
    "ignore:Requiring AUTH while not requiring TLS:UserWarning"  # aiosmtpd overlooks implicit TLS
)

GREETING = ("220 mail ready", "250 mail")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def mail() -> Mail:
    made = drift_warning(rebalance(), D("0.03"))
    assert made is not None
    return made


def settings(port: int, security: Security = Security.NONE) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=port,
        security=security,
        sender="Trimtab <trimtab@example.org>",
        recipients=("owner@example.org", "second@example.org"),
        timeout_seconds=0.5,
    )


def with_login(plain: SmtpSettings, authorities: Path, password: str = PASSWORD) -> SmtpSettings:
    return replace(
        plain, username=USER, password=lambda: password, authorities=authorities, timeout_seconds=5
    )


def parsed(inbox: Inbox) -> EmailMessage:
    content = inbox.taken[0].content
    assert isinstance(content, bytes)
    return message_from_bytes(content, _class=EmailMessage, policy=default)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(params=["starttls", "tls"])
def safe(
    request: pytest.FixtureRequest, inbox: Inbox, certificate: Certificate
) -> Iterator[SmtpSettings]:
    """Settings for a server that wants TLS and the password."""
    if request.param == "tls":
        with tls_server(inbox, certificate) as port:
            yield with_login(settings(port, Security.TLS), certificate.cert)
    else:
        with starttls_server(inbox, certificate, auth=True) as port:
            yield with_login(settings(port, Security.STARTTLS), certificate.cert)


def test_a_mail_arrives_over_tls_with_a_password(
    safe: SmtpSettings, inbox: Inbox, mail: Mail
) -> None:
    assert SmtpChannel(safe).send(mail) == ""
    assert inbox.taken[0].rcpt_tos == ["owner@example.org", "second@example.org"]
    assert inbox.taken[0].mail_from == "trimtab@example.org"
    assert inbox.sessions[0].authenticated
    message = parsed(inbox)
    assert message["Subject"] == mail.subject
    assert message["Message-ID"] == f"<{mail.mail_id}@example.org>"
    png = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert png.get_content() == mail.attachments[0].content


def test_a_wrong_password_is_named(safe: SmtpSettings, inbox: Inbox, mail: Mail) -> None:
    wrong = replace(safe, password=lambda: "open sesame")
    with pytest.raises(NotSent, match="does not accept the user name or the password") as told:
        SmtpChannel(wrong).send(mail)
    assert "open sesame" not in told.value.why
    assert inbox.taken == []


def test_a_stranger_s_certificate_gets_no_mail(
    safe: SmtpSettings, inbox: Inbox, mail: Mail
) -> None:
    with pytest.raises(NotSent, match=r"certificate of 127.0.0.1 cannot be trusted"):
        SmtpChannel(replace(safe, authorities=None)).send(mail)
    assert inbox.taken == []


def test_a_password_that_is_nowhere_is_asked_for(safe: SmtpSettings, mail: Mail) -> None:
    lost = replace(safe, password=lambda: find_secret("smtp_password", {}, None).reveal())
    with pytest.raises(NotSent, match="waits for its password: the secret smtp_password is now"):
        SmtpChannel(lost).send(mail)


def test_settings_never_show_the_password() -> None:
    shown = repr(with_login(settings(25), Path("cert.pem")))
    assert "password" not in shown
    assert PASSWORD not in shown


def test_no_mail_leaves_over_an_open_link(mail: Mail) -> None:
    far = replace(settings(25), host="mail.example.org")
    with pytest.raises(NotSent, match="over an open link; set it to starttls or tls"):
        SmtpChannel(far).send(mail)


def test_a_server_without_starttls_gets_no_mail(inbox: Inbox, mail: Mail) -> None:
    with plain_server(inbox) as port, pytest.raises(NotSent, match="does not offer"):
        SmtpChannel(settings(port, Security.STARTTLS)).send(mail)
    assert inbox.taken == []


def test_tls_on_a_plain_port_says_which_port_goes_with_which(inbox: Inbox, mail: Mail) -> None:
    with plain_server(inbox) as port, pytest.raises(NotSent, match="tls goes with port 465"):
        SmtpChannel(settings(port, Security.TLS)).send(mail)


def test_one_bad_address_does_not_keep_the_mail_from_the_others(mail: Mail) -> None:
    inbox = Inbox(turned_away=frozenset({"second@example.org"}))
    with plain_server(inbox) as port:
        note = SmtpChannel(settings(port)).send(mail)
    assert note == "refused for second@example.org"
    assert inbox.taken[0].rcpt_tos == ["owner@example.org"]


def test_only_bad_addresses(mail: Mail) -> None:
    inbox = Inbox(turned_away=frozenset({"owner@example.org", "second@example.org"}))
    with plain_server(inbox) as port, pytest.raises(NotSent, match=r"mend mail.to .550 no such"):
        SmtpChannel(settings(port)).send(mail)


def test_a_refused_mail_does_not_hold_up_the_next(mail: Mail) -> None:
    inbox = Inbox(answer_to_data="552 too large")
    with plain_server(inbox) as port:
        first, second = deliver((mail, mail), (SmtpChannel(settings(port)),), NOW)
    assert first.state == second.state == "failed"
    assert first.why == second.why == "mail: 127.0.0.1 refuses this mail (552 too large)"


BAD = {
    "refuses everybody": (("554 go away",), "is not ready to take mail .554 go away"),
    "is busy": (("421 too many links",), "is not ready to take mail .421"),
    "hangs before the greeting": ((HANG,), "did not answer within 0.5 seconds"),
    "hangs after it": (("220 mail ready", HANG), "did not answer within 0.5 seconds"),
    "drops at once": ((DROP,), "hung up, and may or may not have the mail"),
    "sender refused": ((*GREETING, "550 not you"), "refuses the address in mail.from"),
    "grey-lists": ((*GREETING, "250 ok", "451 later", "451 later"), "refuses every address"),
    "hangs in the data": (
        (*GREETING, "250 ok", "250 ok", "250 ok", "354 go on", HANG),
        "did not answer within 0.5 seconds",
    ),
    "drops after the data": (
        (*GREETING, "250 ok", "250 ok", "250 ok", "354 go on", DROP),
        "may or may not have the mail; it is sent again under the same Message-ID",
    ),
    "talks nonsense": (("HTTP/1.1 400 Bad Request",), "127.0.0.1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_servers_end_in_a_sentence(name: str, mail: Mail) -> None:
    script, sentence = BAD[name]
    with scripted_server(script) as port, pytest.raises(NotSent, match=sentence) as told:
        SmtpChannel(settings(port)).send(mail)
    assert "\n" not in told.value.why
    assert told.value.is_down


def test_a_bad_goodbye_does_not_send_the_mail_twice(mail: Mail) -> None:
    script = (*GREETING, "250 ok", "250 ok", "250 ok", "354 go on", "250 taken", DROP)
    with scripted_server(script) as port:
        assert SmtpChannel(settings(port)).send(mail) == ""


def test_nobody_there(mail: Mail) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotSent, match=f"takes no calls on port {port}; mend mail.port"):
        SmtpChannel(settings(port)).send(mail)


def test_an_unknown_host(mail: Mail) -> None:
    unknown = replace(settings(25, Security.STARTTLS), host="mail.invalid")
    with pytest.raises(NotSent, match=r"no mail server is known as mail.invalid"):
        SmtpChannel(unknown).send(mail)


def test_a_broken_address(mail: Mail) -> None:
    inbox = Inbox()
    with plain_server(inbox) as port, pytest.raises(NotSent, match=r"mend mail.from or mail.to"):
        SmtpChannel(replace(settings(port), recipients=("a@b\nBcc: x@y",))).send(mail)
    assert inbox.taken == []
