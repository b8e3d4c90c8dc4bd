"""What a source is asked for, and writing down what it told: as little of either as will do.

A name is asked for whole once; then for the days since, with a few before them to see whether the
past still stands. Where a source had nothing new it is asked again after an hour, not before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from bot.book.book import Book
from bot.book.price_rows import Fetch, Prices
from bot.prices.kept import bars_of
from bot.prices.placed import Adds, place
from bot.prices.sound import fault, until
from bot.prices.source import NoPrices, Source, Span
from brokers.words import Bars, Symbol

OVERLAP = 5
"""Days that are asked for once more beside those that are missing."""
MORE_MAX = 40
"""Missing days beyond which a history is asked for whole."""
RETRY = timedelta(hours=1)
EVERY_DAY = 100_000
"""More days than any history has."""
NAMES_MAX = 5
"""Names that are listed in one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names, how many days of each, and the moment. ``through`` is the last session that is over.

    ``insist`` asks again although the source was asked a short while ago, ``whole`` for everything.
    """

    symbols: tuple[Symbol, ...]
    days: int
    through: date
    now: datetime
    insist: bool = False
    whole: bool = False


@dataclass(slots=True)
class _Gathered:
    """What has been told so far, and what there is to say of it."""

    whole: list[Bars] = field(default_factory=list)
    more: list[Bars] = field(default_factory=list)
    marks: dict[Symbol, str] = field(default_factory=dict)
    adjusted: set[Symbol] = field(default_factory=set)
    restated: list[Symbol] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def refresh(book: Book, source: Source, wanted: Wanted) -> tuple[str, ...]:
    """Bring what the book keeps of ``source`` up to date; sentences on what was odd.

    Raises what a broker raises. What was kept stays whatever happens.
    """
    prices = book.prices(source.feed)
    due = _due(prices, source, wanted)
    if not due:
        return ()
    marks = {symbol: prices.marks[symbol] for symbol in due if symbol in prices.marks}
    into = _Gathered(marks=marks, notes=_damage(prices))
    try:
        whole, more = _needs(prices, source, wanted, due)
        again = _ask_more(prices, source, wanted, more, into)
        _ask_whole(prices, source, wanted, [*whole, *again], into)
    except NoPrices as exc:
        into.notes.append(f"{source.name}: {exc}; {exc.remedy}")
    named = {bars.symbol for bars in (*into.whole, *into.more)}
    into.more += [_nothing(symbol, prices) for symbol in due if symbol not in named]
    _keep(book, source, wanted, into)
    if into.restated:
        what = f"{source.name} restated the past of {listed(into.restated)}"
        into.notes.append(f"{what} (a split, a dividend): all of it was fetched anew")
    return tuple(into.notes)


def _due(prices: Prices, source: Source, wanted: Wanted) -> tuple[Symbol, ...]:
    """Names that lack days and that the source was not asked for a short while ago."""
    if wanted.insist or wanted.whole:
        return wanted.symbols
    unknown = [symbol for symbol in wanted.symbols if symbol not in prices.places]
    names = [symbol for symbol in wanted.symbols if symbol in prices.places]
    if not names:
        return wanted.symbols
    here = np.array([prices.places[symbol] for symbol in names], dtype=np.intp)
    fresh = np.array([_is_fresh(row.fetched, row.through, source, wanted) for row in prices.rows])
    enough = np.array([asked >= wanted.days for asked in prices.asked])
    begun = prices.begun[here]
    has_all = (prices.ends[here] >= wanted.through.toordinal()) | fresh[prices.tried[here]]
    done = np.where(begun < 0, fresh[prices.tried[here]], has_all & enough[begun])
    return (*unknown, *(names[place] for place in np.flatnonzero(~done)))


def _is_fresh(fetched: datetime, through: date, source: Source, wanted: Wanted) -> bool:
    """Whether asking again would tell the same."""
    return through >= wanted.through and (source.has_files or wanted.now - fetched < RETRY)


def _needs(
    prices: Prices, source: Source, wanted: Wanted, due: Sequence[Symbol]
) -> tuple[list[Symbol], dict[Symbol, int]]:
    """Names to ask for whole, and those of which so many days are missing."""
    marks = source.marks(due) if source.has_files else {}
    whole: list[Symbol] = []
    more: dict[Symbol, int] = {}
    for symbol in due:
        place = prices.places.get(symbol, -1)
        begun = prices.begun[place] if place >= 0 else -1
        if wanted.whole or begun < 0 or prices.asked[begun] < wanted.days:
            whole.append(symbol)
        elif source.has_files:
            changed = symbol in marks and marks[symbol] != prices.marks.get(symbol, "")
            if wanted.insist or changed:
                whole.append(symbol)
        else:
            last = date.fromordinal(max(int(prices.ends[place]), 1))
            missing = max(int(np.busday_count(last, wanted.through)), 0)
            if missing > MORE_MAX:
                whole.append(symbol)
            else:
                more[symbol] = missing
    return whole, more


def _ask_more(
    prices: Prices, source: Source, wanted: Wanted, more: Mapping[Symbol, int], into: _Gathered
) -> list[Symbol]:
    """Ask for the last days; returns the names whose whole history must be asked for."""
    if not more:
        return []
    days = max(more.values()) + OVERLAP
    kept = bars_of(prices, tuple(more), days + MORE_MAX + OVERLAP, wanted.through)
    again: list[Symbol] = []
    for symbol, told in _told(source, tuple(more), days, wanted, into).items():
        placed = place(kept.get(symbol), told, whole=False)
        if placed.adds in {Adds.ASK, Adds.WHOLE}:
            again.append(symbol)
        elif placed.adds is Adds.MORE:
            into.more.append(placed.bars)
    return again


def _ask_whole(
    prices: Prices, source: Source, wanted: Wanted, names: Sequence[Symbol], into: _Gathered
) -> None:
    """Ask for everything. Where more is asked for than before, or of another kind, it is new."""
    if not names:
        return
    kept = bars_of(prices, tuple(names), EVERY_DAY, wanted.through)
    days = wanted.days + OVERLAP  # one that is not over yet, or was no session, is left out
    for symbol, told in _told(source, names, days, wanted, into).items():
        place_of = prices.places.get(symbol, -1)
        begun = prices.begun[place_of] if place_of >= 0 else -1
        asked_less = begun >= 0 and prices.asked[begun] < wanted.days
        anew = asked_less or _is_other(prices, place_of, told, source, into)
        placed = place(kept.get(symbol), told, whole=True, anew=anew)
        if placed.adds is Adds.WHOLE:
            into.whole.append(placed.bars)
        elif placed.adds is Adds.MORE:
            into.more.append(placed.bars)
        if placed.restated:
            into.restated.append(symbol)
        if placed.note:
            into.notes.append(f"{symbol}: {placed.note}")


def _is_other(prices: Prices, place_of: int, told: Bars, source: Source, into: _Gathered) -> bool:
    """Whether what is kept is of another kind: adjusted or not, of one venue or of all."""
    row = prices.told[place_of] if place_of >= 0 else -1
    if row < 0 or not told.days:
        return False
    origin = prices.rows[row].origin
    is_adjusted = source.adjusted or told.symbol in into.adjusted
    return (origin.adjusted, origin.consolidated) != (is_adjusted, told.consolidated)


def _told(
    source: Source, names: Sequence[Symbol], days: int, wanted: Wanted, into: _Gathered
) -> dict[Symbol, Bars]:
    """The answer, without what is refused of it and without all that is not over yet."""
    answer = source.tell(names, Span(days, wanted.through))
    faults = dict(answer.faults)
    sound: dict[Symbol, Bars] = {}
    for symbol in names:
        bars = answer.bars.get(symbol)
        if bars is None:
            continue
        if why := fault(bars, wanted.through):
            faults[symbol] = why
        else:
            sound[symbol] = until(bars, wanted.through)
    into.marks.update(answer.marks)
    into.marks.update(dict.fromkeys(faults, ""))  # read again, and said again, until it is mended
    into.adjusted |= answer.adjusted
    into.notes += [f"{s}: what {source.name} tells is not used: {why}" for s, why in faults.items()]
    return sound


def _nothing(symbol: Symbol, prices: Prices) -> Bars:
    """Bars that say that a name was asked for in vain."""
    place = prices.places.get(symbol, -1)
    told = prices.told[place] if place >= 0 else -1
    if told < 0:
        return Bars(symbol, (), (), (), "", consolidated=False)
    origin = prices.rows[told].origin
    return Bars(symbol, (), (), (), origin.source, origin.consolidated)


Kind = Literal["whole", "more"]


def _keep(book: Book, source: Source, wanted: Wanted, into: _Gathered) -> None:
    """All of it in one commit; names whose closes are adjusted apart from those that are not."""
    parts: dict[tuple[Kind, bool], list[Bars]] = {}
    lists: tuple[tuple[Kind, list[Bars]], ...] = (("whole", into.whole), ("more", into.more))
    for kind, some in lists:
        for bars in some:
            is_adjusted = source.adjusted or bars.symbol in into.adjusted
            parts.setdefault((kind, is_adjusted), []).append(bars)
    fetches = [
        Fetch(
            kind=kind,
            fetched=wanted.now,
            through=wanted.through,
            asked=wanted.days,
            adjusted=is_adjusted,
            bars=tuple(some),
            marks={bar.symbol: into.marks.get(bar.symbol, "") for bar in some}
            if source.has_files
            else {},
        )
        for (kind, is_adjusted), some in parts.items()
    ]
    if fetches:
        book.keep_prices(source.feed, fetches)


def _damage(prices: Prices) -> list[str]:
    if not prices.damaged:
        return []
    return [f"{prices.damaged} rows of {prices.feed} in the book cannot be read: trimtab db check"]


def listed(names: Sequence[str]) -> str:
    """The first few, and how many there are beside them."""
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return f"{', '.join(names[:NAMES_MAX])}{more}"
