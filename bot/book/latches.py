"""What only a named person lifts, beside halts: names left alone, and limits that were loosened."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from bot.book import accepted, quarantine
from bot.book.accepted import Accepted
from bot.book.engine import Place, reading, writing
from bot.book.quarantine import Quarantine
from bot.limits import Limits, looser_ones, tightest
from brokers.words import AccountId, Symbol


class Latches:
    """One part of the book; each method is a transaction."""

    def __init__(self, engine: Engine, place: Place) -> None:
        """Of the book that is open."""
        self._engine = engine
        self._place = place

    def quarantine(self, account: AccountId, symbol: Symbol, why: str, time: datetime) -> None:
        """Leave a name alone until a person clears it."""
        with writing(self._engine, self._place) as connection:
            quarantine.quarantine(connection, account, symbol, why, time)

    def clear(self, account: AccountId, symbol: Symbol, who: str, why: str, time: datetime) -> None:
        """A person says that a name is sound; ``IllegalStep`` where it is not left alone."""
        with writing(self._engine, self._place) as connection:
            quarantine.clear(connection, account, symbol, who, why, time)

    def names(self, account: AccountId) -> Mapping[Symbol, Quarantine]:
        """The last word on each name that ever was left alone."""
        with reading(self._engine, self._place) as connection:
            return quarantine.latest(connection, account)

    def quarantined(self, account: AccountId) -> dict[Symbol, str]:
        """Names that are left alone now, and why."""
        found = self.names(account).values()
        remedy = f"trimtab limits {account} --clear"
        return {
            each.symbol: f"{each.why}; a person clears it: {remedy} {each.symbol}"
            for each in found
            if each.is_in_force
        }

    def cleared(self, account: AccountId, since: datetime) -> frozenset[Symbol]:
        """Names that a person has cleared from ``since`` on."""
        found = self.names(account).values()
        return frozenset(q.symbol for q in found if not q.is_in_force and q.time >= since)

    def accepted(self, account: AccountId) -> Accepted | None:
        """The limits that were in force last; None where the account was never worked."""
        with reading(self._engine, self._place) as connection:
            return accepted.accepted(connection, account)

    def accept(
        self, account: AccountId, limits: Limits, who: str, why: str, time: datetime
    ) -> None:
        """From now on these limits hold: a person said so."""
        with writing(self._engine, self._place) as connection:
            accepted.accept(connection, account, limits, who, why, time)

    def in_force(self, account: AccountId, configured: Limits) -> Limits:
        """The stricter of what the config says and what held last, limit by limit."""
        last = self.accepted(account)
        return configured if last is None else tightest(configured, last.over(configured))

    def settle(self, account: AccountId, configured: Limits, now: datetime) -> Limits:
        """The same, and from now on that is what held last: what is tightened stays so."""
        with writing(self._engine, self._place) as connection:
            last = accepted.accepted(connection, account)
            if last is None:
                accepted.accept(connection, account, configured, "trimtab", "the first", now)
                return configured
            limits = tightest(configured, last.over(configured))
            if looser_ones(last.over(configured), limits) or _has_new(last, limits):
                accepted.accept(connection, account, limits, "trimtab", "tightened", now)
            return limits


def _has_new(last: Accepted, limits: Limits) -> bool:
    """Whether a version of old did not know one of the limits."""
    return any(name not in last.numbers for name in limits.__slots__)
