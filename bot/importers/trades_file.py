"""Settled statements as the file of ``trimtab tax --trades``: ten columns, a row a trade.

A lot that came without a trade is a buy on the day and for the money that it was bought for, as the
ledger of wash sales has it. Shares of unknown basis have no row: there is no way to write them.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from bot.importers.cells import LEAST
from bot.importers.nouns import Item
from bot.importers.settle import Settled, day_of
from brokers.words import USD, ZERO, Execution, Side, Split, Transfer

COLUMNS: Final = (
    *("date", "account", "kind", "symbol", "side", "quantity", "price", "fee", "lot", "order"),
)
Cells = tuple[str, ...]
KINDS: Final = ("taxable", "ira", "roth", "hsa", "401k")


@dataclass(frozen=True, slots=True)
class Whose:
    """The account that the rows are of: the owner's name for it, and its kind."""

    account: str
    kind: str


def rows_of(settled: Settled, whose: Whose, notes: list[str]) -> tuple[Cells, ...]:
    """The rows, oldest first; ``notes`` grows by what has none."""
    splits = [i.what for i in settled.splits if isinstance(i.what, Split)]
    found = [*_lots(settled.lots, splits, notes), *_trades(settled.trades, notes)]
    rows = [*_named(found, whose)]
    rows += [_split(action) for action in {a.action_id: a for a in splits}.values()]
    if settled.outs:
        names = ", ".join(sorted({i.what.symbol or "" for i in settled.outs}))
        notes.append(
            f"{names} left without a sale: no row tells it, the shares count as still here"
        )
    if settled.flows:
        notes.append(f"{len(settled.flows)} cash flows: a file of trades tells none")
    return tuple(sorted(rows))


@dataclass(frozen=True, slots=True)
class _Row:
    day: date
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    name: str
    order: str


def _lots(lots: Iterable[Item], splits: list[Split], notes: list[str]) -> Iterator[_Row]:
    blank: set[str] = set()
    for item in lots:
        what = item.what
        assert isinstance(what, Transfer), "its kind says so"
        if what.unit_cost is None or what.currency != USD:
            blank.add(what.symbol)
            continue
        ratio = Decimal(1)
        for action in splits:
            if action.symbol == what.symbol and what.acquired < action.effective <= day_of(item):
                ratio *= action.ratio
        quantity, basis = what.quantity / ratio, (what.unit_cost * what.quantity).quantize(LEAST)
        price = (basis / quantity).quantize(LEAST)
        is_exact = price * quantity == basis
        fee = ZERO if is_exact else basis
        price = price if is_exact else ZERO
        day, name = what.acquired, what.transfer_id
        yield _Row(day, what.symbol, "buy", quantity, price, fee, name, "")
    if blank:
        names = ", ".join(sorted(blank))
        notes.append(
            f"{names}: of unknown basis, or not in USD: no row can tell them, find the lots"
        )


def _trades(trades: Iterable[Item], notes: list[str]) -> Iterator[_Row]:
    foreign: set[str] = set()
    for item in trades:
        what = item.what
        assert isinstance(what, Execution), "its kind says so"
        if what.currency != USD:
            foreign.add(what.symbol)
            continue
        is_buy = what.side is Side.BUY
        order = item.order if is_buy else what.root
        name = what.root if is_buy else ""
        price = (
            what.price.quantize(LEAST) if what.price != what.price.quantize(LEAST) else what.price
        )
        yield _Row(
            day_of(item), what.symbol, what.side.value, what.quantity, price, what.fee, name, order
        )
    if foreign:
        notes.append(f"{', '.join(sorted(foreign))}: not in USD: left out of a file of trades")


def _named(rows: Iterable[_Row], whose: Whose) -> Iterator[Cells]:
    """Each buy with a name of its own, made of what it says where the broker gave none."""
    turns = Counter[str]()
    for row in rows:
        cells = (_plain(row.quantity), _plain(row.price), _plain(row.fee))
        name = row.name.replace(";", ",")
        if row.side == "buy" and not name:
            said = "\x1f".join((str(row.day), row.symbol, *cells))
            name = f"L{hashlib.sha256(said.encode()).hexdigest()[:12]}"
            turns[name] += 1
            name = name if turns[name] == 1 else f"{name}-{turns[name]}"
        start = (str(row.day), whose.account, whose.kind, row.symbol, row.side)
        yield (*start, *cells, name, row.order)


def _split(action: Split) -> Cells:
    ratio = _plain(action.ratio.quantize(Decimal("1e-9")))
    return (str(action.effective), "", "", action.symbol, "split", ratio, "", "", "", "")


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize() + ZERO:f}"


def added(known: Iterable[Cells], rows: Iterable[Cells]) -> tuple[Cells, ...]:
    """Those of ``rows`` that ``known`` does not have: two like ones are two."""
    have = Counter(known)
    fresh: list[Cells] = []
    for row in rows:
        if have[row]:
            have[row] -= 1
        else:
            fresh.append(row)
    return tuple(fresh)


def as_text(rows: Iterable[Cells]) -> str:
    """The file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue()
