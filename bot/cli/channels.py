"""Where mails go: from the config's words to open channels, and emptying the outbox."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.alerts.post import Channel, Outcome
    from bot.book.rows import Mail
    from bot.config.settings import Config
    from bot.rounds import Office


def open_channels(config: "Config", environ: Mapping[str, str]) -> "tuple[Channel, ...]":
    """The mail server, or a folder where none is set; then the push services."""
    from bot.alerts.folder import FolderChannel
    from bot.alerts.push import AppriseChannel
    from bot.alerts.smtp import SmtpChannel, SmtpSettings
    from bot.config.secrets import find_secret

    mail = config.mail
    channels: list[Channel] = []
    if mail.host is None:
        channels.append(FolderChannel(mail.outbox))
    else:
        settings = SmtpSettings(
            host=mail.host,
            port=mail.port,
            security=mail.security,
            username=mail.username,
            password=lambda: find_secret("smtp_password", environ, config.secrets).reveal(),
            sender=mail.sender,
            recipients=mail.to,
            authorities=mail.authorities,
        )
        channels.append(SmtpChannel(settings))
    if mail.notify:
        urls = [find_secret(name, environ, config.secrets).reveal() for name in mail.notify]
        channels.append(AppriseChannel(urls))
    return tuple(channels)


def empty_outbox(office: "Office", channels: "tuple[Channel, ...]") -> None:
    """Try every mail that is due, and write down what became of each.

    One machine at a time: of two that work one book each would send it.
    """
    from bot.alerts.post import deliver
    from bot.book.errors import LeaseHeld
    from bot.book.leases import OUTBOX

    book, now = office.book, office.clock.now()
    if not channels:
        return
    for mail in office.unposted.take():
        _send_without_book(mail, office, channels)
    if not book.due_mails(now):
        return
    with suppress(LeaseHeld), book.leases.held(OUTBOX, office.clock.now):
        for outcome in deliver(book.due_mails(now), channels, now):
            book.mark_mail(
                outcome.mail_id, outcome.state, outcome.time, outcome.channel, outcome.why
            )
            _note(outcome)


def _send_without_book(mail: "Mail", office: "Office", channels: "tuple[Channel, ...]") -> None:
    """Now, since the book may be what is broken; what does not go out waits, in the book if it can.

    Nobody is told twice: what was sent is never put into the book.
    """
    from bot.alerts.post import deliver
    from bot.book.errors import BookError

    (outcome,) = deliver((mail,), channels, office.clock.now())
    _note(outcome)
    if outcome.state == "sent":
        return
    try:
        office.book.post(mail)
    except BookError:
        office.unposted.put_back(mail)


def _note(outcome: "Outcome") -> None:
    """A line in the log: a mail that does not go out is told there, and nowhere else."""
    from logging import getLogger

    log, about = getLogger("trimtab.mail"), {"mail": outcome.mail_id}
    if outcome.state == "sent":
        log.info("sent by %s", outcome.channel, extra=about)
    else:
        log.warning("not sent by %s: %s", outcome.channel, outcome.why, extra=about)
