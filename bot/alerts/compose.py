"""From the parts of a letter to a mail: both halves, pictures, subject, and the key that dedupes.

A dedupe key is ``environment/account/incident/occasion``. The book posts one key once, and mails
that share everything up to the last slash belong to one incident: readers show them as one thread.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.book.rows import Attachment, Mail, Severity
from bot.report.amounts import MONEY, moment
from bot.report.html import letter_page
from bot.report.letter import Letter
from bot.report.text import letter_text, plain
from brokers.words import AccountId, Environment
from strategies.plan import Plan

_SUBJECT_MAX = 160


@dataclass(frozen=True, slots=True)
class Topic:
    """What a mail is about: with ``occasion`` it is told once, by ``incident`` it is threaded."""

    environment: Environment
    account: AccountId
    incident: str
    occasion: str

    @property
    def key(self) -> str:
        """The dedupe key."""
        return f"{self.environment.value}/{self.account}/{self.incident}/{self.occasion}"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands on the outside of a mail."""

    topic: Topic
    created: datetime
    severity: Severity
    subject: str


def incident(dedupe_key: str) -> str:
    """All of a dedupe key but the occasion."""
    return dedupe_key.rpartition("/")[0]


def topic(plan: Plan, incident: str, occasion: str) -> Topic:
    """A topic of the account that ``plan`` is for."""
    return Topic(plan.environment, plan.account, incident, occasion)


def mail(letter: Letter, stamp: Stamp, pictures: tuple[Attachment, ...] = ()) -> Mail:
    """``letter`` as a mail. Its id comes from its key, so that the same news is the same mail."""
    key = stamp.topic.key
    return Mail(
        mail_id=hashlib.sha256(key.encode()).hexdigest()[:24],
        dedupe_key=key,
        created=stamp.created,
        severity=stamp.severity,
        subject=_subject(stamp),
        text=letter_text(letter),
        html=letter_page(letter),
        attachments=pictures,
    )


def _subject(stamp: Stamp) -> str:
    about = stamp.topic
    line = f"[{about.environment.value}] trimtab: {about.account}: {stamp.subject}"
    one_line = plain(" ".join(line.split()))
    return one_line if len(one_line) <= _SUBJECT_MAX else f"{one_line[: _SUBJECT_MAX - 3]}..."


def picture(cid: str, png: bytes) -> Attachment:
    """A picture to be shown in the letter."""
    return Attachment(name=f"{cid}.png", mime="image/png", content=png, cid=cid)


def plan_facts(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Which plan of which account a mail speaks of."""
    return (
        ("Mode", MONEY[plan.environment]),
        ("Account", str(plan.account)),
        ("Plan", str(plan.plan_id)),
        ("Session", plan.session.isoformat()),
        ("Made", moment(plan.time)),
    )
