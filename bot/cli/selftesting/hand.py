"""What a person does at the keyboard: ``trimtab reconcile --adopt``, then ``trimtab resume``."""

from datetime import datetime
from typing import TYPE_CHECKING

from bot.cli.selftesting.life import Life

if TYPE_CHECKING:
    from brokers.broker import Broker

NAME = "owner"


class Unmended(Exception):
    """It could not be put right now; what the book said is kept."""


def mend(life: Life, broker: "Broker", now: datetime) -> int:
    """Catch up, book what differs, resume; how many differences were booked."""
    from bot import reconcile as room
    from bot.book.errors import BookError
    from bot.post import Identity
    from brokers.broker import BrokerError

    config, book = life.desk.config, life.book
    identity = Identity(config.environment, config.live_account)
    try:
        with book.leases.held(config.account, life.office.clock.now):
            room.catch_up(config.policy, identity, broker, book, now)
            if left := book.unsettled(config.account):
                raise Unmended(f"{len(left)} orders may still fill")
            room.fill_holes(config.policy, book, f"by:{NAME}", now)
            state = room.read_account(broker)
            booked = room.adopt(config.policy, book, state, f"by:{NAME}", now)
    except (room.Refusal, BookError, BrokerError) as error:
        raise Unmended(str(error)) from error
    for symbol in book.latches.quarantined(config.account):
        book.latches.clear(config.account, symbol, NAME, "its price is right", now)
    if book.halted(config.account) is not None:
        book.resume(config.account, "looked at", NAME, now)
    return booked
