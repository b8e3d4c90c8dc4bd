"""What the book has of the accounts, as trades of the household ledger.

Each sale names the lots that the account's own method took, as its plans have them. Transfers in
with a basis are buys on the day and at the price at which the shares were once bought; without one
they are a state of their own: a buy for nothing, so never a loss, and told apart by ``unknown``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_UP, Decimal
from fractions import Fraction
from typing import Final

from typing_extensions import override

from bot.household.moved import Opened, Splits, departed, stay
from bot.household.trades import Place, Told
from brokers.words import USD, ZERO, CorporateAction, Execution, Side, Symbol, Transfer
from strategies.lots import (
    TRADE_ZONE,
    BadLots,
    Ledger,
    Realized,
    Rules,
    latest_versions,
    ledger,
    trade_date,
)
from strategies.policy import TaxKind, TaxPolicy
from strategies.washes.nouns import BUY, SELL, SPLIT, Trade

KIND: Final[Mapping[TaxKind, str]] = {
    TaxKind.TAXABLE: "taxable",
    TaxKind.TRADITIONAL: "ira",
    TaxKind.ROTH: "roth",
    TaxKind.HSA: "hsa",
}
"""What the ledger calls the kinds of account."""

ELSEWHERE = " (moved out)"
"""Behind the account of shares that left for one that nobody tells of."""

LEAST = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Booked:
    """All that the book has of one account."""

    account: str
    tax: TaxPolicy
    executions: tuple[Execution, ...]
    transfers: tuple[Transfer, ...]
    actions: tuple[CorporateAction, ...]


@dataclass(frozen=True, slots=True)
class FromBook:
    """The accounts' trades, and their lots as each account has them by itself.

    ``unknown`` are (account, lot) of unknown basis; ``plain`` are lots without any wash sale.
    """

    rows: tuple[Told, ...] = ()
    unknown: frozenset[tuple[str, str]] = frozenset()
    plain: Mapping[str, Ledger] = field(default_factory=dict)
    splits: tuple[tuple[Symbol, date, Fraction], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BookPlace(Place):
    """A record of the book: ``file`` is the account and the record's name in it."""

    @override
    def __str__(self) -> str:
        return f"the book, {self.file}"


@dataclass(frozen=True, slots=True)
class Whose:
    """What every row of an account has in common."""

    account: str
    kind: str
    splits: Splits
    today: date


def from_book(
    records: Sequence[Booked], today: date, told: Iterable[CorporateAction] = ()
) -> FromBook:
    """Trades of all accounts up to ``today``; ``told`` are splits that are known from elsewhere.

    Raises ``BadLots`` where an account's own records cannot be true.
    """
    notes: list[str] = []
    ours = [_in_dollars(record, notes) for record in records]
    actions = [action for record in ours for action in record.actions]
    splits = Splits((*told, *actions), today)
    kept = stay({record.account: record.transfers for record in ours})
    rows, unknown, plain = (
        _splits(Splits(actions, today)),
        set[tuple[str, str]](),
        dict[str, Ledger](),
    )
    for record in ours:
        whose = Whose(record.account, KIND[record.tax.kind], splits, today)
        plain[record.account] = _ledger(record, today)
        lots = [*_lots(record, whose, plain[record.account], kept, notes)]
        rows += [*lots, *_sales(record, whose, plain[record.account])]
        unknown |= _unknown(record, lots, notes)
        notes += _untold(record, splits, today)
    return FromBook(tuple(rows), frozenset(unknown), plain, splits.told, tuple(notes))


def lot_name(record: str) -> str:
    """The name of a lot: that of its record, which may hold no semicolon."""
    return record.replace(";", ",")


def _in_dollars(record: Booked, notes: list[str]) -> Booked:
    """The record without symbols that were ever paid for in another currency."""
    foreign = {e.symbol for e in record.executions if e.currency != USD}
    foreign |= {t.symbol for t in record.transfers if t.currency != USD}
    if foreign:
        names = ", ".join(sorted(foreign))
        notes.append(f"{record.account}: {names}: not in USD, so left out of this ledger")
    return replace(
        record,
        executions=tuple(e for e in record.executions if e.symbol not in foreign),
        transfers=tuple(t for t in record.transfers if t.symbol not in foreign),
        actions=tuple(a for a in record.actions if a.symbol not in foreign),
    )


def _ledger(record: Booked, today: date) -> Ledger:
    try:
        return ledger(record.executions, record.transfers, record.actions, Rules(record.tax), today)
    except BadLots as exc:
        remedy = f"trimtab reconcile --account {record.account}"
        raise BadLots(f"{record.account}: {exc}", exc.remedy or remedy) from exc


def _splits(splits: Splits) -> list[Told]:
    rows: list[Told] = []
    for symbol, day, ratio in splits.told:
        quantity = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        trade = Trade(day, "", "", symbol, SPLIT, quantity, ZERO, ZERO, "", "")
        rows.append(Told(trade, BookPlace(f"split of {symbol}", 0)))
    return rows


def _lots(
    record: Booked,
    whose: Whose,
    plain: Ledger,
    kept: frozenset[tuple[str, Symbol]],
    notes: list[str],
) -> Iterator[Told]:
    """A buy for each lot that ever came; what left it without a sale is told apart."""
    came = [*_bought(record, whose), *_received(record, whose)]
    moves = any(transfer.quantity < 0 for transfer in record.transfers)
    opened = (one for one, _ in came)
    left = departed(opened, plain, whose.splits, whose.today) if moves else {}
    away = defaultdict[Symbol, Decimal](Decimal)
    for one, trade in came:
        place = BookPlace(f"{record.account}: {one.lot}", 0)
        share = left.get(one.lot, Fraction(0)) / Fraction(one.quantity)
        rest, gone = _parted(trade, share)
        if rest.quantity:
            yield Told(rest, place)
        if gone.quantity and (record.account, one.symbol) not in kept:
            away[one.symbol] += gone.quantity
            yield Told(replace(gone, account=record.account + ELSEWHERE), place)
    for symbol, quantity in sorted(away.items()):
        notes.append(
            f"{record.account}: {quantity:f} {symbol} left for an account that is not told here: "
            "they count as yours still, bought when they were"
        )


def _bought(record: Booked, whose: Whose) -> Iterator[tuple[Opened, Trade]]:
    for one in latest_versions(record.executions):
        if one.side is not Side.BUY:
            continue
        day = trade_date(one)
        yield Opened(one.root, one.symbol, day, one.quantity), _trade(whose, one, BUY, one.root)


def _trade(whose: Whose, one: Execution, side: str, lots: str) -> Trade:
    """An execution as a row. The fills of one order are one purchase."""
    return Trade(
        day=trade_date(one),
        account=whose.account,
        kind=whose.kind,
        symbol=one.symbol,
        side=side,
        quantity=one.quantity,
        price=one.price,
        fee=one.fee,
        lot=lot_name(lots) if side == BUY else lots,
        order=(one.key or "") if side == BUY else one.root,  # no two sales are alike
    )


def _received(record: Booked, whose: Whose) -> Iterator[tuple[Opened, Trade]]:
    """Lots that came without a trade, dated back to when they were bought."""
    for one in dict.fromkeys(record.transfers):
        if one.quantity <= 0:
            continue
        came = one.time.astimezone(TRADE_ZONE).date()
        day = min(one.acquired, came)
        ratio = whose.splits.ratio(one.symbol, day, came)
        cost = one.unit_cost or ZERO
        quantity, price, fee = one.quantity, cost, ZERO
        if ratio != 1:  # told as of the transfer; the ledger has it as of the purchase
            quantity, price, fee = _rounded(Fraction(quantity) / ratio), ZERO, quantity * cost
        trade = Trade(
            day=day,
            account=whose.account,
            kind=whose.kind,
            symbol=one.symbol,
            side=BUY,
            quantity=quantity,
            price=price,
            fee=fee,
            lot=lot_name(one.transfer_id),
            order="",
        )
        yield Opened(one.transfer_id, one.symbol, came, one.quantity), trade


def _rounded(shares: Fraction) -> Decimal:
    """Up to nine places: a sale of all of it must find all of it."""
    exact = Decimal(shares.numerator) / Decimal(shares.denominator)
    return exact.quantize(LEAST, ROUND_UP).normalize() + ZERO


def _parted(trade: Trade, share: Fraction) -> tuple[Trade, Trade]:
    """What of a lot is told in its account, and the ``share`` of it that left."""
    if not share:
        return trade, replace(trade, quantity=ZERO, fee=ZERO)
    quantity = min(trade.quantity, _rounded(Fraction(trade.quantity) * (1 - share)))
    fee = trade.fee * quantity / trade.quantity
    rest = replace(trade, quantity=quantity, fee=fee)
    return rest, replace(trade, quantity=trade.quantity - quantity, fee=trade.fee - fee)


def _sales(record: Booked, whose: Whose, plain: Ledger) -> Iterator[Told]:
    """Each sale with the lots that it took, in their order.

    The ledger knows no hours: where two sales of a day took from one lot, each is told lot by lot.
    """
    sold = defaultdict[Symbol, list[Realized]](list)
    for piece in plain.realized:
        sold[piece.symbol].append(piece)
    pieces = {symbol: iter(some) for symbol, some in sold.items()}
    sales = (one for one in latest_versions(record.executions) if one.side is Side.SELL)
    taken = [
        (one, [*_taken(pieces[one.symbol], one.quantity)])
        for one in sorted(sales, key=lambda one: (trade_date(one), one.time, one.root))
    ]
    days = Counter((trade_date(one), piece.lot_id) for one, some in taken for piece in some)
    for one, some in taken:
        place = BookPlace(f"{record.account}: {one.root}", 0)
        if all(days[trade_date(one), piece.lot_id] == 1 for piece in some):
            lots = ";".join(lot_name(piece.lot_id) for piece in some)
            yield Told(_trade(whose, one, SELL, lots), place)
        else:
            yield from (Told(trade, place) for trade in _apart(whose, one, some))


def _taken(pieces: Iterator[Realized], quantity: Decimal) -> Iterator[Realized]:
    """The next pieces that were sold, until they are ``quantity`` shares."""
    while quantity > 0:
        piece = next(pieces)
        quantity -= piece.quantity
        yield piece


def _apart(whose: Whose, one: Execution, pieces: Sequence[Realized]) -> Iterator[Trade]:
    """A sale as one of each lot, its fee spread over them to the last billionth."""
    left, shares = one.fee, one.quantity
    for piece in pieces:
        whole = _trade(whose, one, SELL, lot_name(piece.lot_id))
        fee = (left * piece.quantity / shares).quantize(LEAST) if piece.quantity < shares else left
        yield replace(whole, quantity=piece.quantity, fee=fee)
        left, shares = left - fee, shares - piece.quantity


def _unknown(record: Booked, lots: Iterable[Told], notes: list[str]) -> set[tuple[str, str]]:
    """Lots of unknown basis, wherever they are now."""
    ids = {lot_name(t.transfer_id) for t in record.transfers if t.unit_cost is None}
    found = [told.trade for told in lots if told.trade.lot in ids]
    if found:
        names = ", ".join(sorted({trade.symbol for trade in found}))
        notes.append(
            f"{record.account}: what {names} cost that came without a basis is not known: "
            "no gain and no loss is told of it"
        )
    return {(trade.account, trade.lot) for trade in found}


def _untold(record: Booked, splits: Splits, today: date) -> Iterator[str]:
    """Splits of what the account had, of which only another account tells."""
    ours = {(a.symbol, a.effective) for a in record.actions}
    trades = latest_versions(record.executions)
    first: dict[str, date] = {}
    for symbol, day in (
        *((e.symbol, trade_date(e)) for e in trades),
        *((t.symbol, t.time.astimezone(TRADE_ZONE).date()) for t in record.transfers),
    ):
        first[symbol] = min(day, first.get(symbol, today))
    for symbol, effective, _ in splits.told:
        if (symbol, effective) not in ours and first.get(symbol, today) < effective:
            yield (
                f"{record.account}: another account tells of a split of {symbol} on {effective}, "
                "this one does not: it is done in both"
            )
