"""The lots of the book against those of a broker's statement, by symbol and day of purchase.

A broker names lots by nothing that we know, so those of one day are held against each other as
one. A difference that follows from the household's ledger is explained, and no mistake of either.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.lots.nouns import Lot, Realized

CENT = Decimal("0.01")
DUST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Key:
    """What is held against each other: ``sold`` is None for what is open."""

    symbol: Symbol
    acquired: date
    sold: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Shares and basis of some lots; the basis is None where one is unknown."""

    quantity: Decimal
    basis: Decimal | None
    lots: int = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """In what a line of the book and one of the statement differ, and why where that is known."""

    key: Key
    ours: Line
    theirs: Line
    why: str
    is_explained: bool = False


NOTHING = Line(ZERO, ZERO, 0)


def of_lots(lots: Iterable[Lot]) -> dict[Key, Line]:
    """Open lots by day of purchase."""
    return _together((Key(lot.symbol, lot.acquired), lot.quantity, lot.cost) for lot in lots)


def of_sales(sold: Iterable[Realized]) -> dict[Key, Line]:
    """What was sold, by day of purchase and of sale."""
    return _together(
        (Key(one.symbol, one.acquired, one.sold), one.quantity, one.basis) for one in sold
    )


def _together(rows: Iterable[tuple[Key, Decimal, Decimal | None]]) -> dict[Key, Line]:
    found = defaultdict[Key, list[tuple[Decimal, Decimal | None]]](list)
    for key, quantity, basis in rows:
        found[key].append((quantity, basis))
    return {key: _line(some) for key, some in found.items()}


def _line(rows: list[tuple[Decimal, Decimal | None]]) -> Line:
    known = [basis for _, basis in rows if basis is not None]
    whole = sum(known, ZERO) if len(known) == len(rows) else None
    return Line(sum((quantity for quantity, _ in rows), ZERO), whole, len(rows))


def differences(
    ours: Mapping[Key, Line], theirs: Mapping[Key, Line], washed: Mapping[Key, Decimal]
) -> tuple[Difference, ...]:
    """All of them, by symbol and day. ``washed`` are losses that moved into the basis of ours."""
    totals = [_totals(ours), _totals(theirs)]
    found: list[Difference] = []
    for key in sorted({*ours, *theirs}, key=lambda k: (k.symbol, k.sold or date.max, k.acquired)):
        mine, other = ours.get(key, NOTHING), theirs.get(key, NOTHING)
        if abs(mine.quantity - other.quantity) > DUST:
            same = abs(totals[0][key.symbol, key.sold] - totals[1][key.symbol, key.sold]) <= DUST
            found.append(Difference(key, mine, other, _of_shares(key, is_same_total=same)))
        elif (told := _of_basis(mine, other, washed.get(key, ZERO))) is not None:
            found.append(Difference(key, mine, other, *told))
    return tuple(found)


def _totals(lines: Mapping[Key, Line]) -> dict[tuple[Symbol, date | None], Decimal]:
    found = defaultdict[tuple[Symbol, date | None], Decimal](Decimal)
    for key, line in lines.items():
        found[key.symbol, key.sold] += line.quantity
    return found


def _of_shares(key: Key, *, is_same_total: bool) -> str:
    if not is_same_total:
        return "the number of shares differs: trimtab reconcile"
    if key.sold is None:
        return "other lots were sold than the book has: trimtab lots name tells which"
    return "the broker sold other lots: trimtab lots name tells the book which"


def _of_basis(mine: Line, other: Line, washed: Decimal) -> tuple[str, bool] | None:
    """Why the bases differ and whether that explains it; None where they do not."""
    if mine.basis is not None and other.basis is not None:
        slack = CENT * max(mine.lots, other.lots)
        return _of_money(other.basis - mine.basis, washed, slack)
    if mine.basis is None and other.basis is None:
        return None
    if mine.basis is None:
        return "the broker knows the basis and the book does not: trimtab lots import", False
    return "the broker does not know the basis", True


def _of_money(off: Decimal, washed: Decimal, slack: Decimal) -> tuple[str, bool] | None:
    if abs(off) <= slack:
        return None
    if washed and abs(off - washed) <= slack:
        return "losses of wash sales moved into it, by the household's ledger as well", True
    if washed and ZERO < off < washed:
        return "the broker sees only some of the wash sales of the household", True
    return "the basis differs: hold the purchase and its fees against the statement", False
