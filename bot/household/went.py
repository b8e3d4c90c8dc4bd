"""What was sold from the lots of an account, as sales of the household's ledger.

Each sale names the lots that it took, in their order. The ledger knows no hours: where two sales
of a day took from one lot, each is told lot by lot; so is one of shares that came under several
names. What a company paid for, all shares or a fraction of one, is a sale as well.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.household.booked import Booked, BookPlace, Whose, lot_name, trade_of
from bot.household.came import Lots
from bot.household.trades import Told
from brokers.words import ZERO, Execution, Side, Symbol
from strategies.lots import Cause, Ledger, Realized, latest_versions, trade_date
from strategies.washes.nouns import SELL, Trade

LEAST = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece that was sold, the name of its lot in the ledger, and the key of its shares."""

    piece: Realized
    lot: str
    key: str


def sales_of(record: Booked, whose: Whose, plain: Ledger, lots: Lots) -> Iterator[Told]:
    """Every sale of the account."""
    sold = defaultdict[Symbol, list[Taken]](list)
    others: list[Taken] = []
    for number, piece in enumerate(plain.realized):
        if not piece.quantity:
            continue
        taken = Taken(piece, lots.names[number], lots.keys[number])
        (sold[piece.symbol] if piece.cause is Cause.SALE else others).append(taken)
    pieces = {symbol: iter(some) for symbol, some in sold.items()}
    sales = (one for one in latest_versions(record.executions) if one.side is Side.SELL)
    told = [
        (one, [*_taken(pieces[one.symbol], one.quantity)])
        for one in sorted(sales, key=lambda one: (trade_date(one), one.time, one.root))
    ]
    days = Counter((trade_date(one), each.lot) for one, some in told for each in some)
    days.update((each.piece.sold, each.lot) for each in others)
    for one, some in told:
        place = BookPlace(f"{record.account}: {one.root}", 0)
        is_plain = all(days[trade_date(one), each.lot] == 1 for each in some)
        if is_plain and len({each.key for each in some}) == 1:
            names = ";".join(each.lot for each in some)
            yield Told(trade_of(whose, one, SELL, names, some[0].key), place)
        else:
            yield from (Told(trade, place) for trade in _apart(whose, one, some))
    yield from (_paid(record, whose, each) for each in others)


def _taken(pieces: Iterator[Taken], quantity: Decimal) -> Iterator[Taken]:
    """The next pieces that were sold, until they are ``quantity`` shares."""
    while quantity > 0:
        taken = next(pieces)
        quantity -= taken.piece.quantity
        yield taken


def _apart(whose: Whose, one: Execution, some: Sequence[Taken]) -> Iterator[Trade]:
    """A sale as one of each lot, its fee spread over them to the last billionth."""
    left, shares = one.fee, one.quantity
    for each in some:
        whole = trade_of(whose, one, SELL, each.lot, each.key)
        quantity = each.piece.quantity
        fee = (left * quantity / shares).quantize(LEAST) if quantity < shares else left
        yield replace(whole, quantity=quantity, fee=fee)
        left, shares = left - fee, shares - quantity


def _paid(record: Booked, whose: Whose, each: Taken) -> Told:
    """Shares that a company paid for; all of what it paid is in ``fee``, so that it is exact."""
    piece = each.piece
    name = f"{piece.cause.value} of {lot_name(piece.lot_id)} on {piece.sold}"
    trade = Trade(
        day=piece.sold,
        account=whose.account,
        kind=whose.kind,
        symbol=each.key,
        side=SELL,
        quantity=piece.quantity,
        price=ZERO,
        fee=-piece.proceeds,
        lot=each.lot,
        order=name,
    )
    return Told(trade, BookPlace(f"{record.account}: {name}", 0))
