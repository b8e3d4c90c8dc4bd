"""A condition that was found between cycles, and that it is over: one thread of two mails."""

from dataclasses import dataclass
from datetime import datetime

from bot.alerts.compose import Stamp, Topic, mail
from bot.alerts.mails import veiled
from bot.book.rows import Mail
from bot.report.amounts import MONEY, moment
from bot.report.letter import Letter
from brokers.words import AccountId, Environment

WHY = (
    "You get this once when it begins, however long it lasts, and once when it is over. What is "
    "looked after is listed in docs/service.md."
)


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm as a mail speaks of it: ``since`` is when it was raised."""

    environment: Environment
    account: AccountId
    name: str
    text: str
    remedy: str
    since: datetime

    def topic(self, occasion: str) -> Topic:
        """One incident for all alarms of the name, one occasion for each mail."""
        return Topic(self.environment, self.account, f"alarm-{self.name}", occasion)


def raised(told: Told) -> Mail:
    """It holds now."""
    what = veiled(told.text)
    letter = Letter(
        environment=told.environment,
        title=f"{told.account}: {what}",
        sentences=(f"{what}.", "This was found by a look between two cycles."),
        asks=(f"What to do: {told.remedy}.",),
        commands=("trimtab check",),
        facts=_facts(told, told.since),
        why=WHY,
        is_grave=True,
    )
    stamp = Stamp(told.topic(told.since.isoformat()), told.since, "critical", what)
    return mail(letter, stamp)


def over(told: Told, now: datetime) -> Mail:
    """It held, and no longer does."""
    news = f"over: {veiled(told.text)}"
    letter = Letter(
        environment=told.environment,
        title=f"{told.account}: {news}",
        sentences=(f"It began at {moment(told.since)}, and has been away for a while.",),
        facts=_facts(told, now),
        why=WHY,
    )
    return mail(letter, Stamp(told.topic(f"{told.since.isoformat()}-over"), now, "info", news))


def _facts(told: Told, now: datetime) -> tuple[tuple[str, str], ...]:
    return (
        ("Mode", MONEY[told.environment]),
        ("Account", str(told.account)),
        ("Looked after", told.name),
        ("Time", moment(now)),
    )
