"""Mail that is due goes out through every channel; what fails is said, kept and tried again.

A channel either posts a mail or raises ``NotSent`` with a sentence for a person; nothing else
leaves it, so no mail can stop a cycle. The first channel is the one that counts: a mail is sent
when it took it. The others are posted at each try and not waited for, lest a broken push address
sends the same mail again and again. When to try again, and when to give up, the book knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.book.rows import Mail, MailState


class NotSent(Exception):
    """A mail did not go out: why, and whether the next one would fare the same (``is_down``)."""

    def __init__(self, why: str, *, is_down: bool) -> None:
        """Say why in a sentence that names the remedy."""
        super().__init__(why)
        self.why = why
        self.is_down = is_down


class Channel(Protocol):
    """A way to reach a person."""

    @property
    def name(self) -> str:
        """What the book calls it; never a secret."""
        ...

    def send(self, mail: Mail) -> str:
        """Post ``mail``; returns what is worth noting, or nothing. Raises ``NotSent``."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail: all that the book writes down about one try."""

    mail_id: str
    state: MailState
    time: datetime
    channel: str
    why: str


def deliver(due: Sequence[Mail], channels: Sequence[Channel], now: datetime) -> tuple[Outcome, ...]:
    """Post every mail of ``due`` on every channel; one outcome a mail, in the same order."""
    if not channels:
        return ()
    down: dict[str, str] = {}
    return tuple(_post(mail, channels, down, now) for mail in due)


@dataclass(frozen=True, slots=True)
class _Try:
    """One mail on one channel."""

    channel: str
    is_sent: bool
    note: str


def _post(mail: Mail, channels: Sequence[Channel], down: dict[str, str], now: datetime) -> Outcome:
    tries = [_try(mail, channel, down) for channel in channels]
    names = [one.channel for one in tries if one.is_sent == tries[0].is_sent]
    notes = [f"{one.channel}: {one.note}" for one in tries if one.note]
    state: MailState = "sent" if tries[0].is_sent else "failed"
    return Outcome(mail.mail_id, state, now, ", ".join(names), "; ".join(notes))


def _try(mail: Mail, channel: Channel, down: dict[str, str]) -> _Try:
    """Once a channel is ``down`` it is not tried again in this round: each mail would wait."""
    if channel.name in down:
        return _Try(channel.name, is_sent=False, note=f"not tried, because {down[channel.name]}")
    try:
        return _Try(channel.name, is_sent=True, note=channel.send(mail))
    except NotSent as failure:
        if failure.is_down:
            down[channel.name] = failure.why
        return _Try(channel.name, is_sent=False, note=failure.why)
