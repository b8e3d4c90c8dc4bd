"""Past prices of what is held, wanted or compared with: out of the book, or asked for anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.book.book import Book
from bot.cli.risking.positions import Held
from bot.prices.cached import cached
from bot.prices.history import Moment, Owner, history
from bot.prices.source import NoPrices
from brokers.broker import Market
from brokers.words import Bars, Symbol


@dataclass(frozen=True, slots=True)
class Priced:
    """Bars by name, ``words`` on where they are from, and what was odd.

    ``planned`` are those that a plan is made from, of as many days as the config says.
    """

    bars: Mapping[Symbol, Bars]
    planned: Mapping[Symbol, Bars]
    words: str
    notes: tuple[str, ...] = ()


def ask(
    held: Held, more: tuple[Symbol, ...], days: int | None, market: Market, book: Book, at: Moment
) -> tuple[str, ...]:
    """Have the sources tell what the book lacks of these prices; what was odd about it."""
    settings = held.config.prices
    length = max(days or 0, settings.history_days)
    owner = Owner(held.config.account, replace(settings, history_days=length))
    names = tuple(sorted({*held.names, *more}))
    return history(owner, market, book, names, at).notes


def priced(
    held: Held, more: tuple[Symbol, ...], days: int | None, book: Book, through: date
) -> Priced:
    """What the book has, up to the session ``through``. Raises ``NoPrices`` where it has none."""
    owner = Owner(held.config.account, held.config.prices)
    names = tuple(dict.fromkeys((*held.names, *more)))
    found = cached(book, owner, names, days, through)
    if not any(name in found.bars for name in held.names):
        account = held.config.account
        raise NoPrices(
            f"the book has no prices of what {account} holds or wants",
            f"trimtab prices fetch --account {account}, or trimtab risk {account} --now",
        )
    planned = found
    if days is not None and days != owner.settings.history_days:
        planned = cached(book, owner, held.names, None, through)
    notes = (*found.notes, *_old(held, found.bars, through), *_short(found.bars, days))
    return Priced(found.bars, planned.bars, found.sentence, notes)


def _old(held: Held, bars: Mapping[Symbol, Bars], through: date) -> Iterator[str]:
    """Where prices or positions are older than the last session that is over."""
    if held.origin == "broker":  # that its sources had nothing newer was said by them
        return
    last = max(each.days[-1] for each in bars.values())
    if last < through:
        fetch = f"trimtab prices fetch --account {held.config.account}"
        yield f"the newest prices are of {last}, the last session was {through}: {fetch}"
    seen = held.time.date()
    if seen < through:
        yield f"positions are of {seen}, the last session was {through}: weights have moved since"


def _short(bars: Mapping[Symbol, Bars], days: int | None) -> Iterator[str]:
    """Where there is less history than the caller asked for."""
    longest = max(len(each.days) for each in bars.values())
    if days is not None and longest < days:
        yield f"{longest} closes are there of the {days} that were asked for"
