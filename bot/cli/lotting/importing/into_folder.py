"""Into the files of an account that is kept by hand.

Before the first look at the account its lots go into lots.csv, from which the book begins. After
it the book has what the account held: lots then tell the basis of what came without one
(``into_book``), and nothing of the time before is taken, which would count twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from bot.cli.lotting.importing.told import Done, Noun, rows_of
from bot.importers.nouns import BadImport, Item, Kind, Place
from bot.importers.settle import Change, Settled, changes, refuse_oversold
from brokers.manual.intake import Kept, News, TakenIn, take_in
from brokers.words import ZERO, CashFlow, Currency, Execution, Split, Symbol, Transfer
from strategies.lots import BadLots, Rules, ledger
from strategies.policy import TaxPolicy

Placed = dict[tuple[Symbol, datetime, Decimal], str]
"""Where a lot or a trade stands in its file."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The account: its files, its currency, how it is taxed, and when it was first looked at.

    ``held`` is what a picture in the statement says is held of each symbol.
    """

    path: Path
    base: Currency
    tax: TaxPolicy
    looked: datetime | None
    now: datetime
    held: Mapping[str, Decimal]


def into_folder(settled: Settled, into: Folder, *, preview: bool) -> Done:
    """Add what is new. Raises ``BadImport`` or ``BadAnswer``; nothing is then written."""
    _refuse_outs(settled.outs)
    notes: list[str] = []
    news = _news(settled, into, notes)
    judge = _Judge(into, news, notes)
    taken = take_in(into.path, news, judge, preview=preview, base=into.base)
    nouns: tuple[Noun, ...] = (*taken.fills, *taken.lots, *taken.flows, *taken.splits)
    return Done("folder", str(into.path), rows_of(nouns), taken.known, tuple(notes))


def _refuse_outs(outs: Sequence[Item]) -> None:
    if outs:
        what = f"{outs[0].place}: {outs[0].what.symbol} left without a sale"
        remedy = "an account kept by hand has no line for that: --only lots takes what is held now"
        raise BadImport([what], remedy)


def _news(settled: Settled, into: Folder, notes: list[str]) -> News:
    """What may go into files: after the first look nothing that was before it."""
    late = (*settled.trades, *settled.flows, *settled.splits)
    if into.looked is not None:
        late = tuple(_after(late, into.looked, notes))
    return News(
        fills=tuple((str(i.place), i.what) for i in late if isinstance(i.what, Execution)),
        lots=tuple(
            (str(i.place), i.what)
            for i in settled.lots
            if isinstance(i.what, Transfer) and into.looked is None
        ),
        flows=tuple((str(i.place), i.what) for i in late if isinstance(i.what, CashFlow)),
        splits=tuple((str(i.place), i.what) for i in late if isinstance(i.what, Split)),
    )


def _after(items: Iterable[Item], looked: datetime, notes: list[str]) -> Iterator[Item]:
    """Those since the first look; trades of before are said by their number."""
    before = 0
    for item in items:
        what = item.what
        is_before = (
            what.effective <= looked.date() if isinstance(what, Split) else what.time <= looked
        )
        if is_before:
            before += 1
        else:
            yield item
    if before:
        notes.append(
            f"{before} trades, cash flows and splits are of before the first look at the account "
            f"on {looked:%Y-%m-%d}: the book began with what they came to, so they are passed over"
        )


@dataclass(frozen=True, slots=True)
class _Judge:
    """Whether files and news together can be true."""

    into: Folder
    news: News
    notes: list[str]

    def __call__(self, kept: Kept, taken: TakenIn) -> None:
        """Raise ``BadImport`` where they cannot."""
        odd = {action.symbol for action in kept.actions if not isinstance(action, Split)}
        if self.into.looked is None:
            refuse_oversold(c for c in self._changes(kept, taken) if c.symbol not in odd)
        lots = (*kept.lots, *taken.lots)
        every = (*kept.fills, *taken.fills)
        today = self.into.now.date()
        if self.into.looked is not None:
            return  # the book has more than the files; the next look ties out both
        try:
            found = ledger(every, lots, (*kept.actions, *taken.splits), Rules(self.into.tax), today)
        except BadLots as exc:
            raise BadImport([str(exc)], exc.remedy) from exc
        for symbol in sorted({lot.symbol for lot in taken.lots}):
            shares, told = found.quantity(symbol), self.into.held.get(symbol)
            if told is not None and shares > told:
                self._too_many(symbol, shares, f"the file says that {told:f} are held")
        if kept.positions is not None:
            held = {position.symbol: position.quantity for position in kept.positions}
            for symbol in sorted({lot.symbol for lot in taken.lots}):
                self._beside(symbol, found.quantity(symbol), held.get(symbol, ZERO))

    def _beside(self, symbol: Symbol, told: Decimal, there: Decimal) -> None:
        """The sum of all that is told beside what positions.csv says."""
        if told > there:
            self._too_many(symbol, told, f"positions.csv says {there:f}")
        if told < there:
            self.notes.append(
                f"{symbol}: {told:f} are told and positions.csv says {there:f}: the first look "
                "will book the rest with unknown basis"
            )

    def _too_many(self, symbol: Symbol, shares: Decimal, other: str) -> NoReturn:
        place = next(p for p, lot in self.news.lots if lot.symbol == symbol)
        what = f"{place}: with it {symbol} would come to {shares:f}, and {other}"
        raise BadImport([what], "see lots.csv and fills.csv: some of it is there already")

    def _changes(self, kept: Kept, taken: TakenIn) -> Iterator[Change]:
        news = self.news
        placed: Placed = {(n.symbol, n.time, n.quantity): place for place, n in news.fills}
        placed |= {(n.symbol, n.time, n.quantity): place for place, n in news.lots}
        known: tuple[tuple[str, Sequence[Noun]], ...] = (
            ("fills.csv", kept.fills),
            ("lots.csv", kept.lots),
            ("splits.csv", [a for a in kept.actions if isinstance(a, Split)]),
            ("", (*taken.fills, *taken.lots, *taken.splits)),
        )
        for file, nouns in known:
            for noun in nouns:
                yield from _change(noun, file, placed)


def _change(noun: Noun, file: str, placed: Placed) -> Iterator[Change]:
    key = None if isinstance(noun, Split | CashFlow) else (noun.symbol, noun.time, noun.quantity)
    place = file or (placed.get(key, "") if key else "")
    name, _, line = place.rpartition(":")
    at = Place(name, int(line)) if line.isdigit() else Place(place, 1)
    yield from changes([Item(Kind.TRADE, noun, at)])
