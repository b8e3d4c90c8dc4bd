"""Every lot that ever came to an account, as buys of the household's ledger.

Bought, transferred in, or made by a company out of another lot: shares that were spun off are no
purchase, so they are told as of the day on which their parent was bought; shares that came in a
taxable merger are one, at their value.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bot.household.booked import Booked, BookPlace, Whose, day_of_transfer, lot_name, trade_of
from bot.household.lineage import Descent
from bot.household.pieces import (
    Piece,
    is_plain,
    is_touched,
    pieces_of,
    rounded,
    shares_in,
    told_apart,
    tranches,
)
from bot.household.trades import Told
from brokers.words import ZERO, Action, Merger, Side, SpinOff, Symbol
from strategies.lots import Ledger, latest_versions, trade_date
from strategies.washes.nouns import BUY, Trade

ELSEWHERE: Final = " (moved out)"
"""Behind the account of shares that left for one that nobody tells of."""

DUST = Fraction(1, 10**6)
"""Less than this of a share is what decimals have rounded."""


@dataclass(frozen=True, slots=True)
class Came:
    """A lot as it came: ``quantity`` shares as of ``since``, and the buy that it is."""

    lot: str
    symbol: Symbol
    since: date
    quantity: Fraction
    trade: Trade
    descent: Descent
    root: str
    """The record that it goes back to."""
    is_unknown: bool = False

    @property
    def cost(self) -> Decimal:
        """What it cost."""
        return self.trade.quantity * self.trade.price + self.trade.fee


@dataclass(frozen=True, slots=True)
class Bent:
    """A lot whose basis a company moved up to ``day``: one of ``root``, by its name here."""

    account: str
    lot: str
    root: str
    day: date


@dataclass(slots=True)
class Lots:
    """The buys of one account, under which name each piece was told, and what is odd about them.

    ``names`` are by the place of the sale among the realized, ``keys`` by the same.
    """

    rows: list[Told] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    descents: dict[str, Descent] = field(default_factory=dict)
    unknown: set[tuple[str, str]] = field(default_factory=set)
    bent: list[Bent] = field(default_factory=list)
    away: dict[Symbol, Decimal] = field(
        default_factory=lambda: defaultdict[Symbol, Decimal](Decimal)
    )


def lots_of(
    record: Booked,
    actions: Sequence[Action],
    whose: Whose,
    plain: Ledger,
    kept: frozenset[tuple[str, Symbol]],
) -> Lots:
    """All of them; ``kept`` are accounts and symbols of which everything is still here."""
    pieces = pieces_of(plain, whose.today)
    moves = any(transfer.quantity < 0 for transfer in record.transfers)
    found = Lots()
    came = [*_bought(record, whose), *_received(record, whose)]
    came += _born(pieces, {one.lot: one for one in came}, actions, whose)
    day = max((a.effective for a in actions if a.effective <= whose.today), default=date.min)
    for one in came:
        found.descents[one.descent.key] = one.descent
        _tell(found, one, pieces.get(one.lot, ()), day, moves=moves)
    _settle_away(found, record.account, kept)
    return found


def _tell(found: Lots, one: Came, pieces: Sequence[Piece], day: date, *, moves: bool) -> None:
    """One lot as one buy, or as one for each price; what left without a sale stands apart."""
    if not moves and _is_plain(one, pieces):
        _tell_plain(found, one, pieces)
        return
    shares = shares_in(pieces, one.descent, one.since, one.quantity)
    left = 1 - sum(shares, Fraction(0)) if moves else Fraction(0)
    gone = left if left * one.quantity > DUST else Fraction(0)
    account, place = one.trade.account, BookPlace(f"{one.trade.account}: {one.lot}", 0)
    touched = not one.is_unknown and is_touched(pieces, shares, one.cost)
    if touched or one.root != one.lot:
        parts = tranches(pieces, shares)
        rows = told_apart(one.trade, parts)
        found.bent += [Bent(account, row.lot, one.root, day) for row in rows]
        named = [(p.place, r.lot) for part, r in zip(parts, rows, strict=True) for p in part.pieces]
        _, out = _parted(one.trade, gone)
    else:
        rest, out = _parted(one.trade, gone)
        rows = [rest] if rest.quantity else []
        named = [(piece.place, one.trade.lot) for piece in pieces]
    found.rows += [Told(row, place) for row in rows]
    for sold, name in named:
        if sold is not None:
            found.names[sold], found.keys[sold] = name, one.trade.symbol
    if out.quantity:
        found.away[one.symbol] += out.quantity
        found.rows.append(Told(replace(out, account=account + ELSEWHERE), place))
    if one.is_unknown:
        found.unknown |= {(row.account, row.lot) for row in (*rows, *([out] if gone else []))}
        if gone:
            found.unknown.add((account + ELSEWHERE, out.lot))


def _is_plain(one: Came, pieces: Sequence[Piece]) -> bool:
    """Whether it is one buy as it came: most lots are."""
    if one.descent.factors or one.root != one.lot:
        return False
    return one.is_unknown or is_plain(pieces, one.trade.quantity, one.cost)


def _tell_plain(found: Lots, one: Came, pieces: Sequence[Piece]) -> None:
    trade = one.trade
    found.rows.append(Told(trade, BookPlace(f"{trade.account}: {one.lot}", 0)))
    for piece in pieces:
        if piece.place is not None:
            found.names[piece.place], found.keys[piece.place] = trade.lot, trade.symbol
    if one.is_unknown:
        found.unknown.add((trade.account, trade.lot))


def _settle_away(found: Lots, account: str, kept: frozenset[tuple[str, Symbol]]) -> None:
    """Leave out what came to another account here: that one tells it."""
    here = {symbol for name, symbol in kept if name == account}
    keys = {descent.key for descent in found.descents.values() if descent.symbol in here}
    found.rows = [
        row
        for row in found.rows
        if not (row.trade.account.endswith(ELSEWHERE) and row.trade.symbol in keys)
    ]
    for symbol in here:
        found.away.pop(symbol, None)


def _bought(record: Booked, whose: Whose) -> Iterator[Came]:
    for one in latest_versions(record.executions):
        if one.side is Side.BUY:
            day = trade_date(one)
            descent = whose.lineage.of(one.symbol, day)
            trade = trade_of(whose, one, BUY, lot_name(one.root), descent.key)
            yield Came(one.root, one.symbol, day, Fraction(one.quantity), trade, descent, one.root)


def _received(record: Booked, whose: Whose) -> Iterator[Came]:
    """Lots that came without a trade, dated back to when they were bought."""
    for one in dict.fromkeys(record.transfers):
        if one.quantity <= 0:
            continue
        came = day_of_transfer(one)
        day = min(one.acquired, came)
        descent = whose.lineage.of(one.symbol, came)
        ratio = descent.ratio(day, came)
        cost = one.unit_cost or ZERO
        quantity, price, fee = one.quantity, cost, ZERO
        if ratio != 1:  # told as of the transfer; the ledger has it as of the purchase
            quantity, price, fee = rounded(Fraction(quantity) / ratio), ZERO, quantity * cost
        trade = Trade(
            day=day,
            account=whose.account,
            kind=whose.kind,
            symbol=descent.key,
            side=BUY,
            quantity=quantity,
            price=price,
            fee=fee,
            lot=lot_name(one.transfer_id),
            order="",
        )
        yield Came(
            one.transfer_id,
            one.symbol,
            came,
            Fraction(one.quantity),
            trade,
            descent,
            one.transfer_id,
            is_unknown=one.unit_cost is None,
        )


def _born(
    pieces: Mapping[str, Sequence[Piece]],
    known: Mapping[str, Came],
    actions: Iterable[Action],
    whose: Whose,
) -> Iterator[Came]:
    """Lots that a company made of others; their names end in their symbol."""
    makers = [*_makers(actions)]
    for lot, parts in pieces.items():
        born = lot.rpartition("/")[2].partition(":")[0]
        maker = next((one for one in makers if one[0] == born), None)
        if lot in known or maker is None:
            continue
        symbol, effective = maker
        day = parts[0].acquired
        descent = whose.lineage.of(symbol, effective)
        quantity = sum(
            (Fraction(part.quantity) / descent.ratio(day, part.day) for part in parts), Fraction(0)
        )
        is_unknown = any(part.basis is None for part in parts)
        trade = Trade(
            day=day,
            account=whose.account,
            kind=whose.kind,
            symbol=descent.key,
            side=BUY,
            quantity=rounded(quantity),
            price=ZERO,
            fee=sum((part.basis or ZERO for part in parts), ZERO),
            lot=lot_name(lot),
            order="",
        )
        root = next((name for name in known if lot.startswith(f"{name}/")), lot)
        yield Came(lot, symbol, day, quantity, trade, descent, root, is_unknown)


def _makers(actions: Iterable[Action]) -> Iterator[tuple[Symbol, date]]:
    """What makes new lots: their symbol, and when."""
    for action in sorted(actions, key=lambda one: one.effective):
        match action:
            case SpinOff():
                yield action.new_symbol, action.effective
            case Merger(new_symbol=str() as new, is_taxable=True):
                yield Symbol(new), action.effective
            case _:
                pass


def _parted(trade: Trade, share: Fraction) -> tuple[Trade, Trade]:
    """What of a lot is told in its account, and the ``share`` of it that left."""
    if not share:
        return trade, replace(trade, quantity=ZERO, fee=ZERO)
    quantity = min(trade.quantity, rounded(Fraction(trade.quantity) * (1 - share)))
    fee = trade.fee * quantity / trade.quantity
    rest = replace(trade, quantity=quantity, fee=fee)
    return rest, replace(trade, quantity=trade.quantity - quantity, fee=trade.fee - fee)
