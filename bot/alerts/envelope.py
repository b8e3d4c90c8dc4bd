"""A mail as a message: both halves, pictures in place, and headers that machines obey.

``Auto-Submitted`` keeps holiday replies away (RFC 3834), ``List-Id`` is what filters file by
(RFC 2919), and ``References`` names one imagined first message for each incident, so that readers
thread all mails of an incident. A mail that is sent twice has the same ``Message-ID`` both times.
"""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from bot.alerts.compose import incident
from bot.book.rows import Attachment, Mail
from bot.redaction import redacted

_NOWHERE = "trimtab.invalid"
_PLAIN_POST = SMTP.clone(cte_type="7bit", max_line_length=998)
"""Every server takes 7 bits; lines as long as RFC 5322 allows, so that no subject is folded."""


def message(mail: Mail, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """``mail`` from ``sender`` to ``recipients``, ready to be posted."""
    envelope = EmailMessage(policy=_PLAIN_POST)
    for name, value in _headers(mail, sender, recipients).items():
        envelope[name] = value
    envelope.set_content(redacted(mail.text))
    if mail.html:
        envelope.add_alternative(redacted(mail.html), subtype="html")
    for attachment in mail.attachments:
        _attach(envelope, attachment)
    for place, part in enumerate(part for part in envelope.walk() if part.is_multipart()):
        part.set_boundary(f"=_{mail.mail_id}_{place}")
    return envelope


def domain(sender: str) -> str:
    """What stands behind the @ of an address."""
    _, at, place = parseaddr(sender)[1].rpartition("@")
    return place if at and place else _NOWHERE


def _headers(mail: Mail, sender: str, recipients: tuple[str, ...]) -> dict[str, str]:
    here = domain(sender)
    thread = hashlib.sha256(incident(mail.dedupe_key).encode()).hexdigest()[:24]
    return {
        "From": sender,
        "To": ", ".join(recipients),
        "Subject": " ".join(redacted(mail.subject).split()),
        "Date": format_datetime(mail.created),
        "Message-ID": f"<{mail.mail_id}@{here}>",
        "In-Reply-To": f"<{thread}.incident@{here}>",
        "References": f"<{thread}.incident@{here}>",
        "List-Id": f"trimtab <trimtab.{here}>",
        "Auto-Submitted": "auto-generated",
        "Importance": "high" if mail.severity == "critical" else "normal",
    }


def _attach(envelope: EmailMessage, attachment: Attachment) -> None:
    """Pictures that the HTML shows belong to the HTML; anything else is a file of the mail."""
    maintype, _, subtype = attachment.mime.partition("/")
    page = envelope.get_body(("html",)) if attachment.cid else None
    if isinstance(page, EmailMessage):
        page.add_related(
            attachment.content,
            maintype,
            subtype,
            cid=f"<{attachment.cid}>",
            filename=attachment.name,
            disposition="inline",
        )
        return
    envelope.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name
    )
