"""Lots beside the trades that made them: each share is told once.

A statement may tell the trades of a time and the lots that were open at its end; some of these lots
those trades have made. What was held before the first trade is what the picture has beyond the
trades: the lots bought earlier, still open or closed since, as far as the statement tells them, or
shares of unknown basis. Where this does not add up nothing is guessed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.importers.cells import NEW_YORK
from bot.importers.nouns import BadImport, Item, Kind
from bot.importers.rows import MORNING
from brokers.words import ZERO, Execution, Side, Split, Symbol, Transfer

NANO = Decimal("1e-9")


class Only(StrEnum):
    """Which part of the statements is wanted."""

    ALL = "all"
    TRADES = "trades"
    LOTS = "lots"


@dataclass(frozen=True, slots=True)
class Settled:
    """One account's share of the statements: nothing in it is told twice.

    ``lots`` came without a trade, with their basis or without; ``outs`` went so.
    """

    trades: tuple[Item, ...]
    lots: tuple[Item, ...]
    outs: tuple[Item, ...]
    flows: tuple[Item, ...]
    splits: tuple[Item, ...]
    notes: tuple[str, ...] = ()


def settle(items: Sequence[Item], only: Only = Only.ALL) -> Settled:
    """What one account began with, traded and moved. Raises ``BadImport`` where it cannot be."""
    notes: list[str] = []
    wrong: list[str] = []
    trades: list[Item] = []
    lots: list[Item] = []
    for symbol in sorted({i.what.symbol or "" for i in items if i.kind is not Kind.FLOW}):
        of = _Of(Symbol(symbol), tuple(i for i in items if i.what.symbol == symbol))
        try:
            traded, came = of.settled(only, notes)
        except BadImport as exc:
            wrong.append(str(exc))
            continue
        trades += traded
        lots += came
    if wrong:
        raise BadImport(wrong, REMEDY)
    some = only is not Only.LOTS
    return Settled(
        trades=tuple(trades),
        lots=tuple(i for i in lots if _transfer(i).quantity > 0),
        outs=tuple(i for i in lots if _transfer(i).quantity < 0),
        flows=tuple(i for i in items if i.kind is Kind.FLOW and some),
        splits=tuple(i for i in items if i.kind is Kind.SPLIT and some),
        notes=tuple(notes),
    )


REMEDY = "--only lots takes what is held now, --only trades what was traded"


@dataclass(frozen=True, slots=True)
class _Of:
    """Everything that is told of one symbol."""

    symbol: Symbol
    items: tuple[Item, ...]

    def _kind(self, *kinds: Kind) -> list[Item]:
        return [item for item in self.items if item.kind in kinds]

    def settled(self, only: Only, notes: list[str]) -> tuple[list[Item], list[Item]]:
        """(trades, what came or went without one)."""
        trades, moves = self._kind(Kind.TRADE), self._kind(Kind.TRANSFER)
        picture = self._kind(Kind.LOT) or self._kind(Kind.POSITION)
        if only is Only.LOTS:
            return [], [_as_of_purchase(item, self._splits()) for item in picture]
        events = [*trades, *moves]
        if not events:
            return [], [_as_of_purchase(item, self._splits()) for item in picture]
        first = min(map(day_of, events))
        if only is Only.TRADES or not picture:
            return trades, [*moves, *self._before(self._older([], first), first)]
        return trades, self._beside(picture, first, notes)

    def _splits(self) -> list[Split]:
        return [i.what for i in self.items if isinstance(i.what, Split)]

    def _older(self, picture: Iterable[Item], first: date) -> list[Item]:
        """Lots that were bought before anything that is told: open ones, and closed ones."""
        return [
            item
            for item in (*self._kind(Kind.CLOSED), *picture)
            if _transfer(item).acquired < first and item.kind is not Kind.POSITION
        ]

    def _before(self, older: Iterable[Item], first: date) -> list[Item]:
        """Lots as they stood on the day before the first event, in the shares of that day.

        Those that were sold since came a day before the others: of lots bought on one day they go.
        """
        before = first - timedelta(days=1)
        return [
            _dated(
                item,
                before - timedelta(days=item.kind is Kind.CLOSED),
                self._ratio(first, item),
            )
            for item in older
        ]

    def _ratio(self, first: date, item: Item) -> Decimal:
        """Shares on the day of a picture for one on ``first``."""
        day, ratio = _transfer(item).time.astimezone(NEW_YORK).date(), Decimal(1)
        for action in self._splits():
            if first <= action.effective <= day:
                ratio *= action.ratio
        return ratio

    def _beside(self, picture: list[Item], first: date, notes: list[str]) -> list[Item]:
        """What came without a trade, where the picture at the end is told too."""
        day = max(_transfer(item).time.astimezone(NEW_YORK).date() for item in picture)
        held = sum((_transfer(item).quantity for item in picture), ZERO)
        began = _plain((held - self._net(day)) / self._ratio(first, picture[0]))
        moves = self._kind(Kind.TRANSFER)
        blank = [i for i in moves if _transfer(i).quantity > 0 and _transfer(i).unit_cost is None]
        older = self._before(self._older(picture, first), first)
        known = _plain(sum((_transfer(item).quantity for item in older), ZERO))
        came = sum((_transfer(item).quantity for item in blank), ZERO)
        explained = len(picture) - sum(1 for item in older if item.kind is Kind.LOT)
        if explained:
            notes.append(
                f"{self.symbol}: {explained} lots or positions are what trades told here made"
            )
        if began == known:
            return [*moves, *older]
        if began == 0 and known == came and len({day_of(item) for item in blank}) == 1:
            then = day_of(blank[0])
            return [
                *(i for i in moves if i not in blank),
                *(_dated(i, then, Decimal(1)) for i in older),
            ]
        if began > 0 and not known:
            notes.append(
                f"{self.symbol}: what {began:f} of them had cost is not told: basis unknown"
            )
            return [*moves, _unknown(picture[0], began, first)]
        what = (
            f"{self.symbol}: {held:f} are held on {day} and the trades told come to"
            f" {self._net(day):f}: {began:f} were there before, of which lots tell {known:f}"
        )
        raise BadImport([f"{picture[0].place}: {what}"])

    def _net(self, until: date) -> Decimal:
        """Shares that trades and transfers up to a day come to, in the shares of that day."""
        events: list[tuple[date, int, Decimal]] = [
            (action.effective, 0, action.ratio) for action in self._splits()
        ]
        events += [(day_of(i), 1, change_of(i)) for i in self._kind(Kind.TRADE, Kind.TRANSFER)]
        net = ZERO
        for day, is_change, amount in sorted(events, key=lambda event: event[:2]):
            if day <= until:
                net = net + amount if is_change else net * amount
        return net


def _plain(shares: Decimal) -> Decimal:
    """Shares to nine places, as all are counted."""
    return shares.quantize(NANO).normalize() + ZERO


def _transfer(item: Item) -> Transfer:
    assert isinstance(item.what, Transfer), "its kind says so"
    return item.what


def day_of(item: Item) -> date:
    """The day on which an item happened, at the exchange."""
    what = item.what
    if isinstance(what, Split):
        return what.effective
    return what.time.astimezone(NEW_YORK).date()


def change_of(item: Item) -> Decimal:
    """Shares that came with an item, negative where they went."""
    match item.what:
        case Execution() as e:
            return e.quantity * (1 if e.side is Side.BUY else -1)
        case Transfer() as t:
            return t.quantity
    return ZERO


def _dated(item: Item, day: date, ratio: Decimal) -> Item:
    """A lot as it stood on ``day``, before a split of ``ratio``; its basis as a whole stays."""
    what = _transfer(item)
    quantity = what.quantity / ratio
    cost = None if what.unit_cost is None else what.unit_cost * ratio
    moment = datetime.combine(max(day, what.acquired), MORNING)
    moved = replace(what, quantity=quantity.normalize() + ZERO, unit_cost=cost, time=moment)
    return replace(item, what=moved)


def _as_of_purchase(item: Item, splits: Iterable[Split]) -> Item:
    """A lot as if it had always been here, where no split lies between; else as of its day."""
    what = _transfer(item)
    day = day_of(item)
    if any(what.acquired < action.effective <= day for action in splits):
        return item
    return replace(item, what=replace(what, time=datetime.combine(what.acquired, MORNING)))


def _unknown(like: Item, quantity: Decimal, first: date) -> Item:
    """Shares that were there before anything is told."""
    day = first - timedelta(days=1)
    moment = datetime.combine(day, MORNING)
    what = replace(_transfer(like), quantity=quantity, unit_cost=None, acquired=day, time=moment)
    return replace(like, kind=Kind.POSITION, what=what)


def pictured(items: Sequence[Item]) -> dict[str, Decimal]:
    """Shares that the lots, or else the positions, say are held; of symbols not traded since."""
    held: dict[str, Decimal] = {}
    days: dict[str, date] = {}
    for kind in (Kind.LOT, Kind.POSITION):
        some = [_transfer(item) for item in items if item.kind is kind]
        known = set(held)
        for lot in (one for one in some if one.symbol not in known):
            held[lot.symbol] = held.get(lot.symbol, ZERO) + lot.quantity
            days[lot.symbol] = lot.time.astimezone(NEW_YORK).date()
    later = {
        item.what.symbol
        for item in items
        if item.kind in {Kind.TRADE, Kind.TRANSFER, Kind.SPLIT}
        and day_of(item) > days.get(str(item.what.symbol), date.max)
    }
    return {symbol: shares for symbol, shares in held.items() if symbol not in later}


@dataclass(frozen=True, slots=True)
class Change:
    """Shares that came or went, or a split (``ratio``); ``place`` is where that is said."""

    symbol: str
    day: date
    moment: datetime | None
    shares: Decimal
    place: str
    ratio: Decimal = Decimal(1)


def changes(items: Iterable[Item]) -> Iterator[Change]:
    """What items do to holdings."""
    for item in items:
        match item.what:
            case Split() as a:
                yield Change(a.symbol, a.effective, None, ZERO, str(item.place), a.ratio)
            case Execution() | Transfer() as what:
                yield Change(what.symbol, day_of(item), what.time, change_of(item), str(item.place))


def refuse_oversold(all_changes: Iterable[Change]) -> None:
    """Raise where more leaves than is held, naming each symbol's first such line.

    On one day what comes counts before what goes: some statements know no hours.
    """
    held: dict[str, Decimal] = {}
    wrong: dict[str, str] = {}
    ordered = sorted(all_changes, key=lambda c: (c.day, c.shares < 0, c.ratio == 1))
    for change in ordered:
        before = held.get(change.symbol, ZERO) * change.ratio
        held[change.symbol] = before + change.shares
        if held[change.symbol] < -NANO and change.symbol not in wrong:
            wrong[change.symbol] = (
                f"{change.place}: quantity: {-change.shares:f} {change.symbol} leave on"
                f" {change.day}, and {before.normalize() + ZERO:f} are held"
            )
    if wrong:
        raise BadImport(
            wrong.values(),
            "give the purchases too: a longer time, or the lots or positions of the same account",
        )
