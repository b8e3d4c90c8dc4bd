"""What the book keeps of an account's names: from where, from when to when, how old, which gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from bot.book.book import Book
from bot.book.price_table import block_of, known
from bot.prices.cached import provenance
from bot.prices.history import Owner, gather
from brokers.words import Bars, Symbol

GAPS_MAX = 20
"""Days that are named of all that a name lacks."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source told of one name. Days and origin are null where it told nothing."""

    feed: str
    source: str | None
    adjusted: bool | None
    consolidated: bool | None
    first: date | None
    last: date | None
    days: int
    fetched: datetime | None
    tried: datetime
    """When it was last asked."""
    used: bool
    """Whether any day of the history that a look uses is from here."""


@dataclass(frozen=True, slots=True)
class NamePrices:
    """The history of one name as a look uses it, and what it is made of."""

    symbol: Symbol
    first: date | None
    last: date | None
    days: int
    behind: int | None
    """Weekdays between its last close and the last session that is over."""
    gaps: int
    """Days inside its history that more than half of the other names have."""
    gap_days: tuple[date, ...]
    """The first of them."""
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class FeedSize:
    """Rows and bytes that one source takes in the book, all that was ever told."""

    feed: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class AccountPrices:
    """The price histories of one account."""

    through: date
    """The last session of which prices are told."""
    history_days: int
    provenance: str
    missing: tuple[Symbol, ...]
    """Names of which no source told anything."""
    notes: tuple[str, ...]
    names: tuple[NamePrices, ...]
    feeds: tuple[FeedSize, ...]


def survey(book: Book, owner: Owner, symbols: Sequence[Symbol], through: date) -> AccountPrices:
    """All of it. Nobody is asked."""
    days = owner.settings.history_days
    found = gather(book, owner, symbols, days, through, lambda *_: ())
    gaps = _gaps(tuple(found.bars.values()))
    names = (
        _name(s, found.bars.get(s), gaps.get(s, ()), through, _parts(book, owner, s, found.used))
        for s in symbols
    )
    sizes = (each for each in book.price_feeds() if each.feed in owner.feeds)
    return AccountPrices(
        through=through,
        history_days=days,
        provenance=provenance(book, found),
        missing=tuple(symbol for symbol in symbols if symbol not in found.bars),
        notes=found.notes,
        names=tuple(names),
        feeds=tuple(FeedSize(each.feed, each.rows, each.bytes) for each in sizes),
    )


def _name(
    symbol: Symbol,
    bars: Bars | None,
    gaps: Sequence[date],
    through: date,
    parts: tuple[Part, ...],
) -> NamePrices:
    return NamePrices(
        symbol=symbol,
        first=bars.days[0] if bars else None,
        last=bars.days[-1] if bars else None,
        days=len(bars.days) if bars else 0,
        behind=max(int(np.busday_count(bars.days[-1], through)), 0) if bars else None,
        gaps=len(gaps),
        gap_days=tuple(gaps[:GAPS_MAX]),
        parts=parts,
    )


def _parts(
    book: Book, owner: Owner, symbol: Symbol, used: Mapping[str, Sequence[Symbol]]
) -> tuple[Part, ...]:
    told = ((feed, known(book.prices(feed), symbol)) for feed in owner.feeds)
    return tuple(
        Part(
            feed=feed,
            source=about.origin.source if about.origin else None,
            adjusted=about.origin.adjusted if about.origin else None,
            consolidated=about.origin.consolidated if about.origin else None,
            first=about.first,
            last=about.last,
            days=about.days,
            fetched=about.fetched,
            tried=about.tried,
            used=symbol in used.get(feed, ()),
        )
        for feed, about in told
        if about is not None
    )


def _gaps(bars: Sequence[Bars]) -> Mapping[Symbol, tuple[date, ...]]:
    """Days that each name lacks: more than half of the names whose history spans them have one."""
    block = block_of(bars, 0)
    has = ~np.isnan(block.closes)
    if not has.size:
        return {}
    begun = np.maximum.accumulate(has, axis=1)
    ended = np.maximum.accumulate(has[:, ::-1], axis=1)[:, ::-1]
    spans = begun & ended
    usual = 2 * has.sum(axis=0) > spans.sum(axis=0)
    lacking = spans & ~has & usual
    return {
        symbol: tuple(date.fromordinal(day) for day in block.days[row].tolist())
        for symbol, row in zip(block.symbols, lacking, strict=True)
    }
