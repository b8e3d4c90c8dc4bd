"""The price histories of one look: every source brought up to date, then joined name by name.

Sources are asked in the owner's order, each only for names whose history is still too short. What
was imported once by hand comes last. The history that reaches furthest to the present sets the
level; the others go before it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from bot.book.book import Book
from bot.config.settings import PriceSettings, PriceSource
from bot.prices.adapter import FromAdapter
from bot.prices.folder import FromFolder
from bot.prices.joined import join
from bot.prices.kept import bars_of
from bot.prices.refresh import Wanted, listed, refresh
from bot.prices.source import FromBroker, Source
from brokers.broker import Market
from brokers.words import AccountId, Bars, Symbol


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose histories they are, and how he set them."""

    account: AccountId
    settings: PriceSettings

    def feed(self, source: PriceSource) -> str:
        """What the book calls the prices of a source; with another word on them it reads anew."""
        ours = self.settings
        word = f"{', adjusted' * ours.adjusted}{', consolidated' * ours.consolidated}"
        match source:
            case PriceSource.BROKER:
                return ours.broker_feed or f"account {self.account}"
            case PriceSource.FOLDER:
                return f"folder {ours.folder}{word}"
            case PriceSource.ADAPTER:
                return f"adapter {ours.adapter}{word}"
            case _:
                assert_never(source)

    @property
    def imported(self) -> str:
        """What the book calls the prices that were imported by hand."""
        return f"import {self.account}"

    @property
    def feeds(self) -> tuple[str, ...]:
        """All of them, in the order in which they are asked."""
        return (*(self.feed(source) for source in self.settings.sources), self.imported)

    def source(self, kind: PriceSource, market: Market) -> Source:
        """The source itself."""
        ours, feed = self.settings, self.feed(kind)
        match kind:
            case PriceSource.BROKER:
                return FromBroker(market, feed)
            case PriceSource.FOLDER:
                assert ours.folder is not None, "the config was checked"
                return FromFolder(ours.folder, feed, ours.adjusted, ours.consolidated)
            case PriceSource.ADAPTER:
                return FromAdapter(ours.adapter, feed, ours.adjusted, ours.consolidated)
            case _:
                assert_never(kind)


@dataclass(frozen=True, slots=True)
class Moment:
    """When one looks, and the last session of which prices were told then."""

    now: datetime
    through: date


@dataclass(frozen=True, slots=True)
class History:
    """Bars of each name that has any, what there is to say of them, and the names by feed."""

    bars: Mapping[Symbol, Bars]
    notes: tuple[str, ...] = ()
    used: Mapping[str, tuple[Symbol, ...]] = field(default_factory=dict)
    """Names that a feed tells days of; a feed that is not needed is not in it."""


def history(  # noqa: PLR0913  # whose, of what, from where, when, how much
    owner: Owner,
    market: Market,
    book: Book,
    symbols: Sequence[Symbol],
    moment: Moment,
    *,
    days: int | None = None,
    insist: bool = False,
    whole: bool = False,
) -> History:
    """Up to ``days`` bars of each name, as the account's settings say, none of an open session.

    ``insist`` asks although it was asked a short while ago, ``whole`` for all days once more.
    """
    length = owner.settings.history_days
    kinds = {owner.feed(kind): kind for kind in owner.settings.sources}

    def up_to_date(feed: str, names: tuple[Symbol, ...]) -> tuple[str, ...]:
        if feed not in kinds:
            return ()
        wanted = Wanted(names, length, moment.through, moment.now, insist, whole)
        return refresh(book, owner.source(kinds[feed], market), wanted)

    found = gather(book, owner, symbols, min(days or length, length), moment.through, up_to_date)
    return replace(found, notes=(*found.notes, *_behind(found.bars, moment.through)))


Refresh = Callable[[str, tuple[Symbol, ...]], tuple[str, ...]]


def gather(  # from where, whose, of what, how much, until when
    book: Book,
    owner: Owner,
    symbols: Sequence[Symbol],
    days: int,
    through: date,
    up_to_date: Refresh,
) -> History:
    """What the book keeps of each name, source after source until it is ``days`` long."""
    found: Mapping[Symbol, Bars] = {}
    notes: list[str] = []
    apart: dict[str, list[str]] = {}
    used: dict[str, tuple[Symbol, ...]] = {}
    for feed in owner.feeds:
        short = tuple(s for s in symbols if not _is_enough(found.get(s), days, through))
        if not short:
            break
        notes += up_to_date(feed, short)
        told = bars_of(book.prices(feed), short, days, through)
        if not found:
            found, used[feed] = told, tuple(told)
            continue
        joined = {s: _joined(found.get(s), told[s], days) for s in told}
        used[feed] = tuple(s for s, (bars, _) in joined.items() if bars is not found.get(s))
        found = {**found, **{s: bars for s, (bars, _) in joined.items()}}
        for symbol, (_, why) in joined.items():
            if why:
                apart.setdefault(feed, []).append(f"{symbol} ({why})")
    notes += [f"older prices of {feed} are not used: {listed(n)}" for feed, n in apart.items()]
    return History(found, tuple(notes), {feed: names for feed, names in used.items() if names})


def _is_enough(bars: Bars | None, days: int, through: date) -> bool:
    return bars is not None and len(bars.days) >= days and bars.days[-1] >= through


def _joined(first: Bars | None, second: Bars, days: int) -> tuple[Bars, str]:
    """The two as one, the one that ends later at the end; and why not, where that cannot be."""
    if first is None:
        return second, ""
    newer, older = (second, first) if second.days[-1] > first.days[-1] else (first, second)
    made = join(older, newer)
    return (first if made.bars is first else _last(made.bars, days)), made.why


def _last(bars: Bars, days: int) -> Bars:
    return replace(
        bars, days=bars.days[-days:], closes=bars.closes[-days:], volumes=bars.volumes[-days:]
    )


def _behind(found: Mapping[Symbol, Bars], through: date) -> Iterator[str]:
    """Names whose last close is not of the last session."""
    late = [f"{s} {bars.days[-1]}" for s, bars in found.items() if bars.days[-1] < through]
    if late:
        yield f"no close of {through}, the last are of: {listed(late)}"
