"""How long price histories take to be kept and read, and the room that they take in a year.

Run ``python -m benchmarks.prices [names]``. Closes are in cents and volumes whole, as real ones;
every reading opens the book anew. Its times are of the processor, so that a busy machine says
the same; sizes are those of the rows' bodies.
"""

import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np

from bot.book.book import Book
from bot.book.price_rows import Fetch
from bot.book.prices import ROWS_MAX
from bot.prices.kept import bars_of
from brokers.words import Bars, Symbol

RUNS = 15
YEAR = 252
LONG = 2520
DIVIDENDS = 4
NOW = datetime(2020, 3, 12, 15, tzinfo=UTC)
FIRST = date(2000, 1, 3)
FEED = "bench"


def days(count: int, start: int = 0) -> tuple[date, ...]:
    """So many weekdays, from the one numbered ``start`` on."""
    weeks = (divmod(number, 5) for number in range(start, start + count))
    return tuple(FIRST + timedelta(days=7 * week + day) for week, day in weeks)


def histories(names: int, count: int, start: int = 0) -> tuple[Bars, ...]:
    """Random walks of so many names."""
    chance = np.random.default_rng(start)
    walks = 100 * np.exp(np.cumsum(chance.normal(0, 0.015, (names, count)), axis=1))
    volumes = np.round(np.exp(chance.normal(15, 0.6, (names, count))))
    dates = days(count, start)
    return tuple(
        Bars(Symbol(f"S{n:04d}"), dates, tuple(closes), tuple(shares), "bench")
        for n, (closes, shares) in enumerate(
            zip(np.round(walks, 2).tolist(), volumes.tolist(), strict=True)
        )
    )


def fetch(kind: str, bars: tuple[Bars, ...], asked: int) -> Fetch:
    """An answer."""
    return Fetch(kind, NOW, bars[0].days[-1], asked, adjusted=True, bars=bars)  # type: ignore[arg-type]


def make(path: Path, names: int, count: int, more: int) -> float:
    """A book with a history and so many single days behind it; ms to write the last of them."""
    took = 0.0
    with Book.open(path, upgrade=True) as book:
        book.keep_prices(FEED, [fetch("whole", histories(names, count), count)])
        for number in range(more):
            told = fetch("more", histories(names, 1, count + number), count)
            begin = perf_counter()
            book.keep_prices(FEED, [told])
            took = (perf_counter() - begin) * 1000
    return took


def read(path: Path, names: int, count: int) -> tuple[float, float]:
    """Milliseconds of the first reading in a program, and of the next."""
    symbols = tuple(Symbol(f"S{n:04d}") for n in range(names))
    with Book.open(path, upgrade=False) as book:
        bars_of.cache_clear()
        found = []
        for _ in range(2):
            begin = process_time()
            bars = bars_of(book.prices(FEED), symbols, count, date.max)
            found.append((process_time() - begin) * 1000)
            assert len(bars) == names
            assert len(bars[symbols[0]].days) == count
    return found[0], found[1]


def told(what: str, values: Sequence[float]) -> None:
    """A row: the median and the best of the runs."""
    print(f"{what:64}{median(values):8.1f}{min(values):8.1f}")


def sizes(folder: Path, names: int) -> None:
    """Bytes a year, each kind of row measured by itself."""
    with Book.open(folder / "sizes.db", upgrade=True) as book:
        book.keep_prices("day", [fetch("more", histories(names, 1), YEAR)])
        few = max(names * DIVIDENDS // YEAR, 1)
        book.keep_prices("restated", [fetch("whole", histories(few, YEAR), YEAR)])
        book.keep_prices("whole", [fetch("whole", histories(names, YEAR + 60), YEAR)])
        size = {row.feed: row.bytes for row in book.price_feeds()}
    restated = size["restated"] * names * DIVIDENDS / few
    bases = size["whole"] * 2 * YEAR / ROWS_MAX
    rows = {
        "days": size["day"] * YEAR,
        f"restated at {DIVIDENDS} dividends a year": restated,
        f"bases, one after {ROWS_MAX} rows": bases,
    }
    print(f"\n{names} names{'MB a year':>60}")
    for what, count in (*rows.items(), ("together", sum(rows.values()))):
        print(f"{what:58}{count / 1e6:10.1f}")


def main(names: int) -> None:
    """Both tables."""
    print(f"{names} names{'median':>62}{'best':>8}  ms")
    with tempfile.TemporaryDirectory() as place:
        for count, more in ((YEAR, 0), (YEAR, ROWS_MAX - 1), (LONG, 0)):
            path = Path(place) / f"{count}-{more}.db"
            took = make(path, names, count, more)
            runs = [read(path, names, count) for _ in range(RUNS)]
            told(f"read {count} days, {more} rows behind them", [run[0] for run in runs])
            told("  again, nothing new", [run[1] for run in runs])
            if more:
                told("  write one more day", [took])
        sizes(Path(place), names)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
