"""Price histories for whoever talks to no broker: out of the book alone, and where they are from.

found = cached(book, Owner(account, config.prices), symbols)
found.bars        by name, oldest day first
found.sentence    "500 names, 2025-03-03 to 2026-03-02, from ..., fetched 2026-03-03 14:31 UTC"
found.missing     names that the book has nothing of
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.book.book import Book
from bot.prices.history import History, Owner, gather
from brokers.words import Bars, Symbol

REMEDY = "run: trimtab prices fetch"
"""What helps where the book has no prices."""


@dataclass(frozen=True, slots=True)
class Cached:
    """Bars of each name that the book has prices of, and what there is to say of them."""

    bars: Mapping[Symbol, Bars]
    sentence: str
    """Provenance: how many names, which days, from where, fetched when, adjusted or not."""
    missing: tuple[Symbol, ...]
    notes: tuple[str, ...]


def cached(
    book: Book,
    owner: Owner,
    symbols: Sequence[Symbol],
    days: int | None = None,
    through: date = date.max,
) -> Cached:
    """Up to ``days`` bars of each name, none after ``through``; what the book has, however old."""
    wanted = tuple(dict.fromkeys(symbols))
    found = gather(book, owner, wanted, days or owner.settings.history_days, through, lambda *_: ())
    return Cached(
        bars=found.bars,
        sentence=provenance(book, found),
        missing=tuple(symbol for symbol in wanted if symbol not in found.bars),
        notes=found.notes,
    )


def provenance(book: Book, found: History) -> str:
    """One sentence on where the bars that were ``found`` are from."""
    bars = found.bars
    if not bars:
        return f"the book has no prices of these names; {REMEDY}"
    first = min(each.days[0] for each in bars.values())
    last = max(each.days[-1] for each in bars.values())
    names = "1 name" if len(bars) == 1 else f"{len(bars)} names"
    return f"{names}, {first} to {last}, from {'; '.join(_origins(book, found.used))}"


def _origins(book: Book, used: Mapping[str, Sequence[Symbol]]) -> list[str]:
    """Each source that days are from, of how many names, and when it was last asked for them."""
    counts: Counter[tuple[str, bool]] = Counter()
    fetched: dict[tuple[str, bool], datetime] = {}
    for feed, symbols in used.items():
        prices = book.prices(feed)
        for symbol in symbols:
            row = prices.rows[prices.told[prices.places[symbol]]]
            key = (row.origin.source, row.origin.adjusted)
            counts[key] += 1
            fetched[key] = max(fetched.get(key, row.fetched), row.fetched)
    return [
        f"{source} ({count}, {'adjusted' if is_adjusted else 'not adjusted'}, fetched"
        f" {fetched[source, is_adjusted]:%Y-%m-%d %H:%M} UTC)"
        for (source, is_adjusted), count in counts.items()
    ]
